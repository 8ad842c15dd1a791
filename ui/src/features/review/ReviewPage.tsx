import { useState } from "react";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { ReviewView } from "../../generated/ReviewView";
import { PdfPages } from "../../components/PdfView";
import { Button, Empty, Fresh, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav } from "../../lib/nav";
import { useOffline, useStatus } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { BatchFacts } from "./BatchFacts";
import { BatchSamples } from "./BatchSamples";
import { ChangesColumn } from "./ChangesColumn";
import { Comments } from "./Comments";
import { CommentDialog } from "./CommentDialog";
import { Custody } from "./Custody";
import { DelegateDialog } from "./DelegateDialog";
import { DataChanges } from "./DataChanges";
import { type Passage, selectedPassage } from "./passage";
import css from "./Review.module.css";
import { ResolveDialog } from "./ResolveDialog";
import { ReviewHead } from "./ReviewHead";
import { RevisionDialog } from "./RevisionDialog";
import { ShareDialog } from "./ShareDialog";
import { Signature } from "./Signature";
import { type Ask, SignDialog } from "./SignDialog";
import { TakeDialog } from "./TakeDialog";
import { useLetter } from "./useLetter";
import { useLooked } from "./useLooked";

/** Regulated letters and batches of notices: what they say, what changed, who looked, and the signature. */
export default function ReviewPage() {
  const nav = useNav();
  const list = useRead("list_reviews", { filter: "open" }, { keep: true });
  const rows = list.data?.items ?? [];
  // What was prepared waits for a PIN, so it comes first.
  const first = rows.find((row) => row.prepared) ?? rows.find((row) => row.for_me) ?? rows[0];
  const id = nav.review ?? first?.id ?? null;
  const view = useRead("get_review", { id: id ?? "" }, { enabled: id !== null, keep: true });
  const index = rows.findIndex((row) => row.id === id);
  const go = (by: number) => {
    const next = rows[(index + by + rows.length) % Math.max(1, rows.length)];
    if (next) nav.go({ review: next.id });
  };
  useCommands([
    { id: "next_review", title: "Next review", keys: ["j"], group: "Review", run: () => go(1) },
    { id: "previous_review", title: "Previous review", keys: ["k"], group: "Review", run: () => go(-1) },
  ]);
  if (list.error ?? view.error) {
    const problem = (list.error ?? view.error)!;
    return (
      <>
        <ReviewHead rows={rows} view={null} index={index} />
        <Note tone="fail">
          <b>{problem.message}</b> {problem.detail}
        </Note>
        <Empty title="The review cannot be shown">Nothing was signed.</Empty>
      </>
    );
  }
  if (list.data && id === null) {
    return (
      <>
        <ReviewHead rows={rows} view={null} index={index} />
        <Empty title="No letter waits for a signature">Regulated letters come here before they leave.</Empty>
      </>
    );
  }
  if (!view.data) return <ReviewHead rows={rows} view={null} index={index} />;
  return (
    <>
      <ReviewHead rows={rows} view={view.data} index={index} />
      <Loaded key={`${view.data.row.id}/${view.data.hash}`} view={view.data} />
    </>
  );
}

function Loaded({ view }: { view: ReviewView }) {
  const nav = useNav();
  const offline = useOffline();
  const { read_only } = useStatus();
  const echo = useEcho();
  const [ask, setAsk] = useState<Ask | null>(null);
  const [passage, setPassage] = useState<Passage | null>(null);
  const [pointed, setPointed] = useState<Passage>({ block: null, quote: null });
  const [settling, setSettling] = useState<ReviewCommentRow | null>(null);
  const [sharing, setSharing] = useState<ReviewCommentRow | null>(null);
  const [taking, setTaking] = useState<string | null>(null);
  const [delegating, setDelegating] = useState(false);
  const [revising, setRevising] = useState(false);
  const [onBehalf, setOnBehalf] = useState(view.may_sign ? "" : (view.signs_for.find((one) => one.may_sign)?.person.id ?? ""));
  const [meaning, setMeaning] = useState(view.meanings[0]?.id ?? "");
  const [proofShown, setProofShown] = useState(false);
  const { blocks, prepared, batch } = view;
  const what = batch ? "batch" : "letter";
  const [looked, look] = useLooked(view);
  const letter = useLetter(view);
  // Of a letter the bytes on the screen are signed; of a batch the manifest is, which the shell proves.
  const inProof = batch === null && view.proof.problem !== null;
  const noSign =
    read_only ??
    (offline
      ? "Needs the network; prepare instead"
      : inProof
        ? "The proof cannot be shown, so it cannot be signed"
        : onBehalf
          ? (view.signs_for.find((one) => one.person.id === onBehalf)?.may_not_reason ?? null)
          : view.may_sign
            ? null
            : (view.may_not_reason ?? "You cannot sign this"));
  const noReject =
    read_only ??
    (offline ? "Needs the network; prepare instead" : view.may_reject ? null : (view.may_not_reject ?? "You cannot reject this"));
  const reject = () => {
    setPointed(selectedPassage(blocks));
    setAsk("reject");
  };
  const orphan = view.comments.find((one) => one.lost && !one.settled && one.may_settle.length > 0) ?? null;
  const sharable = view.comments.find((one) => one.may_share) ?? null;
  const takable = view.partner?.data_sets.find((one) => one.may_take) ?? null;
  const noPrepare = view.may_prepare ? null : (view.may_not_reason ?? "Not possible now");
  const noRevise = read_only ?? (view.may_revise && !batch ? null : "A letter under review is revised by whoever made it");
  const ready = prepared !== null && prepared.valid && !offline;
  const evidence = useSend("export_evidence");
  const approved = view.row.status.state === "approved" || view.row.status.state === "released";
  const noEvidence = approved ? (evidence.isPending ? "Under way" : null) : `The ${what} is not approved`;
  const exportEvidence = () =>
    evidence.mutate(
      { id: view.row.id },
      { onSuccess: (done) => echo.say(`Evidence in ${done.folder}, sealed with ${done.sealed_by}`), onError: echo.fail },
    );
  useCommands([
    // In a batch the same keys go through its samples.
    ...(batch
      ? []
      : [
          { id: "next_change", title: "Next change", keys: ["n"], group: "Review", run: () => letter.step(1) },
          { id: "previous_change", title: "Previous change", keys: ["p"], group: "Review", run: () => letter.step(-1) },
        ]),
    {
      id: "comment_review",
      title: "Comment on the selection",
      keys: ["c"],
      group: "Review",
      run: () => setPassage(selectedPassage(blocks)),
    },
    { id: "reject_review", title: "Reject with reason", keys: ["Shift+R"], group: "Review", disabled: noReject, run: reject },
    {
      id: "resolve_comment",
      title: "Settle the next lost comment",
      keys: ["Shift+C"],
      group: "Review",
      disabled: orphan ? null : "No comment of yours to settle lost its place",
      run: () => setSettling(orphan),
    },
    {
      id: "revise_review",
      title: "Write the next version",
      keys: ["v"],
      group: "Review",
      disabled: noRevise,
      run: () => setRevising(true),
    },
    {
      id: "share_comment",
      title: "Share a comment with the partner",
      keys: ["Shift+H"],
      group: "Review",
      disabled: sharable ? null : "No comment can be shared with the partner",
      run: () => setSharing(sharable),
    },
    {
      id: "take_partner_changes",
      title: "Take the partner's changes",
      keys: ["Shift+T"],
      group: "Review",
      disabled: takable ? null : "The partner sent no changed data that you may take",
      run: () => setTaking(takable?.attachment ?? null),
    },
    {
      id: "delegate_signing",
      title: "Delegate signing",
      keys: ["Shift+D"],
      group: "Review",
      disabled: read_only,
      run: () => setDelegating(true),
    },
    {
      id: "sign_review",
      title: "Open the sign dialog",
      keys: ["Mod+Enter"],
      group: "Review",
      disabled: ready ? null : offline ? noPrepare : noSign,
      run: () => setAsk(ready ? "commit" : offline ? "prepare" : "sign"),
    },
    {
      id: "open_review_case",
      title: "Open the case",
      keys: ["o"],
      group: "Review",
      run: () => nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } }),
    },
    { id: "export_evidence", title: "Export the evidence", keys: ["Shift+E"], group: "Review", disabled: noEvidence, run: exportEvidence },
    {
      id: "toggle_proof",
      title: batch ? "Show samples or batch" : "Show proof or changes",
      keys: ["Alt+P"],
      group: "Review",
      run: () => setProofShown(!proofShown),
    },
  ]);

  return (
    <>
      {batch?.problem && (
        <Note tone="fail">
          <b>{batch.problem.message}</b> {batch.problem.detail}
        </Note>
      )}
      <Custody view={view} />
      {prepared && !prepared.valid && prepared.hash !== view.hash && (
        <Note tone="late">
          <b>The {what} changed after you prepared your decision.</b> It no longer counts{batch ? "." : "; what changed is marked."}
        </Note>
      )}
      <div className={css.body} data-proof={proofShown || undefined}>
        {batch ? (
          <>
            <section className={cx(css.col, css.proof)} aria-label="Proof" data-pane="proof">
              <BatchSamples
                batch={batch}
                looked={looked}
                look={look}
                onShow={() => setProofShown(true)}
                end={<Fresh source={view.sources[0]} />}
              />
            </section>
            <section className={cx(css.col, css.changes)} aria-label="Batch" data-pane="batch_facts">
              <BatchFacts view={view} batch={batch} />
            </section>
          </>
        ) : (
          <>
            <section className={cx(css.col, css.proof)} aria-label="Proof" data-pane="proof">
              <header className={ui.paneHead}>
                <h2>Proof</h2>
                <span className={cx(ui.n, "mono")}>{shortHash(view.hash)}</span>
                <span className="grow" />
                {noRevise === null && (
                  <Button small kind="ghost" keys="v" command="revise_review" onPress={() => setRevising(true)}>
                    Next version
                  </Button>
                )}
                <Fresh source={view.sources[0]} />
              </header>
              <PdfPages
                open={letter.proof}
                watermark="PROOF"
                hash={view.hash}
                scroller={letter.left}
                onDrawn={letter.onDrawn}
                marks={letter.marks.after}
                empty="The proof is not on this machine"
              />
            </section>
            <ChangesColumn view={view} letter={letter} />
          </>
        )}
        <aside className={css.aside} aria-label="Comments and signature" data-pane="signature">
          <Comments
            comments={view.comments}
            onComment={() => setPassage(selectedPassage(blocks))}
            onShow={letter.showComment}
            onSettle={setSettling}
            onShare={setSharing}
          />
          {!batch && view.data_changes.length > 0 && letter.mode !== "data" && <DataChanges view={view} current={letter.stop?.fields} />}
          <Signature
            view={view}
            meaning={meaning}
            setMeaning={setMeaning}
            onBehalf={onBehalf}
            setOnBehalf={setOnBehalf}
            onDelegate={() => setDelegating(true)}
            onTake={setTaking}
            setAsk={(next) => (next === "reject" ? reject() : setAsk(next))}
            noSign={noSign}
            noReject={noReject}
            noPrepare={noPrepare}
            samples={batch && { looked: batch.samples.filter((one) => looked(one.notice)).length, of: batch.samples.length }}
            onEvidence={approved ? exportEvidence : null}
          />
        </aside>
      </div>
      {ask && <SignDialog view={view} ask={ask} meaning={meaning} onBehalf={onBehalf} passage={pointed} onClose={() => setAsk(null)} />}
      {settling && <ResolveDialog review={view.row.id} comment={settling} onClose={() => setSettling(null)} />}
      {revising && <RevisionDialog view={view} onClose={() => setRevising(false)} />}
      {sharing && <ShareDialog review={view.row.id} caseId={view.row.case} comment={sharing} onClose={() => setSharing(null)} />}
      {taking && <TakeDialog review={view.row.id} attachment={taking} onClose={() => setTaking(null)} />}
      {delegating && <DelegateDialog onClose={() => setDelegating(false)} />}
      {passage && <CommentDialog review={view.row.id} passage={passage} onClose={() => setPassage(null)} />}
    </>
  );
}
