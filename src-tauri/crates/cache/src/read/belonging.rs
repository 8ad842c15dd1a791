//! What belongs to a case, a space or a workspace, and single things by id.

use domain::record::{
    Attachment, Delivery, Node, Partner, Process, Space, SpaceItem, Task, Template, Ticket,
    Workspace,
};

use super::{
    documents::orders_of_case,
    others::{Shown, rows},
};
use crate::{Cache, CacheError, sql::json};

/// A review space with its items in order of creation.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewSpace {
    /// The space.
    pub space: Space,
    /// Request, comments, signatures, rejections, outcome.
    pub items: Vec<SpaceItem>,
}

const NOTICE_IDS: &str = "select n.record, n.shown_state, null from json_each(?1) k cross join notice n on n.id = k.value";
const TASK_IDS: &str = "select t.record, t.shown_state, t.shown_assignee from json_each(?1) k cross join task t on t.id = k.value";
const WORKSPACE_IDS: &str =
    "select w.record, null, null from json_each(?1) k cross join workspace w on w.id = k.value";
const TICKET_IDS: &str =
    "select t.record, null, null from json_each(?1) k cross join ticket t on t.id = k.value";
const PARTNER_IDS: &str =
    "select p.record, null, null from json_each(?1) k cross join partner p on p.id = k.value";
const NODE_IDS: &str =
    "select n.record, null, null from json_each(?1) k cross join node n on n.id = k.value";
const SPACE_IDS: &str =
    "select s.record, null, null from json_each(?1) k cross join space s on s.id = k.value";
const ATTACHMENT_IDS: &str =
    "select a.record, null, null from json_each(?1) k cross join attachment a on a.id = k.value";

const NOTICES_OF_CASE: &str = "select n.record, n.shown_state, null from notice n where n.case_id = ?1 order by n.event_at desc, n.row desc limit 500";
const TASKS_OF_CASE: &str = "select t.record, t.shown_state, t.shown_assignee from task t where t.case_id = ?1 order by t.created_at desc, t.row desc limit 500";
const PROCESSES_OF_CASE: &str = "select p.record, null, null from process p where p.case_id = ?1 order by p.started_at desc, p.row desc limit 500";
const TICKETS_OF_CASE: &str = "select t.record, null, null from ticket t where t.case_id = ?1 order by t.updated_at desc, t.row desc limit 500";
const ATTACHMENTS_OF_CASE: &str = "select a.record, null, null from attachment a where a.case_id = ?1 order by a.created_at desc, a.row desc limit 1000";
const SPACES_OF_CASE: &str = "select s.record, null, null from space s where s.case_id = ?1 order by s.updated_at desc, s.row desc limit 200";
const SPACES_FOR: &str = "select s.record, null, null from space s where s.purpose = ?1 order by s.updated_at desc, s.row desc limit 2000";
const SPACE_ABOUT: &str = "select s.record, null, null from space s where s.subject = ?1 limit 50";
const ITEMS: &str = "select i.record, null, null from space_item i where i.space_id = ?1 order by i.created_at, i.row limit 2000";
const NODES: &str = "select n.record, null, null from node n where n.workspace_id = ?1 order by n.name, n.row limit 2000";
const WORKSPACES_FOR: &str = "select w.record, null, null from json_each(?1) k cross join workspace w on w.object_id = k.value limit 100";
const CANDIDATES: &str = "select w.record, null, null from ( \
      select ?1 ->> 'case' value \
      union select r.value ->> 'value' from case_ c, json_each(c.record, '$.business_refs') r where c.id = ?1 ->> 'case' \
      union select o.value ->> 1 from json_each(?1, '$.orders') o \
      union select d.number from json_each(?1, '$.orders') o \
        cross join document d on d.party = o.value ->> 0 and d.order_number = o.value ->> 1) k \
    cross join workspace w on w.object_id = k.value \
    union \
    select w.record, null, null from case_ c, json_each(c.record, '$.external_refs') r \
      cross join workspace w on w.id = r.value ->> 'id' \
      where c.id = ?1 ->> 'case' and r.value ->> 'system' = 'workspaces' \
    limit 100";
const TEMPLATES: &str = "select t.record, null, null from template t order by t.key, t.version";
const TEMPLATE: &str = "select t.record, null, null from template t where t.key = ?1 order by t.version desc, t.row desc limit 50";

impl Cache {
    async fn read<T: Shown>(
        &self,
        statement: &'static str,
        parameter: &str,
    ) -> Result<Vec<T>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        rows(&mut snapshot, statement, parameter).await
    }

    async fn by_ids<T: Shown>(
        &self,
        statement: &'static str,
        ids: &[String],
    ) -> Result<Vec<T>, CacheError> {
        self.read(statement, &json(ids)?).await
    }
}

macro_rules! reads {
    ($($(#[$meta:meta])* $name:ident($key:ident) -> $record:ty = $statement:ident;)+) => {
        impl Cache {
            $(
                $(#[$meta])*
                ///
                /// # Errors
                /// What the engine says.
                pub async fn $name(&self, $key: &str) -> Result<Vec<$record>, CacheError> {
                    self.read($statement, $key).await
                }
            )+
        }
    };
}

reads! {
    /// Notices of a case, last event first.
    notices_of_case(case_id) -> Delivery = NOTICES_OF_CASE;
    /// Tasks of a case, newest first.
    tasks_of_case(case_id) -> Task = TASKS_OF_CASE;
    /// Process instances of a case, newest first.
    processes_of_case(case_id) -> Process = PROCESSES_OF_CASE;
    /// Tickets whose marker names a case, last changed first. Those the case itself names are read by id.
    tickets_marked(case_id) -> Ticket = TICKETS_OF_CASE;
    /// Files of a case, newest first.
    attachments_of_case(case_id) -> Attachment = ATTACHMENTS_OF_CASE;
    /// Spaces of a case, last changed first.
    spaces_of_case(case_id) -> Space = SPACES_OF_CASE;
    /// Spaces with a purpose (`review`, `onboarding`, `mirror`), last changed first.
    spaces_for(purpose) -> Space = SPACES_FOR;
    /// Spaces about a subject, such as a notice id.
    spaces_about(subject) -> Space = SPACE_ABOUT;
    /// Items of a space in order of creation.
    space_items(space_id) -> SpaceItem = ITEMS;
    /// What lies in a workspace, by name.
    nodes_of_workspace(workspace_id) -> Node = NODES;
    /// Versions of the template with a key, latest first.
    templates_keyed(key) -> Template = TEMPLATE;
}

macro_rules! by_id {
    ($($(#[$meta:meta])* $name:ident -> $record:ty = $statement:ident;)+) => {
        impl Cache {
            $(
                $(#[$meta])*
                ///
                /// # Errors
                /// What the engine says.
                pub async fn $name(&self, ids: &[String]) -> Result<Vec<$record>, CacheError> {
                    self.by_ids($statement, ids).await
                }
            )+
        }
    };
}

by_id! {
    /// Notices by id, in that order; unknown ones are left out.
    notices -> Delivery = NOTICE_IDS;
    /// Tasks by id, in that order.
    tasks -> Task = TASK_IDS;
    /// Workspaces by id, in that order.
    workspaces -> Workspace = WORKSPACE_IDS;
    /// Tickets by id, in that order.
    tickets -> Ticket = TICKET_IDS;
    /// Partners by id, in that order.
    partners -> Partner = PARTNER_IDS;
    /// Nodes by id, in that order.
    nodes -> Node = NODE_IDS;
    /// Spaces by id, in that order.
    spaces -> Space = SPACE_IDS;
    /// Files of cases by id, in that order.
    attachments -> Attachment = ATTACHMENT_IDS;
    /// Workspaces whose business object has one of these ids (order, shipment, case numbers): the candidates for filing.
    workspaces_for -> Workspace = WORKSPACES_FOR;
}

impl Cache {
    /// Every template, by key, latest version first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn templates(&self) -> Result<Vec<Template>, CacheError> {
        let mut templates: Vec<Template> = self.read(TEMPLATES, "").await?;
        templates.sort_by(|a, b| (&a.key, b.version).cmp(&(&b.key, a.version)));
        Ok(templates)
    }

    /// A partner.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn partner(&self, id: &str) -> Result<Option<Partner>, CacheError> {
        Ok(self.partners(&[id.to_owned()]).await?.pop())
    }

    /// Workspaces that may be those of a case: the one it names, and those whose business object is one of its numbers, one
    /// of its orders, one of the documents of these orders, or the case itself.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn workspace_candidates(&self, case_id: &str) -> Result<Vec<Workspace>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let orders = orders_of_case(&mut snapshot, case_id).await?;
        rows(
            &mut snapshot,
            CANDIDATES,
            &serde_json::json!({"case": case_id, "orders": orders}).to_string(),
        )
        .await
    }

    /// A review space with its items.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn review_space(&self, id: &str) -> Result<Option<ReviewSpace>, CacheError> {
        let Some(space) = self.spaces(&[id.to_owned()]).await?.pop() else {
            return Ok(None);
        };
        let items = self.space_items(id).await?;
        Ok(Some(ReviewSpace { space, items }))
    }
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = vec![(TEMPLATES.to_owned(), vec!["t"])];
    for statement in [
        NOTICE_IDS,
        TASK_IDS,
        WORKSPACE_IDS,
        TICKET_IDS,
        PARTNER_IDS,
        NODE_IDS,
        SPACE_IDS,
        ATTACHMENT_IDS,
        NOTICES_OF_CASE,
        TASKS_OF_CASE,
        PROCESSES_OF_CASE,
        TICKETS_OF_CASE,
        ATTACHMENTS_OF_CASE,
        SPACES_OF_CASE,
        SPACES_FOR,
        SPACE_ABOUT,
        ITEMS,
        NODES,
        WORKSPACES_FOR,
        CANDIDATES,
        TEMPLATE,
    ] {
        out.push((statement.to_owned(), vec![]));
    }
    out
}
