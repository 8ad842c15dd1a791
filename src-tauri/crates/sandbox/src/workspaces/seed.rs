//! Workspaces the scenario leads up to: orders, shipments, customer cases, incidents and suppliers, with folders and
//! files. Some orders have none, some have two (one of them of the system before).

use bytes::Bytes;
use domain::{
    Millis,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Map, Value, json};

use super::{
    SERVICE_USER, model,
    node::{BusinessObject, Categories, DOCUMENT, FOLDER, Fresh, Incoming, ROOT, WORKSPACE},
    papers,
    store::Store,
};
use crate::{
    Scenario,
    scenario::{CaseSpec, OrderSpec, links},
};

/// Makes nodes with ids counted from that of their workspace, so that they stay what they are when others are added.
struct Seeder<'a> {
    store: &'a mut Store,
    next: u64,
}

fn values(category: &str, pairs: &[(u32, &str)]) -> Categories {
    let mut map = Map::new();
    for (attribute, value) in pairs {
        if !value.is_empty() {
            map.insert(format!("{category}_{attribute}"), json!(value));
        }
    }
    Categories::from([(category.to_owned(), map)])
}

impl Seeder<'_> {
    fn mint(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn node(&mut self, id: u64, fresh: Fresh, at: Millis) -> u64 {
        // A name that is taken only happens when two workspaces of a scenario share one; the first then keeps it.
        let _ = self.store.create_as(id, fresh, SERVICE_USER, at);
        id
    }

    fn folder(&mut self, parent: u64, name: &str, at: Millis) -> u64 {
        let id = self.mint();
        let fresh = Fresh {
            parent,
            name: name.into(),
            subtype: FOLDER,
            ..Fresh::default()
        };
        self.node(id, fresh, at)
    }

    fn file(
        &mut self,
        parent: u64,
        name: &str,
        media_type: &str,
        bytes: Bytes,
        filing: &[(u32, &str)],
        at: Millis,
    ) -> u64 {
        let id = self.mint();
        let categories = if filing.is_empty() {
            Categories::new()
        } else {
            values("560", filing)
        };
        let fresh = Fresh {
            parent,
            name: name.into(),
            subtype: DOCUMENT,
            categories,
            ..Fresh::default()
        };
        self.node(id, fresh, at);
        let incoming = Incoming {
            file_name: name.into(),
            media_type: media_type.into(),
            bytes,
        };
        let _ = self
            .store
            .add_version(&id.to_string(), incoming, String::new(), SERVICE_USER, at);
        id
    }

    fn workspace(
        &mut self,
        id: u64,
        kind: u64,
        name: &str,
        object: BusinessObject,
        facts: &[(u32, &str)],
        at: Millis,
    ) -> u64 {
        let Some(kind) = model::workspace_type(kind) else {
            return id;
        };
        self.next = id;
        let fresh = Fresh {
            parent: kind.location,
            name: name.replace(':', "-"),
            subtype: WORKSPACE,
            categories: values(kind.category, facts),
            type_id: Some(kind.id),
            object: Some(object),
            ..Fresh::default()
        };
        self.node(id, fresh, at)
    }
}

fn object(system: &str, object_type: &str, object_id: &str) -> BusinessObject {
    BusinessObject {
        system: system.into(),
        object_type: object_type.into(),
        object_id: object_id.into(),
    }
}

/// The server without any workspace: root and the folders of the types.
fn bare(at: Millis) -> Store {
    let mut store = Store::default();
    let mut seeder = Seeder {
        store: &mut store,
        next: 0,
    };
    let root = Fresh {
        parent: ROOT,
        name: "Enterprise".into(),
        subtype: 141,
        ..Fresh::default()
    };
    seeder.node(ROOT, root, at);
    for kind in model::TYPES {
        let fresh = Fresh {
            parent: ROOT,
            name: kind.folder.into(),
            subtype: FOLDER,
            ..Fresh::default()
        };
        seeder.node(kind.location, fresh, at);
    }
    store
}

pub(super) fn store(scenario: &Scenario, epoch: Millis) -> Store {
    let mut store = bare(epoch.plus(-400 * DAY));
    let mut seeder = Seeder {
        store: &mut store,
        next: 0,
    };
    for (index, partner) in (0_u64..).zip(&scenario.partners) {
        supplier(&mut seeder, 60_000 + index * 20, partner, epoch);
    }
    for (index, order) in scenario.orders.iter().enumerate() {
        orders(&mut seeder, scenario, order, index);
    }
    for case in &scenario.cases {
        customer_case(&mut seeder, scenario, case);
    }
    store
}

fn supplier(
    seeder: &mut Seeder<'_>,
    id: u64,
    partner: &crate::scenario::PartnerSpec,
    epoch: Millis,
) {
    let at = epoch.plus(-200 * DAY);
    let name = format!("{} ({})", partner.short_name, partner.id);
    let facts = [(2, "Active"), (3, partner.id.as_str())];
    let id = seeder.workspace(
        id,
        19,
        &name,
        object("COMMUNITY", "partner", &partner.id),
        &facts,
        at,
    );
    let contracts = seeder.folder(id, "Contracts", at);
    let evidence = seeder.folder(id, "Compliance", at);
    let agreement = papers::pdf(&[
        format!("Trading agreement with {}", partner.name),
        "Version 3, approved".into(),
    ]);
    seeder.file(
        contracts,
        "Trading agreement.pdf",
        "application/pdf",
        agreement,
        &[(2, "contract"), (8, "approved")],
        at,
    );
    let draft = Bytes::from(format!("Draft amendment for {}\n", partner.name));
    seeder.file(
        contracts,
        "Amendment draft.txt",
        "text/plain",
        draft,
        &[(2, "contract"), (8, "draft")],
        at.plus(150 * DAY),
    );
    // Days to the end of the insurance differ by partner, so that some certificates expire soon.
    let days = i64::from(partner.id.bytes().map(u32::from).sum::<u32>() % 120) - 10;
    let valid_to = epoch.plus(days * DAY).rfc3339();
    let insurance = papers::pdf(&[
        format!("Insurance certificate, {}", partner.name),
        format!("valid to {valid_to}"),
    ]);
    seeder.file(
        evidence,
        "Insurance certificate.pdf",
        "application/pdf",
        insurance,
        &[(2, "insurance"), (5, "accepted"), (6, &valid_to)],
        at,
    );
}

fn orders(seeder: &mut Seeder<'_>, scenario: &Scenario, order: &OrderSpec, index: usize) {
    let partner = scenario.partner(&order.partner_id);
    let short = partner.map_or("", |p| p.short_name.as_str());
    if let Some(id) = links::order_workspace(scenario, &order.number) {
        let name = format!("Order {} - {short}", order.number);
        let facts = [
            (2, "Open"),
            (3, order.partner_id.as_str()),
            (4, order.number.as_str()),
        ];
        let id = seeder.workspace(
            id,
            16,
            &name,
            object("ERP", "order", &order.number),
            &facts,
            order.ordered_at,
        );
        let documents = seeder.folder(id, "Documents", order.ordered_at);
        seeder.folder(id, "Correspondence", order.ordered_at);
        let pdf = papers::pdf(&papers::order(order, partner));
        seeder.file(
            documents,
            &format!("Purchase order {}.pdf", order.number),
            "application/pdf",
            pdf,
            &[(2, "order"), (9, &order.number)],
            order.ordered_at.plus(5 * MINUTE),
        );
        if let Some(at) = order.acknowledged_at {
            let text = papers::acknowledgement(order, partner).join("\n");
            seeder.file(
                documents,
                &format!("Order acknowledgement {}.txt", order.number),
                "text/plain",
                text.into(),
                &[(2, "order_ack"), (9, &order.number)],
                at.plus(20 * MINUTE),
            );
        }
        if let Some(at) = order.invoiced_at {
            let pdf = papers::pdf(&papers::invoice(order, partner));
            seeder.file(
                documents,
                &format!("Invoice {}.pdf", order.invoice),
                "application/pdf",
                pdf,
                &[(2, "invoice"), (9, &order.invoice)],
                at.plus(20 * MINUTE),
            );
        }
        if links::has_second_workspace(index) {
            let name = format!("Order {} - {short} (archive)", order.number);
            let facts = [
                (2, "Archived"),
                (3, order.partner_id.as_str()),
                (4, order.number.as_str()),
            ];
            let id = seeder.workspace(
                id + 10,
                16,
                &name,
                object("LEGACY", "order", &order.number),
                &facts,
                order.ordered_at,
            );
            seeder.folder(id, "Correspondence", order.ordered_at);
        }
    }
    if let (Some(id), Some(at)) = (
        links::shipment_workspace(scenario, &order.asn),
        order.shipped_at,
    ) {
        let name = format!("Shipment {} - {short}", order.asn);
        let facts = [
            (2, "Under way"),
            (3, order.partner_id.as_str()),
            (4, order.asn.as_str()),
        ];
        let id = seeder.workspace(
            id,
            17,
            &name,
            object("ERP", "shipment", &order.asn),
            &facts,
            at,
        );
        let documents = seeder.folder(id, "Documents", at);
        let pdf = papers::pdf(&papers::packing_list(order, partner));
        seeder.file(
            documents,
            &format!("Packing list {}.pdf", order.asn),
            "application/pdf",
            pdf,
            &[(2, "packing_list"), (9, &order.asn)],
            at.plus(10 * MINUTE),
        );
    }
}

fn customer_case(seeder: &mut Seeder<'_>, scenario: &Scenario, case: &CaseSpec) {
    let Some(id) = case.workspace_id else {
        return;
    };
    let at = case.opened_at.plus(30 * MINUTE).min(scenario.epoch);
    let incident = case.case_type == "recall";
    let partner = scenario.partner(&case.partner_id);
    let name = format!(
        "{} {} - {}",
        if incident { "Incident" } else { "Case" },
        case.number,
        partner.map_or("", |p| p.short_name.as_str())
    );
    let status = if case.is_open() { "Open" } else { "Closed" };
    let kind = if incident { 20 } else { 18 };
    let facts = [
        (2, status),
        (3, case.partner_id.as_str()),
        (4, case.number.as_str()),
    ];
    let id = seeder.workspace(
        id,
        kind,
        &name,
        object("COMMUNITY", "case", &case.id),
        &facts,
        at,
    );
    seeder.folder(id, "Correspondence", at);
    let evidence = seeder.folder(id, "Evidence", at);
    let note = format!(
        "{}\n{}\nOpened {}\n",
        case.number,
        case.subject,
        case.opened_at.rfc3339()
    );
    seeder.file(
        evidence,
        "Case summary.txt",
        "text/plain",
        note.into(),
        &[(2, "summary"), (3, &case.number)],
        at.plus(HOUR).min(scenario.epoch),
    );
    let internal = format!(
        "Internal assessment of {}\nNot for the partner.\n",
        case.number
    );
    seeder.file(
        evidence,
        "Internal assessment.txt",
        "text/plain",
        internal.into(),
        &[(2, "assessment"), (3, &case.number), (7, "no")],
        at.plus(2 * HOUR).min(scenario.epoch),
    );
    let photos = papers::pdf(&[
        format!("Delivery evidence for {}", case.number),
        case.subject.clone(),
    ]);
    seeder.file(
        evidence,
        "Delivery evidence.pdf",
        "application/pdf",
        photos,
        &[(2, "evidence"), (3, &case.number), (7, "yes")],
        at.plus(2 * HOUR).min(scenario.epoch),
    );
    if incident {
        let mut lots = vec![Value::from("L4711"), Value::from("L4712")];
        if let Some(node) = seeder.store.nodes.get_mut(&id) {
            let values = node.categories.entry("559".into()).or_default();
            values.insert("559_4".into(), Value::Array(std::mem::take(&mut lots)));
        }
    }
}
