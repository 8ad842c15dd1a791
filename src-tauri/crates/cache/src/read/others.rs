//! Notices, tasks, processes, workspaces, nodes, tickets, templates, partners and spaces.

use domain::{
    Kind,
    record::{
        Attachment, Delivery, Node, Partner, Process, Space, SpaceItem, Task, Template, Ticket,
        Workspace,
    },
};
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::{
    documents::orders_of_case,
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    sql::{column, json},
};

/// Which notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Full text.
    pub text: Option<String>,
    /// States shown.
    pub states: Vec<String>,
    /// Channels.
    pub channels: Vec<String>,
    /// Case ids.
    pub cases: Vec<String>,
}

/// Which tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only open ones, or only completed ones.
    pub open: Option<bool>,
    /// Logins; an empty one for nobody.
    pub assignees: Vec<String>,
    /// Candidate groups.
    pub groups: Vec<String>,
    /// Case ids.
    pub cases: Vec<String>,
}

/// Order of the tasks list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskSort {
    /// Due first.
    #[default]
    Due,
}

/// Which workspaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceFilter {
    /// Type names.
    pub types: Vec<String>,
    /// Partner ids.
    pub partners: Vec<String>,
}

/// Which tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// Full text.
    pub text: Option<String>,
    /// Status words.
    pub statuses: Vec<String>,
    /// Queues.
    pub queues: Vec<String>,
}

/// A review space with its items in order of creation.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewSpace {
    /// The space.
    pub space: Space,
    /// Request, comments, signatures, rejections, outcome.
    pub items: Vec<SpaceItem>,
}

const NOTICES: Order = Order {
    table: "notice",
    index: "notice_by_event",
    key: "event_at",
    descending: true,
    half: None,
};
const TASKS: Order = Order {
    table: "task",
    index: "task_by_due",
    key: "due_key",
    descending: false,
    half: Some("shown_open"),
};
const WORKSPACES: Order = Order {
    table: "workspace",
    index: "workspace_by_modified",
    key: "modified_at",
    descending: true,
    half: None,
};
const TICKETS: Order = Order {
    table: "ticket",
    index: "ticket_by_updated",
    key: "updated_at",
    descending: true,
    half: None,
};
const PARTNERS: Order = Order {
    table: "partner",
    index: "partner_by_name",
    key: "short_name",
    descending: false,
    half: None,
};

const NOTICE_ROWS: &str = "select n.row, n.record, n.shown_state, null from json_each(?1) k cross join notice n on n.row = k.value";
const TASK_ROWS: &str = "select t.row, t.record, t.shown_state, t.shown_assignee from json_each(?1) k cross join task t on t.row = k.value";
const WORKSPACE_ROWS: &str = "select w.row, w.record, null, null from json_each(?1) k cross join workspace w on w.row = k.value";
const TICKET_ROWS: &str = "select t.row, t.record, null, null from json_each(?1) k cross join ticket t on t.row = k.value";
const PARTNER_ROWS: &str = "select p.row, p.record, null, null from json_each(?1) k cross join partner p on p.row = k.value";

const NOTICE_IDS: &str = "select n.row, n.record, n.shown_state, null from json_each(?1) k cross join notice n on n.id = k.value";
const TASK_IDS: &str = "select t.row, t.record, t.shown_state, t.shown_assignee from json_each(?1) k cross join task t on t.id = k.value";
const WORKSPACE_IDS: &str = "select w.row, w.record, null, null from json_each(?1) k cross join workspace w on w.id = k.value";
const TICKET_IDS: &str =
    "select t.row, t.record, null, null from json_each(?1) k cross join ticket t on t.id = k.value";
const PARTNER_IDS: &str = "select p.row, p.record, null, null from json_each(?1) k cross join partner p on p.id = k.value";
const NODE_IDS: &str =
    "select n.row, n.record, null, null from json_each(?1) k cross join node n on n.id = k.value";
const SPACE_IDS: &str =
    "select s.row, s.record, null, null from json_each(?1) k cross join space s on s.id = k.value";
const ATTACHMENT_IDS: &str = "select a.row, a.record, null, null from json_each(?1) k cross join attachment a on a.id = k.value";

const NOTICES_OF_CASE: &str = "select n.row, n.record, n.shown_state, null from notice n where n.case_id = ?1 order by n.event_at desc, n.row desc limit 500";
const TASKS_OF_CASE: &str = "select t.row, t.record, t.shown_state, t.shown_assignee from task t where t.case_id = ?1 order by t.created_at desc, t.row desc limit 500";
const PROCESSES_OF_CASE: &str = "select p.row, p.record, null, null from process p where p.case_id = ?1 order by p.started_at desc, p.row desc limit 500";
const TICKETS_OF_CASE: &str = "select t.row, t.record, null, null from ticket t where t.case_id = ?1 order by t.updated_at desc, t.row desc limit 500";
const ATTACHMENTS_OF_CASE: &str = "select a.row, a.record, null, null from attachment a where a.case_id = ?1 order by a.created_at desc, a.row desc limit 1000";
const SPACES_OF_CASE: &str = "select s.row, s.record, null, null from space s where s.case_id = ?1 order by s.updated_at desc, s.row desc limit 200";
const SPACES_FOR: &str = "select s.row, s.record, null, null from space s where s.purpose = ?1 order by s.updated_at desc, s.row desc limit 2000";
const SPACE_ABOUT: &str =
    "select s.row, s.record, null, null from space s where s.subject = ?1 limit 50";
const ITEMS: &str = "select i.row, i.record, null, null from space_item i where i.space_id = ?1 order by i.created_at, i.row limit 2000";
const NODES: &str = "select n.row, n.record, null, null from node n where n.workspace_id = ?1 order by n.name, n.row limit 2000";
const WORKSPACES_FOR: &str = "select w.row, w.record, null, null from json_each(?1) k cross join workspace w on w.object_id = k.value limit 100";
const CANDIDATES: &str = "select w.row, w.record, null, null from ( \
      select ?1 ->> 'case' value \
      union select r.value ->> 'value' from case_ c, json_each(c.record, '$.business_refs') r where c.id = ?1 ->> 'case' \
      union select o.value ->> 1 from json_each(?1, '$.orders') o \
      union select d.number from json_each(?1, '$.orders') o \
        cross join document d on d.party = o.value ->> 0 and d.order_number = o.value ->> 1) k \
    cross join workspace w on w.object_id = k.value \
    union \
    select w.row, w.record, null, null from case_ c, json_each(c.record, '$.external_refs') r \
      cross join workspace w on w.id = r.value ->> 'id' \
      where c.id = ?1 ->> 'case' and r.value ->> 'system' = 'workspaces' \
    limit 100";
const TEMPLATES: &str =
    "select t.row, t.record, null, null from template t order by t.key, t.version";
const TEMPLATE: &str = "select t.row, t.record, null, null from template t where t.key = ?1 order by t.version desc, t.row desc limit 50";

/// A record whose state or assignee may be laid over.
trait Shown: DeserializeOwned {
    fn show(&mut self, _state: Option<String>, _assignee: Option<String>) {}
}
impl Shown for Delivery {
    fn show(&mut self, state: Option<String>, _: Option<String>) {
        if let Some(state) = state {
            self.state = state;
        }
    }
}
impl Shown for Task {
    fn show(&mut self, state: Option<String>, assignee: Option<String>) {
        if let Some(state) = state {
            self.state = state;
        }
        self.assignee = assignee.filter(|a| !a.is_empty());
    }
}
impl Shown for Attachment {}
impl Shown for Node {}
impl Shown for Partner {}
impl Shown for Process {}
impl Shown for Space {}
impl Shown for SpaceItem {}
impl Shown for Template {}
impl Shown for Ticket {}
impl Shown for Workspace {}

async fn rows<T: Shown>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    parameter: &str,
) -> Result<Vec<(i64, T)>, CacheError> {
    sqlx::query(statement)
        .bind(parameter)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let mut record: T = serde_json::from_str(&column::<String>(row, 1)?)?;
            record.show(column(row, 2)?, column(row, 3)?);
            Ok((column(row, 0)?, record))
        })
        .collect()
}

impl Cache {
    async fn listed<T: Shown>(
        &self,
        order: Order,
        filter: Filter,
        window: Window,
        by_row: &'static str,
    ) -> Result<Rows<T>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let keys = list::fetch_rows(&mut snapshot, list::page(&order, &filter, window)).await?;
        let found = rows(&mut snapshot, by_row, &json(&keys)?).await?;
        let total = list::fetch_count(&mut snapshot, list::count(&order, &filter)).await?;
        let all = list::count(&order, &Filter::default());
        Ok(Rows {
            total,
            of: list::fetch_count(&mut snapshot, all).await?,
            items: list::in_order(&keys, found),
        })
    }

    async fn read<T: Shown>(
        &self,
        statement: &'static str,
        parameter: &str,
    ) -> Result<Vec<T>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let found = rows(&mut snapshot, statement, parameter).await?;
        Ok(found.into_iter().map(|(_, record)| record).collect())
    }

    async fn by_ids<T: Shown>(
        &self,
        statement: &'static str,
        ids: &[String],
    ) -> Result<Vec<T>, CacheError> {
        self.read(statement, &json(ids)?).await
    }

    async fn text_ids(
        &self,
        text: Option<&str>,
        kind: Kind,
    ) -> Result<Option<Vec<String>>, CacheError> {
        let Some(text) = text.filter(|t| !t.trim().is_empty()) else {
            return Ok(None);
        };
        let mut snapshot = self.reader().snapshot().await?;
        search::ids(&mut snapshot, text, kind).await.map(Some)
    }

    /// A part of the notices list, last event first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_notices(
        &self,
        wanted: &NoticeFilter,
        window: Window,
    ) -> Result<Rows<Delivery>, CacheError> {
        let ids = self.text_ids(wanted.text.as_deref(), Kind::Notice).await?;
        let mut filter = Filter::default();
        filter
            .any_of("shown_state", &wanted.states)
            .any_of("channel", &wanted.channels)
            .any_of("case_id", &wanted.cases)
            .only(ids.as_deref());
        self.listed(NOTICES, filter, window, NOTICE_ROWS).await
    }

    /// A part of the tasks list, due first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_tasks(
        &self,
        wanted: &TaskFilter,
        sort: TaskSort,
        window: Window,
    ) -> Result<Rows<Task>, CacheError> {
        let TaskSort::Due = sort;
        let mut filter = Filter::half(wanted.open);
        filter
            .any_of("shown_assignee", &wanted.assignees)
            .any_of("group_name", &wanted.groups)
            .any_of("case_id", &wanted.cases);
        self.listed(TASKS, filter, window, TASK_ROWS).await
    }

    /// A part of the workspaces list, last changed first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_workspaces(
        &self,
        wanted: &WorkspaceFilter,
        window: Window,
    ) -> Result<Rows<Workspace>, CacheError> {
        let mut filter = Filter::default();
        filter
            .any_of("type_name", &wanted.types)
            .any_of("partner_id", &wanted.partners);
        self.listed(WORKSPACES, filter, window, WORKSPACE_ROWS)
            .await
    }

    /// A part of the tickets list, last changed first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_tickets(
        &self,
        wanted: &TicketFilter,
        window: Window,
    ) -> Result<Rows<Ticket>, CacheError> {
        let ids = self.text_ids(wanted.text.as_deref(), Kind::Ticket).await?;
        let mut filter = Filter::default();
        filter
            .any_of("status", &wanted.statuses)
            .any_of("queue", &wanted.queues)
            .only(ids.as_deref());
        self.listed(TICKETS, filter, window, TICKET_ROWS).await
    }

    /// A part of the partners list, by name.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_partners(&self, window: Window) -> Result<Rows<Partner>, CacheError> {
        self.listed(PARTNERS, Filter::default(), window, PARTNER_ROWS)
            .await
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
        let found = rows(
            &mut snapshot,
            CANDIDATES,
            &serde_json::json!({"case": case_id, "orders": orders}).to_string(),
        )
        .await?;
        Ok(found.into_iter().map(|(_, record)| record).collect())
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
    let mut out = Vec::new();
    for order in [NOTICES, TASKS, WORKSPACES, TICKETS, PARTNERS] {
        let filter = Filter::default();
        out.push((
            list::page(&order, &filter, Window::first(50)).sql,
            vec![order.index],
        ));
        // A total without a filter walks the smallest index there is.
        out.push((list::count(&order, &filter).sql, vec![order.table]));
    }
    for statement in [
        NOTICE_ROWS,
        TASK_ROWS,
        WORKSPACE_ROWS,
        TICKET_ROWS,
        PARTNER_ROWS,
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
    out.push((TEMPLATES.to_owned(), vec!["t"]));
    out
}
