import { useEffect, useRef } from "react";
import type { AmountRow } from "../../generated/AmountRow";
import type { ResolutionChoice } from "../../generated/ResolutionChoice";
import type { ResolutionPlan } from "../../generated/ResolutionPlan";
import { Icon } from "../../components/Icon";
import { ui } from "../../components/ui";
import { cx } from "../../lib/text";
import { Choices } from "./Choices";
import { Corrections } from "./Corrections";
import { InvoiceLines } from "./InvoiceLines";
import css from "./Resolution.module.css";
import { CORRECTIVE, type Form, INVOICE } from "./form";

interface Props {
  form: Form;
  type: (change: Partial<Form>) => void;
  view: ResolutionPlan | undefined;
}

const chosenOf = (choices: readonly ResolutionChoice[] | undefined) => choices?.find((one) => one.chosen)?.id ?? "";

/** How the case was resolved, and what its partner is told by. */
export function ResolutionForm({ form, type, view }: Props) {
  const output = form.output || chosenOf(view?.outputs);
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => text.current?.focus({ preventScroll: true }), []);
  // From here on the output is a chosen one: what is typed for it belongs to no other.
  const typeFor = (change: Partial<Form>) => type({ output, ...change });
  return (
    <section className={css.form} aria-label="Resolution" data-pane="resolution_form" tabIndex={-1}>
      <section className={ui.section} aria-label="Told by">
        <div className={ui.sectionHead}>
          <h2>Told by</h2>
          <span className={ui.r}>{form.output ? "chosen by you" : "suggested"}</span>
        </div>
        <Choices
          label="Told by"
          choices={view?.outputs ?? []}
          value={output}
          onChoose={(chosen) => type({ output: chosen, channel: "" })}
        />
      </section>
      <div className={css.group}>
        <label className={css.field}>
          <span>What was found and done{output === INVOICE && <span className="t3">, may stay empty</span>}</span>
          <textarea
            ref={text}
            className={ui.area}
            name="text"
            rows={4}
            value={form.text}
            onChange={(event) => type({ text: event.target.value })}
          />
        </label>
        {output === CORRECTIVE && (
          <label className={css.field}>
            <span>Notice that is put right</span>
            <select
              className={ui.select}
              name="corrects"
              value={form.corrects || chosenOf(view?.corrects)}
              onChange={(event) => typeFor({ corrects: event.target.value })}
            >
              {withChosen(view?.corrects ?? [], form.corrects).map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                  {one.reason && `, ${one.reason}`}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {output === INVOICE && view?.invoice && (
        <InvoiceLines
          invoice={view.invoice}
          lines={form.lines}
          onLine={(line, changed) => typeFor({ lines: { ...form.lines, [line]: changed } })}
        />
      )}
      <Corrections rows={form.corrections} onRows={(corrections) => type({ corrections })} />
      {output !== INVOICE && <AmountFields amount={form.amount} onAmount={(amount) => typeFor({ amount })} />}
      {view && (
        <Exceptions
          offered={withChosen(view.exceptions, ...(form.exceptions ?? []))}
          chosen={form.exceptions ?? view.exceptions.filter((one) => one.chosen).map((one) => one.id)}
          onChosen={(exceptions) => type({ exceptions })}
        />
      )}
      <section className={ui.section} aria-label="Channel">
        <div className={ui.sectionHead}>
          <h2>Channel</h2>
          <span className={ui.r}>{form.channel ? "chosen by you" : "proposed"}</span>
        </div>
        <Choices
          label="Channel"
          choices={view?.channels ?? []}
          value={form.channel || chosenOf(view?.channels)}
          onChoose={(channel) => type({ channel })}
        />
      </section>
    </section>
  );
}

/** What was chosen and is not offered any more stays in sight, so that it can be given up. */
function withChosen(offered: readonly ResolutionChoice[], ...chosen: string[]): ResolutionChoice[] {
  const gone = chosen.filter((id) => id && !offered.some((one) => one.id === id));
  return [...offered, ...gone.map((id) => ({ id, title: id, reason: "not on the case any more", blocked: null, chosen: true }))];
}

const AMOUNT = [
  ["before", "Amount before"],
  ["after", "Amount now"],
  ["currency", "Currency"],
] as const;

function AmountFields({ amount, onAmount }: { amount: AmountRow; onAmount: (amount: AmountRow) => void }) {
  return (
    <div className={cx(css.group, css.amount)} role="group" aria-label="Amount">
      {AMOUNT.map(([part, title]) => (
        <label key={part} className={css.field}>
          <span>{title}</span>
          <input
            className={cx(ui.input, part !== "currency" && css.number)}
            name={`amount_${part}`}
            inputMode={part === "currency" ? "text" : "decimal"}
            autoComplete="off"
            spellCheck={false}
            placeholder={part === "currency" ? "EUR" : "none"}
            value={amount[part]}
            onChange={({ target }) => onAmount({ ...amount, [part]: part === "currency" ? target.value.toUpperCase() : target.value })}
          />
        </label>
      ))}
    </div>
  );
}

interface ExceptionsProps {
  offered: ResolutionChoice[];
  chosen: string[];
  onChosen: (ids: string[]) => void;
}

function Exceptions({ offered, chosen, onChosen }: ExceptionsProps) {
  const n = chosen.length;
  return (
    <section className={ui.section} aria-label="Exceptions it resolves">
      <div className={ui.sectionHead}>
        <h2>Exceptions it resolves</h2>
        <span className={ui.n}>{offered.length > 0 && `${n} of ${offered.length}`}</span>
      </div>
      {offered.length === 0 && <p className={css.hint}>The case has no exception that the partner is told of.</p>}
      <ul className={css.exceptions}>
        {offered.map((one) => {
          const on = chosen.includes(one.id);
          return (
            <li key={one.id} data-id={one.id}>
              <label className={css.exception}>
                <input
                  type="checkbox"
                  className="sr"
                  name={`exception:${one.id}`}
                  checked={on}
                  disabled={one.blocked !== null}
                  onChange={() => onChosen(on ? chosen.filter((id) => id !== one.id) : [...chosen, one.id])}
                />
                <span className={ui.tick} data-on={on}>
                  <Icon name="check" size={10} />
                </span>
                <span className="cut" title={one.title}>
                  {one.title} <span className="t3 s12">{one.blocked ?? one.reason}</span>
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
