import type { ApprovalWeek } from "../../generated/ApprovalWeek";
import { count } from "../../lib/money";
import { PlotFrame, PlotTable, BOX } from "./PlotParts";
import css from "./Registers.module.css";
import { cyclePlot, span } from "./plot";

const HOUR = 3_600_000;

/** How long approvals took: half of them at most the full line, nine of ten at most the broken one. */
export function CyclePlot({ weeks, tabled }: { weeks: ApprovalWeek[]; tabled: boolean }) {
  if (tabled)
    return (
      <PlotTable
        id="trend-table"
        caption="Time to approval by week"
        heads={["Week from", "Approved", "Median", "9 of 10 within"]}
        rows={weeks.map(({ week, approved, median_ms, p90_ms }) => ({
          key: week,
          cells: [count(approved), median_ms === null ? "" : span(median_ms), p90_ms === null ? "" : span(p90_ms)],
        }))}
      />
    );
  const plot = cyclePlot(weeks, BOX);
  const [first, last] = [weeks[0]!, weeks.at(-1)!];
  const newest = weeks.findLast((week) => week.median_ms !== null);
  const words = newest
    ? `In the week from ${newest.week} ${count(newest.approved)} approved, half within ${span(newest.median_ms ?? 0)}, nine of ten within ${span(newest.p90_ms ?? 0)}`
    : "None approved";
  return (
    <PlotFrame
      name="cycle"
      said={`Time to approval from ${first.week} to ${last.week}. ${words}`}
      marks={plot.marks}
      unit={(hours) => span(hours * HOUR)}
      ends={[first.week, last.week]}
      legend={
        <>
          <span>
            <svg viewBox="0 0 18 12" aria-hidden="true">
              <path className={css.median} d="M0 6H18" />
              <circle className={css.dotMedian} cx="9" cy="6" r="3" />
            </svg>
            Median <b>{newest ? span(newest.median_ms ?? 0) : ""}</b>
          </span>
          <span>
            <svg viewBox="0 0 18 12" aria-hidden="true">
              <path className={css.p90} d="M0 6H18" />
              <rect className={css.dotP90} x="6.5" y="3.5" width="5" height="5" />
            </svg>
            9 of 10 <b>{newest ? span(newest.p90_ms ?? 0) : ""}</b>
          </span>
        </>
      }
    >
      <path className={css.p90} d={plot.p90} />
      <path className={css.median} d={plot.median} />
      {plot.dots.map(({ x, median, p90, week }) => (
        <g key={week} data-week={week}>
          <rect className={css.dotP90} x={x - 2.5} y={p90 - 2.5} width="5" height="5" />
          <circle className={css.dotMedian} cx={x} cy={median} r="3" />
        </g>
      ))}
    </PlotFrame>
  );
}
