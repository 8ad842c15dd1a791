import { useState } from "react";
import type { RecipientRow } from "../../generated/RecipientRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import { cx } from "../../lib/text";
import { wordsOf } from "./RecipientList";

/** Lets one recipient off, with a reason that stays in the evidence. */
export function WaiveDialog({ campaign, row, onClose }: { campaign: string; row: RecipientRow; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const echo = useEcho();
  const offline = useOffline();
  const waive = useSend("waive_recipient");
  // A refused reason is said where it was written; anything else is about more than the reason.
  const wrong = waive.error?.code === "E_FIELD" ? waive.error.message : null;
  const blocked = reason.trim() ? (waive.isPending ? "Being queued" : null) : "Say why first";
  const run = () => {
    if (blocked) return;
    waive.mutate(
      { campaign, partners: [row.partner], reason: reason.trim() },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Waive the recipient" screen="waive" icon="campaign" width={480} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Waive", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <p>
          <b className="bb">{row.name}</b> <span className="t2">{wordsOf(row)}</span>
        </p>
        <label className={dialogCss.field}>
          <span>Reason</span>
          <textarea
            className={ui.area}
            rows={3}
            autoFocus
            name="reason"
            data-field="reason"
            value={reason}
            aria-invalid={wrong !== null || undefined}
            aria-describedby={wrong !== null ? "waive-problem" : undefined}
            onChange={(event) => {
              setReason(event.target.value);
              if (waive.error) waive.reset();
            }}
          />
        </label>
        {wrong !== null && (
          <p id="waive-problem" className={cx("s12", "fail")} role="alert">
            {wrong}
          </p>
        )}
        {waive.error && wrong === null && (
          <Note tone="fail">
            <b>{waive.error.message}</b> {waive.error.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">Nothing more is awaited of them; the reason is kept.</span>
        <Button kind="primary" keys="Mod+Enter" command="submit" mode={offline ? "queue" : undefined} reason={blocked} onPress={run}>
          Waive
        </Button>
      </footer>
    </Dialog>
  );
}
