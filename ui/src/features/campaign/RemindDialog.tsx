import { useState } from "react";
import type { RecipientRow } from "../../generated/RecipientRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, Segments } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { useOffline } from "../../lib/status";
import { plural } from "../../lib/text";

interface Props {
  campaign: string;
  /** The chosen recipient; nothing where they need none. */
  row: RecipientRow | null;
  /** How many have not answered. */
  open: number;
  onClose: () => void;
}

/** A reminder beside the plan: it leaves the house, so it is asked for once more. */
export function RemindDialog({ campaign, row, open, onClose }: Props) {
  const [whom, setWhom] = useState<"one" | "all">(row ? "one" : "all");
  const echo = useEcho();
  const offline = useOffline();
  const remind = useSend("remind_recipients");
  const one = whom === "one" ? row : null;
  const blocked = remind.isPending ? "Being queued" : null;
  const run = () =>
    remind.mutate(
      { campaign, partners: one ? [one.partner] : [] },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  return (
    <Dialog title="Send a reminder" screen="remind" icon="send" width={480} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Send", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {row && (
          <Segments
            label="Whom to remind"
            wide
            value={whom}
            onChange={setWhom}
            options={[
              { id: "one", title: row.name },
              { id: "all", title: `All ${count(open)} without an answer` },
            ]}
          />
        )}
        <p className="t2">
          {one ? one.name : plural(open, "recipient")} {one || open === 1 ? "gets" : "get"} one reminder now, beside the plan.
        </p>
        {remind.error && (
          <Note tone="fail">
            <b>{remind.error.message}</b> {remind.error.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{offline ? "It goes when the network is back, to who has not answered then." : ""}</span>
        <Button
          kind="primary"
          icon="send"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          onPress={run}
        >
          Send reminder
        </Button>
      </footer>
    </Dialog>
  );
}
