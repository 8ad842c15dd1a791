import type { PDFDocumentProxy } from "pdfjs-dist";
import { useCallback, useEffect, useRef, useState } from "react";
import type { PageDiff } from "../../lib/pages/compare";
import { paintPage } from "../../lib/pages/paint";
import { comparePictures } from "../../lib/pages/picture";
import type { Box } from "../../lib/pages/words";
import { inSlices } from "../../lib/slices";

/** Where a page differs from the one before it in what is no text. */
export interface PictureChange {
  before: number;
  after: number;
  boxes: Box[];
}

/**
 * Compares the pictures of pages whose words all stand where they stood, one after the other as they are drawn: where words
 * moved, everything would differ. Nothing that is out of sight is drawn for it.
 */
export function usePictures(diff: PageDiff | null, before: PDFDocumentProxy | null, after: PDFDocumentProxy | null) {
  const [found, setFound] = useState<{ of: PageDiff; changes: PictureChange[] } | null>(null);
  const [drawn, setDrawn] = useState<readonly number[]>([]);
  const done = useRef<{ of: PageDiff | null; pages: Set<number> }>({ of: null, pages: new Set() });
  const onDrawn = useCallback((page: number) => setDrawn((last) => (last.includes(page) ? last : [...last, page])), []);
  useEffect(() => {
    if (!diff || !before || !after) return;
    if (done.current.of !== diff) done.current = { of: diff, pages: new Set() };
    const { pages } = done.current;
    let dropped = false;
    const work = async () => {
      for (const pair of diff.still) {
        if (dropped || pages.has(pair.after) || !drawn.includes(pair.after)) continue;
        const sides = await Promise.all([paintPage(before, pair.before), paintPage(after, pair.after)]);
        if (dropped) return;
        const boxes = sides[0] && sides[1] ? await inSlices(comparePictures(pair.after, sides[0], sides[1]), () => dropped) : [];
        if (!boxes) return;
        pages.add(pair.after);
        if (boxes.length > 0) setFound((last) => ({ of: diff, changes: [...(last?.of === diff ? last.changes : []), { ...pair, boxes }] }));
      }
    };
    // A page that cannot be drawn says so where it stands.
    work().catch(() => {});
    return () => {
      dropped = true;
    };
  }, [diff, before, after, drawn]);
  return { pictures: diff !== null && found?.of === diff ? found.changes : NONE, onDrawn };
}

const NONE: readonly PictureChange[] = [];
