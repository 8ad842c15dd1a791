import type { ReviewView } from "../../generated/ReviewView";
import { Glyph } from "../../components/Glyph";
import { Moment } from "../../components/ui";
import { dateTime } from "../../lib/time";

/** Who has to sign still, in which order and by which rule, and when it goes to the deputies. */
export function WhoIsLeft({ view }: { view: ReviewView }) {
  if (view.groups.length === 0 && view.decide_by === null) return null;
  return (
    <div data-kind="who_is_left" style={{ display: "block" }}>
      {view.rule && <p className="t3">{view.rule}</p>}
      {view.groups.length > 0 && (
        <ol aria-label="Who is left">
          {view.groups.map((group, index) => (
            <li key={index} className="fx" style={{ gap: 6 }} data-open={group.open || undefined}>
              <Glyph tone={group.given >= group.needed ? "ok" : group.open ? "wait" : "none"} label={null} />
              <span className={group.open ? "b" : undefined}>{group.title}</span>
              <span className="t3">
                {group.given} of {group.needed}, {group.word.toLowerCase()}
              </span>
            </li>
          ))}
        </ol>
      )}
      {view.decide_by !== null && view.row.status.tone === "wait" && (
        <p>
          To decide by <Moment at={view.decide_by} say={dateTime} />
          {view.deputies && `, then ${view.deputies.toLowerCase()}s may sign too`}
          {view.reminded !== null && `; reminded at ${view.reminded} %`}.
        </p>
      )}
    </div>
  );
}
