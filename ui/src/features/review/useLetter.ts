import { type RefObject, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { ReviewView } from "../../generated/ReviewView";
import { usePdf } from "../../components/usePdf";
import type { Anchor } from "../../lib/anchors";
import type { PageChange } from "../../lib/pages/compare";
import { blockOf } from "../../lib/redline";
import { type Drawn, marksOf, placeOf } from "./marks";
import { notedWords, notesOf } from "./notes";
import { type Stop, placeBlocks, stopsOf } from "./stops";
import { usePageDiff, usePages } from "./usePages";
import { usePictures } from "./usePictures";
import { showBox, topOf, useTogether } from "./useTogether";

export type Mode = "words" | "page" | "data";

type Column = RefObject<HTMLDivElement | null>;

/** A letter under review beside its version before: what differs in words, on pages and in the data, gone through in step. */
export function useLetter(view: ReviewView) {
  const { blocks, comments, data_changes, batch } = view;
  const left: Column = useRef(null);
  const right: Column = useRef(null);
  const [mode, setMode] = useState<Mode>("words");
  const [key, setKey] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);

  const proof = usePdf(batch ? null : view.proof);
  const earlier = usePdf(batch ? null : (view.previous?.proof ?? null));
  const after = usePages(proof.pdf);
  const before = usePages(earlier.pdf);
  const diff = usePageDiff(before, after);
  const placed = useMemo(() => placeBlocks(blocks, before.texts, after.texts), [blocks, before.texts, after.texts]);
  const stops = useMemo(() => stopsOf(blocks, data_changes, placed, diff), [blocks, data_changes, placed, diff]);
  const notes = useMemo(() => notesOf(comments, blocks), [comments, blocks]);
  const onPage = mode === "page";
  const { pictures, onDrawn } = usePictures(onPage ? diff : null, earlier.pdf, proof.pdf);

  const at = Math.max(
    0,
    stops.findIndex((stop) => stop.key === key),
  );
  const stop: Stop | null = stops[at] ?? null;

  const drawn = useMemo<Drawn[]>(() => {
    const numbers = new Map<PageChange, number[]>();
    for (const { change, pages } of stops)
      if (change !== null) for (const page of pages) numbers.set(page, [...(numbers.get(page) ?? []), change]);
    return (diff?.changes ?? []).map((change) => ({
      change,
      numbers: numbers.get(change) ?? [],
      current: stop?.pages.includes(change) ?? false,
    }));
  }, [diff, stops, stop]);
  const marks = useMemo(
    () => ({
      before: marksOf("before", { changes: drawn, pictures }),
      after: marksOf("after", {
        // Beside the words only the change somebody stands at is marked: the proof is read as it will be sent.
        changes: onPage ? drawn : drawn.filter((one) => one.current),
        pictures,
        notes: notes.map((one) => ({ words: notedWords(one, placed), current: one.id === note })),
      }),
    }),
    [drawn, pictures, onPage, notes, note, placed],
  );

  useTogether(
    left,
    right,
    (a, b): Anchor[] => {
      const pairs = onPage
        ? (diff?.ties ?? []).map((tie) => [topOf(a, tie.after), topOf(b, tie.before)] as const)
        : blocks.map((block, index) => {
            const place = placed.after[index]?.places.find((one) => one !== null);
            const box = typeof place === "number" ? placed.words.after[place]?.boxes[0] : undefined;
            const element = block.number === null ? null : b.querySelector<HTMLElement>(`[data-block="${block.number}"]`);
            return [box ? topOf(a, box) : null, element?.offsetTop ?? null] as const;
          });
      return pairs.flatMap(([x, y]) => (x !== null && y !== null ? [{ left: x, right: y }] : []));
    },
    batch || mode === "data" ? null : mode,
  );

  const find = (css: string) => right.current?.querySelector<HTMLElement>(css) ?? null;
  const showBlock = (number: number | null | undefined) =>
    typeof number === "number" && find(`[data-block="${number}"]`)?.scrollIntoView({ block: "center" });

  /** Goes to a change in everything that shows it. */
  const goTo = (index: number) => {
    const next = stops[index];
    if (!next) return;
    flushSync(() => setKey(next.key));
    const page = next.pages[0];
    showBox(left.current, placeOf(page, "after"));
    if (mode === "page") showBox(right.current, placeOf(page, "before"));
    else if (mode === "data") find("[data-current]")?.scrollIntoView({ block: "nearest" });
    else if (next.change !== null) {
      const word = find(`[data-change="${next.change}"]`);
      if (word) word.scrollIntoView({ block: "center" });
      else showBlock(blocks[blockOf(blocks, next.change)]?.number);
    }
  };
  const step = (by: number) => stops.length > 0 && goTo((at + by + stops.length) % stops.length);

  /** Goes to the words a comment is about and selects them: what is said next is said of them. */
  const showComment = (comment: ReviewCommentRow) => {
    flushSync(() => {
      setNote(comment.id);
      if (mode === "data") setMode("words");
    });
    const one = notes.find(({ id }) => id === comment.id);
    if (one) showBox(left.current, notedWords(one, placed)[0]?.boxes[0] ?? null);
    const marked = right.current?.querySelectorAll(`[data-comment~="${CSS.escape(comment.id)}"]`) ?? [];
    const [first, last] = [marked[0], marked[marked.length - 1]];
    if (first && last) {
      first.scrollIntoView({ block: "center" });
      const selection = window.getSelection();
      const range = document.createRange();
      range.setStart(first.firstChild ?? first, 0);
      range.setEnd(last.firstChild ?? last, last.firstChild?.textContent?.length ?? 0);
      selection?.removeAllRanges();
      selection?.addRange(range);
    } else showBlock(comment.block);
  };

  return {
    left,
    right,
    mode,
    setMode,
    proof,
    earlier,
    before,
    after,
    diff,
    pictures,
    onDrawn,
    marks,
    notes,
    note,
    stops,
    stop,
    at,
    step,
    showComment,
  };
}

export type Letter = ReturnType<typeof useLetter>;
