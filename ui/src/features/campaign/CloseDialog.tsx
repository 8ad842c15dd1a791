import type { CampaignView } from "../../generated/CampaignView";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import { groupedHash } from "../../lib/text";

/** Ends a campaign: what it says of whom is final then. */
export function CloseDialog({ view, onClose }: { view: CampaignView; onClose: () => void }) {
  const echo = useEcho();
  const offline = useOffline();
  const close = useSend("close_campaign");
  const { number, title, document } = view.row;
  const blocked = view.close_blocked ?? (close.isPending ? "Being closed" : null);
  const run = () =>
    close.mutate(
      { id: number },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  return (
    <Dialog title="Close the campaign" screen="close_campaign" icon="campaign" width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Close", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <dl className={dialogCss.facts}>
          <dt>Campaign</dt>
          <dd>
            {number} {title}
          </dd>
          <dt>Document</dt>
          <dd>
            {document.name}, version {document.version}
          </dd>
          <dt>SHA-256</dt>
          <dd className="mono" title={document.sha256}>
            {groupedHash(document.sha256)}
          </dd>
        </dl>
        <p>{view.close_effect}</p>
        {close.error && (
          <Note tone="fail">
            <b>{close.error.message}</b> {close.error.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{blocked ?? "Answers that come later do not count."}</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "needs network" : undefined}
          reason={blocked}
          onPress={run}
        >
          Close
        </Button>
      </footer>
    </Dialog>
  );
}
