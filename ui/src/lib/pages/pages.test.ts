import { describe, expect, test } from "vitest";
import { inSlices } from "../slices";
import { type PageDiff, comparePages } from "./compare";
import { hunksOf, matchWords } from "./match";
import { comparePictures } from "./picture";
import { indexOf, placeText, wordsAt } from "./place";
import { type PageText, type Word, keyOf, linesOf, wordsOf } from "./words";

function finish<T>(work: Generator<void, T>): { value: T; slices: number } {
  let slices = 0;
  for (let step = work.next(); ; step = work.next(), slices += 1) if (step.done) return { value: step.value, slices };
}
const wordsLike = (text: string) => text.split(" ");

/** A page of lines, ten words high; a line is as far down as it is in the list, unless it says where. */
function page(number: number, lines: (string | [top: number, text: string])[]): PageText {
  const words: Word[] = [];
  lines.forEach((line, index) => {
    const [top, text] = typeof line === "string" ? [0.2 + index * 0.03, line] : line;
    text.split(" ").forEach((one, place) => {
      const box = { page: number, left: 0.1 + place * 0.07, top, width: 0.06, height: 0.015 };
      words.push({ text: one, key: keyOf(one), boxes: [box] });
    });
  });
  return { page: number, words };
}
const compare = (before: PageText[], after: PageText[]): PageDiff => finish(comparePages(before, after)).value;
const told = (words: readonly Word[]) => words.map(({ text }) => text).join(" ");

describe("words of a page", () => {
  const view = { transform: [1, 0, 0, -1, 0, 800], width: 600, height: 800 };
  const item = (str: string, x: number, y: number, width: number, more: object = {}) => ({
    str,
    transform: [10, 0, 0, 10, x, y],
    width,
    height: 10,
    fontName: "f",
    hasEOL: false,
    ...more,
  });
  const even = (text: string) => text.length;

  test("stand_where_the_letters_of_their_line_put_them", () => {
    const words = wordsOf(3, [item("held back", 60, 700, 90)], view, even);
    expect(words.map(({ text }) => text)).toEqual(["held", "back"]);
    expect(words[0]!.boxes[0]).toMatchObject({ page: 3, left: 0.1 });
    expect(words[0]!.boxes[0]!.width).toBeCloseTo(40 / 600);
    expect(words[1]!.boxes[0]!.left).toBeCloseTo(110 / 600);
    expect(words[1]!.boxes[0]!.top).toBeCloseTo((100 - 8.5) / 800);
  });

  test("a_word_set_in_two_fonts_or_parted_at_the_end_of_a_line_is_one", () => {
    const parts = [
      item("48", 60, 700, 20),
      item("213", 80, 700, 30),
      item(" ", 110, 700, 5),
      item("ware-", 115, 700, 50, { hasEOL: true }),
      item("house now", 60, 688, 90),
    ];
    const words = wordsOf(1, parts, view, even);
    expect(words.map(({ key }) => key)).toEqual(["48213", "warehouse", "now"]);
    expect(words[1]!.boxes.length).toBe(2);
  });

  test("a_line_as_long_as_a_book_is_read_at_once_and_not_to_its_end", () => {
    const started = performance.now();
    const words = wordsOf(1, [item("word ".repeat(50_000), 60, 700, 400)], view, even);
    expect(words.length).toBe(20_000);
    expect(words[0]!.key).toBe("word");
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("numbers_with_a_dash_stay_apart_from_those_without", () => {
    expect(keyOf("10-20")).not.toBe(keyOf("1020"));
    expect(keyOf("re\u00adceived")).toBe("received");
  });

  test("marks_of_words_in_a_line_are_one_box", () => {
    const boxes = page(1, ["one two three", "four"]).words.flatMap((word) => word.boxes);
    expect(linesOf(boxes).length).toBe(2);
  });
});

describe("matching of words", () => {
  const differ = (before: string, after: string) => {
    const [a, b] = [wordsLike(before), wordsLike(after)];
    return hunksOf(finish(matchWords(a, b)).value, b.length).map((hunk) => [
      a.slice(...hunk.before).join(" "),
      b.slice(...hunk.after).join(" "),
    ]);
  };

  test("names_what_went_and_what_came", () => {
    expect(differ("count at the warehouse today", "count at the dock today")).toEqual([["warehouse", "dock"]]);
    expect(differ("a b a b c", "a b c")).toEqual([["a b", ""]]);
    expect(differ("the end", "now the end of it")).toEqual([
      ["", "now"],
      ["", "of it"],
    ]);
    expect(differ("same words", "same words")).toEqual([]);
  });

  test("keeps_the_order_of_every_match", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round += 1) {
      const a = Array.from({ length: random(40) }, () => `w${random(12)}`);
      const b = Array.from({ length: random(40) }, () => `w${random(12)}`);
      const places = [...finish(matchWords(a, b)).value];
      const kept = places.filter((place) => place >= 0);
      expect(kept).toEqual([...new Set(kept)].sort((x, y) => x - y));
      places.forEach((place, index) => place >= 0 && expect(b[place]).toBe(a[index]));
    }
  });

  test("letters_of_fifty_pages_without_a_word_in_common_are_compared_in_short_slices", () => {
    const many = (mark: string) => Array.from({ length: 25_000 }, (_, index) => `${mark}${index % 50}`);
    const work = matchWords(many("a"), many("b"));
    const started = performance.now();
    expect(finish(work).value.every((place) => place === -1)).toBe(true);
    expect(performance.now() - started).toBeLessThan(1000);
    // A short passage against a long one is parted too.
    expect(finish(matchWords(many("a").slice(0, 900), many("b").slice(0, 1000))).slices).toBeGreaterThan(10);
  });
});

describe("pages compared", () => {
  test("an_inserted_line_is_one_change_and_moves_nothing_else", () => {
    const diff = compare(
      [page(1, ["Dear Ms Okafor", "We wait for you"])],
      [page(1, ["Dear Ms Okafor", "We ask once more", "We wait for you"])],
    );
    expect(diff.changes.map((change) => [told(change.before), told(change.after)])).toEqual([["", "We ask once more"]]);
    // The side that has nothing of it says where it would be.
    expect(diff.changes[0]!.gap.before).toMatchObject({ page: 1, width: 0 });
    expect(diff.still).toEqual([]);
    expect(diff.ties.length).toBe(2);
  });

  test("words_that_go_on_to_the_next_page_are_no_change_though_head_and_foot_stand_between_them", () => {
    const head: [number, string] = [0.05, "Corvane Supply Letter N-3127"];
    const foot = (number: number, of: number): [number, string] => [0.95, `Page ${number} of ${of}`];
    const lines = ["alpha beta gamma", "delta epsilon zeta", "eta theta iota"];
    const before = [page(1, [head, ...lines.slice(0, 2), foot(1, 2)]), page(2, [head, lines[2]!, foot(2, 2)])];
    const after = [
      page(1, [head, lines[0]!, "new words here", foot(1, 3)]),
      page(2, [head, lines[1]!, foot(2, 3)]),
      page(3, [head, lines[2]!, foot(3, 3)]),
    ];
    const diff = compare(before, after);
    expect(diff.changes.map((change) => [told(change.before), told(change.after)])).toEqual([["", "new words here"]]);
    expect([diff.added, diff.removed]).toEqual([[], []]);
  });

  test("what_stands_on_every_page_is_one_change_for_all_of_them", () => {
    const of = (version: string) =>
      [1, 2, 3].map((number) => page(number, [[0.05, `Letter version ${version}`], `body of page ${["one", "two", "three"][number - 1]}`]));
    const diff = compare(of("7"), of("8"));
    expect(diff.changes.length).toBe(1);
    expect(diff.changes[0]!.after.map((word) => word.boxes[0]!.page)).toEqual([1, 2, 3]);
  });

  test("pages_that_came_or_went_are_named", () => {
    const [one, two, three] = ["first page of it", "second sheet altogether", "closing words alone"];
    expect(compare([page(1, [one]), page(2, [three])], [page(1, [one]), page(2, [two]), page(3, [three])])).toMatchObject({
      added: [2],
      removed: [],
    });
    expect(compare([page(1, [one]), page(2, [two])], [page(1, [one])])).toMatchObject({ added: [], removed: [2] });
    expect(compare([page(1, [one])], [page(1, [one]), page(2, [])])).toMatchObject({ added: [2] });
  });

  test("only_pages_whose_words_stand_still_have_their_pictures_compared", () => {
    const diff = compare(
      [page(1, ["same words"]), page(2, ["other ones here"])],
      [page(1, ["same words"]), page(2, [[0.5, "other ones here"]])],
    );
    expect(diff.still).toEqual([{ before: 1, after: 1 }]);
  });

  test("long_work_is_dropped_with_the_screen_it_is_for", async () => {
    function* slow(): Generator<void, string> {
      const until = performance.now() + 60;
      while (performance.now() < until) yield;
      return "done";
    }
    expect(await inSlices(slow(), () => true)).toBeUndefined();
    expect(await inSlices(slow(), () => false)).toBe("done");
  });
});

describe("texts on pages", () => {
  const words = page(1, ["We received your notice and your invoice", "We received your notice and held the amount back"]).words;

  test("the_right_one_of_two_that_begin_alike_is_found", () => {
    const placed = placeText("We received your notice and held the amount", indexOf(words));
    expect(placed.places).toEqual([7, 8, 9, 10, 11, 12, 13, 14]);
    expect(told(wordsAt(placed, words, 28, 32))).toBe("held");
  });

  test("a_text_of_which_half_is_missing_is_not_there", () => {
    expect(placeText("Quite another letter held elsewhere", indexOf(words)).places.every((place) => place === null)).toBe(true);
  });
});

describe("pictures of pages", () => {
  const picture = (paint: (x: number, y: number) => number, width = 80, height = 80) => {
    const data = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1) data.fill(paint(x, y), (y * width + x) * 4, (y * width + x) * 4 + 3);
    return { width, height, data };
  };
  const white = picture(() => 255);

  test("a_stamp_is_framed_and_a_shade_nobody_sees_is_not", () => {
    const stamped = picture((x, y) => (x >= 40 && x < 60 && y >= 16 && y < 24 ? 0 : 255));
    const boxes = finish(comparePictures(2, white, stamped)).value;
    expect(boxes).toEqual([{ page: 2, left: 0.5, top: 0.2, width: expect.closeTo(0.3), height: expect.closeTo(0.1) }]);
    expect(
      finish(
        comparePictures(
          1,
          white,
          picture(() => 240),
        ),
      ).value,
    ).toEqual([]);
  });

  test("a_page_that_grew_differs_where_it_grew", () => {
    const longer = picture((_, y) => (y >= 100 ? 0 : 255), 80, 120);
    expect(finish(comparePictures(1, white, longer)).value[0]!.top).toBeCloseTo(96 / 120);
  });
});
