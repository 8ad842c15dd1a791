import { type ReactNode, useCallback, useState } from "react";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { cx } from "../../lib/text";
import css from "./Registers.module.css";

interface Row {
  id: string;
  status: { state: string };
}

interface Props<T extends Row> {
  label: string;
  name: string;
  columns: string;
  heads: string[];
  rows: T[];
  /** Rows below these are still to be read. */
  more: boolean;
  busy: boolean;
  draw: (row: T) => ReactNode;
  onOpen: (row: T) => void;
  onRange: (first: number, last: number) => void;
}

/** Heads that stand over numbers. */
const NUMBERS = ["Released", "Last event"];

/** The rows of one register that were read so far. */
export function RegisterList<T extends Row>({ label, name, columns, heads, rows, more, busy, draw, onOpen, onRange }: Props<T>) {
  const { density } = useLook();
  const [selected, setSelected] = useState<string | null>(null);
  const line = useCallback(
    (index: number): Line<T> => ({ kind: "row", key: rows[index]?.id ?? `empty:${index}`, row: rows[index] }),
    [rows],
  );
  const select = useCallback((row: T) => setSelected(row.id), []);
  return (
    <section className={cx(css.list, busy && css.busy)} aria-label={label} aria-busy={busy} data-pane="registers">
      <ColumnHeads columns={columns}>
        {heads.map((head) => (
          <span key={head} className={NUMBERS.includes(head) ? "num" : head === "Hash" ? css.hash : undefined}>
            {head}
          </span>
        ))}
      </ColumnHeads>
      <VirtualList
        label={label}
        name={name}
        columns={columns}
        count={rows.length + (more ? 1 : 0)}
        line={line}
        height={ROW_HEIGHT[density]}
        id={(row) => row.id}
        draw={draw}
        selected={rows.some((row) => row.id === selected) ? selected : (rows[0]?.id ?? null)}
        onSelect={select}
        onOpen={onOpen}
        onRange={onRange}
        rowProps={(row) => ({ "data-row": row.id, "data-state": row.status.state })}
        autoFocus
      />
    </section>
  );
}
