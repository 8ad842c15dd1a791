import { describe, expect, test } from "vitest";
import { follow, placeTexts } from "./anchors";

describe("anchors", () => {
  test("a_block_is_found_though_the_page_breaks_its_words", () => {
    const runs = [
      { text: "Dear Ms Okafor,", top: 100 },
      { text: "We received your ship", top: 130 },
      { text: "notice ASN-0048131", top: 150 },
      { text: "We received your invoice", top: 190 },
    ];
    expect(
      placeTexts(["Dear Ms Okafor,", "We received your ship notice ASN", "We received your invoice INV", "Not there at all"], runs),
    ).toEqual([100, 130, null, null]);
    expect(placeTexts(["We received your invoice"], runs)).toEqual([190]);
  });

  test("the_other_column_follows_between_anchors_in_proportion", () => {
    const anchors = [
      { left: 0, right: 0 },
      { left: 100, right: 300 },
      { left: 200, right: 320 },
    ];
    expect(follow(50, anchors, "left")).toBe(150);
    expect(follow(150, anchors, "left")).toBe(310);
    expect(follow(310, anchors, "right")).toBe(150);
    expect(follow(999, anchors, "left")).toBe(320);
    expect(follow(10, [], "left")).toBe(0);
  });
});
