import type { ActionAvailability } from "../../generated/ActionAvailability";
import type { CaseView } from "../../generated/CaseView";
import type { IconName } from "../../components/Icon";
import { Button, MODES, ui } from "../../components/ui";
import { useCommands, useRunCommand } from "../../lib/commands";
import { useEcho, useUndoSeconds } from "../../lib/echo";
import { useNav } from "../../lib/nav";
import { useOffline, useStatus } from "../../lib/status";
import { cx } from "../../lib/text";
import css from "./Case.module.css";

const LOOKS: Record<string, { icon: IconName; keys?: string; dialog: string }> = {
  reply: { icon: "reply", keys: "r", dialog: "reply" },
  note: { icon: "note", keys: "Shift+N", dialog: "note" },
  new_notice: { icon: "exstream", keys: "n", dialog: "composer" },
  ticket: { icon: "tracker", keys: "Shift+T", dialog: "playbook" },
  workflow: { icon: "workflow", keys: "Shift+W", dialog: "playbook" },
  file: { icon: "workspace", keys: "f", dialog: "filing" },
  escalate: { icon: "esc", keys: "Shift+E", dialog: "playbook" },
  resolve: { icon: "check", dialog: "playbook" },
  close: { icon: "check", keys: "Shift+C", dialog: "playbook" },
};
const OTHER = { icon: "play" as IconName, dialog: "playbook" };

/** Every button says what it does now; offline it says queue, prepare or needs network. */
export function ActionBar({ view }: { view: CaseView }) {
  const nav = useNav();
  const offline = useOffline();
  const { read_only } = useStatus();
  const { undo } = useEcho();
  const left = useUndoSeconds();
  const runCommand = useRunCommand();
  const why = (action: ActionAvailability) =>
    read_only ??
    (action.available
      ? offline && action.offline_class === "refuse"
        ? "Needs the network"
        : null
      : (action.reason ?? "Not possible now"));
  // Only what the next step waits for: a case is closed after it was resolved.
  const waits = view.actions.some(({ command }) => command === "close") ? view.close_waits_for : view.resolve_waits_for;
  const run = (action: ActionAvailability) => {
    const { dialog } = LOOKS[action.command] ?? OTHER;
    nav.go({ dialog: { name: dialog, case: view.id, ...(action.playbook ? { id: action.playbook } : {}) } });
  };
  const tell = () => nav.go({ screen: "resolution", resolution: view.id });
  useCommands([
    { id: "open_resolution", title: "Resolve with a letter…", keys: ["e"], group: "Case", disabled: read_only, run: tell },
    ...view.actions.map((action) => {
      const keys = LOOKS[action.command]?.keys;
      return {
        id: action.command,
        title: action.title,
        group: "Case",
        disabled: why(action),
        run: () => run(action),
        ...(keys ? { keys: [keys] } : {}),
      };
    }),
  ]);
  // The partner is told before the case is resolved; resolving it without a word stays to be found by its name.
  const shown = view.actions.filter(({ command }) => command !== "resolve");
  return (
    <footer className={cx(ui.actionBar, css.bar, offline && css.modes)} role="toolbar" aria-label="Actions of the case">
      {shown.map((action) => {
        const look = LOOKS[action.command] ?? OTHER;
        const reason = why(action);
        const keys = LOOKS[action.command]?.keys;
        return (
          <Button
            key={action.command}
            icon={look.icon}
            kind={action.command === "new_notice" && !reason ? "primary" : "default"}
            command={action.command}
            mode={offline ? MODES[action.offline_class] : undefined}
            reason={reason}
            onPress={() => run(action)}
            {...(keys && !(offline && action.offline_class === "refuse") ? { keys } : {})}
          >
            {action.title}
          </Button>
        );
      })}
      <Button icon="check" keys="e" command="open_resolution" mode={offline ? "queue" : undefined} reason={read_only} onPress={tell}>
        Resolve
      </Button>
      <span className="grow" />
      {undo && (
        <Button kind="ghost" icon="undo" keys="z" command="undo" onPress={() => runCommand("undo")}>
          {left === null ? "Undo" : `Undo, ${left} s`}
        </Button>
      )}
      {waits && !offline && !undo && (
        <span className={cx("s12 t3 cut", css.hint)} title={waits}>
          {waits}
        </span>
      )}
    </footer>
  );
}
