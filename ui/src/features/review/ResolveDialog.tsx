import { useState } from "react";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";

const WAYS: Record<string, string> = { answered: "Answered", done: "Done", withdrawn: "Withdrawn" };

/** Settles a comment with a word: by whoever wrote it, or the maker of the letter. */
export function ResolveDialog({ review, comment, onClose }: { review: string; comment: ReviewCommentRow; onClose: () => void }) {
  const [settled, setSettled] = useState(comment.may_settle[0] ?? "answered");
  const [word, setWord] = useState("");
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("resolve_comment");
  const blocked = word.trim() ? null : "Say in a word how";
  const run = () => {
    if (blocked || send.isPending) return;
    send.mutate(
      { id: review, comment: comment.id, settled, word: word.trim() },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Settle the comment" screen="resolve_comment" icon="community" width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Settle", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <p className="s12 t2" data-selectable>
          {comment.author}: {comment.text}
        </p>
        <div className={ui.seg} role="radiogroup" aria-label="How it was settled" style={{ width: "max-content" }}>
          {comment.may_settle.map((one) => (
            <button
              key={one}
              type="button"
              role="radio"
              aria-checked={settled === one}
              data-selected={settled === one || undefined}
              data-id={one}
              onClick={() => setSettled(one)}
            >
              {WAYS[one] ?? one}
            </button>
          ))}
        </div>
        <label className={dialogCss.field}>
          <span>How</span>
          <textarea
            className={ui.area}
            rows={3}
            autoFocus
            data-field="word"
            value={word}
            onChange={(event) => setWord(event.target.value)}
          />
        </label>
        {send.error && <Note tone="fail">{send.error.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">Everybody who reviews the letter reads it.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          Settle
        </Button>
      </footer>
    </Dialog>
  );
}
