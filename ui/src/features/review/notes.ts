import type { RedlineBlock } from "../../generated/RedlineBlock";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { RedlineRun } from "../../generated/RedlineRun";
import { wordsAt } from "../../lib/pages/place";
import type { Word } from "../../lib/pages/words";
import { textNow } from "../../lib/redline";
import type { PlacedBlocks } from "./stops";

/** The words an open comment is about, as characters of its block as it reads now. */
export interface Note {
  id: string;
  /** Place of the block among the blocks. */
  block: number;
  start: number;
  end: number;
}

/** Places of the shell count characters, a string of the window counts units of UTF-16. */
const unitsAt = (text: string, characters: number) => [...text].slice(0, characters).join("").length;

/** What the open comments are about. One that lost its words, and one about a whole block or the letter, marks nothing. */
export function notesOf(comments: readonly ReviewCommentRow[], blocks: readonly RedlineBlock[]): Note[] {
  return comments.flatMap((comment) => {
    if (comment.lost || comment.settled || comment.block === null || comment.quote === null) return [];
    const block = blocks.findIndex((one) => one.number === comment.block);
    if (block < 0) return [];
    const text = textNow(blocks[block]!);
    // Without a place, of a comment older than places, its words have to stand there.
    const found = text.indexOf(comment.quote);
    const start = comment.place ? unitsAt(text, comment.place.start) : found;
    const end = comment.place ? unitsAt(text, comment.place.end) : found + comment.quote.length;
    return start >= 0 && start < end ? [{ id: comment.id, block, start, end }] : [];
  });
}

/** A run with the comments on it and the character it begins at in the text as it reads now. */
export interface NotedRun extends RedlineRun {
  at: number;
  notes: string[];
}

/** Parts the runs of a block where comments begin and end; what went carries none. */
export function notedRuns(block: RedlineBlock, notes: readonly Note[]): NotedRun[] {
  let at = 0;
  return block.runs.flatMap((run) => {
    if (run.op === "delete") return [{ ...run, at, notes: [] }];
    const from = at;
    const until = (at += run.text.length);
    const cuts = [...new Set([from, until, ...notes.flatMap(({ start, end }) => [start, end])])]
      .filter((cut) => cut >= from && cut <= until)
      .sort((a, b) => a - b);
    return cuts.slice(0, -1).map((start, index) => ({
      ...run,
      text: run.text.slice(start - from, cuts[index + 1]! - from),
      at: start,
      notes: notes.filter((note) => note.start <= start && note.end > start).map(({ id }) => id),
    }));
  });
}

/** The words of the proof a comment is about. */
export const notedWords = (note: Note, placed: PlacedBlocks): Word[] => {
  const text = placed.after[note.block];
  return text ? wordsAt(text, placed.words.after, note.start, note.end) : [];
};
