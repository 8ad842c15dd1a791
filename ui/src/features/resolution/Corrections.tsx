import { useEffect, useRef } from "react";
import type { CorrectionRow } from "../../generated/CorrectionRow";
import { Button, IconButton, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import css from "./Resolution.module.css";
import { NO_CORRECTION } from "./form";

interface Props {
  rows: CorrectionRow[];
  onRows: (rows: CorrectionRow[]) => void;
}

const PARTS = [
  ["what", "What", "Delivery date"],
  ["before", "Before", "as it was"],
  ["after", "After", "as it is"],
] as const;

/** Other values that are put right; Alt+A adds one, Alt+Del takes the one away that is written in. */
export function Corrections({ rows, onRows }: Props) {
  const section = useRef<HTMLElement>(null);
  /** Row that is written in next, once it is drawn. */
  const next = useRef<number | null>(null);
  useEffect(() => {
    if (next.current === null) return;
    const row = section.current?.querySelector<HTMLElement>(`[data-correction="${next.current}"] input`);
    (row ?? section.current?.querySelector<HTMLElement>('[data-command="add_correction"]'))?.focus();
    next.current = null;
  }, [rows]);
  const add = () => {
    next.current = rows.length;
    onRows([...rows, NO_CORRECTION]);
  };
  const remove = (index: number) => {
    next.current = Math.min(index, rows.length - 2);
    onRows(rows.filter((_, at) => at !== index));
  };
  useCommands([
    { id: "add_correction", title: "Add a value that is put right", keys: ["Alt+A"], group: "Resolution", run: add },
    {
      id: "remove_correction",
      title: "Take the value away",
      keys: ["Alt+Delete"],
      group: "Resolution",
      disabled: rows.length === 0 && "No value was added",
      run: () => {
        const row = document.activeElement?.closest<HTMLElement>("[data-correction]")?.dataset.correction;
        if (row !== undefined) remove(Number(row));
      },
    },
  ]);
  return (
    <section ref={section} className={ui.section} aria-label="Other values">
      <div className={ui.sectionHead}>
        <h2>Other values</h2>
        <span className={ui.n}>{rows.length || ""}</span>
        <span className={ui.r}>
          <Button small kind="ghost" icon="plus" keys="Alt+A" command="add_correction" onPress={add}>
            Add
          </Button>
        </span>
      </div>
      {rows.map((row, index) => (
        <div key={index} className={css.correction} role="group" aria-label={`Value ${index + 1}`} data-correction={index}>
          {PARTS.map(([part, title, hint]) => (
            <input
              key={part}
              className={ui.input}
              aria-label={`${title}, value ${index + 1}`}
              autoComplete="off"
              placeholder={`${title}: ${hint}`}
              value={row[part]}
              onChange={(event) => onRows(rows.map((one, at) => (at === index ? { ...one, [part]: event.target.value } : one)))}
            />
          ))}
          <IconButton icon="x" label={`Take value ${index + 1} away`} command="remove_correction" onPress={() => remove(index)} />
        </div>
      ))}
    </section>
  );
}
