import { useState } from "react";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";

interface Props {
  review: string;
  /** Case of the letter: its partner is the one who reads. */
  caseId: string;
  comment: ReviewCommentRow;
  onClose: () => void;
}

/** Lets the partner read a comment: shows exactly what it will read. Personal data in it needs a reason. */
export function ShareDialog({ review, caseId, comment, onClose }: Props) {
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("share_comment");
  const [reason, setReason] = useState("");
  const text = comment.quote ? `${comment.quote}\n${comment.text}` : comment.text;
  const check = useRead("check_text", { case: caseId, text });
  const found = check.data?.found.length ? check.data.found : null;
  const blocked = found && !reason.trim() ? "Say why they are to have the personal data" : null;
  const run = () => {
    if (blocked || send.isPending) return;
    send.mutate(
      { id: review, comment: comment.id, ...(found ? { personal: reason.trim() } : {}) },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Share with the partner" screen="share_comment" icon="community" width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Share", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {comment.quote && <p className="s12 t2">“{comment.quote}”</p>}
        <p data-selectable data-field="text">
          {comment.text}
        </p>
        {found && (
          <>
            <Note tone="late">
              <b>The partner would read personal data.</b>
            </Note>
            <ul className="s12" aria-label="Personal data in this comment">
              {found.map((row, index) => (
                <li key={index}>
                  <span className="t2">{row.title}</span> <span className="mono">{row.masked}</span>
                </li>
              ))}
            </ul>
            <label className={dialogCss.field}>
              <span>Why they are to have it</span>
              <input
                className={ui.input}
                autoFocus
                data-field="personal"
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
          </>
        )}
        {check.error && <Note tone="fail">{check.error.message}</Note>}
        {send.error && <Note tone="fail">{send.error.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">The partner reads these words, not who wrote them. It cannot be taken back.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          Share
        </Button>
      </footer>
    </Dialog>
  );
}
