import type { PDFDocumentProxy } from "pdfjs-dist";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Content } from "../generated/Content";
import type { PlacedText } from "../lib/anchors";
import { fromBase64, openPdf } from "../lib/pdf";
import { shortHash } from "../lib/text";
import css from "./PdfView.module.css";
import { Empty, Note } from "./ui";

interface Props {
  content: Content | null;
  /** Drawn over the page by the viewer; the bytes stay as they are. */
  watermark?: string;
  hash?: string | null;
  onPages?: (pages: number) => void;
  /** Words of a page with their places as fractions of its height. */
  onText?: (page: number, runs: PlacedText[]) => void;
  scroller?: RefObject<HTMLDivElement | null>;
  empty?: string;
}

/** A letter as it is: pages as pictures with their text for assistive tools. */
export function PdfView({ content, watermark, hash, onPages, onText, scroller, empty = "No proof yet" }: Props) {
  const [pdf, setPdf] = useState<PDFDocumentProxy | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const own = useRef<HTMLDivElement>(null);
  const ground = scroller ?? own;
  const [width, setWidth] = useState(0);
  const base64 = content?.base64 ?? null;

  useEffect(() => {
    setFailed(null);
    if (base64 === null) {
      setPdf(null);
      return;
    }
    let dropped = false;
    let opened: PDFDocumentProxy | undefined;
    openPdf(fromBase64(base64)).then(
      (doc) => {
        opened = doc;
        if (dropped) void doc.loadingTask.destroy();
        else {
          setPdf(doc);
          onPages?.(doc.numPages);
        }
      },
      (error: unknown) => {
        if (!dropped) {
          setPdf(null);
          setFailed(error instanceof Error ? error.message : String(error));
        }
      },
    );
    return () => {
      dropped = true;
      void opened?.loadingTask.destroy();
    };
  }, [base64, onPages]);

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
      ) : base64 === null ? (
        <Empty title={empty} />
      ) : (
        pdf &&
        width > 0 &&
        Array.from({ length: Math.min(pdf.numPages, 200) }, (_, index) => (
          <Sheet key={index} pdf={pdf} number={index + 1} width={Math.min(width, 620)} watermark={watermark} hash={hash} onText={onText} />
        ))
      )}
    </div>
  );
}

function Sheet({
  pdf,
  number,
  width,
  watermark,
  hash,
  onText,
}: {
  pdf: PDFDocumentProxy;
  number: number;
  width: number;
  watermark?: string | undefined;
  hash?: string | null | undefined;
  onText?: Props["onText"] | undefined;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [ratio, setRatio] = useState(1.414);
  const [text, setText] = useState("");
  useEffect(() => {
    let stop = () => {};
    let dropped = false;
    void (async () => {
      try {
        const page = await pdf.getPage(number);
        const natural = page.getViewport({ scale: 1 });
        if (dropped || !canvas.current) return;
        setRatio(natural.height / natural.width);
        const viewport = page.getViewport({ scale: (width / natural.width) * Math.max(1, window.devicePixelRatio) });
        canvas.current.width = Math.floor(viewport.width);
        canvas.current.height = Math.floor(viewport.height);
        const task = page.render({ canvas: canvas.current, viewport });
        stop = () => task.cancel();
        await task.promise;
        const content = await page.getTextContent();
        if (dropped) return;
        const runs = content.items.flatMap((item) =>
          "str" in item ? [{ text: item.str, top: 1 - (item.transform[5] + item.height) / natural.height }] : [],
        );
        setText(runs.map((run) => run.text).join(" "));
        onText?.(number, runs);
      } catch (error) {
        if (!dropped && !(error instanceof Error && error.name === "RenderingCancelledException")) setText("This page could not be drawn.");
      }
    })();
    return () => {
      dropped = true;
      stop();
    };
  }, [pdf, number, width, onText]);
  return (
    <div className={css.page} style={{ width, height: width * ratio }} data-page={number}>
      <canvas ref={canvas} aria-hidden="true" />
      <p className="sr">{text}</p>
      {watermark && (
        <span className={css.mark} style={{ fontSize: width / 8 }} aria-hidden="true">
          {watermark}
        </span>
      )}
      {hash && <span className={css.hash}>{shortHash(hash)}</span>}
    </div>
  );
}
