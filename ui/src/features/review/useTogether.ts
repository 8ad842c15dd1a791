import { type RefObject, useCallback, useEffect, useRef } from "react";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import { type Anchor, type PlacedText, follow, placeTexts } from "../../lib/anchors";
import { textNow } from "../../lib/redline";

/** Proof and changes scroll together by block: the same sentence stands beside itself, however long the page is. */
export function useTogether(
  left: RefObject<HTMLDivElement | null>,
  right: RefObject<HTMLDivElement | null>,
  blocks: readonly RedlineBlock[],
  on: boolean,
) {
  const pages = useRef(new Map<number, PlacedText[]>());
  const onText = useCallback((page: number, runs: PlacedText[]) => void pages.current.set(page, runs), []);

  useEffect(() => {
    const a = left.current;
    const b = right.current;
    if (!on || !a || !b) return;
    const anchors = (): Anchor[] => {
      const runs: PlacedText[] = [];
      for (const [number, page] of [...pages.current].sort((x, y) => x[0] - y[0])) {
        const sheet = a.querySelector<HTMLElement>(`[data-page="${number}"]`);
        if (sheet) for (const run of page) runs.push({ text: run.text, top: sheet.offsetTop + run.top * sheet.offsetHeight });
      }
      const numbered = blocks.filter((block, index) => block.number !== null && blocks[index - 1]?.number !== block.number);
      const places = placeTexts(numbered.map(textNow), runs);
      const found = numbered.flatMap((block, index) => {
        const top = places[index];
        const element = b.querySelector<HTMLElement>(`[data-block="${block.number}"]`);
        return top !== null && top !== undefined && element ? [{ left: top - 40, right: element.offsetTop - 40 }] : [];
      });
      const end = { left: a.scrollHeight - a.clientHeight, right: b.scrollHeight - b.clientHeight };
      return [
        { left: 0, right: 0 },
        ...found.filter((anchor) => anchor.left > 0 && anchor.right > 0 && anchor.left < end.left && anchor.right < end.right),
        end,
      ];
    };
    // Only the column a person moves leads; the other one's own scroll events say nothing.
    let leader: HTMLElement | null = null;
    const lead = (event: Event) => {
      leader = event.currentTarget as HTMLElement;
    };
    const scrolled = (event: Event) => {
      if (event.currentTarget !== leader) return;
      if (leader === a) b.scrollTop = follow(a.scrollTop, anchors(), "left");
      else a.scrollTop = follow(b.scrollTop, anchors(), "right");
    };
    const kinds = ["wheel", "keydown", "pointerdown", "touchstart"] as const;
    for (const element of [a, b]) {
      for (const kind of kinds) element.addEventListener(kind, lead, { passive: true });
      element.addEventListener("scroll", scrolled, { passive: true });
    }
    return () => {
      for (const element of [a, b]) {
        for (const kind of kinds) element.removeEventListener(kind, lead);
        element.removeEventListener("scroll", scrolled);
      }
    };
  }, [left, right, blocks, on]);
  return onText;
}
