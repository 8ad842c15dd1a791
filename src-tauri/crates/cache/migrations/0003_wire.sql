-- The last calls of each system: for support, without bodies, queries or secrets.
create table wire_call (
    id integer primary key, system text not null, at integer not null, method text not null, path text not null,
    status integer not null,             -- 0 when no answer came
    duration integer not null,           -- milliseconds
    attempt integer not null,            -- 2 after a renewed sign-in
    key text,                            -- short reference of the step it was made for
    sent integer not null, received integer not null,
    problem text
) strict;
create index wire_call_by_system on wire_call (system, id);
