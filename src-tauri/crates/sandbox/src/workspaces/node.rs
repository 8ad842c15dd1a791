//! Nodes, versions, business objects, category values.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Millis;
use serde_json::{Map, Value};

/// Enterprise root.
pub(super) const ROOT: u64 = 2_000;
/// Subtypes of nodes.
pub(super) const FOLDER: i64 = 0;
pub(super) const DOCUMENT: i64 = 144;
pub(super) const WORKSPACE: i64 = 848;

/// A refusal: status and `error` text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) u16, pub(super) String);

impl Refusal {
    pub(super) fn missing(id: &str) -> Self {
        Self(
            404,
            format!("Could not process object, invalid id {id} specified"),
        )
    }
}

/// A version of a document.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) description: String,
    pub(super) bytes: Bytes,
    pub(super) created_at: Millis,
    pub(super) created_by: u64,
}

/// Business object of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BusinessObject {
    pub(super) system: String,
    pub(super) object_type: String,
    pub(super) object_id: String,
}

/// Something that happened to a node.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    pub(super) event: u64,
    pub(super) name: &'static str,
    pub(super) at: Millis,
    pub(super) user: u64,
}

/// Category values: category id, then `555_2` and the like.
pub(super) type Categories = BTreeMap<String, Map<String, Value>>;

/// A node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) name: String,
    pub(super) subtype: i64,
    pub(super) description: String,
    pub(super) created_at: Millis,
    pub(super) modified_at: Millis,
    pub(super) created_by: u64,
    pub(super) versions: Vec<Version>,
    pub(super) categories: Categories,
    pub(super) reserved: Option<(u64, Millis)>,
    pub(super) type_id: Option<u64>,
    pub(super) object: Option<BusinessObject>,
    pub(super) audit: Vec<Audit>,
}

impl Node {
    /// Whether it may hold other nodes.
    pub(super) const fn is_container(&self) -> bool {
        self.subtype != DOCUMENT
    }

    /// The version people get when they name none.
    pub(super) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }
}

/// What a new node begins with.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    pub(super) parent: u64,
    pub(super) name: String,
    pub(super) subtype: i64,
    pub(super) description: String,
    pub(super) categories: Categories,
    pub(super) type_id: Option<u64>,
    pub(super) object: Option<BusinessObject>,
}

/// Bytes on their way in.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

/// Reads category values in both shapes: nested by category, or flat.
pub(super) fn categories(value: Option<&Value>) -> Categories {
    let mut read = Categories::new();
    let Some(Value::Object(given)) = value else {
        return read;
    };
    for (key, value) in given {
        match value {
            Value::Object(values) if !key.contains('_') => {
                read.entry(key.clone()).or_default().extend(values.clone());
            }
            value => {
                if let Some((category, _)) = key.split_once('_') {
                    read.entry(category.to_owned())
                        .or_default()
                        .insert(key.clone(), value.clone());
                }
            }
        }
    }
    read
}
