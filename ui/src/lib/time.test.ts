import { describe, expect, test } from "vitest";
import { age, dateTime, due, freshness, hourMinute, left, longDay, openBetween, shortTime, workingLeft, workingSpan } from "./time";

const NOW = Date.UTC(2025, 10, 20, 13, 32);
const MIN = 60_000;
const HOUR = 60 * MIN;

describe("time", () => {
  test("a_column_shows_the_hour_today_and_the_day_before", () => {
    expect(shortTime(NOW - HOUR, NOW, "Europe/Amsterdam")).toBe("13:32");
    expect(shortTime(NOW - 8 * 24 * HOUR, NOW, "Europe/Amsterdam")).toBe("12 Nov");
    expect(shortTime(NOW - 400 * 24 * HOUR, NOW, "UTC")).toBe("Oct 24");
  });

  test("today_is_the_day_of_the_zone_and_not_of_utc", () => {
    const late = Date.UTC(2025, 10, 19, 23, 30);
    expect(dateTime(late, NOW, "Europe/Amsterdam")).toBe("00:30");
    expect(dateTime(late, NOW, "UTC")).toBe("19 Nov 23:30");
    expect(longDay(late, "UTC")).toBe("Wednesday 19 November");
  });

  test("an_unknown_zone_falls_back_to_utc", () => {
    expect(hourMinute(NOW, "Nowhere/Town")).toBe("13:32");
  });

  test("what_is_left_is_hours_below_a_day_and_days_above", () => {
    expect(left(38 * MIN)).toBe("0:38");
    expect(left(220 * MIN)).toBe("3:40");
    expect(left(26 * HOUR)).toBe("1 d 2 h");
    expect(left(6 * 24 * HOUR)).toBe("6 d");
    expect(left(-5 * MIN)).toBe("−0:05");
    expect(due(NOW + 20 * HOUR, NOW, "UTC")).toBe("Fri 09:32");
  });

  test("working_time_is_counted_in_hours_and_runs_only_in_opening_hours", () => {
    expect(workingLeft(26 * HOUR + 10 * MIN)).toBe("26:10");
    expect(workingLeft(38 * MIN)).toBe("0:38");
    expect([45 * MIN, 4 * HOUR, 85 * HOUR].map(workingSpan)).toEqual(["45 min", "4 h", "85 h"]);
    // Friday until 17:00, then Monday from 9:00: a whole weekend later one more hour is used.
    const friday = Date.UTC(2025, 10, 21, 15);
    const monday = Date.UTC(2025, 10, 24, 9);
    const open: [number, number][] = [
      [friday, friday + 2 * HOUR],
      [monday, monday + 8 * HOUR],
    ];
    expect(openBetween(open, friday + HOUR, monday + 30 * MIN)).toBe(HOUR + 30 * MIN);
    expect(openBetween(open, friday + 3 * HOUR, monday - HOUR)).toBe(0);
    expect(openBetween([], friday, monday)).toBe(0);
  });

  test("age_grows_from_seconds_to_days", () => {
    expect([500, 12_000, 4 * MIN, 31 * HOUR, 72 * HOUR].map(age)).toEqual(["now", "12 s", "4 min", "31 h", "3 d"]);
    expect(freshness(12_000, false)).toBe("12 s ago");
    expect(freshness(11 * MIN, true)).toBe("11 min old");
  });
});
