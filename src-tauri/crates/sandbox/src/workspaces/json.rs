//! Answers of the server. Nodes carry times with `Z`, the workspace calls without a zone, as measured on real ones.

use crate::core::http::put;
use domain::Millis;
use serde_json::{Map, Value, json};

use super::{
    model,
    node::{Node, Version},
    store::Store,
};

fn time(at: Millis, form: &str) -> Value {
    at.utc()
        .map_or(Value::Null, |t| json!(t.format(form).to_string()))
}

/// `2025-11-22T04:35:43Z`
pub(super) fn zulu(at: Millis) -> Value {
    time(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// `2025-11-22T04:35:43`
pub(super) fn naked(at: Millis) -> Value {
    time(at, "%Y-%m-%dT%H:%M:%S")
}

/// Members of `properties`.
pub(super) fn properties(store: &Store, node: &Node, stamp: fn(Millis) -> Value) -> Value {
    let latest = node.latest();
    let container_size = store.children(node.id).count();
    let size = if node.is_container() {
        container_size
    } else {
        latest.map_or(0, |v| v.bytes.len())
    };
    let mut body = json!({
        "id": node.id, "name": node.name, "type": node.subtype,
        "type_name": model::type_name(node.subtype), "parent_id": node.parent,
        "description": node.description, "create_date": stamp(node.created_at),
        "modify_date": stamp(node.modified_at), "create_user_id": node.created_by,
        "modify_user_id": node.created_by, "owner_user_id": node.created_by, "size": size,
        "mime_type": latest.map(|v| v.media_type.as_str()), "container": node.is_container(),
        "container_size": container_size, "reserved": node.reserved.is_some(),
        "reserved_user_id": node.reserved.map_or(0, |r| r.0),
        "reserved_date": node.reserved.map(|r| stamp(r.1)), "versions_control_advanced": false,
        "versionable": !node.is_container(), "volume_id": -2000, "favorite": false, "hidden": false,
    });
    if let Some(kind) = node.type_id.and_then(model::workspace_type) {
        put(&mut body, "wksp_type_name", json!(kind.name));
    }
    body
}

/// Members of `versions` or of a version list.
pub(super) fn version(node: &Node, v: &Version) -> Value {
    json!({
        "id": node.id, "version_id": node.id * 1_000 + v.number, "version_number": v.number,
        "version_number_major": 0, "version_number_minor": v.number, "name": node.name,
        "file_name": v.file_name, "file_size": v.bytes.len(), "mime_type": v.media_type,
        "description": v.description, "create_date": zulu(v.created_at),
        "modify_date": zulu(v.created_at), "file_create_date": zulu(v.created_at),
        "file_modify_date": zulu(v.created_at), "owner_id": v.created_by, "locked": false,
        "provider_id": node.id,
    })
}

/// Every category value, flat.
pub(super) fn flat_categories(node: &Node) -> Value {
    let mut flat = Map::new();
    for values in node.categories.values() {
        flat.extend(values.clone());
    }
    Value::Object(flat)
}

fn business_properties(node: &Node) -> Value {
    let kind = node.type_id.and_then(model::workspace_type);
    json!({
        "business_object_id": node.object.as_ref().map(|o| &o.object_id),
        "business_object_type": node.object.as_ref().map(|o| &o.object_type),
        "business_object_type_name": node.object.as_ref().map(|o| &o.object_type),
        "external_system_id": node.object.as_ref().map(|o| &o.system),
        "external_system_name": node.object.as_ref().map(|o| &o.system),
        "workspace_type_id": node.type_id, "workspace_type_name": kind.map(|k| k.name),
    })
}

/// Field groups asked for: `properties`, `properties{id,name}`, `versions`, `categories`, `business_properties`.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted(Vec<(String, Vec<String>)>);

impl Wanted {
    /// Reads repeated `fields`; none means properties.
    pub(super) fn read<'a>(fields: impl Iterator<Item = &'a str>) -> Self {
        let mut wanted = Vec::new();
        for field in fields {
            let (group, members) = field.split_once('{').unwrap_or((field, ""));
            let members = members
                .trim_end_matches('}')
                .split(',')
                .map(str::trim)
                .filter(|m| !m.is_empty())
                .map(str::to_owned)
                .collect();
            // A trailing element as in `versions.element(0)` does not change the group.
            let group = group.split('.').next().unwrap_or(group);
            wanted.push((group.to_owned(), members));
        }
        if wanted.is_empty() {
            wanted.push(("properties".into(), Vec::new()));
        }
        Self(wanted)
    }
}

fn only(mut value: Value, members: &[String]) -> Value {
    if let (Value::Object(map), false) = (&mut value, members.is_empty()) {
        map.retain(|key, _| members.contains(key));
    }
    value
}

/// `{data: {...}}` of a node.
pub(super) fn data(
    store: &Store,
    node: &Node,
    wanted: &Wanted,
    stamp: fn(Millis) -> Value,
) -> Value {
    let mut data = Map::new();
    for (group, members) in &wanted.0 {
        let value = match group.as_str() {
            "properties" => properties(store, node, stamp),
            "versions" => node.latest().map_or(Value::Null, |v| version(node, v)),
            "categories" => flat_categories(node),
            "business_properties" if node.type_id.is_some() => business_properties(node),
            "workspace_references" if node.type_id.is_some() => json!([business_properties(node)]),
            _ => continue,
        };
        data.insert(group.clone(), only(value, members));
    }
    json!({ "data": data })
}

/// A single object.
pub(super) fn single(results: Value) -> Value {
    json!({"links": {"data": {"self": {"body": "", "content_type": "", "href": "", "method": "GET", "name": ""}}}, "results": results})
}

/// Which page of how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) page: usize,
    pub(super) total: usize,
}

impl Page {
    /// First item of the page, from 0.
    pub(super) const fn start(self) -> usize {
        self.page.saturating_sub(1).saturating_mul(self.limit)
    }

    fn members(self) -> Value {
        let pages = self.total.div_ceil(self.limit.max(1)).max(1);
        json!({
            "limit": self.limit, "page": self.page, "page_total": pages,
            "range_min": (self.start() + 1).min(self.total),
            "range_max": (self.start() + self.limit).min(self.total), "total_count": self.total,
        })
    }

    const fn has_next(self) -> bool {
        self.start() + self.limit < self.total
    }
}

fn next_link(path: &str, page: Page) -> Value {
    json!({
        "body": "", "content_type": "", "method": "GET", "name": "Next",
        "href": format!("{path}?limit={}&page={}", page.limit, page.page + 1),
    })
}

/// A list of nodes or search results: paging under `collection`.
pub(super) fn collection(results: Vec<Value>, page: Page, path: &str) -> Value {
    let mut paging = page.members();
    let links = if page.has_next() {
        json!({"data": {"next": next_link(path, page)}})
    } else {
        json!({"data": {}})
    };
    put(&mut paging, "links", links);
    json!({
        "collection": {"paging": paging, "sorting": {"sort": []}},
        "links": {"data": {"self": {"body": "", "content_type": "", "href": path, "method": "GET", "name": ""}}},
        "results": results,
    })
}

/// A list of workspaces: paging at the top.
pub(super) fn workspaces(results: Vec<Value>, page: Page, path: &str) -> Value {
    let mut paging = page.members();
    if page.has_next() {
        put(
            &mut paging,
            "actions",
            json!({"next": next_link(path, page)}),
        );
    }
    json!({
        "links": {"data": {"self": {"body": "", "content_type": "", "href": path, "method": "GET", "name": ""}}},
        "paging": paging,
        "results": results,
    })
}
