import type { CampaignPlan } from "../../generated/CampaignPlan";
import { Icon } from "../../components/Icon";
import { IconButton, ui } from "../../components/ui";
import { cx } from "../../lib/text";
import { DocumentField } from "./DocumentField";
import css from "./NewCampaign.module.css";
import { SegmentField } from "./SegmentField";
import { type Form, takenBack } from "./form";

export interface FormProps {
  form: Form;
  type: (change: Partial<Form>) => void;
  plan: CampaignPlan | undefined;
  /** What is wrong or missing, and the field it is about. */
  problem: { field: string; text: string } | null;
}

/** Which document, whom, until when, and what counts. */
export function CampaignForm(props: FormProps) {
  const { form, type, plan, problem } = props;
  // Beside a field that is still empty the words of the launch are enough.
  const wrong = (field: string, value: string) =>
    problem?.field === field && value ? ({ "aria-invalid": true, "aria-describedby": "campaign-problem" } as const) : {};
  const said = (field: string, value: string) =>
    problem?.field === field &&
    value && (
      <p id="campaign-problem" className={cx(css.hint, "fail")}>
        {problem.text}
      </p>
    );
  return (
    <section className={css.form} aria-label="Campaign" data-pane="campaign_form" tabIndex={-1}>
      <DocumentField {...props} />
      {plan && plan.supersedable.length > 0 && (
        <div className={css.group}>
          <label className={css.field}>
            <span>Takes the place of</span>
            <select
              className={ui.select}
              name="supersedes"
              value={form.supersedes}
              {...wrong("supersedes", form.supersedes)}
              onChange={(event) => type({ supersedes: event.target.value })}
            >
              <option value="">Nothing, it is new</option>
              {plan.supersedable.map((one) => (
                <option key={one.number} value={one.number}>
                  {one.title}, version {one.version} ({one.number})
                </option>
              ))}
            </select>
          </label>
          {said("supersedes", form.supersedes)}
        </div>
      )}
      <SegmentField {...props} />
      <div className={css.group}>
        <label className={css.field}>
          <span>Last day to acknowledge</span>
          <input
            className={ui.input}
            type="date"
            name="due"
            value={form.due}
            {...wrong("due", form.due)}
            onChange={(event) => type({ due: event.target.value })}
          />
        </label>
        {said("due", form.due)}
        <div className={css.pair}>
          <label className={css.field}>
            <span>Remind every, days</span>
            <input
              className={ui.input}
              name="remind_every_days"
              inputMode="numeric"
              autoComplete="off"
              placeholder={plan && form.every === "" ? `${plan.remind_every_days}, by policy` : ""}
              value={form.every}
              {...wrong("remind_every_days", form.every)}
              onChange={(event) => type({ every: event.target.value })}
            />
          </label>
          <label className={css.field}>
            <span>and before due, days</span>
            <input
              className={ui.input}
              name="remind_before_due_days"
              inputMode="numeric"
              autoComplete="off"
              placeholder={plan && form.before === "" ? `${plan.remind_before_due_days}, by policy` : ""}
              value={form.before}
              {...wrong("remind_before_due_days", form.before)}
              onChange={(event) => type({ before: event.target.value })}
            />
          </label>
        </div>
        {said("remind_every_days", form.every)}
        {said("remind_before_due_days", form.before)}
        <Tick name="view_first" on={form.view_first} onChange={(view_first) => type({ view_first })}>
          Counts only after the document was viewed
        </Tick>
        <Tick name="signed" on={form.signed} onChange={(signed) => type({ signed })}>
          Counts only with a signed confirmation
        </Tick>
      </div>
      <LeftOut form={form} type={type} />
    </section>
  );
}

function Tick({ name, on, onChange, children }: { name: string; on: boolean; onChange: (on: boolean) => void; children: string }) {
  return (
    <label className={css.check}>
      <input type="checkbox" className="sr" name={name} checked={on} onChange={() => onChange(!on)} />
      <span className={ui.tick} data-on={on}>
        <Icon name="check" size={10} />
      </span>
      <span>{children}</span>
    </label>
  );
}

/** Those a person left out, even when the segment has them no more: only here they can be taken back then. */
function LeftOut({ form, type }: Pick<FormProps, "form" | "type">) {
  const all = Object.entries(form.exclude);
  if (all.length === 0) return null;
  return (
    <div className={ui.section}>
      <div className={ui.sectionHead}>
        <h2>Left out by you</h2>
        <span className={ui.n}>{all.length}</span>
      </div>
      <ul className={css.leftOut} aria-label="Left out by you">
        {all.map(([partner, reason]) => (
          <li key={partner} data-partner={partner}>
            <span className="grow">
              <span className="cut b">{form.names[partner] ?? partner}</span>
              <span className="cut t2 s12" title={reason}>
                {reason}
              </span>
            </span>
            <IconButton
              icon="x"
              label={`Ask ${form.names[partner] ?? partner} after all`}
              command="take_back"
              onPress={() => type(takenBack(form, partner))}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
