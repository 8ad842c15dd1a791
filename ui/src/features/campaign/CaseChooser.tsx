import { type KeyboardEvent, useState } from "react";
import { StatusText, ui } from "../../components/ui";
import { useRead } from "../../lib/data";
import { count } from "../../lib/money";
import { useSettled } from "../../lib/settled";
import css from "./NewCampaign.module.css";

/** As many as can be read at a glance; typing finds the others. */
const SHOWN = 12;

/** A case that is over asks nobody any more. */
const OPEN = [{ name: "state", values: ["open"] }];

/** A campaign belongs to a case: there its requests and its evidence are kept. */
export function CaseChooser({ onChoose }: { onChoose: (id: string) => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const wanted = useSettled(text.trim(), 120);
  const found = useRead("list_cases", { ...(wanted ? { text: wanted } : {}), facets: OPEN, limit: SHOWN }, { keep: true });
  const rows = found.data?.items ?? [];
  const current = Math.min(active, rows.length - 1);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      setActive((current + by + rows.length) % Math.max(1, rows.length));
    } else if (event.key === "Enter" && rows[current]) {
      event.preventDefault();
      onChoose(rows[current].id);
    }
  };
  return (
    <section className={css.chooser} aria-label="Case" data-pane="choose_case">
      <label className={css.field}>
        <span>Case the campaign belongs to</span>
        <input
          className={ui.input}
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="case-choices"
          aria-activedescendant={rows[current] ? `case-choice-${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          name="case"
          placeholder="Case number, partner, words"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      {found.error && <p className="s12 fail">{found.error.message}</p>}
      <ul className={css.cases} role="listbox" id="case-choices" aria-label="Cases">
        {rows.map((row, index) => (
          <li
            key={row.id}
            id={`case-choice-${index}`}
            role="option"
            aria-selected={index === current}
            data-id={row.id}
            onMouseMove={() => setActive(index)}
            onMouseDown={(event) => {
              event.preventDefault();
              onChoose(row.id);
            }}
          >
            <span className="t2">{row.number}</span>
            <span className="b cut">{row.partner}</span>
            <span className="t2 s12 cut">{row.subject}</span>
            <StatusText status={row.status} className="s12" />
          </li>
        ))}
      </ul>
      <p className="s12 t3" role="status">
        {found.data &&
          (rows.length === 0
            ? "No case on this machine fits"
            : found.data.total > rows.length
              ? `${count(found.data.total - rows.length)} more, type to find them`
              : "")}
      </p>
    </section>
  );
}
