//! What is known about a case, as the values playbooks refer to. Loading is one function, everything else is pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    IntentId, Millis, ObjectRef, Person, System,
    canonical::sha256_hex,
    finding::Finding,
    loops::Loops,
    matching::{self, Choice, Wanted},
    playbook::Facts,
    policy::{Policy, TemplateRule},
    record::{Attachment, Case, Comment, Delivery, Partner, Template, Ticket, Workspace},
    resolution::{TellingState, Told},
    time::DAY,
    visibility::Visibility,
};
use serde_json::{Value, json};

/// Everything the cache knows about a case that a playbook may ask for.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) case: Case,
    pub(crate) fetched_at: Millis,
    pub(crate) partner: Option<Partner>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) templates: Vec<Template>,
    /// The newest of its notices; all of them are counted in `open_notices`.
    pub(crate) deliveries: Vec<Delivery>,
    /// Notices that were not delivered: they keep it from being resolved.
    pub(crate) open_notices: Vec<String>,
    /// What it told, and who answered.
    pub(crate) loops: Loops,
    /// What it told of its resolution, earliest first.
    pub(crate) tellings: Vec<(Told, TellingState)>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) workspaces: Vec<Workspace>,
}

/// What a person chose before the facts are fixed: it decides which facts there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen<'a> {
    pub(crate) template: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
    pub(crate) workspace: Option<&'a str>,
    /// Offer regulated templates (the regulated letter) or the others.
    pub(crate) regulated: bool,
}

/// Who asks, by which rules, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) person: &'a Person,
    pub(crate) now: Millis,
    pub(crate) connected: &'a BTreeSet<System>,
    pub(crate) intent: &'a IntentId,
}

/// A template with the rule the policy has for it.
#[derive(Debug, Clone)]
pub(crate) struct Offered<'a> {
    pub(crate) template: &'a Template,
    pub(crate) rule: &'a TemplateRule,
    /// In the partner's language.
    pub(crate) language_fits: bool,
}

/// The first part of a language: `de` of `de-CH`.
fn primary(language: &str) -> String {
    let first = language.split('-').next().unwrap_or_default();
    first.to_lowercase()
}

/// The newest released version of each template and language.
pub(crate) type Released<'a> = BTreeMap<(&'a str, String), &'a Template>;

pub(crate) fn released(templates: &[Template]) -> Released<'_> {
    let mut newest = Released::new();
    for template in templates
        .iter()
        .filter(|t| t.state.eq_ignore_ascii_case("approved"))
    {
        let place = newest
            .entry((template.key.as_str(), primary(&template.language)))
            .or_insert(template);
        if template.version > place.version {
            *place = template;
        }
    }
    newest
}

/// The released template of a key for a language; English is what is left where there is none.
pub(crate) fn in_language<'a>(
    released: &Released<'a>,
    key: &'a str,
    language: &str,
) -> Option<&'a Template> {
    let of = |language: String| released.get(&(key, language)).copied();
    of(primary(language)).or_else(|| of("en".to_owned()))
}

/// Released templates for the type of a case, best first: those whose rule names the type earliest, in the partner's
/// language before others; only the newest released version of each key and language.
pub(crate) fn offered<'a>(known: &'a Known, policy: &'a Policy) -> Vec<Offered<'a>> {
    let wanted = known
        .partner
        .as_ref()
        .map_or("en", |p| p.agreement.language.as_str());
    let newest = released(&known.templates);
    let mut offered: Vec<(usize, usize, Offered<'a>)> = policy
        .templates
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.to_customers && rule.resolves.is_none())
        .filter_map(|(place, rule)| {
            let fit = rule
                .case_types
                .iter()
                .position(|t| *t == known.case.case_type)?;
            Some((place, fit, rule))
        })
        .flat_map(|(place, fit, rule)| {
            let wanted = primary(wanted);
            newest
                .values()
                .filter(move |t| t.key == rule.key)
                .map(move |t| {
                    (
                        place,
                        fit,
                        Offered {
                            template: t,
                            rule,
                            language_fits: primary(&t.language) == wanted,
                        },
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect();
    // English is what is left where nothing is written in the partner's language.
    let has_own = offered.iter().any(|(_, _, o)| o.language_fits);
    if !has_own {
        for (_, _, o) in &mut offered {
            o.language_fits = primary(&o.template.language) == "en";
        }
    }
    offered.sort_by_key(|(place, fit, o)| (!o.language_fits, *fit, *place));
    offered.into_iter().map(|(_, _, o)| o).collect()
}

/// How a person names a template: its key, with the language where it is not the partner's.
pub(crate) fn template_id(offered: &Offered<'_>) -> String {
    if offered.language_fits {
        offered.template.key.clone()
    } else {
        format!("{}/{}", offered.template.key, offered.template.language)
    }
}

/// Whether a typed name means this template.
pub(crate) fn names(offered: &Offered<'_>, typed: &str) -> bool {
    template_id(offered) == typed || offered.template.id == typed
}

/// The workspace a case belongs to.
pub(crate) fn workspace_choice(known: &Known, policy: &Policy) -> Choice {
    let refs = |kinds: &[&str]| -> Vec<&str> {
        known
            .case
            .business_refs
            .iter()
            .filter(|r| kinds.contains(&r.kind.as_str()))
            .map(|r| r.value.as_str())
            .collect()
    };
    let last = known.comments.iter().rev().find(|c| c.side == "partner");
    let text = format!(
        "{} {}",
        known.case.subject,
        last.map(|c| plain(&c.body)).unwrap_or_default()
    )
    .to_lowercase();
    let wanted = Wanted {
        orders: refs(&["po"]),
        shipments: refs(&["asn", "shipment"]),
        named: known.case.external("workspaces"),
        partner_id: Some(&known.case.partner_id),
        partner_name: &known.case.partner_short_name,
        text,
    };
    matching::choose(
        known
            .workspaces
            .iter()
            .map(|w| matching::score(&wanted, w))
            .collect(),
        &policy.limits,
    )
}

/// Text of a harmless HTML message.
pub(crate) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let broken = html
        .replace("<br>", "\n")
        .replace("<br />", "\n")
        .replace("</p>", "\n")
        .replace("</li>", "\n");
    let mut inside = false;
    for c in broken.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    let text = out
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'");
    text.replace("&amp;", "&").trim().to_owned()
}

/// The partner's latest message as it is filed: head and text, UTF-8.
pub(crate) fn message_file(known: &Known) -> Option<(String, Vec<u8>)> {
    let message = known
        .comments
        .iter()
        .rev()
        .find(|c| c.side == "partner" && c.visibility == Visibility::Partner)?;
    let text = format!(
        "Case: {}\nSubject: {}\nPartner: {}\nFrom: {}\nReceived: {}\n\n{}\n",
        known.case.number,
        known.case.subject,
        known.case.partner_name,
        message.author,
        message.created_at,
        plain(&message.body),
    );
    Some((
        format!("{} message {}.txt", known.case.number, message.id),
        text.into_bytes(),
    ))
}

/// Attachments that belong to what the partner sent: theirs and visible to them.
pub(crate) fn partner_files(known: &Known) -> Vec<&Attachment> {
    known
        .attachments
        .iter()
        .filter(|a| a.visibility == Visibility::Partner)
        .collect()
}

/// The values playbooks refer to.
pub(crate) fn facts(known: &Known, chosen: &Chosen<'_>, setting: Setting<'_>) -> Facts {
    let Setting {
        policy,
        person,
        now,
        connected,
        intent,
    } = setting;
    let case = &known.case;
    let number = notice_number(intent);
    let refs = &case.external_refs;
    let linked = case.external("tracker");
    let ticket_id = linked
        .or(known.ticket.as_ref().map(|t| t.id.as_str()))
        .unwrap_or_default();
    let last = known.comments.iter().rev().find(|c| c.side == "partner");
    let message = last.map(|c| plain(&c.body)).unwrap_or_default();
    let mut values = json!({
        "case": {
            "id": case.id, "number": case.number, "subject": case.subject, "case_type": case.case_type,
            "subtype": case.subtype, "status": case.status, "priority": case.priority, "owner": case.owner,
            "version": case.version, "external_refs": refs, "communication_status": case.communication_status,
            "loop_state": case.loop_state, "po": case.reference("po"), "invoice": case.reference("invoice"),
            "asn": case.reference("asn"),
        },
        "partner": {"id": case.partner_id, "name": case.partner_name, "short_name": case.partner_short_name, "buid": ""},
        "person": {"id": person.id, "name": person.name},
        "company": {"name": policy.company.name, "address": policy.company.address},
        "tracker": {"queue": policy.tracker.queue},
        "notice": {"id": number, "number": number, "version": 1},
        "dates": {"today": day(now), "answer_by": answer_by(known, policy, now)},
        "review": {"needed": policy.review.needed, "due_at": now.plus(policy.review.expires_hours * domain::time::HOUR).0,
            "decide_by": now.plus(policy.review.due_hours * domain::time::HOUR).0, "deputies": policy.review.deputies},
        "findings": findings(known),
        "ticket": {
            "id": ticket_id, "number": known.ticket.as_ref().map(|t| t.number.as_str()), "linked": linked.is_some(),
            "found_by_marker": linked.is_none() && known.ticket.is_some(),
            "comment_on": match (message.is_empty(), ticket_id.is_empty()) {
                (true, _) => "none", (false, true) => "new", (false, false) => "existing",
            },
        },
        "message": {"text": message},
        "loop": crate::loops::values(known),
    });
    let Some(map) = values.as_object_mut() else {
        return Facts {
            case: case.object(),
            values: Value::Null,
            connected: connected.clone(),
        };
    };
    if let Some(partner) = &known.partner {
        map.insert("partner".into(), partner_values(partner));
        map.insert("recipient".into(), recipient(partner, chosen.channel));
    }
    if let Some(template) = template_values(known, chosen, policy) {
        map.insert("template".into(), template);
    }
    if let Some((name, bytes)) = message_file(known) {
        map.insert(
            "message".into(),
            json!({"text": message, "name": name, "blob": sha256_hex(&bytes)}),
        );
    }
    let files: Vec<Value> = partner_files(known)
        .iter()
        .map(|a| json!({"id": a.id, "sha256": a.sha256, "media_type": a.media_type, "filed_name": format!("{} {}", case.number, a.name)}))
        .collect();
    map.insert("attachment_count".into(), json!(files.len()));
    map.insert("attachments".into(), json!(files));
    map.insert("workspace".into(), workspace_values(known, chosen, policy));
    Facts {
        case: case.object(),
        values,
        connected: connected.clone(),
    }
}

/// The number of the notice an intent makes: short, and the same for as long as the intent lives.
pub(crate) fn notice_number(intent: &IntentId) -> String {
    let hash = sha256_hex(intent.as_str().as_bytes());
    format!("N-{}", hash.get(..8).unwrap_or(&hash).to_uppercase())
}

fn day(at: Millis) -> String {
    at.rfc3339().get(..10).unwrap_or_default().to_owned()
}

/// Five working days on the partner's calendar.
fn answer_by(known: &Known, policy: &Policy, now: Millis) -> String {
    let agreement = known.partner.as_ref().map(|p| &p.agreement);
    let zone = agreement.map_or("UTC", |a| a.time_zone.as_str());
    let calendar = policy.calendar(agreement.map_or("", |a| a.calendar.as_str()));
    let due = calendar.map_or(now.plus(7 * DAY), |c| {
        c.due(now, 5 * c.minutes_a_day(), zone)
    });
    day(due)
}

fn partner_values(partner: &Partner) -> Value {
    let a = &partner.agreement;
    json!({
        "id": partner.id, "buid": partner.buid, "name": partner.name, "short_name": partner.short_name,
        "country": partner.country, "language": a.language, "currency": a.currency, "time_zone": a.time_zone,
    })
}

/// Where a notice to a partner goes on a channel, on the first agreed one where none is named.
pub(crate) fn recipient(partner: &Partner, channel: Option<&str>) -> Value {
    let a = &partner.agreement;
    let channel = channel
        .or_else(|| a.channels.first().map(String::as_str))
        .unwrap_or("letter");
    let contact = a.contacts.first();
    let email = contact.map(|c| c.email.as_str()).filter(|e| !e.is_empty());
    let address = match channel {
        "email" => email.unwrap_or_default().to_owned(),
        "sms" => contact.map(|c| c.phone.clone()).unwrap_or_default(),
        _ => a.address.join(", "),
    };
    json!({
        "channel": channel, "address": address, "name": contact.map_or(partner.name.as_str(), |c| c.name.as_str()),
        "letterhead": {
            "company": partner.name, "person": contact.map(|c| c.name.as_str()), "department": contact.map(|c| c.role.as_str()),
            "address": a.address, "email": email,
        },
    })
}

fn template_values(known: &Known, chosen: &Chosen<'_>, policy: &Policy) -> Option<Value> {
    let offered = offered(known, policy);
    let picked = match chosen.template {
        Some(key) => offered.iter().find(|o| names(o, key)),
        None => offered
            .iter()
            .find(|o| o.rule.regulated == chosen.regulated && o.language_fits),
    }?;
    let (rule, template) = (picked.rule, picked.template);
    Some(json!({
        "key": template.key, "id": template.id, "version": template.version, "title": template.name,
        "language": template.language, "regulated": rule.regulated,
        "next_steps": next_steps(rule), "required_action": required_action(rule),
        "case_status": if rule.asks_partner { "waiting_partner" } else { "in_progress" },
    }))
}

fn next_steps(rule: &TemplateRule) -> &'static str {
    if rule.asks_partner {
        "We hold the matter until we have your answer."
    } else {
        "We work on it and come back to you. Nothing else changes until then."
    }
}

fn required_action(rule: &TemplateRule) -> &'static str {
    if rule.asks_partner {
        "Please check the facts above and answer with your confirmation or your evidence."
    } else {
        "There is nothing you need to do now. Please tell us if the facts above are not right."
    }
}

fn findings(known: &Known) -> Value {
    let sentence = known
        .findings
        .iter()
        .filter(|f| f.rule.may_be_told())
        .take(3)
        .map(|f| format!("{} ({}).", f.title, f.on))
        .collect::<Vec<_>>()
        .join(" ");
    let lines: Vec<Value> = known
        .findings
        .iter()
        .filter(|f| f.rule.may_be_told() && f.place.starts_with("line"))
        .map(|f| {
            let text = |name: &str| f.facts.get(name).and_then(Value::as_str).unwrap_or_default();
            json!({"line": f.place.trim_start_matches("line ").split(' ').next(), "item": text("product"), "finding": f.title, "amount": ""})
        })
        .collect();
    json!({"sentence": sentence, "lines": lines, "count": known.findings.len()})
}

fn workspace_values(known: &Known, chosen: &Chosen<'_>, policy: &Policy) -> Value {
    let picked = match (chosen.workspace, workspace_choice(known, policy)) {
        (Some(id), Choice::Taken(c)) if c.workspace.id == id => Some(c),
        (Some(id), Choice::Ask(list)) => list.into_iter().find(|c| c.workspace.id == id),
        (None, Choice::Taken(c)) => Some(c),
        _ => None,
    };
    picked.map_or_else(
        || json!({"chosen": false}),
        |c| json!({"id": c.workspace.id, "name": c.workspace.name, "score": format!("{:.2}", c.score), "chosen": true}),
    )
}

/// Case of a fact path and where it came from, for the field table of the composer.
pub(crate) fn provenance(path: &str) -> (Option<System>, &'static str) {
    match path.split('.').next().unwrap_or_default() {
        "case" | "partner" | "recipient" | "message" => (Some(System::Community), "Community"),
        "template" => (Some(System::Exstream), "Template"),
        "findings" => (Some(System::Documents), "Documents"),
        "workspace" => (Some(System::Workspaces), "Workspaces"),
        "ticket" => (Some(System::Tracker), "Tracker"),
        "dates" => (None, "Rule"),
        _ => (None, "Policy"),
    }
}

/// The object a case id names, typed as `48213`, `PC-48213` or `case:community:48213`.
pub(crate) fn case_id(typed: &str) -> &str {
    typed.strip_prefix("case:community:").unwrap_or(typed)
}

/// Name of a case.
pub(crate) fn case_object(id: &str) -> ObjectRef {
    ObjectRef::case(case_id(id))
}
