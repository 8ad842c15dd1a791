import type { PDFDocumentProxy } from "pdfjs-dist";
import { useEffect, useState } from "react";
import type { Content } from "../generated/Content";
import { fromBase64, openPdf } from "../lib/pdf";

/** A letter for a viewer: open, on its way, or why it cannot be. */
export interface OpenPdf {
  content: Content | null;
  pdf: PDFDocumentProxy | null;
  /** What the reader of the file says; `null` while it can be read. */
  failed: string | null;
}

/** Opens the bytes of a letter and closes them with the screen they are on. */
export function usePdf(content: Content | null): OpenPdf {
  const [pdf, setPdf] = useState<PDFDocumentProxy | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const base64 = content?.base64 ?? null;
  useEffect(() => {
    setFailed(null);
    setPdf(null);
    if (base64 === null) return;
    let dropped = false;
    let opened: PDFDocumentProxy | undefined;
    const open = async () => {
      try {
        const doc = await openPdf(fromBase64(base64));
        opened = doc;
        if (dropped) void doc.loadingTask.destroy();
        else setPdf(doc);
      } catch (error) {
        if (!dropped) setFailed(error instanceof Error ? error.message : String(error));
      }
    };
    void open();
    return () => {
      dropped = true;
      void opened?.loadingTask.destroy();
    };
  }, [base64]);
  return { content, pdf, failed };
}
