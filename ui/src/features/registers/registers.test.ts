import { describe, expect, test } from "vitest";
import { NO_FILTER, argsOf, isFiltered, periodProblem } from "./filter";
import { cyclePlot, span, stackPlot } from "./plot";

const HOUR = 3_600_000;
const BOX = { width: 100, height: 50 };
const week = (day: string, median: number | null, p90: number | null) => ({
  week: day,
  approved: median === null ? 0 : 2,
  median_ms: median === null ? null : median * HOUR,
  p90_ms: p90 === null ? null : p90 * HOUR,
});

describe("what a register is asked with", () => {
  test("the_last_day_is_part_of_the_period", () => {
    expect(argsOf({ ...NO_FILTER, from: "2025-11-03", to: "2025-11-03" })).toEqual({
      from: Date.UTC(2025, 10, 3),
      until: Date.UTC(2025, 10, 4),
    });
  });

  test("what_is_no_day_yet_narrows_nothing", () => {
    for (const from of ["", "2025", "2025-11", "2025-13-45", "soon"]) expect(argsOf({ ...NO_FILTER, from })).toEqual({});
    expect(isFiltered({ ...NO_FILTER, text: "   " })).toBe(false);
  });

  test("only_a_period_that_ends_before_it_begins_is_a_problem", () => {
    expect(periodProblem({ ...NO_FILTER, from: "2025-11-04", to: "2025-11-03" })).not.toBeNull();
    expect(periodProblem({ ...NO_FILTER, from: "2025-11-03", to: "2025-11-03" })).toBeNull();
    expect(periodProblem({ ...NO_FILTER, from: "2025-11-03" })).toBeNull();
  });
});

describe("plots", () => {
  test("a_week_without_approvals_interrupts_the_line_and_has_no_dot", () => {
    const plot = cyclePlot([week("a", 10, 20), week("b", null, null), week("c", 5, 40)], BOX);
    expect(plot.median.match(/M/g)).toHaveLength(2);
    expect(plot.dots.map((dot) => dot.week)).toEqual(["a", "c"]);
    // The longest stands within the box, and the axis begins at nothing.
    expect(Math.min(...plot.dots.map((dot) => dot.p90))).toBeGreaterThanOrEqual(0);
    expect(plot.marks[0]).toEqual({ value: 0, y: BOX.height });
  });

  test("a_single_week_is_drawn_too", () => {
    const plot = cyclePlot([week("a", 0, 0)], BOX);
    expect(plot.dots).toEqual([{ x: 0, median: BOX.height, p90: BOX.height, week: "a" }]);
  });

  test("states_stand_on_one_another_and_the_last_day_is_as_wide_as_the_others", () => {
    const days = [
      { day: "a", counts: [2, 1] },
      { day: "b", counts: [0, 4] },
    ];
    const plot = stackPlot(days, 2, BOX);
    expect(plot.total).toBe(7);
    expect(plot.areas).toHaveLength(2);
    for (const path of plot.areas) expect(path).toContain("100,");
    expect(stackPlot([], 2, BOX)).toMatchObject({ total: 0 });
  });

  test("durations_are_said_in_the_unit_they_are_thought_in", () => {
    expect([0, 0.5 * HOUR, 7 * HOUR, 47 * HOUR, 48 * HOUR, 76 * HOUR].map(span)).toEqual([
      "0 min",
      "30 min",
      "7 h",
      "47 h",
      "2 d",
      "3 d 4 h",
    ]);
  });
});
