/** Which word of the text before a word of the text after is, and what lies between them. */
export interface Hunk {
  /** Words that went: first one and the one behind the last. */
  before: [number, number];
  /** Words that came. */
  after: [number, number];
}

/** Two passages without a common landmark are compared word by word up to this many pairs; longer ones count as rewritten. */
const MOST_PAIRS = 1_000_000;
const ROWS_A_SLICE = 64;

type Range = readonly [a0: number, a1: number, b0: number, b1: number];

/**
 * Finds for every word of `before` its place in `after`, -1 where it went. Words that both have once are landmarks; between
 * them the longest common sequence decides. Yields often enough that no slice takes longer than a frame.
 */
export function* matchWords(before: readonly string[], after: readonly string[]): Generator<void, Int32Array> {
  const matches = new Int32Array(before.length).fill(-1);
  const open: Range[] = [[0, before.length, 0, after.length]];
  for (let range = open.pop(); range; range = open.pop()) {
    let [a0, a1, b0, b1] = range;
    while (a0 < a1 && b0 < b1 && before[a0] === after[b0]) matches[a0++] = b0++;
    while (a0 < a1 && b0 < b1 && before[a1 - 1] === after[b1 - 1]) matches[--a1] = --b1;
    if (a0 === a1 || b0 === b1) continue;
    const marks = landmarks(before, after, [a0, a1, b0, b1]);
    yield;
    if (marks.length === 0) {
      if ((a1 - a0) * (b1 - b0) <= MOST_PAIRS) yield* common(before, after, [a0, a1, b0, b1], matches);
      continue;
    }
    for (const [a, b] of marks) {
      matches[a] = b;
      open.push([a0, a, b0, b]);
      [a0, b0] = [a + 1, b + 1];
    }
    open.push([a0, a1, b0, b1]);
  }
  return matches;
}

/** The longest row of words that both passages have once and in the same order. */
function landmarks(before: readonly string[], after: readonly string[], [a0, a1, b0, b1]: Range): [number, number][] {
  const once = new Map<string, number>();
  for (let b = b0; b < b1; b += 1) once.set(after[b]!, once.has(after[b]!) ? -1 : b);
  const seen = new Map<string, number>();
  for (let a = a0; a < a1; a += 1) seen.set(before[a]!, seen.has(before[a]!) ? -1 : a);
  const pairs: [number, number][] = [];
  for (const [word, a] of seen) {
    const b = once.get(word) ?? -1;
    if (a >= 0 && b >= 0) pairs.push([a, b]);
  }
  // Piles of patience: the top of pile n ends the best row of length n + 1.
  const tops: number[] = [];
  const below = new Int32Array(pairs.length);
  pairs.forEach(([, b], index) => {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]!]![1] < b) low = middle + 1;
      else high = middle;
    }
    below[index] = low > 0 ? tops[low - 1]! : -1;
    tops[low] = index;
  });
  const row: [number, number][] = [];
  for (let index = tops.at(-1) ?? -1; index >= 0; index = below[index]!) row.push(pairs[index]!);
  return row.reverse();
}

/** Longest common sequence of two short passages. */
function* common(before: readonly string[], after: readonly string[], [a0, a1, b0, b1]: Range, matches: Int32Array): Generator<void, void> {
  const [rows, columns] = [a1 - a0, b1 - b0];
  const wide = columns + 1;
  const best = new Uint16Array((rows + 1) * wide);
  for (let a = rows - 1; a >= 0; a -= 1) {
    for (let b = columns - 1; b >= 0; b -= 1) {
      const place = a * wide + b;
      best[place] = before[a0 + a] === after[b0 + b] ? best[place + wide + 1]! + 1 : Math.max(best[place + wide]!, best[place + 1]!);
    }
    if (a % ROWS_A_SLICE === 0) yield;
  }
  for (let [a, b] = [0, 0]; a < rows && b < columns;) {
    if (before[a0 + a] === after[b0 + b]) matches[a0 + a++] = b0 + b++;
    else if (best[(a + 1) * wide + b]! >= best[a * wide + b + 1]!) a += 1;
    else b += 1;
  }
}

/** What differs between the matched words, in order. */
export function hunksOf(matches: ArrayLike<number>, afterLength: number): Hunk[] {
  const hunks: Hunk[] = [];
  let [from, came] = [0, 0];
  for (let index = 0; index <= matches.length; index += 1) {
    const place = index < matches.length ? matches[index]! : afterLength;
    if (place < 0) continue;
    if (index > from || place > came) hunks.push({ before: [from, index], after: [came, place] });
    [from, came] = [index + 1, place + 1];
  }
  return hunks;
}
