import type { DataChange } from "../../generated/DataChange";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import { type PageChange, type PageDiff } from "../../lib/pages/compare";
import { type Placed, indexOf, placeText, wordsAt } from "../../lib/pages/place";
import type { PageText, Word } from "../../lib/pages/words";
import { textBefore, textNow } from "../../lib/redline";

/** One change, wherever it shows: in the words, on the pages, in the data. */
export interface Stop {
  key: string;
  /** Its number in the words; `null` where the words do not have it. */
  change: number | null;
  /** Titles of the fields it comes from. */
  fields: string[];
  /** Where the pages have it; empty while they are compared. */
  pages: PageChange[];
}

/** A letter's blocks on its pages, before and now. */
export interface PlacedBlocks {
  words: { before: Word[]; after: Word[] };
  before: Placed[];
  after: Placed[];
}

const wordsIn = (pages: readonly PageText[] | null) => (pages ?? []).flatMap(({ words }) => words);

/** Finds every block on the pages; a side that was not read has nothing. */
export function placeBlocks(
  blocks: readonly RedlineBlock[],
  before: readonly PageText[] | null,
  after: readonly PageText[] | null,
): PlacedBlocks {
  const words = { before: wordsIn(before), after: wordsIn(after) };
  const index = { before: indexOf(words.before), after: indexOf(words.after) };
  return {
    words,
    before: blocks.map((block) => placeText(textBefore(block), index.before)),
    after: blocks.map((block) => placeText(textNow(block), index.after)),
  };
}

interface WordChange {
  number: number;
  block: number;
  /** Characters it covers in the text before and now. */
  before: [number, number];
  after: [number, number];
  went: string;
  came: string;
}

/** The changes of the words, in reading order, with the characters they cover. */
function wordChanges(blocks: readonly RedlineBlock[]): WordChange[] {
  const found = new Map<string, WordChange>();
  blocks.forEach((block, index) => {
    let [before, after] = [0, 0];
    for (const { op, text, change } of block.runs) {
      const next = { before: before + (op === "insert" ? 0 : text.length), after: after + (op === "delete" ? 0 : text.length) };
      if (change !== null && op !== "equal") {
        const key = `${change} ${index}`;
        const one = found.get(key) ?? { number: change, block: index, before: [before, before], after: [after, after], went: "", came: "" };
        if (op === "delete") [one.before[1], one.went] = [next.before, one.went + text];
        else {
          // What was replaced may have a blank between both sides.
          if (one.came === "") one.after[0] = after;
          [one.after[1], one.came] = [next.after, one.came + text];
        }
        found.set(key, one);
      }
      [before, after] = [next.before, next.after];
    }
  });
  return [...found.values()];
}

/** Whether one side of a change is what a field says on that side. */
function says(whole: string, part: string, value: string | null): boolean {
  if (value === null || value === "") return part.trim() === "" || whole === "";
  return whole === value || whole.endsWith(`: ${value}`) || part.includes(value);
}

/**
 * Every change once, in the order a person goes through them: first those of the words, each with its field and its place
 * on the pages, then fields that no word shows, then what differs on the pages alone.
 */
export function stopsOf(blocks: readonly RedlineBlock[], data: readonly DataChange[], placed: PlacedBlocks, diff: PageDiff | null): Stop[] {
  const owners = { before: ownersOf(diff, "before"), after: ownersOf(diff, "after") };
  const stops = new Map<number, Stop>();
  const taken = new Set<PageChange>();
  const shown = new Set<string>();
  for (const change of wordChanges(blocks)) {
    const block = blocks[change.block]!;
    const stop = stops.get(change.number) ?? { key: `change ${change.number}`, change: change.number, fields: [], pages: [] };
    for (const { title, before, after } of data) {
      if (!says(textBefore(block), change.went, before) || !says(textNow(block), change.came, after)) continue;
      shown.add(title);
      if (!stop.fields.includes(title)) stop.fields.push(title);
    }
    for (const side of ["before", "after"] as const) {
      const text = placed[side][change.block];
      const [start, end] = change[side];
      for (const word of text && start < end ? wordsAt(text, placed.words[side], start, end) : []) {
        const page = owners[side].get(word);
        if (!page || stop.pages.includes(page)) continue;
        taken.add(page);
        stop.pages.push(page);
      }
    }
    stops.set(change.number, stop);
  }
  const fields = data
    .filter(({ title }) => !shown.has(title))
    .map(({ title }) => ({ key: `field ${title}`, change: null, fields: [title], pages: [] }));
  const pages = (diff?.changes ?? [])
    .filter((change) => !taken.has(change))
    .map((change, index) => ({ key: `page ${index}`, change: null, fields: [], pages: [change] }));
  return [...stops.values(), ...fields, ...pages];
}

function ownersOf(diff: PageDiff | null, side: "before" | "after"): Map<Word, PageChange> {
  const owners = new Map<Word, PageChange>();
  for (const change of diff?.changes ?? []) for (const word of change[side]) owners.set(word, change);
  return owners;
}
