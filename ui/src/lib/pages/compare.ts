import { type Hunk, hunksOf, matchWords } from "./match";
import type { Box, PageText, Word } from "./words";

/** What differs between two letters at one place of their pages. */
export interface PageChange {
  /** What went, on the pages before. */
  before: Word[];
  /** What came, on the pages now. */
  after: Word[];
  /** Where it went or came, on the side that has nothing of it. */
  gap: { before: Box | null; after: Box | null };
}

export interface PageDiff {
  /** In reading order; what stands on every page comes last. */
  changes: PageChange[];
  /** Pages now that have no word of a page before. */
  added: number[];
  /** Pages before of which no word is left. */
  removed: number[];
  /** Words that stand in both, at the head of their lines: columns scroll together by them. */
  ties: { before: Box; after: Box }[];
  /** Pages whose words all stand where they stood: what differs there is no text. */
  still: { before: number; after: number }[];
}

/** Head and foot of a page, as shares of its height. */
const MARGIN = 0.14;
/** Words moved by less than this share of the page stand where they stood. */
const STILL = 0.002;

interface Line {
  page: number;
  key: string;
  words: Word[];
}

const boxOf = (word: Word) => word.boxes[0]!;

/** Lines in head and foot of a page; the page's own number and the number of pages do not tell lines apart. */
function marginLines(pages: readonly PageText[]): Line[] {
  const lines: Line[] = [];
  for (const { page, words } of pages) {
    let last: { top: number; line: Line } | null = null;
    for (const word of words) {
      const { top, height } = boxOf(word);
      if (top > MARGIN && top + height < 1 - MARGIN) continue;
      if (!last || Math.abs(last.top - top) > height / 2) {
        last = { top, line: { page, key: top < 0.5 ? "head" : "foot", words: [] } };
        lines.push(last.line);
      }
      last.line.words.push(word);
      last.line.key += ` ${numbersPage(word, page, pages.length) ? "#" : word.key.replace(/\d/g, "0")}`;
    }
  }
  return lines;
}

const numbersPage = (word: Word, page: number, pages: number) => {
  const numbers = word.key.match(/\d+/g);
  return numbers !== null && numbers.every((number) => Number(number) === page || Number(number) === pages) && !/\p{L}/u.test(word.key);
};

/** Keys of lines that stand on at least half of the pages. */
function repeated(lines: readonly Line[], pages: number): Set<string> {
  const on = new Map<string, Set<number>>();
  for (const line of lines) on.set(line.key, (on.get(line.key) ?? new Set()).add(line.page));
  return new Set([...on].flatMap(([key, found]) => (found.size >= 2 && found.size * 2 >= pages ? [key] : [])));
}

/** Words of a letter, those of its running heads and feet apart. */
function parted(pages: readonly PageText[], lines: readonly Line[], running: ReadonlySet<string>) {
  const apart = new Set(lines.filter((line) => running.has(line.key)).flatMap((line) => line.words));
  return {
    body: pages.flatMap(({ words }) => words.filter((word) => !apart.has(word))),
    running: pages.map(({ page, words }) => words.filter((word) => apart.has(word) && !numbersPage(word, page, pages.length))),
  };
}

/** The edge of the word a change stands behind, else of the one it stands before. */
function gapAt(words: readonly Word[], place: number): Box | null {
  const last = words[place - 1]?.boxes.at(-1);
  if (last) return { ...last, left: last.left + last.width, width: 0 };
  const next = words[place]?.boxes[0];
  return next ? { ...next, width: 0 } : null;
}

const startsLine = (words: readonly Word[], place: number) => {
  const [last, next] = [words[place - 1]?.boxes[0], words[place]?.boxes[0]];
  return !last || !next || last.page !== next.page || Math.abs(last.top - next.top) > last.height / 2;
};

/**
 * Words that came between two that are the same may as well have come one word earlier. They are taken from the head of a
 * line, where there is one, as a person would who put a sentence in.
 */
function atLineHead(hunk: Hunk, before: readonly Word[], after: readonly Word[]): Hunk {
  const cameOnly = hunk.before[0] === hunk.before[1];
  const [words, range] = cameOnly ? [after, hunk.after] : [before, hunk.before];
  if (!cameOnly && hunk.after[0] !== hunk.after[1]) return hunk;
  for (let by = 0; ; by += 1) {
    const [start, end] = [range[0] - by, range[1] - by];
    if (startsLine(words, start)) {
      const moved = ([from, until]: [number, number]): [number, number] => [from - by, until - by];
      return { before: moved(hunk.before), after: moved(hunk.after) };
    }
    if (words[start - 1] === undefined || words[start - 1]?.key !== words[end - 1]?.key || by > range[1] - range[0]) return hunk;
  }
}

/** Compares two letters by their words and where they stand. */
export function* comparePages(before: readonly PageText[], after: readonly PageText[]): Generator<void, PageDiff> {
  const [linesBefore, linesAfter] = [marginLines(before), marginLines(after)];
  // A letter of one page has no running lines of its own: they are those of the other.
  const running = new Set([...repeated(linesBefore, before.length), ...repeated(linesAfter, after.length)]);
  yield;
  const [old, now] = [parted(before, linesBefore, running), parted(after, linesAfter, running)];
  yield;
  const keys = (words: readonly Word[]) => words.map((word) => word.key);
  const matches = yield* matchWords(keys(old.body), keys(now.body));
  const hunks = hunksOf(matches, now.body.length).map((hunk) => atLineHead(hunk, old.body, now.body));
  const changes: PageChange[] = hunks.map((hunk) => ({
    before: old.body.slice(...hunk.before),
    after: now.body.slice(...hunk.after),
    gap: {
      before: hunk.before[0] === hunk.before[1] ? gapAt(old.body, hunk.before[0]) : null,
      after: hunk.after[0] === hunk.after[1] ? gapAt(now.body, hunk.after[0]) : null,
    },
  }));
  yield;

  // The same change of a running line on every page is one change.
  const repeats = new Map<string, PageChange>();
  for (let page = 0; page < Math.min(old.running.length, now.running.length); page += 1) {
    const [was, is] = [old.running[page]!, now.running[page]!];
    for (const hunk of hunksOf(yield* matchWords(keys(was), keys(is)), is.length)) {
      const [went, came] = [was.slice(...hunk.before), is.slice(...hunk.after)];
      const same = `${keys(went).join(" ")}\n${keys(came).join(" ")}`;
      const change = repeats.get(same) ?? {
        before: [],
        after: [],
        gap: { before: gapAt(was, hunk.before[0]), after: gapAt(is, hunk.after[0]) },
      };
      change.before.push(...went);
      change.after.push(...came);
      repeats.set(same, change);
    }
    yield;
  }

  const kept = { before: new Set<number>(), after: new Set<number>() };
  const moved = { before: new Set<number>(), after: new Set<number>() };
  const pairs = new Map<number, number>();
  const ties: PageDiff["ties"] = [];
  let line: Box | null = null;
  matches.forEach((place, index) => {
    if (place < 0) return;
    const [a, b] = [boxOf(old.body[index]!), boxOf(now.body[place]!)];
    kept.before.add(a.page);
    kept.after.add(b.page);
    pairs.set(a.page, b.page);
    if (a.page !== b.page || Math.abs(a.left - b.left) > STILL || Math.abs(a.top - b.top) > STILL) {
      moved.before.add(a.page);
      moved.after.add(b.page);
    }
    if (!line || line.page !== a.page || Math.abs(line.top - a.top) > a.height / 2) ties.push({ before: a, after: b });
    line = a;
  });
  for (const change of [...changes, ...repeats.values()]) {
    for (const { boxes } of change.before) for (const box of boxes) moved.before.add(box.page);
    for (const { boxes } of change.after) for (const box of boxes) moved.after.add(box.page);
  }
  const spoken = (pages: readonly PageText[]) => pages.filter(({ words }) => words.length > 0).map(({ page }) => page);
  const numbers = new Set(after.map(({ page }) => page));
  return {
    changes: [...changes, ...repeats.values()],
    added: lost(spoken(after), kept.after, after, before.length),
    removed: lost(spoken(before), kept.before, before, after.length),
    ties,
    still: before
      .map(({ page }) => ({ before: page, after: pairs.get(page) ?? page }))
      .filter((pair) => numbers.has(pair.after) && !moved.before.has(pair.before) && !moved.after.has(pair.after)),
  };
}

/** Pages of which no word stands in the other letter, and those without words that the other one is too short for. */
function lost(spoken: readonly number[], kept: ReadonlySet<number>, pages: readonly PageText[], others: number): number[] {
  const silent = pages.filter(({ page, words }) => words.length === 0 && page > others).map(({ page }) => page);
  return [...spoken.filter((page) => !kept.has(page)), ...silent].sort((a, b) => a - b);
}
