import type { Content } from "../generated/Content";
import type { PDFDocumentProxy } from "pdfjs-dist";

/** A letter for screens without a reader of PDFs: its pages as lines of words. */
export function lettered(pages: string[][], name = "proof.pdf"): Content {
  const base64 = btoa(unescape(encodeURIComponent(JSON.stringify(pages))));
  return { name, media_type: "application/pdf", sha256: "7c41e09b", size: base64.length, base64, problem: null };
}

/** Which pages were drawn, and how many were read. */
export const drawnPages = new Set<number>();

/** Stands in for `openPdf`: reads what `lettered` wrote. */
export async function openLettered(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const pages = JSON.parse(new TextDecoder().decode(bytes)) as string[][];
  const [width, height] = [595, 842];
  const doc = {
    numPages: pages.length,
    loadingTask: { destroy: async () => {} },
    getPage: async (number: number) => ({
      getViewport: ({ scale }: { scale: number }) => ({
        width: width * scale,
        height: height * scale,
        transform: [scale, 0, 0, -scale, 0, height * scale],
      }),
      render: () => {
        drawnPages.add(number);
        return { cancel: () => {}, promise: Promise.resolve() };
      },
      getTextContent: async () => ({
        items: pages[number - 1]!.map((str, index) => ({
          str,
          transform: [10, 0, 0, 10, 60, 700 - index * 20],
          width: str.length * 5,
          height: 10,
          fontName: "f",
          hasEOL: true,
        })),
        styles: {},
      }),
    }),
  };
  return doc as unknown as PDFDocumentProxy;
}
