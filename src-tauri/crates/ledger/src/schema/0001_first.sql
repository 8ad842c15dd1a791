-- A plan shown to a person. It becomes an action once, when it is confirmed.
create table intent (
    id       text primary key,
    playbook text not null,
    case_ref text not null,
    person   text not null,
    shown_at integer not null,
    action   integer references action (seq)
) strict, without rowid;
create index intent_unconfirmed on intent (playbook, case_ref, person, shown_at) where action is null;

-- What a person (or a derived rule) decided.
create table action (
    seq          integer primary key,
    id           text not null unique,
    intent       text not null unique,
    playbook     text not null,
    use_case     text not null,
    title        text not null,
    case_ref     text not null,
    person       text not null,
    zone         text not null,
    on_behalf_of text,
    policy_hash  text not null,
    derived      integer not null,
    skipped      text not null,
    state        text not null,
    created_at   integer not null
) strict;
create index action_by_case on action (case_ref, playbook, seq);

-- Gates of an action: review, second person, live check, release check.
create table gate (
    action     integer not null references action (seq),
    id         text not null,
    place      integer not null,
    kind       text not null,
    state      text not null,
    reason     text,
    changed_at integer not null,
    primary key (action, id)
) strict, without rowid;
create index gate_open on gate (kind, action) where state = 'open';

-- One connector call each. Rows are never deleted.
create table step (
    seq           integer primary key,
    id            text not null unique,
    action        integer not null references action (seq),
    number        integer not null,
    name          text not null,
    system        text not null,
    operation     text not null,
    level         text not null,
    lane          text not null,
    lane_order    integer not null,
    subject       text not null,
    args          text not null,
    content_hash  text not null,
    key           text not null unique,
    seal          text not null,
    waits_on      text not null,
    offline_class text not null,
    optional      integer not null,
    overlay       text not null,
    supersedes    integer references step (seq),
    state         text not null,
    wait_reason   text,
    until         integer,
    attempts      integer not null,
    lease_until   integer,
    look_up_after integer,
    attention     text,
    remote_ref    text,
    reason        text,
    gated         integer not null,
    created_at    integer not null,
    changed_at    integer not null,
    confirmed_at  integer,
    open          integer generated always as (state not in ('confirmed', 'cancelled')) virtual
) strict;
create index step_in_lane on step (lane, lane_order, seq) where open = 1 and gated = 0;
create index step_under_way on step (lane) where state in ('sending', 'unknown');
create index step_lease on step (lease_until) where state = 'sending';
create index step_look_up on step (look_up_after) where state = 'unknown';
create index step_sign_in on step (system) where state = 'waiting' and wait_reason = 'on_sign_in';
create index step_by_state on step (state, seq);
create index step_by_action on step (action, seq);
create index step_open on step (seq) where open = 1;
create index step_confirmed on step (confirmed_at) where confirmed_at is not null;

-- What a step still waits on. A row goes when what it names is there.
create table dependency (
    step    integer not null references step (seq),
    on_step integer references step (seq),
    on_gate text
) strict;
create index dependency_of on dependency (step);
create index dependency_on on dependency (on_step) where on_step is not null;

-- The head of each lane that has open steps: what may go next, without looking at what is behind it.
create table lane (
    id         text primary key,
    system     text not null,
    head       integer not null references step (seq),
    head_order integer not null,
    ready      integer not null,
    due_at     integer
) strict, without rowid;
create index lane_ready on lane (system, head_order, head) where ready = 1;
create index lane_due on lane (due_at) where ready = 0 and due_at is not null;

-- Written before the request leaves.
create table attempt (
    id          integer primary key,
    step        integer not null references step (seq),
    number      integer not null,
    started_at  integer not null,
    lease_until integer not null,
    ended_at    integer,
    outcome     text,
    http_status integer,
    message     text,
    facts       text
) strict;
create index attempt_of on attempt (step, id);

-- What the other side confirmed.
create table receipt (
    step       integer primary key references step (seq),
    remote_ref text not null,
    detail     text not null,
    blob       text,
    at         integer not null
) strict;

-- Systems (or '*', all) from which nothing is sent.
create table pause (
    system text primary key,
    reason text not null,
    since  integer not null
) strict, without rowid;

-- Bytes of accepted steps, in pieces of 1 MiB.
create table blob (
    sha256     text primary key,
    size       integer not null,
    created_at integer not null
) strict, without rowid;
create table blob_piece (
    id     integer primary key,
    sha256 text not null references blob (sha256),
    place  integer not null,
    bytes  blob not null,
    unique (sha256, place)
) strict;

-- The chain. `record` is the canonical JSON over which `hash` was made.
create table audit (
    seq      integer primary key,
    hash     text not null,
    record   text not null,
    object   text not null,
    case_ref text
) strict;
create index audit_by_object on audit (object, seq);
create index audit_by_case on audit (case_ref, seq) where case_ref is not null;

create table draft (
    id         text primary key,
    kind       text not null,
    case_ref   text,
    person     text not null,
    body       text not null,
    created_at integer not null,
    updated_at integer not null
) strict, without rowid;
create index draft_by_person on draft (person, updated_at);

-- Decisions made while the hash could not be read again.
create table review_decision (
    id          text primary key,
    review      text not null,
    person      text not null,
    hash        text not null,
    verdict     text not null,
    meaning     text not null,
    state       text not null,
    detail      text not null,
    prepared_at integer not null,
    decided_at  integer
) strict, without rowid;
create index review_decision_prepared on review_decision (person, prepared_at) where state = 'prepared';

create table signature (
    id           integer primary key,
    review       text not null,
    person       text not null,
    printed_name text not null,
    verdict      text not null,
    hash         text not null,
    meaning      text not null,
    at           integer not null,
    zone         text not null,
    unique (review, person, hash)
) strict;

create table person_pin (
    person     text primary key,
    hash       text not null,
    wrong      integer not null,
    changed_at integer not null
) strict, without rowid;

create table setting (
    key        text primary key,
    value      text not null,
    changed_at integer not null
) strict, without rowid;

create table derive_position (
    feed     text primary key,
    position integer not null,
    at       integer not null
) strict, without rowid;
