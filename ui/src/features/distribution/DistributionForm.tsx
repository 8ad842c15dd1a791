import { useEffect, useRef } from "react";
import type { DistributionPlan } from "../../generated/DistributionPlan";
import { FactChips, NamedPartners } from "../../components/Segment";
import { ui } from "../../components/ui";
import { groupedHash } from "../../lib/text";
import css from "./Distribution.module.css";
import type { Form } from "./form";

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
          <FactChips key={fact.name} fact={fact} form={form} type={type} />
        ))}
        <NamedPartners form={form} type={type} />
      </div>
    </section>
  );
}
