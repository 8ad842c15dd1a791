import { useState } from "react";
import type { ExceptionRow } from "../../generated/ExceptionRow";
import type { Problem } from "../../generated/Problem";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav } from "../../lib/nav";

const ACTIONS: { kind: string; title: string; key: string; effect: string }[] = [
  { kind: "acknowledge", title: "Acknowledge exception", key: "1", effect: "Others see that you know of it." },
  { kind: "waive", title: "Waive exception", key: "2", effect: "It is not asked about again; the reason stays in the audit chain." },
  { kind: "correct", title: "Mark exception as corrected", key: "3", effect: "It closes when the corrected document arrives." },
  { kind: "close", title: "Close exception", key: "4", effect: "It leaves the list; the reason stays in the audit chain." },
  { kind: "verify", title: "Verify exception", key: "5", effect: "The correction was checked and holds." },
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
      run: () => {
        if (action.kind !== "waive" && action.kind !== "close") return run(action.kind);
        // What was refused before was refused to another question.
        send.reset();
        setAsked(action);
      },
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
  problem: Problem | null;
  onClose: () => void;
  onSend: (reason: string) => void;
}) {
  const [reason, setReason] = useState("");
  const nav = useNav();
  // Closed once the partner knows: the way to tell them is offered where closing was refused.
  const untold = action.kind === "close" && problem?.code === "E_STATE" ? row.case : null;
  const tell = () => {
    if (untold === null) return;
    onClose();
    nav.go({ screen: "resolution", resolution: untold });
  };
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
          ...(untold === null ? [] : [{ id: "open_resolution", title: "Resolve with a letter", keys: ["Alt+E"], run: tell }]),
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
        {problem && (
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{action.effect}</span>
        {untold !== null && (
          <Button icon="check" keys="Alt+E" command="open_resolution" onPress={tell}>
            Resolve with a letter
          </Button>
        )}
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
