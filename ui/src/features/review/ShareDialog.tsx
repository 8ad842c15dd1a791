import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";

/** Lets the partner read a comment: shows exactly what it will read. */
export function ShareDialog({ review, comment, onClose }: { review: string; comment: ReviewCommentRow; onClose: () => void }) {
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("share_comment");
  const run = () => {
    if (send.isPending) return;
    send.mutate(
      { id: review, comment: comment.id },
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
      <DialogCommands of={[{ id: "submit", title: "Share", keys: ["Mod+Enter"], disabled: null, run }]} />
      <div className={dialogCss.body}>
        {comment.quote && <p className="s12 t2">“{comment.quote}”</p>}
        <p data-selectable data-field="text">
          {comment.text}
        </p>
        {send.error && <Note tone="fail">{send.error.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">The partner reads these words, not who wrote them. It cannot be taken back.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          isDisabled={send.isPending}
          onPress={run}
        >
          Share
        </Button>
      </footer>
    </Dialog>
  );
}
