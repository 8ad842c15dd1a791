import { describe, expect, test } from "vitest";
import { follow } from "./anchors";

describe("anchors", () => {
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
