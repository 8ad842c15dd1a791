import type { RecipientRow } from "../../generated/RecipientRow";
import { Button, Moment, ui } from "../../components/ui";
import { useOffline } from "../../lib/status";
import { cx, plural } from "../../lib/text";
import { dateTime } from "../../lib/time";
import { wordsOf } from "./RecipientList";
import css from "./Campaign.module.css";

export interface Act {
  /** Why it cannot be done now. */
  reason: string | null;
  run: () => void;
}
export type Acts = Record<"waive" | "remind" | "close" | "supersede" | "pack", Act>;

/** What can be done with the chosen recipient and with the campaign, and what is known of the one that is chosen. */
export function Actions({ acts, chosen, asked }: { acts: Acts; chosen: RecipientRow | null; asked: boolean }) {
  const offline = useOffline();
  const queue = offline ? "queue" : undefined;
  return (
    <footer className={ui.actionBar} role="toolbar" aria-label="Actions of the campaign">
      <Button
        icon="send"
        kind={acts.remind.reason ? "default" : "primary"}
        keys="r"
        command="remind"
        mode={queue}
        reason={acts.remind.reason}
        onPress={acts.remind.run}
      >
        Send reminder
      </Button>
      <Button icon="x" keys="w" command="waive" mode={queue} reason={acts.waive.reason} onPress={acts.waive.run}>
        Waive
      </Button>
      <span className={ui.sep} />
      <Button icon="undo" keys="s" command="supersede" reason={acts.supersede.reason} onPress={acts.supersede.run}>
        Supersede
      </Button>
      <Button
        icon="check"
        keys="c"
        command="close_campaign"
        mode={offline ? "needs network" : undefined}
        reason={acts.close.reason}
        onPress={acts.close.run}
      >
        Close
      </Button>
      <span className="grow" />
      {chosen && (
        <span className={cx("s12 t2 cut", css.hint)} title={chosen.text || undefined}>
          {chosen.name}: {wordsOf(chosen)}
          {asked && `, ${plural(chosen.reminders + 1, "try", "tries")}`}
          {chosen.at !== null && (
            <>
              , last <Moment at={chosen.at} say={dateTime} />
            </>
          )}
          {chosen.text && `: “${chosen.text}”`}
        </span>
      )}
    </footer>
  );
}
