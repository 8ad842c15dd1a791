import { useEffect, useRef, useState } from "react";
import type { OutreachInput } from "../../generated/OutreachInput";
import type { OutreachRow } from "../../generated/OutreachRow";
import { PdfView } from "../../components/PdfView";
import { type Sample, SampleList, chosenAt } from "../../components/Samples";
import { Note } from "../../components/ui";
import { useRead } from "../../lib/data";
import { useOffline } from "../../lib/status";
import { plural } from "../../lib/text";
import css from "./Outreach.module.css";

const sampleOf = (row: OutreachRow): Sample => ({
  id: row.partner,
  name: row.name,
  note: plural(row.orders.length, "order"),
  why: row.sample ?? "",
});

/** Letters to look at before all of them go: what stands in one stands in all of its kind. */
export function Samples({ rows, input, root }: { rows: OutreachRow[]; input: OutreachInput; root: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const offline = useOffline();
  const samples = rows.map(sampleOf);
  const row = rows[chosenAt(samples, chosen)];
  const proof = useRead("sample_outreach", { input, partner: row?.partner ?? "" }, { enabled: row !== undefined, keep: true, anew: true });
  // The same question has another answer once the orders changed or the network is back.
  const { refetch } = proof;
  const readFor = useRef(`${root} ${offline}`);
  useEffect(() => {
    const now = `${root} ${offline}`;
    if (readFor.current === now || row === undefined) return;
    readFor.current = now;
    void refetch();
  }, [root, offline, row, refetch]);
  return (
    <>
      <SampleList samples={samples} chosen={chosen} onChoose={setChosen} />
      {proof.error && (
        <Note tone="late">
          <b>{proof.error.message}</b> {proof.error.detail}
        </Note>
      )}
      <div className={css.proof} aria-busy={proof.isFetching}>
        <PdfView
          content={row && !proof.error ? (proof.data ?? null) : null}
          watermark="PROOF"
          empty={row ? (proof.isFetching ? "" : "No proof yet") : "Nobody to write to"}
        />
      </div>
    </>
  );
}
