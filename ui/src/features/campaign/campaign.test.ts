import { describe, expect, test } from "vitest";
import { changesOf, emptyForm, inputOf, leftOut, problemOf, takenBack } from "./form";
import { toggled } from "../../lib/segment";
import { planWords } from "./planWords";
import { stepsOf } from "./plot";
import { stretchesOf } from "./useRecipients";
import type { CampaignPlan } from "../../generated/CampaignPlan";
import { civil, civilWeekday, daysTo } from "../../lib/time";

describe("the lines of the list", () => {
  test("headings_and_rows_follow_each_other_without_a_gap", () => {
    const all = stretchesOf([
      {
        title: null,
        parts: [
          { only: "unreachable", n: 3 },
          { only: "overdue", n: 0 },
        ],
      },
      { title: "Waived", parts: [{ only: "waived", n: 0 }] },
      { title: "Acknowledged", parts: [{ only: "acknowledged", n: 250 }] },
    ]);
    expect(all).toEqual([
      { from: 0, only: "unreachable", n: 3 },
      { from: 3, title: "Acknowledged", n: 250 },
      { from: 4, only: "acknowledged", n: 250 },
    ]);
  });
});

describe("the plot", () => {
  const points = [1, 1, 4].map((acknowledged, day) => ({ day: `2025-11-2${day}`, acknowledged }));

  test("each_day_holds_its_number_until_the_next_begins", () => {
    expect(stepsOf(points, 4, 30, 40)).toEqual({
      line: "M0 40V30H10V30H20V0H30",
      area: "M0 40V30H10V30H20V0H30V40Z",
    });
  });

  test("more_than_there_can_be_stays_in_the_box_and_nothing_is_no_plot", () => {
    expect(stepsOf(points, 2, 30, 40)!.line).toBe("M0 40V20H10V20H20V0H30");
    expect(stepsOf([], 4, 30, 40)).toBeNull();
    expect(stepsOf(points, 0, 30, 40)).toBeNull();
  });
});

describe("the form", () => {
  const empty = emptyForm(null);

  test("a_fact_without_values_is_no_fact_of_the_segment", () => {
    const one = toggled({}, "country", "DE");
    expect(toggled(one, "country", "FR")).toEqual({ country: ["DE", "FR"] });
    expect(toggled(one, "country", "DE")).toEqual({});
  });

  test("days_left_empty_are_the_policys_and_zero_is_none", () => {
    expect(inputOf("case:1", empty)).not.toHaveProperty("remind_every_days");
    expect(inputOf("case:1", { ...empty, every: "0", before: "5" })).toMatchObject({ remind_every_days: 0, remind_before_due_days: 5 });
    expect(problemOf({ ...empty, every: "-1" })?.field).toBe("remind_every_days");
    expect(problemOf({ ...empty, before: "2.5" })?.field).toBe("remind_before_due_days");
  });

  test("who_is_left_out_keeps_a_name_to_be_taken_back_by", () => {
    const form = { ...empty, ...leftOut(empty, "P1", "Larch & Loom", "Told by phone") };
    expect(inputOf("case:1", form).exclude).toEqual({ P1: "Told by phone" });
    expect(takenBack(form, "P1")).toEqual({ exclude: {}, names: {} });
  });

  test("a_change_nobody_can_count_is_said_as_well", () => {
    const plan = {
      root: "a",
      counts: { partners: 3, recipients: 3, blocking: 0, excluded: 0, must_repeat: 0 },
      document: { sha256: "1" },
    } as CampaignPlan;
    expect(changesOf(plan, plan)).toEqual([]);
    expect(changesOf(plan, { ...plan, root: "b", document: { ...plan.document!, sha256: "2" } })).toEqual(["The document has other bytes"]);
    expect(changesOf(plan, { ...plan, root: "b" })).toHaveLength(1);
  });
});

describe("days", () => {
  const now = Date.UTC(2025, 11, 31, 23, 30);

  test("a_due_day_is_the_same_day_in_every_zone", () => {
    for (const zone of ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
      expect(civil("2025-12-31", Date.UTC(2025, 5, 1), zone)).toBe("31 Dec");
    expect(civil("2026-01-02", now, "UTC")).toBe("2 Jan 2026");
    // There it is the new year already.
    expect(civil("2026-01-02", now, "Europe/Berlin")).toBe("2 Jan");
    expect(civilWeekday("2025-11-23")).toBe("Sun 23 Nov");
    expect(civil("soon", now, "UTC")).toBe("soon");
  });

  test("days_left_are_counted_from_the_day_of_the_desk", () => {
    expect(daysTo("2026-01-02", now, "UTC")).toBe(2);
    expect(daysTo("2026-01-02", now, "Europe/Berlin")).toBe(1);
    expect(daysTo("2025-12-30", now, "UTC")).toBe(-1);
  });

  test("the_reminder_plan_in_words", () => {
    expect(planWords({ remind_every_days: 3, remind_before_due_days: 1 })).toBe("every 3 days, 1 day before due");
    expect(planWords({ remind_every_days: 0, remind_before_due_days: 0 })).toBe("none by plan");
  });
});
