import { type KeyboardEvent, useState } from "react";
import type { SegmentFact } from "../generated/SegmentFact";
import { count } from "../lib/money";
import { type Segment, toggled } from "../lib/segment";
import { cx } from "../lib/text";
import { Icon } from "./Icon";
import css from "./Segment.module.css";
import { ui } from "./ui";

interface Meant {
  segment: Segment;
  partners: string[];
}

interface Props {
  form: Meant;
  type: (changed: Partial<Meant>) => void;
}

/** Values of a fact to choose from: as many as are asked for, the chosen ones always among them, the others on demand. */
export function FactChips({ fact, form, type, shown = Infinity }: { fact: SegmentFact; shown?: number } & Props) {
  const [all, setAll] = useState(false);
  const chosen = form.segment[fact.name] ?? [];
  const values = all ? fact.values : fact.values.filter(({ value }, index) => index < shown || chosen.includes(value));
  const more = fact.values.length - values.length;
  return (
    <div className={css.fact} role="group" aria-label={fact.title} data-fact={fact.name}>
      <span className={css.factTitle}>{fact.title}</span>
      <span className={css.chips}>
        {values.map(({ value, partners }) => (
          <button
            key={value}
            type="button"
            className={css.chip}
            aria-pressed={chosen.includes(value)}
            data-value={value}
            onClick={() => type({ segment: toggled(form.segment, fact.name, value) })}
          >
            {value} <b>{count(partners)}</b>
          </button>
        ))}
        {more > 0 && (
          <button type="button" className={cx(css.chip, "t3")} onClick={() => setAll(true)}>
            {count(more)} more
          </button>
        )}
      </span>
    </div>
  );
}

/** Partners named one by one, by their ids. */
export function NamedPartners({ form, type }: Props) {
  const [text, setText] = useState("");
  const add = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !text.trim()) return;
    event.preventDefault();
    const named = text.split(/[\s,;]+/).filter(Boolean);
    type({ partners: [...new Set([...form.partners, ...named])] });
    setText("");
  };
  return (
    <div className={css.fact} role="group" aria-label="Named partners">
      <span className={css.factTitle}>Named</span>
      <span className={css.chips}>
        <input
          className={ui.input}
          name="partner"
          autoComplete="off"
          spellCheck={false}
          aria-label="Partner to add"
          placeholder="Partner id, Enter adds it"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={add}
        />
        {form.partners.map((partner) => (
          <button
            key={partner}
            type="button"
            className={css.chip}
            aria-pressed
            aria-label={`${partner}, take it back`}
            data-partner={partner}
            onClick={() => type({ partners: form.partners.filter((one) => one !== partner) })}
          >
            {partner} <Icon name="x" size={10} />
          </button>
        ))}
      </span>
    </div>
  );
}
