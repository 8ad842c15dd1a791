import { useState } from "react";
import type { ExceptionRow } from "../../generated/ExceptionRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";

const ACTIONS: { kind: string; title: string; key: string; effect: string }[] = [
  { kind: "acknowledge", title: "Acknowledge exception", key: "1", effect: "Others see that you know of it." },
  { kind: "waive", title: "Waive exception", key: "2", effect: "It is not asked about again; the reason stays in the audit chain." },
  { kind: "correct", title: "Mark exception as corrected", key: "3", effect: "It closes when the corrected document arrives." },
  { kind: "close", title: "Close exception", key: "4", effect: "It leaves the list; the reason stays in the audit chain." },
];

/** What can be done about the selected exception; waiving and closing ask why. */
export function ExceptionActions({ row }: { row: ExceptionRow | undefined }) {
  const [asked, setAsked] = useState<(typeof ACTIONS)[number] | null>(null);
  const echo = useEcho();
  const send = useSend("exception_action");
  const run = (kind: string, reason?: string) => {
    if (!row) return;
    send.mutate(
      { id: row.id, kind, ...(reason ? { reason } : {}) },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          setAsked(null);
        },
        onError: (problem) => {
          if (!asked) echo.fail(problem);
        },
      },
    );
  };
  useCommands(
    ACTIONS.filter((action) => row?.actions.includes(action.kind)).map((action) => ({
      id: `exception_${action.kind}`,
      title: action.title,
      keys: [action.key],
      pane: "exceptions",
      group: "Exception",
      run: () => (action.kind === "waive" || action.kind === "close" ? setAsked(action) : run(action.kind)),
    })),
  );
  if (!asked || !row) return null;
  return (
    <Reason row={row} action={asked} problem={send.error} onClose={() => setAsked(null)} onSend={(reason) => run(asked.kind, reason)} />
  );
}

function Reason({
  row,
  action,
  problem,
  onClose,
  onSend,
}: {
  row: ExceptionRow;
  action: (typeof ACTIONS)[number];
  problem: { message: string } | null;
  onClose: () => void;
  onSend: (reason: string) => void;
}) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={action.title} screen="exception_reason" icon="note" width={480} onClose={onClose}>
      <DialogCommands
        of={[
          {
            id: "submit",
            title: action.title,
            keys: ["Mod+Enter"],
            disabled: !reason.trim() && "Say why first",
            run: () => onSend(reason.trim()),
          },
        ]}
      />
      <div className={dialogCss.body}>
        <p>
          <b className="bb">{row.title}</b> <span className="t2">on {row.on}</span>
        </p>
        <label className={dialogCss.field}>
          <span>Reason</span>
          <textarea
            className={ui.area}
            rows={3}
            autoFocus
            data-field="reason"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        {problem && <Note tone="fail">{problem.message}</Note>}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{action.effect}</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          reason={reason.trim() ? null : "Say why first"}
          onPress={() => onSend(reason.trim())}
        >
          {action.title}
        </Button>
      </footer>
    </Dialog>
  );
}
