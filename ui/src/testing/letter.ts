/** A one-page PDF, small enough to write by hand, for screens without a shell. */
export function letter(): string {
  const lines: [number, string][] = [
    [14, "Corvane Supply B.V."],
    [10, "Kanaalkade 14, 9999 ZZ Velder"],
    [10, ""],
    [10, "Bramblewick Foods Ltd"],
    [10, "Accounts receivable"],
    [10, "2 Orchard Row, Little Bramble BB0 0ZZ"],
    [10, ""],
    [12, "Shipment discrepancy and debit, order 4500771820"],
    [10, ""],
    [10, "Dear Ms Okafor,"],
    [10, ""],
    [10, "We received your ship notice ASN-0048131 and your invoice INV-90417 for our order"],
    [10, "4500771820. The quantities do not agree with our count at dock 4 on 20 November 2025."],
    [10, ""],
    [10, "Line 3   Hazelnut spread 6 x 400 g    Billed 240, received 192     1,641.60"],
    [10, "Line 6   Heather honey 8 x 500 g      Billed 144, none shipped     6,696.00"],
    [10, "Line 7   Apple chips 20 x 60 g        12 above order                 237.60"],
    [10, ""],
    [10, "The amount billed above what we ordered and received is EUR 8,823.20."],
    [10, "We have held this amount back from the invoice."],
    [10, ""],
    [10, "Please send a credit note, or proof that the goods were loaded, by 27 November 2025."],
    [10, ""],
    [10, "Corvane Supply B.V."],
    [10, "Partner settlement"],
  ];
  let y = 780;
  const text = lines
    .map(([size, line]) => `/F1 ${size} Tf 1 0 0 1 64 ${(y -= size * 1.75)} Tm (${line.replace(/[()\\]/g, "\\$&")}) Tj`)
    .join("\n");
  const stream = `BT\n${text}\nET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
  ];
  let out = "%PDF-1.4\n";
  const places = objects.map((body, index) => {
    const place = out.length;
    out += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return place;
  });
  const xref = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("")}`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF`;
  return btoa(out);
}
