-- How many rows each half of a list has: the totals that every page of it shows, without walking the tally.
create table case_half (half integer primary key, n integer not null) strict;
insert into case_half select shown_open, count(*) from case_ group by 1;
create trigger case_half_added after insert on case_ begin
    insert into case_half values (new.shown_open, 1) on conflict do update set n = n + 1;
end;
create trigger case_half_gone after delete on case_ begin
    update case_half set n = n - 1 where half = old.shown_open;
end;
create trigger case_half_changed after update of shown_open on case_ when old.shown_open <> new.shown_open begin
    update case_half set n = n - 1 where half = old.shown_open;
    insert into case_half values (new.shown_open, 1) on conflict do update set n = n + 1;
end;

create table document_half (half integer primary key, n integer not null) strict;
insert into document_half select test, count(*) from document group by 1;
create trigger document_half_added after insert on document begin
    insert into document_half values (new.test, 1) on conflict do update set n = n + 1;
end;
create trigger document_half_gone after delete on document begin
    update document_half set n = n - 1 where half = old.test;
end;
create trigger document_half_changed after update of test on document when old.test <> new.test begin
    update document_half set n = n - 1 where half = old.test;
    insert into document_half values (new.test, 1) on conflict do update set n = n + 1;
end;
