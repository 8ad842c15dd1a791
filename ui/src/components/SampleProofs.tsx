import { useEffect, useRef, useState } from "react";
import { useRead } from "../lib/data";
import { useOffline } from "../lib/status";
import type { Args } from "../platform";
import css from "./Batch.module.css";
import { PdfView } from "./PdfView";
import { type Sample, SampleList, chosenAt } from "./Samples";
import { Note } from "./ui";

type SampleCommand = "sample_outreach" | "sample_statement";

interface Props<C extends SampleCommand> {
  samples: Sample[];
  command: C;
  args: (partner: string) => Args<C>;
  /** Hash of the plan they are drawn from. */
  root: string;
  /** Said where there is no sample. */
  nobody: string;
}

/** Letters of a plan to look at: what stands in one stands in all of its kind. */
export function SampleProofs<C extends SampleCommand>({ samples, command, args, root, nobody }: Props<C>) {
  const [chosen, setChosen] = useState<string | null>(null);
  const offline = useOffline();
  const sample = samples[chosenAt(samples, chosen)];
  const proof = useRead<SampleCommand>(command, args(sample?.id ?? ""), { enabled: sample !== undefined, keep: true, anew: true });
  // The same question has another answer once what it is made from changed or the network is back.
  const { refetch } = proof;
  const readFor = useRef(`${root} ${offline}`);
  useEffect(() => {
    const now = `${root} ${offline}`;
    if (readFor.current === now || sample === undefined) return;
    readFor.current = now;
    void refetch();
  }, [root, offline, sample, refetch]);
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
          content={sample && !proof.error ? (proof.data ?? null) : null}
          watermark="PROOF"
          empty={sample ? (proof.isFetching ? "" : "No proof yet") : nobody}
        />
      </div>
    </>
  );
}
