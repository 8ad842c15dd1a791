import type { Word } from "./words";
import { tokensOf } from "./words";

/** A word that stands this often says nothing about where a text stands. */
const COMMON = 60;
/** Words that may stand between those of a text, on either side of it. */
const SLACK = 8;

/** Words by what they are compared by: made once for all the texts that are looked for. */
export type Index = ReadonlyMap<string, readonly number[]>;

export function indexOf(words: readonly Word[]): Index {
  const index = new Map<string, number[]>();
  words.forEach(({ key }, place) => {
    const places = index.get(key);
    if (places) places.push(place);
    else index.set(key, [place]);
  });
  return index;
}

/** A text on the pages: the place of each of its words among those of the letter, `null` for one that is not there. */
export interface Placed {
  tokens: ReturnType<typeof tokensOf>;
  places: (number | null)[];
}

/**
 * Finds a text among the words of a letter. Every word votes for where the text would begin; the words around the
 * winner are taken in order. Half of the words have to be there, else it is not this text.
 */
export function placeText(text: string, index: Index): Placed {
  const tokens = tokensOf(text);
  const nowhere = { tokens, places: tokens.map(() => null) };
  const votes = new Map<number, number>();
  tokens.forEach(({ key }, token) => {
    const places = index.get(key) ?? [];
    if (places.length > COMMON) return;
    for (const place of places) votes.set(place - token, (votes.get(place - token) ?? 0) + 1 / places.length);
  });
  let start: number | null = null;
  let most = 0;
  for (const [offset, weight] of votes) {
    // Words that came or went in between shift the vote a little.
    let around = 0;
    for (let near = -2; near <= 2; near += 1) around += votes.get(offset + near) ?? 0;
    if (around + weight > most) [start, most] = [offset, around + weight];
  }
  if (start === null) return nowhere;
  let from = start - SLACK;
  const places = tokens.map(({ key }, token) => {
    const wanted = start + token;
    const near = (index.get(key) ?? []).filter((place) => place >= from && Math.abs(place - wanted) <= SLACK);
    const found = near.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];
    if (found !== undefined) from = found + 1;
    return found ?? null;
  });
  const there = places.filter((place) => place !== null).length;
  return there * 2 >= tokens.length ? { tokens, places } : nowhere;
}

/** Words of the letter that a part of the text covers, by its characters. */
export function wordsAt(placed: Placed, words: readonly Word[], start: number, end: number): Word[] {
  return placed.tokens.flatMap((token, index) => {
    const place = placed.places[index];
    const word = token.start < end && token.end > start && place !== null && place !== undefined ? words[place] : undefined;
    return word ? [word] : [];
  });
}
