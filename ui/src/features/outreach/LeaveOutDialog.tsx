import { useState } from "react";
import type { OutreachRow } from "../../generated/OutreachRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, ui } from "../../components/ui";
import { plural } from "../../lib/text";

/** Nobody is left out without a reason: it is part of what is sent and stays in the audit chain. */
export function LeaveOutDialog({
  row,
  onLeaveOut,
  onClose,
}: {
  row: OutreachRow;
  onLeaveOut: (reason: string) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const blocked = reason.trim() ? null : "Say why first";
  const run = () => onLeaveOut(reason.trim());
  return (
    <Dialog title="Leave the customer out" screen="leave_out" icon="batch" width={480} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Leave out", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <p>
          <b className="bb">{row.name}</b> <span className="t2">{plural(row.orders.length, "affected order")}</span>
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
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">They get no notice; the reason is kept.</span>
        <Button kind="primary" keys="Mod+Enter" command="submit" reason={blocked} onPress={run}>
          Leave out
        </Button>
      </footer>
    </Dialog>
  );
}
