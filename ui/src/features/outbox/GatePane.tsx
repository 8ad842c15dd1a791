import type { OutboxRow } from "../../generated/OutboxRow";
import { Glyph } from "../../components/Glyph";
import { Button, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useNav } from "../../lib/nav";
import { cx, plural, sentence } from "../../lib/text";
import css from "./Outbox.module.css";

const WHAT: Record<string, string> = {
  review: "Others sign exactly this content before it leaves. It opens by itself with the last signature.",
  second_person: "A second person confirms before this goes on.",
  live_check: "A system is asked for its answer of this moment before this goes on.",
  release_check: "After the release, what was produced is compared with what was approved. It opens by itself when both are equal.",
};

/** A gate: nothing is sent here, something is waited for. */
export function GatePane({ row }: { row: OutboxRow }) {
  const nav = useNav();
  const review = row.operation === "review";
  const open = () => nav.go({ screen: "review", review: null });
  useCommands(review ? [{ id: "open_step_review", title: "Open the review", keys: ["Enter"], group: "Outbox", run: open }] : []);
  return (
    <aside className={css.inspect} aria-label="Gate" data-pane="step" data-id={row.id}>
      <div className={css.inspectBody}>
        <div className={css.head}>
          <div className="fx">
            <Glyph tone={row.status.tone} size={14} label={row.status.word} />
            <h2>{row.effect}</h2>
          </div>
          <p className="t2">{WHAT[row.operation] ?? sentence(row.status.word)}</p>
        </div>
        {row.holds > 0 && (
          <div className={cx(ui.group, css.sub)}>
            <span>Holds {plural(row.holds, "step")}</span>
          </div>
        )}
      </div>
      {review && (
        <footer className={ui.actionBar} role="toolbar" aria-label="Actions of the gate">
          <span className="grow" />
          <Button kind="primary" keys="Enter" command="open_step_review" onPress={open}>
            Open review
          </Button>
        </footer>
      )}
    </aside>
  );
}
