import type { RedlineBlock } from "../../generated/RedlineBlock";
import { textNow } from "../../lib/redline";

/** A passage of the letter under review, as it is pointed at. */
export interface Passage {
  block: number | null;
  quote: string | null;
  /** Character of the block its words begin at. */
  near?: number;
}

/** Words that are pointed at are not longer than this. */
const MOST = 200;

/** The character of the text as it reads now that a place of the selection is at. */
function characterAt(node: Node, offset: number): number | null {
  const element = node instanceof Element ? node : node.parentElement;
  const run = element?.closest<HTMLElement>("[data-at]");
  if (!run) return null;
  const at = Number(run.dataset["at"]);
  const text = run.firstChild;
  // What went has no characters now, and the number beside a change is none.
  if (run.tagName === "DEL" || !text) return at;
  const length = text.textContent?.length ?? 0;
  return at + (node === text ? Math.min(offset, length) : node === run && offset === 0 ? 0 : length);
}

/** What is selected in the redline: the words as they read now, and the block they lie in. */
export function selectedPassage(blocks: readonly RedlineBlock[]): Passage {
  const selection = window.getSelection();
  const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
  const element = range && (range.startContainer instanceof Element ? range.startContainer : range.startContainer.parentElement);
  const holder = element?.closest("[data-block]");
  const number = holder ? Number(holder.getAttribute("data-block")) : null;
  const block = blocks.find((one) => number !== null && one.number === number);
  if (!range || !holder || !block || number === null) return { block: null, quote: null };
  const text = textNow(block);
  const start = characterAt(range.startContainer, range.startOffset) ?? 0;
  // A selection that goes on into the next block points at the end of this one.
  const end = holder.contains(range.endContainer) ? (characterAt(range.endContainer, range.endOffset) ?? text.length) : text.length;
  const whole = text.slice(start, Math.min(end, start + MOST));
  const quote = whole.trim();
  if (!quote) return { block: number, quote: null };
  const before = text.slice(0, start + whole.indexOf(quote));
  return { block: number, quote, near: [...before].length };
}
