//! Reading: workspaces by listing, nodes by search or by walking.

use std::collections::HashSet;

use domain::{
    Kind, Millis, ObjectRef, System,
    record::{Node, Record},
    time::{DAY, MINUTE},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{WorkspacesConnector, wire};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{drift, fetched, name_of, read_cursor, write_cursor},
    http::Ask,
    limits::Budget,
    port::Unfit,
};

/// Where a workspace or a node names itself.
const ID: &str = "/data/properties/id";
/// Workspaces of one request.
const LIMIT: usize = 200;
/// Requests of one pull of the listing.
const PAGES: usize = 25;
/// Nodes of one request.
const NODES: usize = 100;
/// How late the search index may be.
const OVERLAP: i64 = 10 * MINUTE;
/// More ids than this are not carried through the pages of a listing.
const LISTED: usize = 20_000;
/// Deepest folder that is walked.
const DEPTH: usize = 8;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct WorkspaceCursor {
    /// Next page, from 1; 0 begins.
    page: usize,
}

/// Where the reading of the nodes stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct NodeCursor {
    /// Changes since then are read.
    after: Option<Millis>,
    /// Next page, from 1; 0 begins a round.
    page: usize,
    /// Latest change seen in this round.
    latest: Option<Millis>,
    /// Whether this round walks the workspaces, because the index could not be asked.
    walking: bool,
    /// Ids of this round, when it reads everything.
    listed: Option<Vec<String>>,
}

/// A node with the ids above it.
struct Found {
    raw: Value,
    place: String,
    node: Result<Node, Unfit>,
    above: Vec<String>,
}

impl WorkspacesConnector {
    async fn workspace_page(
        &self,
        page: usize,
        budget: &Budget,
    ) -> Result<(Vec<Value>, Option<usize>), PullError> {
        let ask = Ask::get(format!("{}/v2/businessworkspaces", self.api))
            .query("expanded_view", "true")
            .query("fields", "properties")
            .query("fields", "business_properties")
            .query("fields", "categories")
            .query("sort", "asc_name")
            .query("limit", LIMIT)
            .query("page", page);
        let body = self.session.read_json_within(&ask, budget).await?;
        let (items, total) = wire::results(&body).map_err(drift)?;
        Ok((items.to_vec(), total))
    }

    /// The listing of the workspaces. It is given as a listing only when it was read in one go and its pages add up.
    pub(super) async fn pull_workspaces(
        &self,
        request: &PullRequest,
    ) -> Result<PullPage, PullError> {
        let cursor: WorkspaceCursor = read_cursor(request)?;
        let first = cursor.page.max(1);
        let budget = Budget::default();
        let mut records: Vec<Fetched> = Vec::new();
        let mut seen = HashSet::new();
        let (mut whole, mut totals) = (first == 1, HashSet::new());
        let mut last = false;
        let mut page = first;
        while page < first + PAGES && !last {
            let (items, total) = self.workspace_page(page, &budget).await?;
            last = items.len() < LIMIT;
            totals.insert(total);
            let before = seen.len();
            for (i, item) in items.iter().enumerate() {
                let place = format!("businessworkspaces[{}]", (page - 1) * LIMIT + i);
                let record = wire::workspace(item, &place, &self.attributes);
                if let Ok(workspace) = &record {
                    let id = workspace.id.clone();
                    self.places().insert(id.clone(), Some(id));
                }
                whole &= record.is_ok();
                let name = name_of(item, ID, &place);
                let told = fetched(&name, item, record.map(Record::Workspace));
                if seen.insert(told.remote_id.clone()) {
                    records.push(told);
                }
            }
            if seen.len() == before && !last {
                // The server repeats itself: there is no more to be had from it, and nothing to be concluded.
                (last, whole) = (true, false);
            }
            page += 1;
        }
        whole &= last && totals.len() == 1 && totals.iter().flatten().all(|t| *t == seen.len());
        let listing = whole.then(|| {
            let ids = records.iter().map(|r| r.remote_id.clone());
            ids.map(|id| ObjectRef::new(Kind::Workspace, System::Workspaces, id))
                .collect()
        });
        let cursor = WorkspaceCursor {
            page: if last { 0 } else { page },
        };
        Ok(PullPage {
            records,
            cursor: write_cursor(&cursor),
            more: !last,
            listing,
        })
    }

    /// Nodes changed since the last round.
    pub(super) async fn pull_nodes(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut cursor: NodeCursor = read_cursor(request)?;
        if cursor.page == 0 {
            cursor.page = 1;
            cursor.listed = cursor.after.is_none().then(Vec::new);
        }
        self.know_workspaces().await?;
        let (found, last) = if cursor.walking {
            self.walk(cursor.page).await?
        } else {
            match self.search(&cursor).await {
                Err(PullError::Refused { status, .. }) if cursor.page == 1 => {
                    tracing::info!(
                        status,
                        "the index cannot be asked; the workspaces are walked"
                    );
                    cursor.walking = true;
                    cursor.listed = Some(Vec::new());
                    self.walk(1).await?
                }
                other => other?,
            }
        };
        let since = cursor.after.map(|at| at.plus(-OVERLAP));
        let mut records = Vec::new();
        for item in found {
            let node = match item.node {
                Ok(mut node) if node.subtype == 848 => {
                    let id = node.id.clone();
                    self.places().insert(id.clone(), Some(id));
                    node.workspace_id.clear();
                    continue;
                }
                Ok(node) => node,
                Err(unfit) => {
                    // Something is there that we cannot name: nothing may be marked gone in this round.
                    cursor.listed = None;
                    let name = name_of(&item.raw, ID, &item.place);
                    records.push(fetched(&name, &item.raw, Err(unfit)));
                    continue;
                }
            };
            let Some(workspace) = self.workspace_of(&node, &item.above).await? else {
                continue;
            };
            // A time that lies ahead would have the next round begin there.
            let changed = node.modified_at.min(request.now);
            cursor.latest = cursor.latest.max(Some(changed));
            if let Some(listed) = &mut cursor.listed {
                listed.push(node.id.clone());
            }
            if since.is_none_or(|since| node.modified_at >= since) {
                let node = Node {
                    workspace_id: workspace,
                    ..node
                };
                records.push(fetched(&item.place, &item.raw, Ok(Record::Node(node))));
            }
        }
        if cursor.listed.as_ref().is_some_and(|l| l.len() > LISTED) {
            cursor.listed = None;
        }
        let mut listing = None;
        if last {
            let named = |id: String| ObjectRef::new(Kind::Node, System::Workspaces, id);
            listing = cursor
                .listed
                .take()
                .map(|ids| ids.into_iter().map(named).collect());
            cursor = NodeCursor {
                after: cursor.after.max(cursor.latest),
                ..NodeCursor::default()
            };
        } else {
            cursor.page += 1;
        }
        Ok(PullPage {
            records,
            cursor: write_cursor(&cursor),
            more: !last,
            listing,
        })
    }

    /// The index, by day: it knows no time of day, and its days are the server's.
    async fn search(&self, cursor: &NodeCursor) -> Result<(Vec<Found>, bool), PullError> {
        let from = cursor
            .after
            .and_then(|at| at.plus(-OVERLAP - DAY).utc())
            .map_or_else(|| "19000101".to_owned(), |t| t.format("%Y%m%d").to_string());
        let field = |name: &str, value: String| (name.to_owned(), value);
        let ask = Ask::post(format!("{}/v2/search", self.api)).form(vec![
            field("lookfor", "complexQuery".into()),
            field("where", format!("OTModifyDate: >= {from}")),
            field("sort", "asc_OTObjectDate".into()),
            field("limit", NODES.to_string()),
            field("page", cursor.page.to_string()),
        ]);
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::results(&body).map_err(drift)?;
        let start = (cursor.page - 1) * NODES;
        let found = items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let place = format!("search[{}]", start + i);
                let mut above = wire::location(item);
                above.pop();
                Found {
                    raw: item.clone(),
                    node: wire::node(item, &place),
                    place,
                    above,
                }
            })
            .collect();
        Ok((found, items.len() < NODES))
    }

    /// Everything below one page of workspaces.
    async fn walk(&self, page: usize) -> Result<(Vec<Found>, bool), PullError> {
        let budget = Budget::default();
        let (workspaces, _) = self.workspace_page(page, &budget).await?;
        let last = workspaces.len() < LIMIT;
        let mut found = Vec::new();
        // A folder that lies in itself is opened once.
        let mut opened = HashSet::new();
        for item in &workspaces {
            let Ok(workspace) = wire::workspace(item, "workspace", &self.attributes) else {
                continue;
            };
            let mut open = vec![(workspace.id.clone(), vec![workspace.id])];
            while let Some((id, above)) = open.pop() {
                for (n, child) in self.children(&id, &budget).await?.into_iter().enumerate() {
                    let place = format!("nodes/{id}[{n}]");
                    let node = wire::node(&child, &place);
                    if let Ok(node) = &node
                        && node.subtype == 0
                        && above.len() < DEPTH
                        && opened.insert(node.id.clone())
                    {
                        let mut path = above.clone();
                        path.push(node.id.clone());
                        open.push((node.id.clone(), path));
                    }
                    found.push(Found {
                        raw: child,
                        place,
                        node,
                        above: above.clone(),
                    });
                }
            }
        }
        Ok((found, last))
    }

    async fn children(&self, id: &str, budget: &Budget) -> Result<Vec<Value>, PullError> {
        let mut all = Vec::new();
        for page in 1..=100 {
            let ask = Ask::get(self.node_path(id, "/nodes"))
                .query("limit", NODES)
                .query("page", page)
                .query("fields", "properties")
                .query("fields", "versions")
                .query("fields", "categories");
            let body = self.session.read_json_within(&ask, budget).await?;
            let (items, _) = wire::results(&body).map_err(drift)?;
            let last = items.len() < NODES;
            all.extend_from_slice(items);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// Learns which nodes are workspaces, once: the path of a node is then read without asking.
    async fn know_workspaces(&self) -> Result<(), PullError> {
        if !self.places().is_empty() {
            return Ok(());
        }
        for page in 1..=PAGES {
            let (items, _) = self.workspace_page(page, &Budget::default()).await?;
            for item in &items {
                if let Ok(workspace) = wire::workspace(item, "workspace", &self.attributes) {
                    self.places()
                        .insert(workspace.id.clone(), Some(workspace.id));
                }
            }
            if items.len() < LIMIT {
                break;
            }
        }
        Ok(())
    }

    /// The workspace a node lies in: by the path the index tells, else by going up.
    async fn workspace_of(
        &self,
        node: &Node,
        above: &[String],
    ) -> Result<Option<String>, PullError> {
        {
            let places = self.places();
            let known = |id: &String| places.get(id).cloned().flatten().filter(|w| w == id);
            if let Some(workspace) = above.iter().rev().find_map(known) {
                return Ok(Some(workspace));
            }
        }
        let mut path = vec![node.parent_id.clone()];
        let mut answer = None;
        while let Some(at) = path.last().cloned() {
            if let Some(known) = self.places().get(&at).cloned() {
                answer = known;
                break;
            }
            if path.len() > 2 * DEPTH {
                break;
            }
            match self.node(&at).await? {
                Some(parent) if parent.subtype == 848 => {
                    answer = Some(parent.id);
                    break;
                }
                Some(parent) if parent.parent_id != at && !parent.parent_id.starts_with('-') => {
                    path.push(parent.parent_id);
                }
                _ => break,
            }
        }
        let mut places = self.places();
        if places.len() > 100_000 {
            places.clear();
        }
        for id in path {
            places.insert(id, answer.clone());
        }
        Ok(answer)
    }
}
