//! The three lists side by side, and what belongs to what is selected.

use std::collections::BTreeMap;

use cache::{
    CaseFilter, CaseItem, CaseSort, Count, DocumentFilter, DocumentItem, DocumentSort,
    FindingFilter, FindingItem, FindingSort, Window,
};
use connectors::text::safe_file_name;
use domain::{
    Kind, ObjectRef, Refusal, System,
    finding::{DocumentClass, Severity},
    time::{HOUR, MINUTE},
};

use super::{clocks::due, words};
use crate::{
    Desk,
    persons::initials,
    problem::{Refuse, not_found},
    view::{
        CaseRow, Content, DocumentLine, DocumentProblem, DocumentRow, DocumentView, ExceptionRow,
        Facet, FacetValue, Fact, LinkedGroup, ListArgs, Money, Owner, Page, Problem, SourceAge,
        Tone, Tracks,
    },
};

const MOST: u32 = 200;

/// Values chosen for a facet.
fn chosen(args: &ListArgs, name: &str) -> Vec<String> {
    args.facets
        .iter()
        .flatten()
        .filter(|f| f.name == name)
        .flat_map(|f| f.values.clone())
        .collect()
}

fn window(args: &ListArgs) -> Window {
    Window {
        offset: args.offset.unwrap_or(0),
        limit: args.limit.unwrap_or(100).min(MOST),
    }
}

/// What can be filtered by is counted over the whole list, so it is asked for by itself and does not come with rows.
fn wants_facets(args: &ListArgs) -> bool {
    args.limit == Some(0) && args.around_id.is_none()
}

fn bare(ids: Option<&Vec<String>>) -> Vec<String> {
    ids.into_iter()
        .flatten()
        .map(|id| id.splitn(3, ':').nth(2).unwrap_or(id).to_owned())
        .collect()
}

fn facets(
    counts: Vec<Count>,
    titles: &[(&str, &str)],
    name: impl Fn(&str, &str) -> String,
) -> Vec<Facet> {
    titles
        .iter()
        .map(|(facet, title)| {
            let mut values: Vec<FacetValue> = counts
                .iter()
                .filter(|c| c.facet == *facet)
                .map(|c| FacetValue {
                    value: c.value.clone(),
                    title: name(facet, &c.value),
                    count: c.count,
                })
                .collect();
            values.sort_by_key(|v| std::cmp::Reverse(v.count));
            Facet {
                name: (*facet).to_owned(),
                title: (*title).to_owned(),
                values,
            }
        })
        .collect()
}

impl Desk {
    pub(crate) fn owner(&self, id: Option<&str>) -> Option<Owner> {
        let id = id.filter(|id| !id.is_empty())?;
        let name = self.persons().name(id).to_owned();
        Some(Owner {
            id: Some(id.to_owned()),
            initials: initials(&name),
            me: self.person().id.as_str() == id,
            name,
        })
    }

    /// The filter a list call asks for.
    pub(crate) fn case_filter(&self, args: &ListArgs) -> CaseFilter {
        let me = self.person().id;
        let states = chosen(args, "state");
        let due = chosen(args, "due");
        let now = self.now();
        CaseFilter {
            text: args.text.clone().filter(|t| !t.trim().is_empty()),
            open: states.iter().any(|s| s == "open").then_some(true),
            owners: chosen(args, "owner")
                .into_iter()
                .map(|o| match o.as_str() {
                    "me" => me.to_string(),
                    "nobody" => String::new(),
                    _ => o,
                })
                .collect(),
            statuses: states.into_iter().filter(|s| s != "open").collect(),
            types: chosen(args, "type"),
            partners: chosen(args, "partner"),
            communication: chosen(args, "notice"),
            priorities: chosen(args, "priority"),
            due_until: match due.first().map(String::as_str) {
                Some("2h") => Some(now.plus(2 * HOUR)),
                Some("late") => Some(now),
                _ => None,
            },
            exclude: bare(args.exclude.as_ref()),
        }
    }

    /// A window of the cases list. What is needed is asked for at once: no answer waits for another.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn list_cases(&self, args: &ListArgs) -> Result<Page<CaseRow>, Refusal> {
        let (cache, me) = (&self.inner.cache, self.person().id);
        let filter = self.case_filter(args);
        let sort = match args.sort.as_deref() {
            Some("opened") => CaseSort::Opened,
            Some("updated") => CaseSort::Updated,
            Some("partner") => CaseSort::Partner,
            _ => CaseSort::Due,
        };
        let rows = async {
            let rows = cache
                .list_cases(&filter, sort, window(args), me.as_str())
                .await
                .refuse()?;
            let pending = self.pending(&rows.items).await?;
            Ok::<_, Refusal>((rows, pending))
        };
        let around = async {
            match args.around_id.as_deref() {
                Some(id) => cache
                    .case_place(&filter, sort, crate::facts::case_id(id))
                    .await
                    .refuse(),
                None => Ok(None),
            }
        };
        let facets = async {
            if !wants_facets(args) {
                return Ok::<_, Refusal>(Vec::new());
            }
            let counts = cache.case_facets(&filter).await.refuse()?;
            let partners = cache.partner_names().await.refuse()?;
            let titles = [
                ("state", "State"),
                ("owner", "Owner"),
                ("type", "Type"),
                ("partner", "Partner"),
                ("communication", "Notices"),
            ];
            let persons = self.persons();
            Ok(facets(counts, &titles, |facet, value| match facet {
                "owner" if value.is_empty() => "Nobody".to_owned(),
                "owner" => persons.name(value).to_owned(),
                "partner" => partners
                    .get(value)
                    .cloned()
                    .unwrap_or_else(|| value.to_owned()),
                _ => words::sentence(value),
            }))
        };
        let sources = self.ages(&[System::Community]);
        let ((rows, pending), around, facets, sources) =
            tokio::try_join!(rows, around, facets, sources)?;
        let fits = if filter.exclude.is_empty() {
            rows.total
        } else {
            let all = CaseFilter {
                exclude: Vec::new(),
                ..filter
            };
            cache.count_cases(&all).await.refuse()?
        };
        Ok(Page {
            total: rows.total,
            fits,
            outside_filter_total: rows.of.saturating_sub(fits),
            offset: args.offset.unwrap_or(0),
            around,
            items: rows
                .items
                .iter()
                .map(|item| self.case_row(item, &pending))
                .collect(),
            sources,
            facets,
        })
    }

    /// Open steps of these cases, by case name.
    async fn pending(&self, cases: &[CaseItem]) -> Result<BTreeMap<String, u32>, Refusal> {
        let names: Vec<String> = cases.iter().map(|c| c.case.object().to_string()).collect();
        self.inner.ledger.open_steps_of(&names).await.refuse()
    }

    pub(crate) fn case_row(&self, item: &CaseItem, pending: &BTreeMap<String, u32>) -> CaseRow {
        let case = &item.case;
        let id = case.object().to_string();
        CaseRow {
            number: case.number.clone(),
            partner: case.partner_short_name.clone(),
            partner_full: case.partner_name.clone(),
            subject: case.subject.clone(),
            case_type: case.case_type.clone(),
            status: words::case_status(&case.status),
            due: due(case, self.now()),
            owner: self.owner(case.owner.as_deref()),
            unread: item.unread,
            pending_steps: pending.get(&id).copied().unwrap_or(0),
            pinned: item.pinned,
            id,
        }
    }

    /// A window of the exceptions list.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn list_exceptions(&self, args: &ListArgs) -> Result<Page<ExceptionRow>, Refusal> {
        let cache = &self.inner.cache;
        let states = chosen(args, "state");
        let filter = FindingFilter {
            text: args.text.clone().filter(|t| !t.trim().is_empty()),
            open: (states.is_empty() || states.iter().any(|s| s == "open")).then_some(true),
            rules: chosen(args, "rule"),
            severities: chosen(args, "severity"),
            partners: chosen(args, "partner"),
            states: states
                .into_iter()
                .filter(|s| s != "open" && s != "all")
                .collect(),
            exclude: bare(args.exclude.as_ref()),
        };
        let sort = FindingSort::default();
        let rows = cache
            .list_findings(&filter, sort, window(args))
            .await
            .refuse()?;
        let around = match args.around_id.as_deref() {
            Some(id) => cache
                .finding_place(
                    &filter,
                    sort,
                    bare(Some(&vec![id.to_owned()]))
                        .first()
                        .map_or(id, String::as_str),
                )
                .await
                .refuse()?,
            None => None,
        };
        let partners = cache.partner_names().await.refuse()?;
        let counts = if wants_facets(args) {
            cache.finding_facets(&filter).await.refuse()?
        } else {
            Vec::new()
        };
        let titles = [
            ("rule", "Rule"),
            ("partner", "Partner"),
            ("state", "State"),
            ("severity", "Severity"),
        ];
        let facets = facets(counts, &titles, |facet, value| match facet {
            "partner" => partners
                .get(value)
                .cloned()
                .unwrap_or_else(|| value.to_owned()),
            _ => words::sentence(value),
        });
        let fits = if filter.exclude.is_empty() {
            rows.total
        } else {
            let all = FindingFilter {
                exclude: Vec::new(),
                ..filter
            };
            cache.count_findings(&all).await.refuse()?
        };
        Ok(Page {
            total: rows.total,
            fits,
            outside_filter_total: rows.of.saturating_sub(fits),
            offset: args.offset.unwrap_or(0),
            around,
            items: rows
                .items
                .iter()
                .map(|item| exception_row(item, &partners))
                .collect(),
            sources: self
                .ages(&[System::Documents, System::Exstream, System::Workflow])
                .await?,
            facets,
        })
    }

    /// A window of the documents list.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn list_documents(&self, args: &ListArgs) -> Result<Page<DocumentRow>, Refusal> {
        let cache = &self.inner.cache;
        let mut filter = DocumentFilter {
            text: args.text.clone().filter(|t| !t.trim().is_empty()),
            types: chosen(args, "code"),
            partners: chosen(args, "partner"),
            classes: chosen(args, "class"),
            exclude: bare(args.exclude.as_ref()),
            ..DocumentFilter::default()
        };
        if chosen(args, "track").iter().any(|t| t == "rejected") {
            filter.ack = vec!["rejected".to_owned()];
        }
        let sort = DocumentSort::default();
        let rows = cache
            .list_documents(&filter, sort, window(args))
            .await
            .refuse()?;
        let around = match args.around_id.as_deref() {
            Some(id) => cache
                .document_place(
                    &filter,
                    sort,
                    bare(Some(&vec![id.to_owned()]))
                        .first()
                        .map_or(id, String::as_str),
                )
                .await
                .refuse()?,
            None => None,
        };
        let partners = cache.partner_names().await.refuse()?;
        let counts = if wants_facets(args) {
            cache.document_facets(&filter).await.refuse()?
        } else {
            Vec::new()
        };
        let titles = [
            ("class", "Kind"),
            ("type", "Type"),
            ("partner", "Partner"),
            ("ack", "Acknowledgement"),
            ("delivery", "Delivery"),
        ];
        let facets = facets(counts, &titles, |facet, value| match facet {
            "partner" => partners
                .get(value)
                .cloned()
                .unwrap_or_else(|| value.to_owned()),
            _ => words::sentence(value),
        });
        let fits = if filter.exclude.is_empty() {
            rows.total
        } else {
            let all = DocumentFilter {
                exclude: Vec::new(),
                ..filter
            };
            cache.count_documents(&all).await.refuse()?
        };
        Ok(Page {
            total: rows.total,
            fits,
            outside_filter_total: rows.of.saturating_sub(fits),
            offset: args.offset.unwrap_or(0),
            around,
            items: rows.items.iter().map(document_row).collect(),
            sources: self.ages(&[System::Documents]).await?,
            facets,
        })
    }

    /// What belongs to a case, exception or document.
    ///
    /// # Errors
    /// `E_INPUT` when the name is none, failures of the cache.
    pub async fn linked(&self, id: &str) -> Result<LinkedGroup, Refusal> {
        let object: ObjectRef = id
            .parse()
            .map_err(|e: domain::ids::NotAName| crate::problem::input(e.to_string()))?;
        let (cache, me) = (&self.inner.cache, self.person().id);
        let mut cases = match object.kind {
            Kind::Case => vec![object.remote_id.clone()],
            Kind::Finding => {
                let found = cache
                    .findings(std::slice::from_ref(&object.remote_id))
                    .await
                    .refuse()?;
                found.iter().filter_map(|f| f.case_id.clone()).collect()
            }
            Kind::Document => {
                let found = cache
                    .documents(std::slice::from_ref(&object.remote_id))
                    .await
                    .refuse()?;
                let mut ids = Vec::new();
                for item in &found {
                    let numbers = item.order_number.iter().chain([&item.document.number]);
                    for number in numbers {
                        for case in cache
                            .cases_naming(number, item.partner_id.as_deref(), me.as_str())
                            .await
                            .refuse()?
                        {
                            ids.push(case.case.id);
                        }
                    }
                }
                ids
            }
            _ => Vec::new(),
        };
        cases.dedup();
        let items = cache.cases(&cases, me.as_str()).await.refuse()?;
        let partners = cache.partner_names().await.refuse()?;
        let mut exceptions = Vec::new();
        let mut documents: Vec<DocumentItem> = Vec::new();
        for case in &cases {
            for finding in cache.findings_of_case(case, false).await.refuse()? {
                exceptions.push(exception_row(&finding, &partners));
            }
            documents.extend(cache.documents_of_case(case).await.refuse()?);
        }
        if cases.is_empty() && object.kind == Kind::Document {
            for finding in cache
                .findings_of_document(&object.remote_id)
                .await
                .refuse()?
            {
                exceptions.push(exception_row(&finding, &partners));
            }
            for item in cache
                .documents(std::slice::from_ref(&object.remote_id))
                .await
                .refuse()?
            {
                match (&item.partner_id, &item.order_number) {
                    (Some(partner), Some(order)) => {
                        documents.extend(cache.documents_of_order(partner, order).await.refuse()?)
                    }
                    _ => documents.push(item),
                }
            }
        }
        documents.sort_by_key(|d| (rank(&d.document.doc_type), d.document.arrived_at));
        documents.dedup_by(|a, b| a.document.id == b.document.id);
        documents.retain(|d| DocumentClass::of(&d.document.doc_type) != DocumentClass::Receipt);
        let order = documents.iter().find_map(|d| d.order_number.clone());
        let pending = self.pending(&items).await?;
        Ok(LinkedGroup {
            id: id.to_owned(),
            case_label: items.first().map(|c| format!("case {}", c.case.number)),
            order_label: order.map(|o| format!("Order {o}")),
            cases: items.iter().map(|c| self.case_row(c, &pending)).collect(),
            exceptions,
            documents: documents.iter().map(document_row).collect(),
        })
    }

    /// One document, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn document(&self, id: &str) -> Result<DocumentView, Refusal> {
        let bare_id = id
            .strip_prefix("document:documents:")
            .unwrap_or(id)
            .to_owned();
        let found = self
            .inner
            .cache
            .documents(std::slice::from_ref(&bare_id))
            .await
            .refuse()?;
        let item = found.first().ok_or_else(|| not_found("document", id))?;
        let d = &item.document;
        let fact = |name: &str, value: Option<&str>| {
            value.filter(|v| !v.is_empty()).map(|v| Fact {
                name: name.to_owned(),
                value: v.to_owned(),
                system: Some(words::system(System::Documents)),
            })
        };
        let facts = [
            fact("Sender", Some(&format!("{} {}", d.sender_name, d.sender))),
            fact(
                "Receiver",
                Some(&format!("{} {}", d.receiver_name, d.receiver)),
            ),
            fact("Order", item.order_number.as_deref()),
            fact("Interchange", d.interchange_control.as_deref()),
            fact("Group", d.group_control.as_deref()),
            fact("Document", d.document_control.as_deref()),
            fact("Status code", Some(&d.status_code)),
            fact("Acknowledgement code", d.ack_code.as_deref()),
            fact("Acknowledged by", item.ack_document_id.as_deref()),
            fact("Transaction", Some(&d.id)),
            fact("Payload SHA-256", d.payload_sha256.as_deref()),
        ];
        let currency = d.currency.clone().unwrap_or_default();
        let money = |amount: &Option<String>| {
            amount.clone().map(|amount| Money {
                amount,
                currency: currency.clone(),
            })
        };
        let lines = d
            .content
            .iter()
            .flat_map(|c| &c.lines)
            .map(|l| document_line(l, &currency))
            .collect();
        let mut problems: Vec<DocumentProblem> = d
            .content
            .iter()
            .flat_map(|c| &c.acknowledged)
            .flat_map(|a| &a.errors)
            .map(|e| DocumentProblem {
                code: e.code.clone(),
                message: e.words.clone(),
                place: Some(format!(
                    "{} {}",
                    e.segment,
                    e.position.map(|p| p.to_string()).unwrap_or_default()
                )),
            })
            .collect();
        problems.extend(d.error_code.iter().map(|code| DocumentProblem {
            code: code.clone(),
            message: d.error_message.clone().unwrap_or_default(),
            place: None,
        }));
        problems.extend(d.problem.iter().map(|p| DocumentProblem {
            code: "payload".to_owned(),
            message: p.clone(),
            place: None,
        }));
        let raw = self
            .content(
                &ObjectRef::new(Kind::Document, System::Documents, bare_id),
                "payload.edi",
                "text/plain",
                d.payload_sha256.as_deref(),
            )
            .await;
        Ok(DocumentView {
            row: document_row(item),
            facts: facts.into_iter().flatten().collect(),
            lines,
            problems,
            total: money(&d.amount),
            raw: Some(raw),
            sources: self.ages(&[System::Documents]).await?,
        })
    }

    /// Bytes for a viewer; what is missing is said in them, not thrown.
    pub(crate) async fn content(
        &self,
        object: &ObjectRef,
        name: &str,
        media_type: &str,
        announced: Option<&str>,
    ) -> Content {
        use base64::Engine as _;
        match self.bytes_of(object, announced).await {
            Ok(bytes) => Content {
                name: name.to_owned(),
                media_type: media_type.to_owned(),
                sha256: domain::canonical::sha256_hex(&bytes),
                size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                base64: Some(base64::engine::general_purpose::STANDARD.encode(&bytes)),
                problem: None,
            },
            Err(refusal) => Content {
                name: name.to_owned(),
                media_type: media_type.to_owned(),
                sha256: announced.unwrap_or_default().to_owned(),
                size: 0,
                base64: None,
                problem: Some(Problem {
                    code: refusal.code.to_string(),
                    message: refusal.message,
                    detail: None,
                }),
            },
        }
    }

    /// Ages of systems.
    pub(crate) async fn ages(&self, systems: &[System]) -> Result<Vec<SourceAge>, Refusal> {
        let status = self.inner.cache.system_status().await.refuse()?;
        let connected = self.connected();
        let now = self.now();
        Ok(systems
            .iter()
            .map(|system| {
                let row = status.iter().find(|s| s.system == *system);
                let fetched_at = row.and_then(|r| r.last_success).map(|at| at.0);
                let limit = if *system == System::Exstream {
                    self.policy().limits.delivery_stale_minutes * MINUTE
                } else {
                    self.policy().limits.hard_stale_hours * HOUR
                };
                SourceAge {
                    system: words::system(*system),
                    fetched_at,
                    stale: fetched_at.is_some_and(|at| now.0 - at > limit),
                    problem: if connected.contains(system) {
                        row.and_then(|r| r.last_error.clone())
                    } else {
                        Some("not connected, so nothing of it was read".to_owned())
                    },
                }
            })
            .collect())
    }
}

/// Place in the trade: order, change, acknowledgement, ship notice, invoice.
fn rank(doc_type: &str) -> u8 {
    match DocumentClass::of(doc_type) {
        DocumentClass::Order => 0,
        DocumentClass::OrderChange => 1,
        DocumentClass::Acknowledgement => 2,
        DocumentClass::ShipNotice => 3,
        DocumentClass::Invoice => 4,
        DocumentClass::Receipt | DocumentClass::Other => 5,
    }
}

pub(crate) fn exception_row(
    item: &FindingItem,
    partners: &BTreeMap<String, String>,
) -> ExceptionRow {
    let finding = &item.finding;
    let open = !matches!(item.state.as_str(), "closed" | "waived" | "verified");
    let actions: &[&str] = match item.state.as_str() {
        "open" => &["acknowledge", "waive", "correct", "close"],
        "acknowledged" | "investigating" => &["waive", "correct", "close"],
        "corrected" => &["verify", "close"],
        "verified" => &["close", "waive", "reopen"],
        _ => &["reopen"],
    };
    ExceptionRow {
        id: ObjectRef::new(Kind::Finding, System::Documents, finding.id.clone()).to_string(),
        rule: finding.rule.to_string(),
        tone: match (open, finding.severity) {
            (false, _) => Tone::Ok,
            (true, Severity::Warning) => Tone::Late,
            (true, Severity::Failure) => Tone::Fail,
            (true, Severity::Conflict) => Tone::Conflict,
        },
        title: finding.title.clone(),
        on: finding.on.clone(),
        on_id: Some(finding.object.to_string()),
        partner: finding
            .partner_id
            .as_ref()
            .and_then(|p| partners.get(p).cloned())
            .unwrap_or_default(),
        case: item
            .case_id
            .as_ref()
            .map(|c| ObjectRef::case(c.clone()).to_string()),
        since: finding.occurred_at.0,
        state: item.state.clone(),
        actions: actions.iter().map(|a| (*a).to_owned()).collect(),
    }
}

pub(crate) fn document_row(item: &DocumentItem) -> DocumentRow {
    let d = &item.document;
    let tracks = Tracks {
        validation: words::validation(d.validation.as_str()),
        delivery: words::delivery(d.delivery.as_str()),
        acknowledgement: words::acknowledgement(d.ack.as_str()),
    };
    let worst = [
        &tracks.validation,
        &tracks.delivery,
        &tracks.acknowledgement,
    ]
    .into_iter()
    .find(|s| s.tone == Tone::Fail)
    .or_else(|| {
        [&tracks.acknowledgement]
            .into_iter()
            .find(|s| s.tone == Tone::Late)
    })
    .cloned();
    DocumentRow {
        id: ObjectRef::new(Kind::Document, System::Documents, d.id.clone()).to_string(),
        code: d.doc_type.clone(),
        kind: DocumentClass::of(&d.doc_type).title(&d.doc_type),
        number: d.number.clone(),
        partner: item.partner_name.clone(),
        status: worst,
        tracks,
        event_at: item.event_at.0,
        test: d.test,
    }
}

pub(crate) fn document_line(line: &domain::record::DocumentLine, currency: &str) -> DocumentLine {
    DocumentLine {
        number: line.line.clone(),
        item: if line.description.is_empty() {
            line.product.clone()
        } else {
            line.description.clone()
        },
        quantity: (!line.quantity.is_empty()).then(|| line.quantity.clone()),
        unit: (!line.unit.is_empty()).then(|| line.unit.clone()),
        price: line.price.clone().map(|amount| Money {
            amount,
            currency: currency.to_owned(),
        }),
    }
}

impl Desk {
    /// Bytes of an attachment, node or letter for a viewer; what is missing is said in them.
    ///
    /// # Errors
    /// `E_INPUT` when the name is none.
    pub async fn attachment(&self, id: &str) -> Result<Content, Refusal> {
        let object: ObjectRef = id
            .parse()
            .map_err(|e: domain::ids::NotAName| crate::problem::input(e.to_string()))?;
        let cache = &self.inner.cache;
        let (name, media_type, sha256) = match object.kind {
            Kind::Attachment => {
                let found = cache
                    .attachments(std::slice::from_ref(&object.remote_id))
                    .await
                    .refuse()?;
                match found.first() {
                    Some(a) => (a.name.clone(), a.media_type.clone(), Some(a.sha256.clone())),
                    // A file that came inside an answer to a campaign is read like one of a case.
                    None => {
                        let file = self.signed_file(&object.remote_id).await?;
                        let file = file.ok_or_else(|| not_found("attachment", id))?;
                        (
                            safe_file_name(&file.name),
                            file.media_type,
                            Some(file.sha256),
                        )
                    }
                }
            }
            Kind::Node => {
                let found = cache
                    .nodes(std::slice::from_ref(&object.remote_id))
                    .await
                    .refuse()?;
                let n = found.first().ok_or_else(|| not_found("file", id))?;
                (n.name.clone(), n.media_type.clone(), None)
            }
            Kind::Notice => (
                format!("{}.pdf", object.remote_id),
                "application/pdf".to_owned(),
                None,
            ),
            Kind::Document => (
                format!("{}.edi", object.remote_id),
                "text/plain".to_owned(),
                None,
            ),
            _ => return Err(crate::problem::input("That has no bytes.")),
        };
        Ok(self
            .content(&object, &name, &media_type, sha256.as_deref())
            .await)
    }

    /// Keeps a case with its files for offline work, or lets it go.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading; `E_NOT_FOUND`.
    pub async fn pin_case(&self, case: &str, on: bool) -> Result<(), Refusal> {
        self.writable()?;
        let case_id = self.resolve_case(case).await?;
        let object = crate::facts::case_object(&case_id);
        self.inner
            .cache
            .pin(&object, on, self.now())
            .await
            .refuse()?;
        if on {
            for a in self
                .inner
                .cache
                .attachments_of_case(&case_id)
                .await
                .refuse()?
            {
                let file = ObjectRef::new(Kind::Attachment, System::Community, a.id.clone());
                // What cannot be fetched now is fetched when it is opened; pinning itself does not wait for it.
                if let Err(refusal) = self.bytes_of(&file, Some(&a.sha256)).await {
                    tracing::info!(code = %refusal.code, "not kept yet");
                }
            }
        }
        Ok(())
    }
}
