import { useState } from "react";
import type { Problem } from "../../generated/Problem";
import type { ResolutionPlan } from "../../generated/ResolutionPlan";
import { Glyph } from "../../components/Glyph";
import { Button, Empty, Fresh, MODES, type Mode, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav, useTyped } from "../../lib/nav";
import { useAges, useOffline, useOldest, useStatus } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import css from "./Resolution.module.css";
import { ResolutionForm } from "./ResolutionForm";
import { Proof, Told } from "./Told";
import { EMPTY, type Form } from "./form";
import { usePlan } from "./usePlan";

/** A case and how it was resolved: said on the left, sent as it stands on the right. */
export function Resolution({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const age = useOldest(useAges(["community", "documents", "exstream"]));
  const [form, type, forget] = useTyped<Form>(`resolution ${id}`, EMPTY);
  const [proofShown, setProofShown] = useState(false);
  const { answer, problem, settled, readAgain, hold, forget: forgetIntent } = usePlan(id, form);
  const view = answer?.view;
  const send = useSend("send_resolution");
  const changed = (change: Partial<Form>) => {
    if (!send.isPending) send.reset();
    type(change);
  };
  const what = view?.outputs.find((one) => one.chosen)?.title.toLowerCase() ?? "resolution";
  const title = `Send ${what}${view?.review ? " to review" : ""}`;
  // What happens at once without a network is what happens to the first step.
  const first = view?.plan.rows.find((row) => row.number !== null)?.offline_class ?? "queue";
  const mode = offline ? MODES[first] : undefined;
  const busy = !settled && !problem;
  const blocked =
    read_only ??
    problem?.message ??
    (settled ? (view?.blocked ?? null) : "What would be sent is being worked out") ??
    (mode === "needs network" ? "It needs the network" : null) ??
    (send.isPending ? "Being sent" : null);
  const run = () => {
    if (!answer || blocked) return;
    const { input } = answer;
    hold(input);
    send.mutate(
      // The input of the very answer on the screen: its intent and its hash belong to no other.
      { ...input, shown: answer.view.shown },
      {
        onSuccess: (done) => {
          forget();
          forgetIntent();
          echo.say(`${answer.view.notice}: ${offline ? "it waits in the outbox until the network is back" : done.text}`);
          nav.go({ screen: "desk", selection: { pane: "cases", id } });
        },
        onError: (refused) => readsAgain(refused) && readAgain(),
      },
    );
  };
  const openCase = () => nav.go({ screen: "desk", selection: { pane: "cases", id } });
  const toggleProof = () => setProofShown(!proofShown);
  useCommands([
    { id: "send_resolution", title, keys: ["Mod+Enter"], group: "Resolution", disabled: blocked, run },
    { id: "open_resolution_case", title: "Back to the case", keys: ["u"], group: "Resolution", run: openCase },
    { id: "toggle_proof", title: "Show or hide the proof", keys: ["Alt+P"], group: "Resolution", run: toggleProof },
    { id: "clear_resolution", title: "Clear what was typed", keys: ["Mod+Shift+D"], group: "Resolution", run: () => changed(EMPTY) },
  ]);
  const head = (
    <header className={ui.viewHead}>
      <h1>Resolve with a letter</h1>
      {view && (
        <>
          <span className="t3">{view.notice}</span>
          <span className="t2 cut">
            for case {view.case_number}, {view.partner}
          </span>
        </>
      )}
      <span className="grow" />
      <Fresh source={age} />
      <Button small kind="ghost" keys="u" command="open_resolution_case" onPress={openCase}>
        {view ? `Case ${view.case_number}` : "Case"}
      </Button>
    </header>
  );

  if (!view && problem) {
    return (
      <>
        {head}
        <Empty
          title={problem.message}
          action={
            <Button small onPress={readAgain}>
              Read again
            </Button>
          }
        >
          {problem.detail ?? "Nothing was sent."}
        </Empty>
      </>
    );
  }
  return (
    <>
      {head}
      <div className={css.body}>
        <ResolutionForm form={form} type={changed} view={view} />
        <section className={css.side} aria-label="What the partner reads" data-pane="resolution_send" aria-busy={busy}>
          <div className={cx(ui.sectionHead, css.sideHead)}>
            <h2>{proofShown ? "Proof" : "What the partner reads"}</h2>
            <span className={ui.r}>
              <Button small kind="ghost" keys="Alt+P" command="toggle_proof" onPress={toggleProof}>
                {proofShown ? "Before and after" : "Proof"}
              </Button>
            </span>
          </div>
          {problem && (
            <Note tone="fail">
              <b>{problem.message}</b> {problem.detail}
            </Note>
          )}
          {answer && (proofShown ? <Proof input={answer.input} view={answer.view} /> : <Told view={answer.view} />)}
          <Sending
            view={view}
            title={title}
            mode={mode}
            blocked={blocked}
            busy={busy || send.isPending}
            refused={send.error}
            reading={busy}
            onRun={run}
          />
        </section>
      </div>
    </>
  );
}

interface SendingProps {
  view: ResolutionPlan | undefined;
  title: string;
  mode: Mode | undefined;
  blocked: string | null;
  /** What blocks is no fault. */
  busy: boolean;
  refused: Problem | null;
  reading: boolean;
  onRun: () => void;
}

/** What follows, why it cannot be sent yet, and the button that sends it. */
function Sending({ view, title, mode, blocked, busy, refused, reading, onRun }: SendingProps) {
  return (
    <footer className={css.send}>
      {refused && (
        <Note tone={refused.code === "E_OFFLINE" ? "late" : "fail"}>
          <b>{refused.message}</b> {refused.detail}
          {readsAgain(refused) && <> {reading ? "It is being read again." : "Look again: what is shown now is what would be sent."}</>}
        </Note>
      )}
      <p className="s12">
        {view?.then} {view?.shown && <span className="mono t3">{shortHash(view.shown)}</span>}
      </p>
      <p className={cx("s12", css.blocked)} role="status">
        {blocked !== null && (
          <>
            <Glyph tone={busy ? "run" : "late"} label={null} />
            <span>
              {blocked}
              {!busy && blocked === view?.problem?.message && view.problem.detail && ` ${view.problem.detail}`}
            </span>
          </>
        )}
      </p>
      <Button
        kind="primary"
        icon={view?.review ? "review" : "send"}
        keys="Mod+Enter"
        command="send_resolution"
        mode={mode}
        reason={blocked}
        onPress={onRun}
      >
        {title}
      </Button>
    </footer>
  );
}

/** After these the plan is read again, and what stands there now is another one. */
const readsAgain = ({ code }: Problem) => code === "E_HASH" || code === "E_STATE";
