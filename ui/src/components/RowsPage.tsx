import { type ReactNode, useCallback, useState } from "react";
import { ROW_HEIGHT, useLook } from "../lib/look";
import { count } from "../lib/money";
import type { Problem } from "../generated/Problem";
import css from "./list.module.css";
import { Note, ui } from "./ui";
import { ColumnHeads, type Line, VirtualList } from "./VirtualList";

interface Props<Row> {
  title: string;
  /** `data-pane`, and the name the place of the list is kept under. */
  name: string;
  columns: string;
  heads: ReactNode;
  /** What was read; nothing while it is read for the first time. */
  rows: Row[] | undefined;
  error: Problem | null;
  /** Shown where there is no row. */
  empty: ReactNode;
  draw: (row: Row) => ReactNode;
  /** Of a row; the same function at every drawing. */
  id: (row: Row) => string;
  /** Chosen when the page opens. */
  first: string | null;
  onOpen: (row: Row) => void;
  rowProps: (row: Row) => Record<string, string | undefined>;
  /** Beside the title. */
  children?: ReactNode;
}

/** A page that is one list of rows: its head, what went wrong, that it is empty, or its rows. */
export function RowsPage<Row>({
  title,
  name,
  columns,
  heads,
  rows,
  error,
  empty,
  id,
  draw,
  first,
  onOpen,
  rowProps,
  children,
}: Props<Row>) {
  const { density } = useLook();
  const [selected, setSelected] = useState<string | null>(first);
  const line = useCallback(
    (index: number): Line<Row> => {
      const row = rows?.[index];
      return { kind: "row", key: row === undefined ? `empty:${index}` : id(row), row };
    },
    [rows, id],
  );
  const select = useCallback((row: Row) => setSelected(id(row)), [id]);
  const top = rows?.[0];
  return (
    <>
      <header className={ui.viewHead}>
        <h1>{title}</h1>
        <span className="t3 tn">{rows ? count(rows.length) : ""}</span>
        {children}
      </header>
      {error && (
        <Note tone="fail">
          <b>{error.message}</b> {error.detail}
        </Note>
      )}
      {rows?.length === 0 && empty}
      {rows && top !== undefined && (
        <section className={css.page} aria-label={title} data-pane={name}>
          <ColumnHeads columns={columns}>{heads}</ColumnHeads>
          <VirtualList
            label={title}
            name={name}
            columns={columns}
            count={rows.length}
            line={line}
            height={ROW_HEIGHT[density]}
            id={id}
            draw={draw}
            selected={selected ?? id(top)}
            onSelect={select}
            onOpen={onOpen}
            rowProps={rowProps}
            autoFocus
          />
        </section>
      )}
    </>
  );
}
