import { useId } from "react";
import type { DeliveryDay } from "../../generated/DeliveryDay";
import type { StatusWord } from "../../generated/StatusWord";
import type { Tone } from "../../generated/Tone";
import { count } from "../../lib/money";
import { PlotFrame, PlotTable, BOX } from "./PlotParts";
import css from "./Registers.module.css";
import { stackPlot } from "./plot";

const COLOURS: Partial<Record<Tone, string>> = {
  ok: "var(--ok-g)",
  wait: "var(--wait-g)",
  late: "var(--late-g)",
  fail: "var(--fail-g)",
  conflict: "var(--conf-g)",
};

/** Besides its colour every state has a hatch of its own: none, slanted, upright, across, the other way, dots. */
const HATCHES = ["", "M-2 8L8 -2M0 10L10 0", "M3 0V8", "M0 4H8", "M0 0L8 8M-2 6L2 10M6 -2L10 2", "M2 2h2M6 6h2"];

/** Notices of each day by the state they are in. */
export function DeliveryPlot({ states, days, tabled }: { states: StatusWord[]; days: DeliveryDay[]; tabled: boolean }) {
  const base = useId();
  if (tabled)
    return (
      <PlotTable
        id="trend-table"
        caption="Notices by day and state"
        heads={["Day", ...states.map(({ word }) => word), "All"]}
        rows={days.map(({ day, counts }) => ({ key: day, cells: [...counts, counts.reduce((sum, n) => sum + n, 0)].map(count) }))}
      />
    );
  const plot = stackPlot(days, states.length, BOX);
  const sums = states.map((_, index) => days.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0));
  const words = states.map(({ word }, index) => `${count(sums[index] ?? 0)} ${word.toLowerCase()}`).join(", ");
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const fill = (index: number) => `url(#${base}${index})`;
  return (
    <PlotFrame
      name="deliveries"
      said={`${count(plot.total)} notices from ${first} to ${last}: ${words}`}
      marks={plot.marks.filter(({ value }) => Number.isInteger(value))}
      unit={count}
      ends={[first, last]}
      legend={states.map(({ state, word }, index) => (
        <span key={state} data-state={state}>
          <svg viewBox="0 0 18 12" aria-hidden="true">
            <rect width="18" height="12" fill={fill(index)} />
          </svg>
          {word} <b>{count(sums[index] ?? 0)}</b>
        </span>
      ))}
    >
      <defs>
        {states.map(({ state, tone }, index) => (
          <pattern key={state} id={`${base}${index}`} width="8" height="8" patternUnits="userSpaceOnUse">
            <rect width="8" height="8" fill={COLOURS[tone] ?? "var(--mute-g)"} />
            <path className={css.hatch} d={HATCHES[index % HATCHES.length]} fill="none" />
          </pattern>
        ))}
      </defs>
      {plot.areas.map((d, index) => (
        <path key={states[index]?.state} className={css.series} d={d} fill={fill(index)} data-state={states[index]?.state} />
      ))}
    </PlotFrame>
  );
}
