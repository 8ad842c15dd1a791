import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { BatchReview } from "../../generated/BatchReview";
import type { BatchSample } from "../../generated/BatchSample";
import { PdfView } from "../../components/PdfView";
import { SampleList, chosenAt } from "../../components/Samples";
import { Note } from "../../components/ui";
import { useRead } from "../../lib/data";
import { useOffline } from "../../lib/status";
import css from "./Review.module.css";

interface Props {
  batch: BatchReview;
  looked: (notice: string) => boolean;
  look: (notice: string) => void;
  /** A sample was asked for: where one column is shown only, it is this one. */
  onShow: () => void;
  end: ReactNode;
}

/** Letters of the batch to look at before all of them are signed. */
export function BatchSamples({ batch, looked, look, onShow, end }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const samples = batch.samples.map((one) => ({
    id: one.notice,
    name: one.name,
    note: one.notice,
    why: one.why,
    looked: looked(one.notice),
  }));
  const sample = batch.samples[chosenAt(samples, chosen)];
  const choose = (notice: string) => {
    setChosen(notice);
    onShow();
  };
  return (
    <>
      <SampleList samples={samples} chosen={chosen} onChoose={choose} end={end} />
      {sample ? <SampleProof key={sample.notice} sample={sample} look={look} /> : <PdfView content={null} empty="No sample to look at" />}
    </>
  );
}

/** Only what was drawn was looked at: not what is still read, nor what is not the letter the manifest names. */
function SampleProof({ sample, look }: { sample: BatchSample; look: (notice: string) => void }) {
  const { attachment, notice, sha256 } = sample;
  const offline = useOffline();
  const proof = useRead("get_attachment", { id: attachment ?? "" }, { enabled: attachment !== null, anew: true });
  // What is not on this machine may be fetched once the network is back.
  const { data, error, refetch } = proof;
  const missing = attachment !== null && (error !== null || (data !== undefined && data.base64 === null));
  const readOffline = useRef(offline);
  useEffect(() => {
    if (readOffline.current === offline) return;
    readOffline.current = offline;
    if (missing) void refetch();
  }, [offline, missing, refetch]);
  const onDrawn = useCallback((page: number) => void (page === 1 && look(notice)), [look, notice]);
  const other = data !== undefined && data.base64 !== null && data.sha256 !== sha256;
  return (
    <>
      {error && (
        <Note tone="fail">
          <b>{error.message}</b> {error.detail}
        </Note>
      )}
      {other && (
        <Note tone="fail">
          <b>This is not the letter that would be signed.</b> Its bytes are not those the manifest of the batch names.
        </Note>
      )}
      <div className={css.sample} aria-busy={proof.isFetching}>
        <PdfView
          content={error || other ? null : (data ?? null)}
          watermark="PROOF"
          hash={sha256}
          onDrawn={onDrawn}
          empty={
            attachment === null
              ? "Not attached to this review"
              : other
                ? "Not shown"
                : proof.isFetching
                  ? "The proof is being read"
                  : "The proof is not on this machine"
          }
        />
      </div>
    </>
  );
}
