import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import css from "./Review.module.css";

/** Changed data of the partner, field by field; taking it makes the next version of the letter. */
export function TakeDialog({ review, attachment, onClose }: { review: string; attachment: string; onClose: () => void }) {
  const theirs = useRead("get_partner_changes", { id: review, attachment });
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("take_partner_changes");
  const problem = theirs.error ?? send.error;
  const blocked = theirs.data ? null : "What they would change is not here";
  const run = () => {
    if (!theirs.data || send.isPending) return;
    send.mutate(
      { id: review, attachment, sha256: theirs.data.sha256 },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Take their changes" screen="take_partner_changes" icon="community" width={640} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Take", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {theirs.data && (
          <>
            <p className="s12 t2">{theirs.data.person} would have the letter say:</p>
            <div className={css.dataList} role="list" aria-label="Their changes">
              {theirs.data.changes.map((change) => (
                <div key={change.title} className={css.data} role="listitem" data-long data-selectable>
                  <span className="t2">{change.title}</span>
                  <span>
                    {change.before !== null && <del>{change.before}</del>} {change.after !== null && <ins>{change.after}</ins>}
                  </span>
                </div>
              ))}
            </div>
          </>
        )}
        {problem && <Note tone="fail">{problem.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">It becomes the next version; what was signed of this one counts for nothing.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          Take
        </Button>
      </footer>
    </Dialog>
  );
}
