import type { Mark } from "../../components/PdfView";
import type { PageChange } from "../../lib/pages/compare";
import { type Box, type Word, linesOf } from "../../lib/pages/words";
import type { PictureChange } from "./usePictures";

export type Side = "before" | "after";
export type Marks = ReadonlyMap<number, readonly Mark[]>;

/** A change as it is drawn: with the numbers it has in the words, and whether somebody stands at it. */
export interface Drawn {
  change: PageChange;
  numbers: number[];
  current: boolean;
}

interface Wanted {
  changes: readonly Drawn[];
  pictures?: readonly PictureChange[];
  notes?: readonly { words: Word[]; current: boolean }[];
}

const boxesOf = (words: readonly Word[]) => linesOf(words.flatMap(({ boxes }) => boxes));

/** What is marked on the pages of one side. */
export function marksOf(side: Side, { changes, pictures = [], notes = [] }: Wanted): Marks {
  const marks = new Map<number, Mark[]>();
  const add = (mark: Mark) => marks.set(mark.box.page, [...(marks.get(mark.box.page) ?? []), mark]);
  for (const { words, current } of notes) for (const box of boxesOf(words)) add({ kind: "comment", box, current });
  for (const { change, numbers, current } of changes) {
    const boxes = boxesOf(change[side]);
    const gap = change.gap[side];
    boxes.forEach((box, index) => {
      const last = index === boxes.length - 1;
      add({ kind: side === "after" ? "insert" : "delete", box, current, label: last ? labelOf(numbers) : "" });
    });
    if (boxes.length === 0 && gap) add({ kind: "gap", box: gap, current });
  }
  for (const picture of pictures) for (const box of picture.boxes) add({ kind: "picture", box: { ...box, page: picture[side] } });
  return marks;
}

/** "3", or "1–7" where the words count several changes that are one on the page. */
function labelOf(numbers: readonly number[]): string {
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.length === 0 ? "" : first === last ? `${first}` : `${first}–${last}`;
}

/** Where a change begins on one side. */
export const placeOf = (change: PageChange | undefined, side: Side): Box | null =>
  change ? (change[side][0]?.boxes[0] ?? change.gap[side]) : null;
