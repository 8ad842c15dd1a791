import type { CampaignView } from "../../generated/CampaignView";
import { Glyph } from "../../components/Glyph";
import { Moment, ui } from "../../components/ui";
import { count } from "../../lib/money";
import { dateTime } from "../../lib/time";
import { planWords } from "./planWords";
import css from "./Campaign.module.css";

/** Reminders that were sent, and the next one; whoever answers gets none. */
export function Reminders({ view }: { view: CampaignView }) {
  const { reminders, next_reminder, next_reminder_recipients } = view;
  return (
    <section className={ui.section} aria-label="Reminders">
      <div className={ui.sectionHead}>
        <h2>Reminders</h2>
        <span className={ui.r}>{planWords(view)}</span>
      </div>
      <ul className={css.reminders}>
        {next_reminder !== null && (
          <li data-due>
            <Glyph tone="queue" label="Due" />
            <span>Next</span>
            <Moment className="t2 num" at={next_reminder} say={dateTime} />
            <span className="num">{count(next_reminder_recipients)} due</span>
          </li>
        )}
        {reminders.map((one) => (
          <li key={`${one.at} ${one.by}`}>
            <Glyph tone="ok" label="Sent" />
            <span className="cut" title={one.by}>
              {one.by}
            </span>
            <Moment className="t2 num" at={one.at} say={dateTime} />
            <span className="num">{count(one.recipients)} sent</span>
          </li>
        ))}
      </ul>
      {next_reminder === null && reminders.length === 0 && <p className={css.none}>None sent, none due</p>}
    </section>
  );
}
