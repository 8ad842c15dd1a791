import { useMemo, useRef } from "react";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { ReviewView } from "../../generated/ReviewView";
import type { ReviseInput } from "../../generated/ReviseInput";
import type { RevisionPlan } from "../../generated/RevisionPlan";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Fields } from "../../components/Fields";
import { Glyph } from "../../components/Glyph";
import { Button, Empty, Note, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useTyped } from "../../lib/nav";
import { useSettled } from "../../lib/settled";
import { useOffline } from "../../lib/status";
import { plural } from "../../lib/text";
import css from "./Revision.module.css";
import { Redline } from "./Redline";
import { notesOf } from "./notes";

const NOTHING: ReviseInput["fields"] = {};

/** The next version of a letter: what it says otherwise, how that reads against the one under review, and what becomes of the comments. */
export function RevisionDialog({ view, onClose }: { view: ReviewView; onClose: () => void }) {
  const { id, notice_number } = view.row;
  const echo = useEcho();
  const offline = useOffline();
  const scroller = useRef<HTMLDivElement>(null);
  // What was typed stays with the version it was typed over until it is sent.
  const [fields, type, forget] = useTyped<ReviseInput["fields"]>(`revision ${id} ${view.hash}`, NOTHING);
  const input = useMemo<ReviseInput>(() => ({ id, fields }), [id, fields]);
  const asked = useSettled(input, 250);
  const read = useRead("plan_revision", asked, { keep: true, anew: true });
  const plan = read.data;
  const settled = asked === input && !read.isFetching;
  const revise = useSend("revise_review");
  const blocked =
    read.error?.message ??
    (settled && plan ? plan.blocked : "The next version is being compared") ??
    (revise.isPending ? "Being sent" : null);
  const run = () => {
    if (blocked) return;
    revise.mutate(asked, {
      onSuccess: (done) => {
        forget();
        echo.say(done.text);
        onClose();
      },
    });
  };
  return (
    <Dialog
      title={plan ? `Version ${plan.version}` : "Next version"}
      screen="revision"
      icon="exstream"
      width="min(1272px, calc(100vw - 56px))"
      height="min(812px, calc(100vh - 64px))"
      onClose={onClose}
      head={
        <>
          <span className="t3">{notice_number}</span>
          <span className="t2 s12 cut">
            in place of version {view.version}, for {view.row.partner}
          </span>
          <span className="grow" />
        </>
      }
    >
      <DialogCommands of={[{ id: "submit", title: "Send the next version to review", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      {read.error && (
        <Note tone="fail">
          <b>{read.error.message}</b> {read.error.detail}
        </Note>
      )}
      <div className={css.body}>
        <section className={css.pane} aria-label="Fields" data-pane="fields">
          <div className={ui.sectionHead}>
            <h3>Fields</h3>
            <span className={ui.n}>
              {plan && `${plan.fields.filter((field) => field.edited).length} of ${plan.fields.length} otherwise`}
            </span>
          </div>
          {plan && <Fields fields={plan.fields} onEdit={(name, value) => type({ [name]: value })} />}
        </section>
        <section className={css.pane} aria-label="Changes" data-pane="revision_changes" aria-busy={!settled}>
          <div className={ui.sectionHead}>
            <h3>Against version {view.version}</h3>
            <span className={ui.n}>{plan && plural(plan.changes, "change")}</span>
          </div>
          {plan && <Changed plan={plan} scroller={scroller} />}
        </section>
        <section className={css.pane} aria-label="Comments" data-pane="revision_comments">
          <div className={ui.sectionHead}>
            <h3>Comments</h3>
            <span className={ui.n}>{plan && (plan.comments.length || "")}</span>
            <span className={ui.r}>carried to the next version</span>
          </div>
          {plan && <Carried plan={plan} />}
        </section>
      </div>
      {revise.error && (
        <Note tone="fail">
          <b>{revise.error.message}</b> {revise.error.detail}
        </Note>
      )}
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow cut" role="status">
          {blocked ?? effect(plan)}
        </span>
        <Button
          kind="primary"
          icon="review"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={revise.isPending}
          onPress={run}
        >
          {plan ? `Send version ${plan.version} to review` : "Send to review"}
        </Button>
      </footer>
    </Dialog>
  );
}

const effect = (plan: RevisionPlan | undefined) =>
  plan &&
  (plan.signed > 0
    ? `The same reviewers are asked again; ${plan.signed === 1 ? "the signature" : `the ${plan.signed} signatures`} of version ${plan.before} ${plan.signed === 1 ? "counts" : "count"} for nothing.`
    : "The same reviewers are asked to sign it.");

function Changed({ plan, scroller }: { plan: RevisionPlan; scroller: React.RefObject<HTMLDivElement | null> }) {
  const notes = useMemo(() => notesOf(plan.comments, plan.blocks), [plan]);
  return <Redline blocks={plan.blocks} current={null} scroller={scroller} notes={notes} label={`Words of version ${plan.version}`} />;
}

function Carried({ plan }: { plan: RevisionPlan }) {
  if (plan.comments.length === 0) return <Empty title="No open comment">Nothing has to be carried.</Empty>;
  return (
    <>
      {plan.lost > 0 && (
        <Note tone="late">
          <b>{plural(plan.lost, "comment")} would lose their words.</b> Each has to be settled before anybody can approve.
        </Note>
      )}
      <ol className={css.comments} aria-label="Comments" tabIndex={0}>
        {plan.comments.map((comment) => (
          <li key={comment.id} data-id={comment.id} data-lost={comment.lost || undefined}>
            <Glyph tone={comment.lost ? "fail" : comment.place && comment.place.certainty !== "exact" ? "late" : "ok"} label={null} />
            <div>
              <p className="b cut">{comment.author}</p>
              <p className="s12 t2">
                {comment.lost ? (
                  <>
                    Was about <del>{comment.quote ?? "a block that is gone"}</del>
                  </>
                ) : (
                  standing(comment)
                )}
              </p>
              <p data-selectable>{comment.text}</p>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function standing({ block, quote, place }: ReviewCommentRow): string {
  const words = quote ? `“${quote}”` : null;
  if (block === null) return words ?? "About the letter as a whole";
  const moved = place && place.certainty !== "exact" ? ", the words changed" : "";
  return `Block ${block}${words ? `, ${words}` : ""}${moved}`;
}
