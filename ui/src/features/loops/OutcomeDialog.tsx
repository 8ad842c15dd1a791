import { useId, useRef, useState } from "react";
import type { LoopAnswer } from "../../generated/LoopAnswer";
import type { LoopRow } from "../../generated/LoopRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Moment, Note, ui } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import type { Outcome } from "../../lib/outcome";
import { useOffline, useStatus } from "../../lib/status";
import { shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";

const WORDS: Record<Outcome, { title: string; hint: string; missing: string; effect: string }> = {
  acted: {
    title: "Confirm outcome",
    hint: "How it is known",
    missing: "Say how it is known.",
    effect: "The notice counts as answered; everybody on the case reads why.",
  },
  waived: {
    title: "Waive",
    hint: "Why no answer is needed",
    missing: "Say why no answer is needed.",
    effect: "No answer is waited for any more; everybody on the case reads why.",
  },
};

interface Props {
  caseId: string;
  notice: string;
  outcome: Outcome;
  /** Message that is the answer, where several notices might have been meant. */
  answer: string | null;
  onClose: () => void;
}

/** A person says what came of a notice, and why. */
export function OutcomeDialog({ caseId, notice, outcome, answer, onClose }: Props) {
  const words = WORDS[outcome];
  const view = useRead("get_case", { id: caseId });
  const [reason, setReason] = useState("");
  // Drawn once: pressing twice decides once.
  const [intent] = useState(() => crypto.randomUUID());
  const [pressed, setPressed] = useState(false);
  const field = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const send = useSend("confirm_outcome");
  const text = reason.trim();
  // The reason is all that is filled in here; where a message was chosen, that may be what is refused.
  const refused = send.error?.code === "E_FIELD" && answer === null ? send.error : null;
  const wrong = pressed && !text ? words.missing : (refused?.message ?? null);
  const run = () => {
    if (read_only || send.isPending) return;
    setPressed(true);
    if (!text) return area.current?.focus();
    send.mutate(
      { case: caseId, notice, outcome, reason: text, intent, ...(answer !== null ? { answer } : {}) },
      {
        onSuccess: (done) => {
          echo.say(offline ? `${words.title} of ${notice} queued, goes when the network is back` : done.text);
          onClose();
        },
        onError: () => area.current?.focus(),
      },
    );
  };
  const row = view.data?.loops.find((one) => one.notice === notice);
  const message = view.data?.unclear.find((one) => one.answer.id === answer)?.answer ?? row?.answer;
  return (
    <Dialog
      title={words.title}
      screen={outcome}
      icon="loop"
      width={520}
      onClose={onClose}
      head={
        <>
          <span className="t2 s12 cut">
            {notice}
            {view.data && `, ${view.data.number}, ${view.data.partner}`}
          </span>
          <span className="grow" />
        </>
      }
    >
      <DialogCommands of={[{ id: "submit", title: words.title, keys: ["Mod+Enter"], disabled: read_only, run }]} />
      <div className={dialogCss.body}>
        {row && <Facts row={row} message={message ?? null} />}
        <div className={dialogCss.field}>
          <label htmlFor={field}>Reason</label>
          <textarea
            ref={area}
            id={field}
            className={ui.area}
            rows={3}
            autoFocus
            required
            name="reason"
            data-field="reason"
            placeholder={words.hint}
            aria-invalid={wrong !== null}
            aria-describedby={wrong !== null ? `${field}-wrong` : undefined}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
              send.reset();
            }}
          />
          {wrong !== null && (
            <p id={`${field}-wrong`} className="fail" role="alert">
              {wrong}
            </p>
          )}
        </div>
        {send.error && !refused && (
          <Note tone="fail">
            <b>{send.error.message}</b> {send.error.detail}
          </Note>
        )}
        {view.error && (
          <Note tone="fail">
            <b>{view.error.message}</b> {view.error.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{offline ? "It waits in the outbox until the network is back." : words.effect}</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={read_only}
          isDisabled={send.isPending}
          onPress={run}
        >
          {words.title}
        </Button>
      </footer>
    </Dialog>
  );
}

/** What is decided about: the notice by its number and hash, and the message, if there is one. */
function Facts({ row, message }: { row: LoopRow; message: LoopAnswer | null }) {
  return (
    <dl className={dialogCss.facts}>
      <dt>Notice</dt>
      <dd>
        <b className="bb">{row.title}</b> {row.notice}{" "}
        {row.sha256 && (
          <span className="mono t3" title={row.sha256}>
            {shortHash(row.sha256)}
          </span>
        )}
      </dd>
      <dt>To</dt>
      <dd>{[row.recipient, channelName(row.channel), row.delivery.word.toLowerCase()].filter(Boolean).join(", ")}</dd>
      <dt>Released</dt>
      <dd>
        <Moment at={row.opened_at} say={dateTime} />
        {row.due_at !== null && (
          <>
            , due <Moment at={row.due_at} say={dateTime} />
          </>
        )}
        {row.no_response_at !== null && (
          <>
            , no answer by <Moment at={row.no_response_at} say={dateTime} />
          </>
        )}
      </dd>
      {message && (
        <>
          <dt>Answer</dt>
          <dd data-selectable>
            <b className="b">{message.author}</b> <Moment at={message.at} say={dateTime} className="t3" />
            <br />
            {message.excerpt}
          </dd>
        </>
      )}
    </dl>
  );
}
