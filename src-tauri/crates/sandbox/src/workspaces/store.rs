//! Nodes: folders, documents with versions, business workspaces.

use std::collections::{BTreeMap, HashMap};

use domain::Millis;
use serde_json::{Map, Value};

use super::node::{Audit, BusinessObject, DOCUMENT, Fresh, Incoming, Node, ROOT, Refusal, Version};

/// Everything the server holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    next: u64,
    pub(super) nodes: BTreeMap<u64, Node>,
    children: BTreeMap<u64, Vec<u64>>,
    names: HashMap<(u64, String), u64>,
}

impl Store {
    fn mint(&mut self) -> u64 {
        self.next = self.next.max(900_000) + 1;
        self.next
    }

    /// A node by id as text.
    pub(super) fn node(&self, id: &str) -> Result<&Node, Refusal> {
        id.parse::<u64>()
            .ok()
            .and_then(|id| self.nodes.get(&id))
            .ok_or_else(|| Refusal::missing(id))
    }

    /// A node by id as text, to be changed.
    pub(super) fn node_mut(&mut self, id: &str) -> Result<&mut Node, Refusal> {
        id.parse::<u64>()
            .ok()
            .and_then(|id| self.nodes.get_mut(&id))
            .ok_or_else(|| Refusal::missing(id))
    }

    /// Children in the order they came.
    pub(super) fn children(&self, id: u64) -> impl Iterator<Item = &Node> {
        self.children
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|c| self.nodes.get(c))
    }

    /// The child with a name; names do not mind case.
    pub(super) fn child_named(&self, parent: u64, name: &str) -> Option<&Node> {
        self.names
            .get(&(parent, name.to_lowercase()))
            .and_then(|id| self.nodes.get(id))
    }

    /// Ids from the root down to the node.
    pub(super) fn path(&self, id: u64) -> Vec<u64> {
        let mut path = vec![id];
        let mut at = id;
        while let Some(node) = self.nodes.get(&at) {
            if node.parent == at || path.len() > 64 {
                break;
            }
            path.push(node.parent);
            at = node.parent;
        }
        path.reverse();
        path
    }

    /// Makes a node with an id of its own.
    pub(super) fn create(&mut self, fresh: Fresh, by: u64, now: Millis) -> Result<u64, Refusal> {
        let id = self.mint();
        self.create_as(id, fresh, by, now)
    }

    /// Makes a node under a given id.
    pub(super) fn create_as(
        &mut self,
        id: u64,
        fresh: Fresh,
        by: u64,
        now: Millis,
    ) -> Result<u64, Refusal> {
        let name = fresh.name.trim().to_owned();
        if name.is_empty() || name.contains(':') {
            return Err(Refusal(
                400,
                "The name is empty or contains a character that is not allowed.".into(),
            ));
        }
        if id != ROOT {
            let parent = self
                .nodes
                .get(&fresh.parent)
                .ok_or_else(|| Refusal::missing(&fresh.parent.to_string()))?;
            if !parent.is_container() {
                return Err(Refusal(400, "The parent is no container.".into()));
            }
        }
        if self.child_named(fresh.parent, &name).is_some() {
            return Err(Refusal(
                400,
                format!("An item with the name '{name}' already exists."),
            ));
        }
        self.names.insert((fresh.parent, name.to_lowercase()), id);
        if id != ROOT {
            self.children.entry(fresh.parent).or_default().push(id);
        }
        self.nodes.insert(
            id,
            Node {
                id,
                parent: fresh.parent,
                name,
                subtype: fresh.subtype,
                description: fresh.description,
                created_at: now,
                modified_at: now,
                created_by: by,
                versions: Vec::new(),
                categories: fresh.categories,
                reserved: None,
                type_id: fresh.type_id,
                object: fresh.object,
                audit: vec![Audit {
                    event: 1,
                    name: "Create",
                    at: now,
                    user: by,
                }],
            },
        );
        Ok(id)
    }

    /// Adds a version; a node checked out by somebody else refuses.
    pub(super) fn add_version(
        &mut self,
        id: &str,
        incoming: Incoming,
        description: String,
        by: u64,
        now: Millis,
    ) -> Result<u64, Refusal> {
        let node = self.node_mut(id)?;
        if node.subtype != DOCUMENT {
            return Err(Refusal(400, "The item is not versionable.".into()));
        }
        if node.reserved.is_some_and(|(who, _)| who != by) {
            return Err(Refusal(
                400,
                "Could not add version. The item is reserved by another user.".into(),
            ));
        }
        let number = node.latest().map_or(1, |v| v.number + 1);
        node.versions.push(Version {
            number,
            file_name: incoming.file_name,
            media_type: incoming.media_type,
            description,
            bytes: incoming.bytes,
            created_at: now,
            created_by: by,
        });
        node.modified_at = now;
        node.audit.push(Audit {
            event: 2,
            name: "Version Added",
            at: now,
            user: by,
        });
        Ok(number)
    }

    /// Sets values of a category, which the node must carry when `must_exist`.
    pub(super) fn set_category(
        &mut self,
        id: &str,
        category: &str,
        values: Map<String, Value>,
        must_exist: bool,
        by: u64,
        now: Millis,
    ) -> Result<(), Refusal> {
        let node = self.node_mut(id)?;
        if must_exist && !node.categories.contains_key(category) {
            return Err(Refusal(
                404,
                format!("Category {category} is not assigned."),
            ));
        }
        if let Some(strange) = values
            .keys()
            .find(|k| !k.starts_with(&format!("{category}_")))
        {
            return Err(Refusal(400, format!("Invalid attribute {strange}.")));
        }
        node.categories
            .entry(category.to_owned())
            .or_default()
            .extend(values);
        node.modified_at = now;
        node.audit.push(Audit {
            event: 10,
            name: "Attribute Value Changed",
            at: now,
            user: by,
        });
        Ok(())
    }

    /// Gives a node another name or parent.
    pub(super) fn move_to(
        &mut self,
        id: &str,
        parent: Option<u64>,
        name: Option<String>,
        by: u64,
        now: Millis,
    ) -> Result<(), Refusal> {
        let node = self.node(id)?;
        let (own, old_parent, old_name) = (node.id, node.parent, node.name.clone());
        let parent = parent.unwrap_or(old_parent);
        let name = name.unwrap_or_else(|| old_name.clone());
        if self.child_named(parent, &name).is_some_and(|n| n.id != own) {
            return Err(Refusal(
                400,
                format!("An item with the name '{name}' already exists."),
            ));
        }
        if self.path(parent).contains(&own) || !self.nodes.contains_key(&parent) {
            return Err(Refusal(400, "The target location is not valid.".into()));
        }
        self.names.remove(&(old_parent, old_name.to_lowercase()));
        self.names.insert((parent, name.to_lowercase()), own);
        if let Some(list) = self.children.get_mut(&old_parent) {
            list.retain(|c| *c != own);
        }
        self.children.entry(parent).or_default().push(own);
        let node = self.node_mut(id)?;
        node.parent = parent;
        node.name = name;
        node.modified_at = now;
        node.audit.push(Audit {
            event: 3,
            name: "Renamed or moved",
            at: now,
            user: by,
        });
        Ok(())
    }

    /// Deletes a node and everything below it.
    pub(super) fn delete(&mut self, id: &str) -> Result<(), Refusal> {
        let node = self.node(id)?;
        let (own, parent, name) = (node.id, node.parent, node.name.to_lowercase());
        self.names.remove(&(parent, name));
        if let Some(list) = self.children.get_mut(&parent) {
            list.retain(|c| *c != own);
        }
        let mut doomed = vec![own];
        while let Some(at) = doomed.pop() {
            doomed.extend(self.children.remove(&at).unwrap_or_default());
            if let Some(gone) = self.nodes.remove(&at) {
                self.names.remove(&(gone.parent, gone.name.to_lowercase()));
            }
        }
        Ok(())
    }

    /// Workspaces of a business object.
    pub(super) fn by_object<'a>(
        &'a self,
        object: &'a BusinessObject,
    ) -> impl Iterator<Item = &'a Node> {
        self.nodes
            .values()
            .filter(move |n| n.object.as_ref() == Some(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::node::{FOLDER, categories},
        *,
    };
    use bytes::Bytes;
    use serde_json::json;

    fn fresh(parent: u64, name: &str, subtype: i64) -> Fresh {
        Fresh {
            parent,
            name: name.into(),
            subtype,
            ..Fresh::default()
        }
    }

    fn store() -> Store {
        let mut store = Store::default();
        store
            .create_as(ROOT, fresh(ROOT, "Enterprise", FOLDER), 1, Millis(1))
            .unwrap();
        store
    }

    #[test]
    fn a_name_is_given_once_in_a_folder_and_free_again_after_the_node_is_gone() {
        let mut store = store();
        let first = store
            .create(fresh(ROOT, "A", FOLDER), 1, Millis(2))
            .unwrap();
        store
            .create(fresh(first, "x.pdf", DOCUMENT), 1, Millis(2))
            .unwrap();
        let again = store
            .create(fresh(ROOT, "a", FOLDER), 1, Millis(3))
            .unwrap_err();
        assert!(again.1.contains("already exists"));
        store.delete(&first.to_string()).unwrap();
        assert_eq!(store.nodes.len(), 1);
        store
            .create(fresh(ROOT, "A", FOLDER), 1, Millis(4))
            .unwrap();
    }

    #[test]
    fn both_category_shapes_read_alike() {
        let nested = json!({"555": {"555_2": "Open"}});
        let flat = json!({"555_2": "Open"});
        assert_eq!(categories(Some(&nested)), categories(Some(&flat)));
    }

    #[test]
    fn a_node_checked_out_by_another_takes_no_version() {
        let mut store = store();
        let id = store
            .create(fresh(ROOT, "x", DOCUMENT), 1, Millis(2))
            .unwrap()
            .to_string();
        let incoming = || Incoming {
            file_name: "x".into(),
            media_type: "text/plain".into(),
            bytes: Bytes::from_static(b"x"),
        };
        store
            .add_version(&id, incoming(), String::new(), 1, Millis(3))
            .unwrap();
        store.node_mut(&id).unwrap().reserved = Some((2, Millis(3)));
        assert!(
            store
                .add_version(&id, incoming(), String::new(), 1, Millis(4))
                .is_err()
        );
        assert_eq!(
            store
                .add_version(&id, incoming(), String::new(), 2, Millis(4))
                .unwrap(),
            2
        );
    }
}
