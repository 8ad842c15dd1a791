import { useState } from "react";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import type { Passage } from "./passage";

export function CommentDialog({ review, passage, onClose }: { review: string; passage: Passage; onClose: () => void }) {
  const [text, setText] = useState("");
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("comment_review");
  const blocked = text.trim() ? null : "Nothing written yet";
  const run = () => {
    if (blocked || send.isPending) return;
    send.mutate(
      {
        id: review,
        text: text.trim(),
        ...(passage.block !== null ? { block: passage.block } : {}),
        ...(passage.quote ? { quote: passage.quote } : {}),
        ...(passage.near !== undefined ? { near: passage.near } : {}),
      },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Comment" screen="comment" icon="community" width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Comment", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {passage.block !== null && (
          <p className="s12" style={{ color: "var(--accent-tx)" }}>
            Block {passage.block}
            {passage.quote && `, “${passage.quote}”`}
          </p>
        )}
        <textarea
          className={ui.area}
          rows={4}
          autoFocus
          aria-label="Comment"
          data-field="comment"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {send.error && <Note tone="fail">{send.error.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">Reviewers and the maker read it in the review space.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          Comment
        </Button>
      </footer>
    </Dialog>
  );
}
