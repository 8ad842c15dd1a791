import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, line, stack } from "d3-shape";
import type { ApprovalWeek } from "../../generated/ApprovalWeek";
import type { DeliveryDay } from "../../generated/DeliveryDay";

/** Where a number stands on the upright axis, and its word. */
export interface Mark {
  y: number;
  value: number;
}

export interface Box {
  width: number;
  height: number;
}

const HOUR = 3_600_000;

/** Durations as people say them: "45 min", "7 h", "3 d 4 h". */
export function span(ms: number): string {
  if (ms < HOUR) return `${Math.round(ms / 60_000)} min`;
  const hours = Math.round(ms / HOUR);
  if (hours < 48) return `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/** An axis from 0 to a round number not below `most`, with three marks at the most. */
function upright(most: number, { height }: Box) {
  const y = scaleLinear([0, Math.max(most, 1)], [height, 0]).nice(3);
  return { y, marks: y.ticks(3).map((value): Mark => ({ value, y: y(value) })) };
}

export interface CyclePlot {
  marks: Mark[];
  /** SVG paths; weeks without approvals interrupt them. */
  median: string;
  p90: string;
  dots: { x: number; median: number; p90: number; week: string }[];
}

/** How long approvals took by week, in hours. */
export function cyclePlot(weeks: readonly ApprovalWeek[], box: Box): CyclePlot {
  const most = Math.max(0, ...weeks.map((week) => week.p90_ms ?? 0)) / HOUR;
  const { y, marks } = upright(most, box);
  const at = scaleLinear([0, Math.max(1, weeks.length - 1)], [0, box.width]);
  const path = (of: (week: ApprovalWeek) => number | null) =>
    line<ApprovalWeek>()
      .defined((week) => of(week) !== null)
      .x((_, index) => at(index))
      .y((week) => y((of(week) ?? 0) / HOUR))([...weeks]) ?? "";
  const dots = weeks.flatMap(({ week, median_ms, p90_ms }, index) =>
    median_ms === null || p90_ms === null ? [] : [{ x: at(index), median: y(median_ms / HOUR), p90: y(p90_ms / HOUR), week }],
  );
  return { marks, median: path((week) => week.median_ms), p90: path((week) => week.p90_ms), dots };
}

export interface StackPlot {
  marks: Mark[];
  /** SVG path of each series, in the order they are stacked. */
  areas: string[];
  total: number;
}

/** Numbers of each day on top of one another; a day is as wide as the others and holds its number to its end. */
export function stackPlot(days: readonly DeliveryDay[], series: number, box: Box): StackPlot {
  const sums = days.map(({ counts }) => counts.reduce((sum, n) => sum + n, 0));
  const { y, marks } = upright(Math.max(0, ...sums), box);
  const at = scaleLinear([0, Math.max(1, days.length)], [0, box.width]);
  const keys = Array.from({ length: series }, (_, index) => index);
  // The last day is said twice, so that it has a width too.
  const last = days.at(-1);
  const rows = last ? [...days, last] : [];
  const layers = stack<DeliveryDay, number>()
    .keys(keys)
    .value(({ counts }, key) => counts[key] ?? 0)(rows);
  const shape = area<[number, number]>()
    .curve(curveStepAfter)
    .x((_, index) => at(index))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high));
  return {
    marks,
    areas: layers.map((layer) => shape(layer.map(([low, high]): [number, number] => [low, high])) ?? ""),
    total: sums.reduce((sum, n) => sum + n, 0),
  };
}
