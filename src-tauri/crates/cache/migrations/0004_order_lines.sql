-- Lines of orders, so that whom a disruption affects is found without reading every order. Filled from the documents by
-- the triggers below, which are the only ones that write it.
create table order_line (
    product text not null,
    ship_date text not null,             -- YYYY-MM-DD; empty where the order names none
    document integer not null, position integer not null,
    description text not null, quantity text not null, unit text not null,
    primary key (product, ship_date, document, position)
) strict, without rowid;
create index order_line_of on order_line (document);
-- How many open lines a product has: what a person chooses from.
create table product (product text primary key, description text not null, lines integer not null) strict, without rowid;
create trigger order_line_added after insert on order_line begin
    insert into product values (new.product, new.description, 1)
    on conflict do update set lines = lines + 1, description = excluded.description;
end;
create trigger order_line_gone after delete on order_line begin
    update product set lines = lines - 1 where product = old.product;
end;

create trigger document_lines_added after insert on document
when new.class = 'order' and new.direction = 'inbound' and new.test = 0 begin
    insert or ignore into order_line
    select l.value ->> 'product', coalesce(new.record ->> '$.content.ship_date', ''), new.row, l.key,
        coalesce(l.value ->> 'description', ''), coalesce(l.value ->> 'quantity', ''), coalesce(l.value ->> 'unit', '')
    from json_each(new.record, '$.content.lines') l where l.value ->> 'product' <> '';
end;
create trigger document_lines_gone after delete on document when old.class = 'order' begin
    delete from order_line where document = old.row;
end;
create trigger document_lines_changed after update of record, class, direction, test on document
when (new.class = 'order' or old.class = 'order')
    and (old.record, old.class, old.direction, old.test) is not (new.record, new.class, new.direction, new.test)
begin
    delete from order_line where document = old.row;
    insert or ignore into order_line
    select l.value ->> 'product', coalesce(new.record ->> '$.content.ship_date', ''), new.row, l.key,
        coalesce(l.value ->> 'description', ''), coalesce(l.value ->> 'quantity', ''), coalesce(l.value ->> 'unit', '')
    from json_each(new.record, '$.content.lines') l
    where new.class = 'order' and new.direction = 'inbound' and new.test = 0 and l.value ->> 'product' <> '';
end;

insert or ignore into order_line
select l.value ->> 'product', coalesce(d.record ->> '$.content.ship_date', ''), d.row, l.key,
    coalesce(l.value ->> 'description', ''), coalesce(l.value ->> 'quantity', ''), coalesce(l.value ->> 'unit', '')
from document d, json_each(d.record, '$.content.lines') l
where d.class = 'order' and d.direction = 'inbound' and d.test = 0 and l.value ->> 'product' <> '';
