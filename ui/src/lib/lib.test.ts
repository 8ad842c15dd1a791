import { describe, expect, test } from "vitest";
import { isTouched } from "./data";
import { hasFacet, toggleFacet } from "./filters";
import { bytes, count, money } from "./money";
import { asProblem } from "./problem";
import { groupedHash, initials, shortHash } from "./text";
import { makeClock } from "./clock";

describe("money", () => {
  test("digits_are_grouped_without_ever_becoming_a_float", () => {
    expect(money({ amount: "8823.20", currency: "EUR" })).toBe("€ 8,823.20");
    expect(money({ amount: "-12345678901234567890.10", currency: "CHF" })).toBe("−CHF 12,345,678,901,234,567,890.10");
    expect(money({ amount: "n/a", currency: "EUR" })).toBe("€ n/a");
  });
  test("sizes_and_counts_read_at_a_glance", () => {
    expect([900, 84_200, 412_000_000].map(bytes)).toEqual(["900 B", "84 kB", "412 MB"]);
    expect(count(14120)).toBe("14,120");
  });
});

describe("filters", () => {
  test("values_of_one_facet_are_alternatives_and_an_empty_facet_goes", () => {
    const one = toggleFacet([], "state", "open");
    const two = toggleFacet(one, "state", "waiting");
    expect(two).toEqual([{ name: "state", values: ["open", "waiting"] }]);
    expect(hasFacet(two, "state", "waiting")).toBe(true);
    expect(toggleFacet(toggleFacet(two, "state", "open"), "state", "waiting")).toEqual([]);
  });
});

describe("changes", () => {
  test("a_topic_touches_exactly_the_commands_that_read_it", () => {
    expect(isTouched("list_exceptions", ["exceptions"])).toBe(true);
    expect(isTouched("list_exceptions", ["outbox"])).toBe(false);
    expect(isTouched("get_case", ["notices"])).toBe(true);
    expect(isTouched("submit_action", ["cases", "outbox"])).toBe(false);
  });
});

describe("text", () => {
  test("hashes_are_short_beside_a_name_and_grouped_to_compare", () => {
    const hash = "a91f33d07be288a1b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d05c10";
    expect(shortHash(`sha256:${hash}`)).toBe("a91f33d0");
    expect(groupedHash(hash)).toBe("a91f 33d0 7be2 88a1 … 5c10");
    expect(initials("Lena Kovář")).toBe("LK");
  });
  test("whatever_is_thrown_becomes_a_problem", () => {
    expect(asProblem({ code: "E_DUP", message: "Ran before", detail: null }).code).toBe("E_DUP");
    expect(asProblem(new Error("no"))).toEqual({ code: "E_INTERNAL", message: "no", detail: null });
    expect(asProblem("gone").message).toBe("gone");
  });
});

describe("clock", () => {
  test("it_follows_the_desk_and_goes_on_by_the_monotonic_clock", () => {
    let ticks = 5000;
    const clock = makeClock(1_000_000, "UTC", "UTC", () => ticks);
    expect(clock.now()).toBe(1_000_000);
    ticks += 2500;
    expect(clock.now()).toBe(1_002_000);
  });
});
