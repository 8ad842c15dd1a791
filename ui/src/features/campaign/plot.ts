import type { ProgressPoint } from "../../generated/ProgressPoint";

export interface Plot {
  /** SVG path of the steps; every day ends on its own number. */
  line: string;
  /** The same, closed along the ground. */
  area: string;
}

/**
 * Cumulative numbers as steps in a box: the number of a day holds until the next day begins. `most` is the height of the box, so
 * that the way still to go is seen, too.
 */
export function stepsOf(points: readonly ProgressPoint[], most: number, width: number, height: number): Plot | null {
  if (points.length === 0 || most <= 0) return null;
  const x = (index: number) => round((index / points.length) * width);
  const y = (value: number) => round(height - (Math.min(value, most) / most) * height);
  const steps = points.map(({ acknowledged }, index) => `V${y(acknowledged)}H${x(index + 1)}`).join("");
  const line = `M0 ${height}${steps}`;
  return { line, area: `${line}V${height}Z` };
}

const round = (value: number) => Math.round(value * 10) / 10;
