import { describe, expect, test } from "vitest";
import { thirds } from "../../lib/money";
import { monthYear } from "../../lib/time";
import { EMPTY, inputOf } from "./form";

describe("what was chosen", () => {
  test("nothing_chosen_is_everybody_and_the_month_of_the_settlement", () => {
    expect(inputOf("case:1", EMPTY)).toEqual({ case: "case:1", only: [], exclude: {} });
  });

  test("only_who_is_in_question_can_be_left_out", () => {
    const form = {
      period: "2025-10",
      only: { A: "Ash" },
      exclude: { "2025-10": { A: "By hand", B: "By hand" }, "2025-09": { C: "Gone" } },
    };
    expect(inputOf("case:1", form)).toEqual({ case: "case:1", period: "2025-10", only: ["A"], exclude: { A: "By hand" } });
    expect(inputOf("case:1", { ...form, only: {} }).exclude).toEqual({ A: "By hand", B: "By hand" });
  });
});

describe("amounts", () => {
  test("an_amount_is_the_text_it_came_as_whatever_its_length", () => {
    for (const amount of ["0", "-0.50", "999.99", "1000", "-1234567.50", "12345678901234567890.123", "n/a", ""])
      expect(thirds(amount).join("")).toBe(amount);
    expect(thirds("-1234567.50")).toEqual(["-1", "234", "567.50"]);
    expect(thirds("1000")).toEqual(["1", "000"]);
    expect(thirds("999.9999")).toEqual(["999.9999"]);
  });

  test("months_are_said_in_words_and_moved_by_no_zone", () => {
    expect(monthYear("2025-01")).toBe("January 2025");
    expect(monthYear("soon")).toBe("soon");
  });
});
