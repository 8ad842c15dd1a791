import type { PDFDocumentProxy } from "pdfjs-dist";

/** Wide enough to see a line or a stamp differ, small enough to compare within a frame or two. */
const WIDE = 560;

/** A small picture of a page, for comparing; `null` where nothing can be drawn on. */
export async function paintPage(pdf: PDFDocumentProxy, number: number): Promise<ImageData | null> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  const page = await pdf.getPage(number);
  const viewport = page.getViewport({ scale: WIDE / page.getViewport({ scale: 1 }).width });
  canvas.width = Math.floor(viewport.width);
  // A page of a strip's shape would be a picture of any size.
  canvas.height = Math.min(Math.floor(viewport.height), WIDE * 4);
  await page.render({ canvas, viewport }).promise;
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
