import { useState } from "react";
import { Dialog, DialogCommands, dialogCss } from "./Dialog";
import type { IconName } from "./Icon";
import { Button, ui } from "./ui";

interface Props {
  title: string;
  icon: IconName;
  /** Who, and what is known of them. */
  name: string;
  note: string;
  /** What they do not get. */
  effect: string;
  onLeaveOut: (reason: string) => void;
  onClose: () => void;
}

/** Nobody is left out without a reason: it is part of what is sent and stays in the audit chain. */
export function LeaveOutDialog({ title, icon, name, note, effect, onLeaveOut, onClose }: Props) {
  const [reason, setReason] = useState("");
  const blocked = reason.trim() ? null : "Say why first";
  const run = () => onLeaveOut(reason.trim());
  return (
    <Dialog title={title} screen="leave_out" icon={icon} width={480} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Leave out", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <p>
          <b className="bb">{name}</b> <span className="t2">{note}</span>
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
        <span className="s12 t2 grow">{effect}</span>
        <Button kind="primary" keys="Mod+Enter" command="submit" reason={blocked} onPress={run}>
          Leave out
        </Button>
      </footer>
    </Dialog>
  );
}
