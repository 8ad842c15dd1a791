import type { SegmentFact } from "../../generated/SegmentFact";
import { FactChips, NamedPartners } from "../../components/Segment";
import { ui } from "../../components/ui";
import { cx } from "../../lib/text";
import type { FormProps } from "./CampaignForm";
import css from "./NewCampaign.module.css";

/** Values of a fact that can be read at a glance. */
const SHOWN = 14;
/** Facts that are asked for most stand open; the others unfold. */
const OPEN = ["country", "tier", "language"];

/** Which partners: any value of one fact, all of several facts, and those named one by one. */
export function SegmentField({ form, type, plan, problem }: FormProps) {
  const facts = (plan?.facts ?? []).filter((fact) => fact.values.length > 0);
  const open = facts.filter(({ name }) => OPEN.includes(name));
  const folded = facts.filter(({ name }) => !OPEN.includes(name));
  const draw = (fact: SegmentFact) => <FactChips key={fact.name} fact={fact} form={form} type={type} shown={SHOWN} />;
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
      <NamedPartners form={form} type={type} />
      {wrong && (
        <p className={cx(css.hint, "fail")} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}
