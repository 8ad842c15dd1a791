import type { PDFPageProxy } from "pdfjs-dist";

/** A rectangle on a page; its measures are fractions of the page's width and height, from the top left. */
export interface Box {
  page: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A word as it stands on a page; one that is parted at the end of a line has two boxes. */
export interface Word {
  text: string;
  /** What it is compared by. */
  key: string;
  boxes: Box[];
}

/** The words of one page in the order they were written in. */
export interface PageText {
  page: number;
  words: Word[];
}

/** How wide a text is in a font of pdf.js, in any unit; only shares of it are used. */
export type Measure = (text: string, font: string) => number;

interface Item {
  str: string;
  transform: number[];
  width: number;
  height: number;
  fontName: string;
  hasEOL: boolean;
}

/** More words than any page that can be read has; a page of millions is not read to its end. */
const MOST_WORDS = 20_000;
const HYPHEN = /[-\u00ad\u2010\u2011]/;
const INNER_HYPHENS = /(\p{L})[-\u00ad\u2010\u2011]+(?=\p{L})/gu;

/** Words are the same whatever kind of dash or ligature they are set in, and wherever a line parts them. */
export const keyOf = (text: string) =>
  text
    .normalize("NFKC")
    .replace(INNER_HYPHENS, "$1")
    .replace(/\u00ad/g, "");

/** Words of a text, with the characters each stands at. */
export function tokensOf(text: string): { key: string; start: number; end: number }[] {
  return [...text.matchAll(/\S+/g)].map((found) => ({ key: keyOf(found[0]), start: found.index, end: found.index + found[0].length }));
}

type Matrix = readonly number[];
const at = (matrix: Matrix, place: number) => matrix[place] ?? 0;
const applied = (m: Matrix, x: number, y: number) =>
  [at(m, 0) * x + at(m, 2) * y + at(m, 4), at(m, 1) * x + at(m, 3) * y + at(m, 5)] as const;

/** The part of an item between two shares of its length, as a box of the page. */
function boxOf(item: Item, from: number, to: number, page: number, view: Matrix, width: number, height: number): Box {
  const t = item.transform;
  const along = Math.hypot(at(t, 0), at(t, 1)) || 1;
  const up = Math.hypot(at(t, 2), at(t, 3)) || 1;
  const rise = item.height || up;
  const corner = (share: number, lift: number) =>
    applied(
      view,
      at(t, 4) + (at(t, 0) / along) * item.width * share + (at(t, 2) / up) * lift,
      at(t, 5) + (at(t, 1) / along) * item.width * share + (at(t, 3) / up) * lift,
    );
  // A fifth of a line lies below the foot of its letters.
  const corners = [corner(from, -rise * 0.2), corner(to, -rise * 0.2), corner(from, rise * 0.85), corner(to, rise * 0.85)];
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return {
    page,
    left: left / width,
    top: top / height,
    width: (Math.max(...xs) - left) / width,
    height: (Math.max(...ys) - top) / height,
  };
}

/** Whether a box goes on where another one ends, without a gap in between. */
const goesOn = (last: Box, next: Box) =>
  Math.abs(next.top - last.top) < last.height / 2 && Math.abs(next.left - (last.left + last.width)) < last.height * 0.2;

/** The words of what pdf.js read from a page. */
export function wordsOf(
  page: number,
  items: readonly Item[],
  view: { transform: Matrix; width: number; height: number },
  measure: Measure,
): Word[] {
  const words: Word[] = [];
  let open = false;
  for (const item of items) {
    // Piece by piece: a line of a hostile page may be as long as a book, and is measured once.
    const pieces = item.str.split(/(\s+)/);
    const widths = pieces.map((piece) => measure(piece, item.fontName));
    const whole = widths.reduce((sum, width) => sum + width, 0) || 1;
    let passed = 0;
    for (const [index, piece] of pieces.entries()) {
      const before = passed / whole;
      passed += widths[index] ?? 0;
      if (piece.trim() === "") continue;
      if (words.length >= MOST_WORDS) return keyed(words);
      const until = passed / whole;
      const box = boxOf(item, before, until, page, view.transform, view.width, view.height);
      const last = words.at(-1);
      const lastBox = last?.boxes.at(-1);
      const joined = open && index === 0 && last && lastBox && goesOn(lastBox, box);
      // A word parted by a hyphen at the end of a line goes on at the head of the next.
      const parted =
        last &&
        lastBox &&
        HYPHEN.test(last.text.slice(-1)) &&
        last.text.length > 2 &&
        box.top > lastBox.top + lastBox.height / 2 &&
        /^\p{Ll}/u.test(piece);
      if (last && (joined || parted)) {
        last.text += piece;
        if (joined && last.boxes.length === 1 && lastBox) lastBox.width = box.left + box.width - lastBox.left;
        else last.boxes.push(box);
      } else words.push({ text: piece, key: "", boxes: [box] });
      open = true;
    }
    if (item.hasEOL || /\s$/.test(item.str)) open = false;
  }
  return keyed(words);
}

function keyed(words: Word[]): Word[] {
  for (const word of words) word.key = keyOf(word.text);
  return words;
}

/** Letters are not equally wide: without a canvas to measure them on, by their kind. */
const roughly = (text: string) => {
  let width = 0;
  for (const letter of text)
    width += /[iljtfrI.,:;'’|!()[\] ]/.test(letter) ? 0.5 : /[mwMW@%—]/.test(letter) ? 1.5 : /\p{Lu}/u.test(letter) ? 1.25 : 1;
  return width;
};

function measureBy(families: Readonly<Record<string, { fontFamily: string }>>): Measure {
  const context = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) return roughly;
  return (text, font) => {
    context.font = `40px ${families[font]?.fontFamily ?? "sans-serif"}`;
    return context.measureText(text).width;
  };
}

/** Reads the words of a page, with the places they stand at. */
export async function readPage(page: PDFPageProxy, number: number): Promise<PageText> {
  const content = await page.getTextContent();
  const { transform, width, height } = page.getViewport({ scale: 1 });
  const items = content.items.flatMap((item) => ("str" in item ? [item] : []));
  return { page: number, words: wordsOf(number, items, { transform, width, height }, measureBy(content.styles)) };
}

/** Boxes of words that follow each other in a line are one. */
export function linesOf(boxes: readonly Box[]): Box[] {
  const lines: Box[] = [];
  for (const box of boxes) {
    const last = lines.at(-1);
    const inLine = last && last.page === box.page && Math.abs(last.top - box.top) < last.height / 2 && box.left >= last.left;
    if (!inLine) {
      lines.push({ ...box });
      continue;
    }
    const [right, foot] = [Math.max(last.left + last.width, box.left + box.width), Math.max(last.top + last.height, box.top + box.height)];
    last.top = Math.min(last.top, box.top);
    last.width = right - last.left;
    last.height = foot - last.top;
  }
  return lines;
}
