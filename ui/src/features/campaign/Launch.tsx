import type { CampaignPlan } from "../../generated/CampaignPlan";
import type { Problem } from "../../generated/Problem";
import type { PlannedReminder } from "../../generated/PlannedReminder";
import type { SegmentCount } from "../../generated/SegmentCount";
import { Glyph } from "../../components/Glyph";
import { Button, Note, ui } from "../../components/ui";
import { count } from "../../lib/money";
import { useOffline } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { civilWeekday } from "../../lib/time";
import css from "./NewCampaign.module.css";
import { planWords } from "./planWords";

interface Props {
  plan: CampaignPlan | undefined;
  title: string;
  blocked: string | null;
  settled: boolean;
  /** Why it was not launched. */
  problem: Problem | null;
  /** What is different since then. */
  changes: string[];
  run: () => void;
}

/** When they are reminded, how many of which kind, and the launch of exactly this. */
export function Launch({ plan, title, blocked, settled, problem, changes, run }: Props) {
  const offline = useOffline();
  const reviewed = plan !== undefined && plan.signatures > 0;
  return (
    <aside className={css.side} aria-label="Reminders, segments and launch" data-pane="campaign_launch">
      <div className={css.scroll}>
        <Planned plan={plan} />
        {plan && <Segments rows={plan.volumes} />}
      </div>
      <footer className={css.launch}>
        {problem && (
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
            {changes.length > 0 && (
              <ul className={css.changes} aria-label="What changed">
                {changes.map((change) => (
                  <li key={change}>{change}</li>
                ))}
              </ul>
            )}
          </Note>
        )}
        <p className="s12">
          {plan?.effect}{" "}
          {plan?.root && (
            <span className="mono t3" title={plan.root}>
              {shortHash(plan.root)}
            </span>
          )}
        </p>
        <p className={cx("s12", css.blocked)} role="status">
          {blocked && (
            <>
              <Glyph tone={settled ? "late" : "run"} label={null} />
              <span>
                {blocked}
                {offline && " What you entered is kept; recipients are looked at again before the launch."}
              </span>
            </>
          )}
        </p>
        <Button
          kind="primary"
          icon={reviewed ? "review" : "send"}
          command="launch_campaign"
          {...(offline ? {} : { keys: "Mod+Enter" })}
          mode={offline ? "needs network" : undefined}
          reason={blocked}
          onPress={run}
        >
          {title}
        </Button>
      </footer>
    </aside>
  );
}

const WHY: Record<string, string> = { every: "By interval", before_due: "Before due" };

function Planned({ plan }: { plan: CampaignPlan | undefined }) {
  const rows: PlannedReminder[] = plan?.reminders ?? [];
  return (
    <section className={ui.section} aria-label="Planned reminders">
      <div className={ui.sectionHead}>
        <h2>Reminders</h2>
        <span className={ui.n}>{rows.length || ""}</span>
        <span className={ui.r}>{plan && planWords(plan)}</span>
      </div>
      {rows.length > 0 ? (
        <>
          <ol className={css.planned} tabIndex={0} aria-label="Days of reminders">
            {rows.map((one) => (
              <li key={one.number}>
                <Glyph tone="queue" label={null} />
                <span className="tn" title={one.day}>
                  {civilWeekday(one.day)}
                </span>
                <span className="t3">{WHY[one.why] ?? one.why}</span>
              </li>
            ))}
          </ol>
          <p className={css.hint}>
            Days where the recipient is, when their day opens; a day closed there moves it. Whoever has answered gets none.
          </p>
        </>
      ) : (
        <p className={css.hint}>{plan?.root ? "None are planned." : "Planned once there are a document and a last day."}</p>
      )}
    </section>
  );
}

function Segments({ rows }: { rows: SegmentCount[] }) {
  if (rows.length === 0) return null;
  return (
    <section className={ui.section} aria-label="By segment">
      <div className={ui.sectionHead}>
        <h2>By segment</h2>
        <span className={ui.n}>{count(rows.length)}</span>
      </div>
      <div className={css.segments}>
        <table>
          <thead>
            <tr>
              <th scope="col">Country</th>
              <th scope="col">Tier</th>
              <th scope="col">Language</th>
              <th scope="col" className="num">
                Recipients
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.country} ${row.tier} ${row.language}`}>
                <th scope="row">{row.country}</th>
                <td>{row.tier}</td>
                <td>{row.language}</td>
                <td className="num">{count(row.recipients)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
