import { type KeyboardEvent, useState } from "react";
import type { SegmentFact } from "../../generated/SegmentFact";
import { Icon } from "../../components/Icon";
import { ui } from "../../components/ui";
import { count } from "../../lib/money";
import { cx } from "../../lib/text";
import type { FormProps } from "./CampaignForm";
import css from "./NewCampaign.module.css";
import { type Form, toggled } from "./form";

/** Facts that are asked for most stand open; the others unfold. */
const OPEN = ["country", "tier", "language"];

/** Which partners: any value of one fact, all of several facts, and those named one by one. */
export function SegmentField({ form, type, plan, problem }: FormProps) {
  const facts = (plan?.facts ?? []).filter((fact) => fact.values.length > 0);
  const open = facts.filter(({ name }) => OPEN.includes(name));
  const folded = facts.filter(({ name }) => !OPEN.includes(name));
  const draw = (fact: SegmentFact) => <FactChips key={fact.name} fact={fact} form={form} type={type} />;
  const wrong = problem?.field === "segment" || problem?.field === "partners" ? problem.text : null;
  return (
    <div className={ui.section}>
      <div className={ui.sectionHead}>
        <h2>Partners</h2>
        <span className={ui.r}>any of a row, all rows</span>
      </div>
      {open.map(draw)}
      {folded.length > 0 && (
        <details className={css.more} open={folded.some(({ name }) => form.segment[name]) || undefined}>
          <summary>{folded.map(({ title }) => title).join(", ")}</summary>
          {folded.map(draw)}
        </details>
      )}
      <Named form={form} type={type} />
      {wrong && (
        <p className={cx(css.hint, "fail")} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** As many as can be read at a glance; the chosen ones are always among them. */
const SHOWN = 14;

function FactChips({ fact, form, type }: { fact: SegmentFact } & Pick<FormProps, "form" | "type">) {
  const [all, setAll] = useState(false);
  const chosen = form.segment[fact.name] ?? [];
  const values = all ? fact.values : fact.values.filter(({ value }, index) => index < SHOWN || chosen.includes(value));
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

function Named({ form, type }: { form: Form; type: FormProps["type"] }) {
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
