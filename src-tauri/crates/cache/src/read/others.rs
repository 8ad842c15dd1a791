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
use sqlx::SqliteConnection;

use super::{
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    sql::{column, json, list},
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

const NOTICE_ROWS: &str = "select n.row, n.record, n.shown_state, null from json_each(?1) k cross join notice n on n.row = k.value";
const TASK_ROWS: &str = "select t.row, t.record, t.shown_state, t.shown_assignee from json_each(?1) k cross join task t on t.row = k.value";
const WORKSPACE_ROWS: &str = "select w.row, w.record, null, null from json_each(?1) k cross join workspace w on w.row = k.value";
const TICKET_ROWS: &str = "select t.row, t.record, null, null from json_each(?1) k cross join ticket t on t.row = k.value";
const PARTNER_ROWS: &str = "select p.row, p.record, null, null from json_each(?1) k cross join partner p on p.row = k.value";

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

pub(super) async fn rows<T: Shown>(
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
    ] {
        out.push((statement.to_owned(), vec![]));
    }
    out
}
