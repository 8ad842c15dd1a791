import type { PlanView } from "../generated/PlanView";
import { SYSTEM_TITLES } from "../lib/status";
import { SYSTEM_ICONS } from "../lib/systems";
import { cx, plural } from "../lib/text";
import { Glyph } from "./Glyph";
import { Icon } from "./Icon";
import css from "./Plan.module.css";

/** Steps that fit into one line with their words whole; a longer plan takes two lines and names systems by their sign. */
const ONE_LINE = 6;

/** What will happen, in order; gates stand between the steps without a number. */
export function PlanStrip({ plan }: { plan: PlanView }) {
  const steps = plan.rows.filter((row) => row.number !== null).length;
  const long = plan.rows.length > ONE_LINE;
  const columns = long ? Math.ceil(plan.rows.length / 2) : plan.rows.length;
  return (
    <section className={css.plan} aria-label="What will happen">
      <div className={cx("fx", css.head)}>
        <h3 className="bb">What will happen</h3>
        <span className="s12 t2 cut">{plural(steps, "connector step")}, in this order. A step that fails holds the ones after it.</span>
        <span className="grow" />
        <span className="s12 t3">{plan.rule}</span>
      </div>
      <ol className={css.list} data-kind="plan" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {plan.rows.map((row) => (
          <li key={row.id} className={css.step} data-id={row.id} data-operation={row.operation}>
            <Glyph tone={row.status.tone} size={14} label={row.status.word} />
            <div className="grow">
              <div className={css.title}>
                {row.number !== null && <span className="t3 tn">{row.number}</span>}
                <span className="bb cut" title={row.title}>
                  {row.title}
                </span>
              </div>
              {!long && (
                <div className={css.line}>
                  <Icon name={SYSTEM_ICONS[row.system]} size={12} />
                  <span className="cut">{SYSTEM_TITLES[row.system]}</span>
                </div>
              )}
              <div className={cx(css.line, row.outside && css.out)}>
                {long && (
                  <>
                    <Icon name={SYSTEM_ICONS[row.system]} size={12} />
                    <span className="sr">{SYSTEM_TITLES[row.system]}</span>
                  </>
                )}
                <span className="cut" title={row.effect}>
                  {row.effect}
                </span>
              </div>
              <div className={css.line}>
                <span className="cut">
                  {row.offline_note}
                  {row.optional && ", optional"}
                </span>
              </div>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The same plan, one line per step. */
export function PlanRows({ plan }: { plan: PlanView }) {
  return (
    <ol className={css.rows} data-kind="plan" aria-label="What will happen">
      {plan.rows.map((row) => (
        <li key={row.id} className={css.row} data-operation={row.operation}>
          <Glyph tone={row.status.tone} label={row.status.word} />
          <span className="t3 tn">{row.number ?? ""}</span>
          <span className="cut">
            <span className="b">{row.title}</span> <span className={row.outside ? "" : "t3"}>{row.effect}</span>
          </span>
          <span className="t3">{SYSTEM_TITLES[row.system]}</span>
        </li>
      ))}
    </ol>
  );
}
