//! Our connector of Community against the sandbox: every operation of its manifest, once and again.

use std::collections::BTreeSet;

use connectors::{Connector as _, LookUp, Outgoing, Receipt, community::CommunityConnector};
use domain::{
    System,
    canonical::sha256_hex,
    operation::{Call, Level, Operation},
    record::{BusinessRef, Record},
    time::DAY,
    visibility::Visibility,
};
use serde_json::{Map, json};
use whole_system::harness::{Outcome, trouble};

use crate::{
    beside::Beside,
    community_contract::{operations, written},
};

const CASE: &str = "48213";
const FILE: &[u8] = "Dock sheet: Größe 7, 12 short".as_bytes();

struct Community {
    beside: Beside,
    connector: CommunityConnector,
}

impl Community {
    async fn start() -> Outcome<Self> {
        let beside = Beside::start(System::Community).await?;
        Ok(Self {
            connector: CommunityConnector::new(&beside.config, &beside.parts()),
            beside,
        })
    }

    fn outgoing(&self, call: Call) -> Outgoing {
        let name = call.operation().as_str();
        self.beside.outgoing(name, call, &[FILE])
    }

    /// The version the case has now.
    async fn version(&self) -> Outcome<i64> {
        let pulled = self.beside.pull(&self.connector, "cases", None).await;
        let found = pulled.all().find_map(|record| match record {
            Record::Case(case) if case.id == CASE => Some(case.version),
            _ => None,
        });
        found.ok_or_else(|| trouble(format!("case {CASE} is not pulled")))
    }

    /// Does it once: absent before, found afterwards, the same when it is repeated, and one effect.
    async fn once(&self, call: Call) -> Outcome<Receipt> {
        let outgoing = self.outgoing(call);
        let word = outgoing.call.operation();
        let before = self.connector.look_up(&outgoing).await?;
        assert_eq!(before, LookUp::Absent, "{word}");
        let receipt = self.connector.perform(&outgoing).await?;
        assert!(!receipt.remote_ref.is_empty(), "{word}");
        self.is_found(&outgoing, &receipt).await?;
        let again = self.connector.perform(&outgoing).await?;
        assert_eq!(again, receipt, "{word}");
        self.is_found(&outgoing, &receipt).await?;

        let effects = self.beside.sandbox.effects().await?;
        let ours = effects.iter().filter(|e| e.key == outgoing.key.0);
        let ours: Vec<_> = ours
            .map(|e| (e.kind.as_str(), e.reference.as_str()))
            .collect();
        assert_eq!(ours, [(word.as_str(), receipt.remote_ref.as_str())]);
        Ok(receipt)
    }

    async fn is_found(&self, outgoing: &Outgoing, receipt: &Receipt) -> Outcome {
        let LookUp::Found(found) = self.connector.look_up(outgoing).await? else {
            panic!("{}: not found", outgoing.call.operation())
        };
        assert_eq!(found.remote_ref, receipt.remote_ref);
        // Headers are not in a list; what the list does tell is the same.
        for (name, value) in &found.detail {
            assert_eq!(receipt.detail.get(name), Some(value), "{name}");
        }
        Ok(())
    }
}

#[tokio::test]
async fn each_operation_of_the_manifest_has_one_effect_however_often_it_is_repeated() -> Outcome {
    let community = Community::start().await?;
    let version = community.version().await?;
    let case_id = || CASE.to_owned();
    let blob = sha256_hex(FILE);
    let space = Call::OpenSpace {
        purpose: "mirror".into(),
        case_id: Some(case_id()),
        partner_id: Some("P-1001".into()),
        title: "Load sheets".into(),
        subject: "Order 4711".into(),
    };
    let space_id = community.once(space.clone()).await?.remote_ref;
    let request = Call::RequestAcknowledgement {
        case_id: Some(case_id()),
        title: "Routing guide".into(),
        subject: Some("K-1A2B3C4D".into()),
        recipients: vec!["P-1001".into(), "P-1002".into()],
        name: "Routing guide.pdf".into(),
        media_type: "application/pdf".into(),
        blob: blob.clone(),
        due_at: community.beside.now().plus(5 * DAY).0,
        view_before: true,
        signed_upload: false,
    };
    let request_id = community.once(request.clone()).await?.remote_ref;
    let others = [
        Call::RemindAcknowledgement {
            request_id,
            recipients: vec!["P-1002".into()],
            text: "The routing guide is still to be acknowledged.".into(),
        },
        Call::CreateCase {
            partner_id: "P-1001".into(),
            subject: "Größe 7: 12 short".into(),
            case_type: "claim".into(),
            subtype: "quantity_discrepancy".into(),
            business_refs: vec![BusinessRef {
                kind: "po".into(),
                value: "4711".into(),
            }],
        },
        Call::PostMessage {
            case_id: case_id(),
            visibility: Visibility::Partner,
            body: "<p>Counted again: ž 192</p>".into(),
        },
        Call::UpdateCase {
            case_id: case_id(),
            base_version: version,
            base: Map::new(),
            changes: [
                ("status".to_owned(), json!("waiting_partner")),
                (
                    "due_at".to_owned(),
                    json!(community.beside.now().plus(DAY).0),
                ),
                (
                    "add_external_refs".to_owned(),
                    json!([{"system": "tracker", "id": "90001"}]),
                ),
            ]
            .into_iter()
            .collect(),
        },
        Call::Claim {
            case_id: case_id(),
            purpose: "release".into(),
            subject: "N-1".into(),
        },
        Call::AddAttachment {
            case_id: case_id(),
            name: "Größe.txt".into(),
            media_type: "text/plain".into(),
            visibility: Visibility::Internal,
            blob,
        },
        Call::PublishItem {
            space_id,
            item_kind: "document".into(),
            title: "Load sheet".into(),
            state: "open".into(),
            due_at: Some(community.beside.now().plus(DAY).0),
            data: json!({"pages": 2}),
        },
    ];
    let mut done = BTreeSet::from([space.operation(), request.operation()]);
    for call in others {
        done.insert(call.operation());
        community.once(call).await?;
    }
    let offered: BTreeSet<Operation> = entries(&community).map(|e| e.operation).collect();
    assert_eq!(done, offered);
    assert_eq!(
        community.beside.sandbox.effects().await?.len(),
        offered.len()
    );
    Ok(())
}

fn entries(community: &Community) -> impl Iterator<Item = &connectors::port::OperationEntry> {
    community.connector.manifest().operations.iter()
}

#[tokio::test]
async fn every_operation_of_the_manifest_is_in_the_contract_and_may_be_resent() -> Outcome {
    let community = Community::start().await?;
    let contract = operations(&written()?);
    for entry in entries(&community) {
        let operation = (entry.method.to_owned(), entry.path.to_owned());
        assert!(contract.contains(&operation), "{operation:?}");
        assert_eq!(entry.level, Level::A, "{}", entry.operation);
    }
    Ok(())
}
