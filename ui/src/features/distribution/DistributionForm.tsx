import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { DistributionPlan } from "../../generated/DistributionPlan";
import type { SegmentFact } from "../../generated/SegmentFact";
import { Icon } from "../../components/Icon";
import { ui } from "../../components/ui";
import { count } from "../../lib/money";
import { groupedHash } from "../../lib/text";
import css from "./Distribution.module.css";
import { type Form, toggled } from "./form";

interface Props {
  form: Form;
  type: (change: Partial<Form>) => void;
  plan: DistributionPlan | undefined;
}

/** Which approved letter, how its delivery is proven, and to whom it goes. */
export function DistributionForm({ form, type, plan }: Props) {
  const first = useRef<HTMLSelectElement>(null);
  const offered = plan !== undefined;
  useEffect(() => {
    // Not away from where somebody went while it was read.
    if (offered && document.activeElement === document.body) first.current?.focus({ preventScroll: true });
  }, [offered]);
  const facts = (plan?.facts ?? []).filter((fact) => fact.values.length > 0);
  return (
    <section className={css.form} aria-label="Distribution" data-pane="distribution_form" tabIndex={-1}>
      <div className={css.group}>
        <label className={css.field}>
          <span>Approved letter</span>
          <select
            ref={first}
            className={ui.select}
            name="letter"
            value={form.letter}
            onChange={(event) => type({ letter: event.target.value })}
          >
            <option value="">{plan && plan.letters.length === 0 ? "No letter of this case stands approved" : "Choose"}</option>
            {(plan?.letters ?? []).map((letter) => (
              <option key={letter.notice} value={letter.notice}>
                {letter.title} {letter.notice}
              </option>
            ))}
          </select>
        </label>
        {plan?.letter && (
          <p className={css.hint} aria-label="What is sent" data-selectable>
            Signed by {plan.letter.signed_by.join(", ")} over{" "}
            <span className="mono" title={plan.letter.sha256}>
              {groupedHash(plan.letter.sha256)}
            </span>
          </p>
        )}
        <label className={css.field}>
          <span>Proof of delivery</span>
          <select className={ui.select} name="proof" value={form.proof} onChange={(event) => type({ proof: event.target.value })}>
            {(plan?.proofs ?? [{ id: form.proof, title: form.proof }]).map((proof) => (
              <option key={proof.id} value={proof.id}>
                {proof.title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className={ui.section}>
        <div className={ui.sectionHead}>
          <h2>Partners</h2>
          <span className={ui.r}>any of a row, all rows</span>
        </div>
        {facts.map((fact) => (
          <Fact key={fact.name} fact={fact} form={form} type={type} />
        ))}
        <Named form={form} type={type} />
      </div>
    </section>
  );
}

function Fact({ fact, form, type }: { fact: SegmentFact } & Pick<Props, "form" | "type">) {
  const chosen = form.segment[fact.name] ?? [];
  return (
    <div className={css.fact} role="group" aria-label={fact.title} data-fact={fact.name}>
      <span className={css.factTitle}>{fact.title}</span>
      <span className={css.chips}>
        {fact.values.map(({ value, partners }) => (
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
      </span>
    </div>
  );
}

function Named({ form, type }: Pick<Props, "form" | "type">) {
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
