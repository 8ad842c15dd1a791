-- One table for each kind of mirrored object. Common columns: `row` (the rowid under a name), `id` (its id over there),
-- `collection` (the stream it last came through), `record` (the record as JSON, from which it is rebuilt), `digest` (content
-- hash), `version` and `changed_at` (order in time at the source), `fetched_at`, `missing_since` (first full listing without it).
-- Further columns exist because a list filters, sorts or joins by them. `shown_*` = overlay, else mirror.

create table meta (name text primary key, value text not null) strict, without rowid;

-- ---------------------------------------------------------------- Community
create table partner (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    name text not null, short_name text not null, country text not null
) strict;
create index partner_by_name on partner (short_name, row, country);

create table case_ (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    number text not null, case_type text not null, partner_id text not null, partner_name text not null,
    opened_at integer not null, updated_at integer not null,
    due_key integer not null,            -- due_at, or the end of time where there is none, so that it sorts last
    shown_status text not null, shown_priority text not null, shown_owner text not null,
    shown_communication_status text not null, shown_open integer not null
) strict;
-- Each list order has an index. The first one also holds every column a filter or another order may name: a selective
-- filter walks its pages only, and the table is touched for the rows of one page.
create index case_by_due on case_ (shown_open, due_key, row, case_type, shown_status, shown_owner, partner_id, shown_communication_status, shown_priority, opened_at, updated_at, partner_name);
create index case_by_opened on case_ (shown_open, opened_at, row);
create index case_by_updated on case_ (shown_open, updated_at, row);
create index case_by_partner on case_ (shown_open, partner_name, row);
create index case_by_number on case_ (number);

-- How many cases have which values: totals and facets without walking the cases. Kept by the engine, so that no path that
-- writes a case can forget it.
create table case_tally (
    open integer not null, case_type text not null, status text not null, owner text not null, partner_id text not null,
    communication_status text not null, priority text not null, n integer not null,
    primary key (open, case_type, status, owner, partner_id, communication_status, priority)
) strict, without rowid;
create trigger case_added after insert on case_ begin
    insert into case_tally values (new.shown_open, new.case_type, new.shown_status, new.shown_owner, new.partner_id, new.shown_communication_status, new.shown_priority, 1)
    on conflict do update set n = n + 1;
end;
create trigger case_gone after delete on case_ begin
    update case_tally set n = n - 1 where (open, case_type, status, owner, partner_id, communication_status, priority)
        = (old.shown_open, old.case_type, old.shown_status, old.shown_owner, old.partner_id, old.shown_communication_status, old.shown_priority);
end;
create trigger case_changed after update on case_
when (old.shown_open, old.case_type, old.shown_status, old.shown_owner, old.partner_id, old.shown_communication_status, old.shown_priority)
    is not (new.shown_open, new.case_type, new.shown_status, new.shown_owner, new.partner_id, new.shown_communication_status, new.shown_priority)
begin
    update case_tally set n = n - 1 where (open, case_type, status, owner, partner_id, communication_status, priority)
        = (old.shown_open, old.case_type, old.shown_status, old.shown_owner, old.partner_id, old.shown_communication_status, old.shown_priority);
    insert into case_tally values (new.shown_open, new.case_type, new.shown_status, new.shown_owner, new.partner_id, new.shown_communication_status, new.shown_priority, 1)
    on conflict do update set n = n + 1;
end;

create table comment (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    case_id text not null, side text not null, visibility text not null, created_at integer not null
) strict;
create index comment_by_case on comment (case_id, created_at, row, side, visibility);

create table attachment (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    case_id text not null, created_at integer not null
) strict;
create index attachment_by_case on attachment (case_id, created_at, row);

create table space (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    purpose text not null, case_id text not null, partner_id text not null, subject text not null, state text not null,
    updated_at integer not null
) strict;
create index space_by_case on space (case_id, updated_at, row);
create index space_by_purpose on space (purpose, updated_at, row, state, partner_id);
create index space_by_subject on space (subject);

create table space_item (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    space_id text not null, item_kind text not null, state text not null, created_at integer not null
) strict;
create index space_item_by_space on space_item (space_id, created_at, row);

-- Business references and external references of cases: who names what. The case is the authority.
create table link (
    value text not null, case_id text not null, relation text not null, partner_id text not null,
    primary key (value, case_id, relation)
) strict, without rowid;

-- ---------------------------------------------------------------- Documents
create table document (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    doc_type text not null, class text not null, direction text not null, number text not null,
    order_number text not null,          -- its own number on an order; empty where it belongs to none
    party text not null,                 -- partner id, else the address of the other side: what a thread is kept under
    partner_id text not null, partner_name text not null,
    sender text not null, receiver text not null,
    interchange_control text not null, group_control text not null, document_control text not null,
    test integer not null, validation text not null, delivery text not null,
    ack text not null,                   -- effective: the track of the grid, turned by a receipt that has arrived
    ack_document_id text, ack_at integer,
    arrived_at integer not null, event_at integer not null
) strict;
create index document_by_event on document (event_at, row, doc_type, partner_id, direction, validation, delivery, ack, test, class, partner_name);
create index document_by_partner on document (partner_name, row);
create index document_by_order on document (party, order_number, arrived_at);
create index document_by_number on document (number, party);
create index document_by_control on document (group_control, document_control);
create index document_by_interchange on document (interchange_control);
create index document_by_sender on document (sender, direction, arrived_at) where interchange_control <> '';

create table document_tally (
    class text not null, doc_type text not null, partner_id text not null, direction text not null, validation text not null,
    delivery text not null, ack text not null, test integer not null, n integer not null,
    primary key (class, doc_type, partner_id, direction, validation, delivery, ack, test)
) strict, without rowid;
create trigger document_added after insert on document begin
    insert into document_tally values (new.class, new.doc_type, new.partner_id, new.direction, new.validation, new.delivery, new.ack, new.test, 1)
    on conflict do update set n = n + 1;
end;
create trigger document_gone after delete on document begin
    update document_tally set n = n - 1 where (class, doc_type, partner_id, direction, validation, delivery, ack, test)
        = (old.class, old.doc_type, old.partner_id, old.direction, old.validation, old.delivery, old.ack, old.test);
end;
create trigger document_changed after update on document
when (old.class, old.doc_type, old.partner_id, old.direction, old.validation, old.delivery, old.ack, old.test)
    is not (new.class, new.doc_type, new.partner_id, new.direction, new.validation, new.delivery, new.ack, new.test)
begin
    update document_tally set n = n - 1 where (class, doc_type, partner_id, direction, validation, delivery, ack, test)
        = (old.class, old.doc_type, old.partner_id, old.direction, old.validation, old.delivery, old.ack, old.test);
    insert into document_tally values (new.class, new.doc_type, new.partner_id, new.direction, new.validation, new.delivery, new.ack, new.test, 1)
    on conflict do update set n = n + 1;
end;

-- What 997, 999, TA1 and CONTRL say about other documents, by control numbers.
create table acknowledged (
    document_id text not null, position integer not null, sender text not null, receiver text not null,
    interchange_control text not null, group_control text not null, document_control text not null,
    outcome text not null, errors text not null, arrived_at integer not null,
    primary key (document_id, position)
) strict, without rowid;
create index acknowledged_by_control on acknowledged (group_control, document_control);
create index acknowledged_by_interchange on acknowledged (interchange_control);

-- ---------------------------------------------------------------- Exstream
create table template (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    key text not null, state text not null, language text not null
) strict;
create index template_by_key on template (key, version, row);

create table notice (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    case_id text not null, channel text not null, template text not null, event_at integer not null,
    shown_state text not null
) strict;
create index notice_by_event on notice (event_at, row, shown_state, channel, template, case_id);
create index notice_by_case on notice (case_id, event_at, row);

-- ---------------------------------------------------------------- Workflow
create table task (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    process_id text not null, case_id text not null, group_name text not null, created_at integer not null,
    due_key integer not null, shown_state text not null, shown_assignee text not null, shown_open integer not null
) strict;
create index task_by_due on task (shown_open, due_key, row, shown_state, shown_assignee, group_name, case_id);
create index task_by_case on task (case_id, created_at, row);

create table process (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    case_id text not null, state text not null, started_at integer not null
) strict;
create index process_by_case on process (case_id, started_at, row);

-- ---------------------------------------------------------------- Workspaces
create table workspace (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    type_name text not null, object_type text not null, object_id text not null, partner_id text not null,
    modified_at integer not null
) strict;
create index workspace_by_object on workspace (object_id, object_type);
create index workspace_by_modified on workspace (modified_at, row, type_name, partner_id);

create table node (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    workspace_id text not null, parent_id text not null, name text not null, modified_at integer not null
) strict;
create index node_by_workspace on node (workspace_id, name, row);

-- ---------------------------------------------------------------- Tracker
create table ticket (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    number text not null, status text not null, queue text not null, case_id text not null, updated_at integer not null
) strict;
create index ticket_by_updated on ticket (updated_at, row, status, queue, case_id);
create index ticket_by_case on ticket (case_id, updated_at, row);
create index ticket_by_number on ticket (number);

create table ticket_entry (
    row integer primary key, id text not null unique, collection text not null, record text not null,
    digest integer not null, version integer not null, changed_at integer not null, fetched_at integer not null,
    missing_since integer,
    ticket_id text not null, visibility text not null, created_at integer not null
) strict;
create index ticket_entry_by_ticket on ticket_entry (ticket_id, created_at, row);

-- ---------------------------------------------------------------- Findings
create table finding (
    row integer primary key, id text not null unique, scope text not null, rule text not null, severity text not null,
    record text not null, number text not null, object text not null, document_id text not null, partner_id text not null,
    order_number text not null, case_id text not null, occurred_at integer not null,
    opened_at integer not null, closed_at integer, state text not null, shown_state text not null,
    shown_open integer not null
) strict;
create index finding_by_since on finding (shown_open, occurred_at, row, rule, severity, partner_id, shown_state, case_id);
create index finding_by_partner on finding (shown_open, partner_id, row, occurred_at, rule, severity, shown_state, case_id);
create index finding_by_scope on finding (scope);
create index finding_by_case on finding (case_id, shown_open, occurred_at, row);
create index finding_by_document on finding (document_id);
create index finding_by_order on finding (order_number);
create index finding_by_number on finding (number);

-- When time alone changes a verdict: scope of the rules to apply again, and when.
create table recheck (scope text primary key, at integer not null) strict, without rowid;
create index recheck_by_at on recheck (at);

-- ---------------------------------------------------------------- What is shown before the mirror has it
create table overlay (
    object text not null, field text not null, step text not null, position integer not null,
    value text not null,                 -- JSON
    shown text not null,                 -- the same as the columns hold it: text, empty for null
    confirmed_version integer, confirmed_at integer,
    primary key (object, field, step)
) strict, without rowid;

create table seen (person text not null, object text not null, at integer not null, primary key (person, object)) strict, without rowid;
create table pin (object text primary key, at integer not null) strict, without rowid;

-- ---------------------------------------------------------------- Full text
-- `row` begins with the time of the object, so that the newest hits come first without a sort.
create table search_row (
    row integer primary key, kind text not null, id text not null, digest integer not null, unique (kind, id)
) strict;
create virtual table search using fts5 (
    kind, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
-- Merging fewer times as pages are added costs less than it saves a search.
insert into search (search, rank) values ('automerge', 8);

-- ---------------------------------------------------------------- Pull
create table cursor (
    system text not null, collection text not null, cursor text not null, advanced_at integer not null,
    completed_at integer,                -- last time its end was reached: the age of what it shows
    primary key (system, collection)
) strict, without rowid;
create table system_status (
    system text primary key, last_attempt integer, last_success integer, last_error text, clock_skew integer
) strict, without rowid;
create table quarantine (
    id integer primary key, system text not null, collection text not null, remote_id text not null, code text not null,
    message text not null, raw text not null, first_at integer not null, last_at integer not null, times integer not null,
    unique (system, collection, remote_id)
) strict;
create index quarantine_by_time on quarantine (last_at, id);

-- What changed, in order: read by those who act on changes and keep their position elsewhere.
create table change (
    seq integer primary key autoincrement, kind text not null, id text not null, what text not null, at integer not null
) strict;

-- ---------------------------------------------------------------- Bytes
create table blob (
    sha256 text primary key, size integer not null, media_type text not null, name text not null,
    stored_at integer not null, used_at integer not null
) strict, without rowid;
create table blob_chunk (
    sha256 text not null, number integer not null, bytes blob not null, primary key (sha256, number)
) strict;
create table blob_object (
    object text primary key, sha256 text not null, case_id text not null
) strict, without rowid;
create index blob_object_by_blob on blob_object (sha256);
create index blob_by_use on blob (used_at);
