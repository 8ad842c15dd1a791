import { render } from "@testing-library/react";
import { createRef } from "react";
import { describe, expect, test } from "vitest";
import { BLOCKS } from "../testing/fixtures";
import { blockOf, changeNumbers, isChanged, textBefore, textNow } from "./redline";

describe("redline", () => {
  test("before_and_after_are_read_from_the_same_runs", () => {
    const block = BLOCKS.find((one) => one.number === 4)!;
    expect(textNow(block)).toContain("€ 8,823.20");
    expect(textNow(block)).not.toContain("deducted");
    expect(textBefore(block)).toContain("deducted");
    expect(textBefore(block)).not.toContain("held");
    expect(isChanged(block)).toBe(true);
  });

  test("changes_are_counted_once_though_a_word_was_replaced", () => {
    expect(changeNumbers(BLOCKS)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(BLOCKS[blockOf(BLOCKS, 5)]?.number).toBe(4);
  });

  test("words_in_and_out_are_told_apart_by_element_and_numbered_once", async () => {
    const { Redline } = await import("../features/review/Redline");
    const { container } = render(<Redline blocks={BLOCKS} current={2} scroller={createRef()} />);
    expect(container.querySelectorAll("sup")).toHaveLength(6);
    expect(container.querySelector("ins")?.textContent).toContain("dock 4 on 20 November 2025");
    expect(container.querySelector("del")?.textContent).toBe("the warehouse");
    expect(container.querySelectorAll("tr")).toHaveLength(3);
    expect(container.querySelector("[data-current]")?.getAttribute("data-block")).toBe("3");
  });

  test("text_of_a_letter_is_never_taken_for_markup", async () => {
    const { Redline } = await import("../features/review/Redline");
    const hostile = [{ number: 1, kind: "paragraph", runs: [{ op: "insert" as const, text: "<img src=x onerror=alert(1)>", change: 1 }] }];
    const { container } = render(<Redline blocks={hostile} current={null} scroller={createRef()} />);
    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).toContain("<img src=x");
  });
});
