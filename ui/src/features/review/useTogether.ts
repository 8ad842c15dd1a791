import { type RefObject, useEffect, useRef } from "react";
import { type Anchor, follow } from "../../lib/anchors";
import type { Box } from "../../lib/pages/words";

/** Where a place of a page is in the column that shows it, in pixels from its top; `null` for a page that is not shown. */
export function topOf(column: HTMLElement, box: Box): number | null {
  const sheet = column.querySelector<HTMLElement>(`[data-page="${box.page}"]`);
  return sheet ? sheet.offsetTop + box.top * sheet.offsetHeight : null;
}

/** Brings a place of a page into the upper part of its column. */
export function showBox(column: HTMLElement | null, box: Box | null) {
  const top = column && box ? topOf(column, box) : null;
  if (column && top !== null) column.scrollTop = Math.max(0, top - column.clientHeight / 3);
}

/**
 * Proof and changes scroll together by what stands in both: the same sentence stands beside itself, however long the page
 * is. The anchors are asked for when somebody scrolls, for until then pages may still get their height.
 */
export function useTogether(
  left: RefObject<HTMLDivElement | null>,
  right: RefObject<HTMLDivElement | null>,
  anchors: (left: HTMLElement, right: HTMLElement) => Anchor[],
  /** What the columns show; `null` for something that does not scroll with the other. */
  shown: string | null,
) {
  const found = useRef(anchors);
  found.current = anchors;
  useEffect(() => {
    const a = left.current;
    const b = right.current;
    if (shown === null || !a || !b) return;
    const tied = (): Anchor[] => {
      const end = { left: a.scrollHeight - a.clientHeight, right: b.scrollHeight - b.clientHeight };
      const inside = (anchor: Anchor) => anchor.left > 0 && anchor.right > 0 && anchor.left < end.left && anchor.right < end.right;
      const between = found.current(a, b).map((anchor) => ({ left: anchor.left - 40, right: anchor.right - 40 }));
      return [{ left: 0, right: 0 }, ...between.filter(inside), end];
    };
    // Only the column a person moves leads; the other one's own scroll events say nothing.
    let leader: HTMLElement | null = null;
    const lead = (event: Event) => {
      leader = event.currentTarget as HTMLElement;
    };
    // Once a frame is as often as anybody sees.
    let frame = 0;
    const scrolled = (event: Event) => {
      if (event.currentTarget !== leader || frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        if (leader === a) b.scrollTop = follow(a.scrollTop, tied(), "left");
        else if (leader === b) a.scrollTop = follow(b.scrollTop, tied(), "right");
      });
    };
    const kinds = ["wheel", "keydown", "pointerdown", "touchstart"] as const;
    for (const element of [a, b]) {
      for (const kind of kinds) element.addEventListener(kind, lead, { passive: true });
      element.addEventListener("scroll", scrolled, { passive: true });
    }
    return () => {
      cancelAnimationFrame(frame);
      for (const element of [a, b]) {
        for (const kind of kinds) element.removeEventListener(kind, lead);
        element.removeEventListener("scroll", scrolled);
      }
    };
  }, [left, right, shown]);
}
