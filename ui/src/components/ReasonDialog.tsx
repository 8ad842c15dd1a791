import { useState } from "react";
import { Dialog, DialogCommands, dialogCss } from "./Dialog";
import type { IconName } from "./Icon";
import { Button, ui } from "./ui";

interface Props {
  title: string;
  icon: IconName;
  /** What it does, said before it is done. */
  effect: string;
  submit: string;
  onSubmit: (reason: string) => void;
  onClose: () => void;
}

/** What needs a reason is not done without one; it stays in the audit chain. */
export function ReasonDialog({ title, icon, effect, submit, onSubmit, onClose }: Props) {
  const [reason, setReason] = useState("");
  const blocked = reason.trim() ? null : "Say why first";
  const run = () => onSubmit(reason.trim());
  return (
    <Dialog title={title} screen="reason" icon={icon} width={480} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: submit, keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <label className={dialogCss.field}>
          <span>Reason</span>
          <textarea
            className={ui.area}
            rows={3}
            autoFocus
            maxLength={500}
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
          {submit}
        </Button>
      </footer>
    </Dialog>
  );
}
