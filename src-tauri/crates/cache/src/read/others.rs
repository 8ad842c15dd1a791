//! The lists of notices, tasks, workspaces, tickets and partners.

use std::collections::BTreeMap;

use domain::{
    Kind,
    record::{
        Attachment, Delivery, Node, Partner, Process, Space, SpaceItem, Task, Template, Ticket,
        Workspace,
    },
};
use serde::de::DeserializeOwned;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    sql::{column, list},
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

const NOTICES: Order = Order {
    table: "notice",
    index: "notice_by_event",
    key: "event_at",
    descending: true,
    wide: "notice_by_event",
    half: None,
};
const TASKS: Order = Order {
    table: "task",
    index: "task_by_due",
    key: "due_key",
    descending: false,
    wide: "task_by_due",
    half: Some("shown_open"),
};
const WORKSPACES: Order = Order {
    table: "workspace",
    index: "workspace_by_modified",
    key: "modified_at",
    descending: true,
    wide: "workspace_by_modified",
    half: None,
};
const TICKETS: Order = Order {
    table: "ticket",
    index: "ticket_by_updated",
    key: "updated_at",
    descending: true,
    wide: "ticket_by_updated",
    half: None,
};
const PARTNERS: Order = Order {
    table: "partner",
    index: "partner_by_name",
    key: "short_name",
    descending: false,
    wide: "partner_by_name",
    half: None,
};

/// Columns that [`rows`] reads of `r`: the record, then its effective state and assignee where it has them.
const RECORD: &str = "r.record, null, null";
const NOTICE: &str = "r.record, r.shown_state, null";
const TASK: &str = "r.record, r.shown_state, r.shown_assignee";

/// A record whose state or assignee may be laid over.
pub(super) trait Shown: DeserializeOwned {
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

fn item<T: Shown>(row: &SqliteRow) -> Result<T, CacheError> {
    let mut record: T = serde_json::from_str(&column::<String>(row, 0)?)?;
    record.show(column(row, 1)?, column(row, 2)?);
    Ok(record)
}

pub(super) async fn rows<T: Shown>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    parameter: &str,
) -> Result<Vec<T>, CacheError> {
    sqlx::query(statement)
        .bind(parameter)
        .fetch_all(connection)
        .await?
        .iter()
        .map(item)
        .collect()
}

impl Cache {
    async fn listed<T: Shown>(
        &self,
        order: Order,
        filter: Filter,
        window: Window,
        columns: &'static str,
    ) -> Result<Rows<T>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let page = list::page(&order, &filter, window).rows(&order, columns);
        let totals = [
            list::count(&order, &filter),
            list::count(&order, &Filter::default()),
        ];
        list::fetch(&mut snapshot, page, totals, item).await
    }

    async fn text_ids(
        &self,
        text: Option<&str>,
        kind: Kind,
    ) -> Result<Option<Vec<String>>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        search::ids_of(&mut snapshot, text, kind).await
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
        self.listed(NOTICES, filter, window, NOTICE).await
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
        self.listed(TASKS, filter, window, TASK).await
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
        self.listed(WORKSPACES, filter, window, RECORD).await
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
        self.listed(TICKETS, filter, window, RECORD).await
    }

    /// A part of the partners list, by name.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_partners(&self, window: Window) -> Result<Rows<Partner>, CacheError> {
        self.listed(PARTNERS, Filter::default(), window, RECORD)
            .await
    }

    /// Short names of all partners, by id: for lists that name partners without showing them.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn partner_names(&self) -> Result<BTreeMap<String, String>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let names: Vec<(String, String)> = list(
            &mut snapshot,
            "select json_group_array(json_array(id, short_name)) from partner where ?1 is not null",
            String::new(),
        )
        .await?;
        Ok(names.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = Vec::new();
    for (order, columns) in [
        (NOTICES, NOTICE),
        (TASKS, TASK),
        (WORKSPACES, RECORD),
        (TICKETS, RECORD),
        (PARTNERS, RECORD),
    ] {
        let filter = Filter::default();
        let page = list::page(&order, &filter, Window::first(50));
        out.push((page.sql.clone(), vec![order.index]));
        out.push((page.rows(&order, columns).sql, vec![order.index, "sort"]));
        // A total without a filter walks the smallest index there is.
        out.push((list::count(&order, &filter).sql, vec![order.table]));
    }
    out
}
