import { useRef } from "react";
import type { ResolutionRow } from "../../generated/ResolutionRow";
import { Glyph } from "../../components/Glyph";
import { Button, Moment, toneText, ui } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { useCommands, useRunCommand } from "../../lib/commands";
import { useOffline, useStatus } from "../../lib/status";
import { cx, plural } from "../../lib/text";
import { freshness } from "../../lib/time";
import css from "./Case.module.css";

/** The letter that the case waits for, beside its status; nothing once it has gone out. */
export function ResolutionChip({ rows }: { rows: ResolutionRow[] }) {
  const runCommand = useRunCommand();
  // A later one takes the place of what was told before.
  const newest = rows[0];
  if (!newest || newest.status.state === "sent") return null;
  const { status, notice, title } = newest;
  return (
    <button
      type="button"
      className={ui.chip}
      data-command="open_resolutions"
      data-state={status.state}
      title={`${title} ${notice}: the case is resolved once it has gone out`}
      onClick={() => runCommand("open_resolutions")}
    >
      <Glyph tone={status.tone} label={null} />
      <span className={toneText(status.tone)}>{status.word}</span>
    </button>
  );
}

const ago = (at: number, now: number) => freshness(now - at, false);

/** What the case told of its resolution, and how far each has come. */
export function Resolutions({ rows }: { rows: ResolutionRow[] }) {
  const section = useRef<HTMLElement>(null);
  const runCommand = useRunCommand();
  const offline = useOffline();
  const { read_only } = useStatus();
  useCommands([
    {
      id: "open_resolutions",
      title: "What was told of the resolution",
      group: "Case",
      disabled: rows.length === 0 && "Nothing was told of a resolution",
      run: () => section.current?.focus(),
    },
  ]);
  if (rows.length === 0) return null;
  return (
    <section ref={section} className={ui.section} aria-label="Resolution" tabIndex={-1}>
      <div className={ui.sectionHead}>
        <h3>Resolution</h3>
        <span className={ui.n}>{rows.length > 1 && rows.length}</span>
      </div>
      <ul aria-label="What was told of the resolution" data-kind="resolutions">
        {rows.map((row, index) => (
          <li key={row.notice} className={css.item} data-id={row.notice} data-state={row.status.state}>
            <Glyph tone={row.status.tone} label={null} />
            <div>
              <div className="cut b">{row.title}</div>
              <div className={cx(css.small, "cut")}>
                {row.notice}, {channelName(row.channel)}
                {row.exceptions.length > 0 && `, ${plural(row.exceptions.length, "exception")}`}
              </div>
              <div className={cx(css.small, "cut")}>
                {row.by}, <Moment at={row.at} say={ago} />
              </div>
            </div>
            <div className={cx(css.right, toneText(row.status.tone))}>{row.status.word}</div>
            {index === 0 && row.status.state === "not_sent" && (
              <div className={cx(css.wide, css.acts)}>
                <Button
                  small
                  keys="e"
                  command="tell_again"
                  mode={offline ? "queue" : undefined}
                  reason={read_only}
                  onPress={() => runCommand("open_resolution")}
                >
                  Tell again
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
