//! Workspaces and nodes as the server words them, read into records.

use domain::record::{Node, Workspace};
use serde_json::Value;

use super::attributes::Attributes;
use crate::{fields::Fields, port::Unfit, text::safe_file_name};

/// Properties of an item of a list or of a single answer.
fn data<'a>(item: &'a Value, place: &str) -> Result<Fields<'a>, Unfit> {
    Fields::of(item, place)?.object("data")
}

/// A business workspace.
pub(super) fn workspace(
    item: &Value,
    place: &str,
    attributes: &Attributes,
) -> Result<Workspace, Unfit> {
    let data = data(item, place)?;
    let properties = data.object("properties")?;
    let object = data.opt_object("business_properties")?;
    let part = |name: &str| -> Result<Option<String>, Unfit> {
        match &object {
            Some(object) => object.opt_id(name),
            None => Ok(None),
        }
    };
    let type_name = match part("workspace_type_name")? {
        Some(name) => name,
        None => properties.opt_text("wksp_type_name")?.unwrap_or_default(),
    };
    let mut partner_id = None;
    if let Some(categories) = data.opt_object("categories")? {
        for key in attributes.keys_of("partner") {
            partner_id = partner_id.or(categories.opt_id(&key)?);
        }
    }
    Ok(Workspace {
        id: properties.id("id")?,
        name: properties.text("name")?,
        type_name,
        external_system: part("external_system_id")?,
        object_type: part("business_object_type")?,
        object_id: part("business_object_id")?,
        partner_id,
        modified_at: properties.time("modify_date")?,
    })
}

/// A node without its place: which workspace it lies in is told apart.
pub(super) fn node(item: &Value, place: &str) -> Result<Node, Unfit> {
    let data = data(item, place)?;
    let properties = data.object("properties")?;
    let version = match data.opt_object("versions")? {
        Some(versions) => versions.integer_or("version_number", 1)?,
        None => 1,
    };
    let categories = match data.opt_object("categories")? {
        Some(_) => data.value("categories").cloned().unwrap_or_default(),
        None => Value::Object(serde_json::Map::new()),
    };
    Ok(Node {
        id: properties.id("id")?,
        workspace_id: String::new(),
        parent_id: properties.id("parent_id")?,
        name: safe_file_name(&properties.text("name")?),
        subtype: properties.integer_or("type", 0)?,
        size: properties.integer_or("size", 0)?,
        media_type: properties.opt_text("mime_type")?.unwrap_or_default(),
        version,
        categories,
        modified_at: properties.time("modify_date")?,
    })
}

/// Ids from the root down to the node, as the index tells them; the sign of an id says on which side of a volume it
/// stands.
pub(super) fn location(item: &Value) -> Vec<String> {
    item.pointer("/data/regions/OTLocation")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split_whitespace()
        .filter(|id| !id.starts_with('-'))
        .map(str::to_owned)
        .collect()
}

/// Results of a list and how many there are in all: paging stands under `collection` or at the top.
pub(super) fn results(body: &Value) -> Result<(&[Value], Option<usize>), Unfit> {
    let fields = Fields::of(body, "answer")?;
    let paging = match fields.opt_object("collection")? {
        Some(collection) => collection.opt_object("paging")?,
        None => fields.opt_object("paging")?,
    };
    let total = match paging {
        Some(paging) => paging.opt_integer("total_count")?,
        None => None,
    };
    if fields.value("results").is_none() {
        return Err(Unfit {
            code: "WIRE_MISSING".into(),
            message: "answer.results is missing".into(),
        });
    }
    Ok((
        fields.list("results")?,
        total.and_then(|t| usize::try_from(t).ok()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_envelopes_of_paging_are_read() {
        let nodes = json!({"collection": {"paging": {"total_count": 2}}, "results": [1, 2]});
        let workspaces = json!({"paging": {"total_count": "2"}, "results": [1, 2]});
        assert_eq!(results(&nodes).unwrap().1, Some(2));
        assert_eq!(results(&workspaces).unwrap().1, Some(2));
        assert_eq!(results(&json!({})).unwrap_err().code, "WIRE_MISSING");
    }

    #[test]
    fn a_time_without_a_zone_is_read_and_a_missing_one_is_named() {
        let attributes = Attributes::read("order=555,order.partner=3");
        let item = json!({"data": {
            "properties": {"id": 9, "name": "Order 1", "modify_date": "2025-06-30T01:47:35"},
            "business_properties": {"business_object_id": "1", "workspace_type_name": "Order"},
            "categories": {"555_3": "P-1"},
        }});
        let read = workspace(&item, "results[0]", &attributes).unwrap();
        assert_eq!(
            (read.id.as_str(), read.partner_id.as_deref()),
            ("9", Some("P-1"))
        );
        let unfit = node(
            &json!({"data": {"properties": {"id": 9, "name": "x", "parent_id": 1}}}),
            "results[3]",
        );
        assert_eq!(
            unfit.unwrap_err().message,
            "results[3].data.properties.modify_date is missing"
        );
    }
}
