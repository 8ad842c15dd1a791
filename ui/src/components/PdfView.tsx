import type { PDFDocumentProxy } from "pdfjs-dist";
import { type RefObject, memo, useEffect, useRef, useState } from "react";
import type { Content } from "../generated/Content";
import { useNear } from "../lib/near";
import type { Box } from "../lib/pages/words";
import { plural, shortHash } from "../lib/text";
import css from "./PdfView.module.css";
import { Empty, Note } from "./ui";
import { type OpenPdf, usePdf } from "./usePdf";

/** Pages of a letter that are shown; what is longer is not read in a window. */
export const MOST_PAGES = 200;
const A4 = Math.SQRT2;

/** Something marked on a page; the bytes stay as they are. */
export interface Mark {
  /** What came, what went, where something went or came, what is no text and differs, what a comment is about. */
  kind: "insert" | "delete" | "gap" | "picture" | "comment";
  box: Box;
  /** Number of the change, beside its last box. */
  label?: string;
  current?: boolean;
}

interface Look {
  watermark?: string | undefined;
  hash?: string | null | undefined;
  /** Called once a page was drawn. */
  onDrawn?: ((page: number) => void) | undefined;
}

interface PagesProps extends Look {
  open: OpenPdf;
  onPages?: ((pages: number) => void) | undefined;
  scroller?: RefObject<HTMLDivElement | null> | undefined;
  empty?: string | undefined;
  /** Marks by page. */
  marks?: ReadonlyMap<number, readonly Mark[]> | undefined;
}

/** A letter as it is: pages as pictures with their text for assistive tools. */
export function PdfView({ content, ...more }: Omit<PagesProps, "open"> & { content: Content | null }) {
  return <PdfPages open={usePdf(content)} {...more} />;
}

/** The pages of a letter somebody else has opened. */
export function PdfPages({ open, onPages, scroller, empty = "No proof yet", marks, ...look }: PagesProps) {
  const { content, pdf, failed } = open;
  const own = useRef<HTMLDivElement>(null);
  const ground = scroller ?? own;
  const [width, setWidth] = useState(0);
  // Until a page is drawn it is taken to be as high as the first.
  const [ratio, setRatio] = useState(A4);

  useEffect(() => {
    if (pdf) onPages?.(pdf.numPages);
  }, [pdf, onPages]);

  useEffect(() => {
    const element = ground.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(0, element.clientWidth - 28));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ground]);

  return (
    <div ref={ground} className={css.ground} tabIndex={0} role="document" aria-label={content?.name ?? "Proof"} data-selectable>
      {content?.problem ? (
        <Note tone="late">
          <b>{content.problem.message}</b> {content.problem.detail}
        </Note>
      ) : failed ? (
        <Note tone="fail">
          <b>This is not a readable PDF.</b> {failed}
        </Note>
      ) : !content || content.base64 === null ? (
        <Empty title={empty} />
      ) : (
        pdf &&
        width > 0 && (
          <>
            {Array.from({ length: Math.min(pdf.numPages, MOST_PAGES) }, (_, index) => (
              <Sheet
                key={index}
                pdf={pdf}
                number={index + 1}
                width={Math.min(width, 620)}
                ratio={ratio}
                onRatio={index === 0 ? setRatio : undefined}
                ground={ground}
                marks={marks?.get(index + 1)}
                {...look}
              />
            ))}
            {pdf.numPages > MOST_PAGES && (
              <Note tone="late">
                <b>{plural(pdf.numPages - MOST_PAGES, "page")} are not shown.</b> A letter is shown up to page {MOST_PAGES}.
              </Note>
            )}
          </>
        )
      )}
    </div>
  );
}

interface SheetProps extends Look {
  pdf: PDFDocumentProxy;
  number: number;
  width: number;
  ratio: number;
  onRatio: ((ratio: number) => void) | undefined;
  ground: RefObject<HTMLDivElement | null>;
  marks: readonly Mark[] | undefined;
}

/** One page. It is drawn when it comes near, and its picture is given back when it is left behind. */
const Sheet = memo(function Sheet({ pdf, number, width, ratio, onRatio, ground, watermark, hash, onDrawn, marks }: SheetProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [own, setOwn] = useState<number | null>(null);
  const [text, setText] = useState("");
  const near = useNear(sheet, ground);
  useEffect(() => {
    const drawn = canvas.current;
    if (!near || !drawn) return;
    let stop = () => {};
    let dropped = false;
    void (async () => {
      try {
        const page = await pdf.getPage(number);
        const natural = page.getViewport({ scale: 1 });
        if (dropped) return;
        setOwn(natural.height / natural.width);
        onRatio?.(natural.height / natural.width);
        const viewport = page.getViewport({ scale: (width / natural.width) * Math.max(1, window.devicePixelRatio) });
        drawn.width = Math.floor(viewport.width);
        drawn.height = Math.floor(viewport.height);
        const task = page.render({ canvas: drawn, viewport });
        stop = () => task.cancel();
        await task.promise;
        const content = await page.getTextContent();
        if (dropped) return;
        setText(content.items.map((item) => ("str" in item ? item.str : "")).join(" "));
        onDrawn?.(number);
      } catch (error) {
        if (!dropped && !(error instanceof Error && error.name === "RenderingCancelledException")) setText("This page could not be drawn.");
      }
    })();
    return () => {
      dropped = true;
      stop();
      drawn.width = 0;
      drawn.height = 0;
    };
  }, [pdf, number, width, onRatio, onDrawn, near]);
  return (
    <div ref={sheet} className={css.page} style={{ width, height: width * (own ?? ratio) }} data-page={number}>
      <canvas ref={canvas} aria-hidden="true" />
      <p className="sr">{text}</p>
      {marks?.map((mark, index) => (
        <MarkBox key={index} mark={mark} />
      ))}
      {watermark && (
        <span className={css.mark} style={{ fontSize: width / 8 }} aria-hidden="true">
          {watermark}
        </span>
      )}
      {hash && <span className={css.hash}>{shortHash(hash)}</span>}
    </div>
  );
});

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

function MarkBox({ mark: { kind, box, label, current } }: { mark: Mark }) {
  return (
    <span
      className={css.box}
      style={{ left: percent(box.left), top: percent(box.top), width: percent(box.width), height: percent(box.height) }}
      data-mark={kind}
      data-current={current || undefined}
      aria-hidden="true"
    >
      {label && <b>{label}</b>}
    </span>
  );
}
