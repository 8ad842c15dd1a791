import type { PDFDocumentProxy } from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";

// WebKitGTK 2.50 has no async iterator on streams; pdf.js reads text through it.
const streams = ReadableStream.prototype as unknown as Record<symbol, unknown>;
streams[Symbol.asyncIterator] ??= async function* (this: ReadableStream) {
  const reader = this.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
};

export function fromBase64(text: string): Uint8Array {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index += 1) bytes[index] = raw.charCodeAt(index);
  return bytes;
}

/** Opens bytes as a PDF; scripts in it are never run, nothing is fetched. */
export async function openPdf(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const pdf = await import("pdfjs-dist");
  pdf.GlobalWorkerOptions.workerSrc = workerUrl;
  return pdf.getDocument({ data: bytes, isEvalSupported: false, disableAutoFetch: true, enableXfa: false, stopAtErrors: false }).promise;
}
