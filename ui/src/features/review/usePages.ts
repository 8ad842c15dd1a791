import type { PDFDocumentProxy } from "pdfjs-dist";
import { useEffect, useMemo, useState } from "react";
import { MOST_PAGES } from "../../components/PdfView";
import { type PageDiff, comparePages } from "../../lib/pages/compare";
import { type PageText, readPage } from "../../lib/pages/words";
import { count } from "../../lib/money";
import { inSlices } from "../../lib/slices";

/** The words of a letter page by page, as far as they were read. */
export interface Pages {
  pdf: PDFDocumentProxy | null;
  /** Every page; `null` until the last one was read. */
  texts: PageText[] | null;
  read: number;
  of: number;
  /** Why its pages cannot be compared. */
  failed: string | null;
}

/** Words of a letter that are compared without holding the window for longer than a frame. */
const MOST_WORDS = 60_000;

const UNREAD: Pages = { pdf: null, texts: null, read: 0, of: 0, failed: null };

/** Reads the words of a letter, one page after the other; nothing is drawn for it. */
export function usePages(pdf: PDFDocumentProxy | null): Pages {
  const [pages, setPages] = useState<Pages>(UNREAD);
  useEffect(() => {
    if (!pdf) return;
    let dropped = false;
    const of = pdf.numPages;
    const tell = (more: Partial<Pages>) => !dropped && setPages((last) => ({ ...last, ...more }));
    setPages({ ...UNREAD, pdf, of });
    const read = async () => {
      if (of > MOST_PAGES) {
        tell({ failed: `It has ${of} pages; pages are compared up to ${MOST_PAGES}.` });
        return;
      }
      try {
        const texts: PageText[] = [];
        let words = 0;
        for (let number = 1; number <= of && !dropped; number += 1) {
          const text = await readPage(await pdf.getPage(number), number);
          texts.push(text);
          words += text.words.length;
          if (words > MOST_WORDS) throw new Error(`It has more than ${count(MOST_WORDS)} words.`);
          // Short letters are there at once; of long ones it is said how far they are.
          if (number % 10 === 0) tell({ read: number });
        }
        tell({ read: of, texts });
      } catch (error) {
        tell({ failed: error instanceof Error ? error.message : String(error) });
      }
    };
    void read();
    return () => {
      dropped = true;
    };
  }, [pdf]);
  return pages.pdf === pdf ? pages : UNREAD;
}

/** What differs between the pages of two letters; `null` while it is worked out or where one of them cannot be read. */
export function usePageDiff(before: Pages, after: Pages): PageDiff | null {
  const sides = useMemo(
    () => (before.texts && after.texts ? { before: before.texts, after: after.texts } : null),
    [before.texts, after.texts],
  );
  const [found, setFound] = useState<{ of: object; diff: PageDiff } | null>(null);
  useEffect(() => {
    if (!sides) return;
    let dropped = false;
    void inSlices(comparePages(sides.before, sides.after), () => dropped).then((diff) => {
      if (diff && !dropped) setFound({ of: sides, diff });
    });
    return () => {
      dropped = true;
    };
  }, [sides]);
  return sides !== null && found?.of === sides ? found.diff : null;
}
