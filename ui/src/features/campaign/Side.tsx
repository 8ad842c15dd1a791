import type { ReactNode } from "react";
import type { AnswerRow } from "../../generated/AnswerRow";
import type { CampaignView } from "../../generated/CampaignView";
import { Glyph } from "../../components/Glyph";
import { Button, Moment, ui } from "../../components/ui";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { plural, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Campaign.module.css";
import { ProgressPlot } from "./ProgressPlot";
import { Reminders } from "./Reminders";

/** What came of it beside the recipients: progress, reminders, what they asked, what does not count, evidence, who was left out. */
export function Side({ view, tabled, onTable }: { view: CampaignView; tabled: boolean; onTable: () => void }) {
  return (
    <aside className={css.side} aria-label="Progress, reminders and evidence" data-pane="campaign_side" tabIndex={0}>
      <ProgressPlot points={view.progress} recipients={view.row.counts.recipients} tabled={tabled} onTable={onTable} />
      <Reminders view={view} />
      <Answers title="Questions and remarks" rows={view.questions} draw={({ text }) => <p className={css.quote}>{text}</p>} />
      <Answers
        title="Not counted"
        rows={view.quarantined}
        draw={({ reason, sha256, text }) => (
          <>
            <p className="conf">
              {reason}
              {sha256 && (
                <>
                  {" "}
                  <span className="mono" title={sha256}>
                    {shortHash(sha256)}
                  </span>
                </>
              )}
            </p>
            {text && <p className={css.quote}>{text}</p>}
          </>
        )}
      />
      <Evidence view={view} />
      <LeftOut view={view} />
    </aside>
  );
}

function Section({ title, said, children }: { title: string; said?: ReactNode; children: ReactNode }) {
  return (
    <section className={ui.section} aria-label={title}>
      <div className={ui.sectionHead}>
        <h2>{title}</h2>
        <span className={ui.r}>{said}</span>
      </div>
      {children}
    </section>
  );
}

function Answers({ title, rows, draw }: { title: string; rows: AnswerRow[]; draw: (row: AnswerRow) => ReactNode }) {
  if (rows.length === 0) return null;
  return (
    <Section title={title} said={count(rows.length)}>
      <ul className={css.answers}>
        {rows.map((row) => (
          <li key={`${row.partner} ${row.at} ${row.state}`} data-partner={row.partner}>
            <p className="fx">
              <span className="b cut" title={row.name}>
                {row.name}
              </span>
              <span className="t3 s12 cut grow">{row.by}</span>
              <Moment className="t3 s12" at={row.at} say={dateTime} />
            </p>
            {draw(row)}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Evidence({ view: { row, evidence } }: { view: CampaignView }) {
  const nav = useNav();
  const { files, proven, pack, pack_sha256 } = evidence;
  return (
    <Section title="Evidence" said={pack_sha256 ? "made at close" : "made at close, or now"}>
      <dl className={css.rows}>
        <dt>
          <Glyph tone={row.document.sha256 ? "ok" : "none"} label={null} /> Document
        </dt>
        <dd className="mono" title={row.document.sha256}>
          {shortHash(row.document.sha256)}
        </dd>
        <dt>
          <Glyph tone={files === 0 ? "none" : proven === files ? "ok" : "queue"} label={null} /> Signed confirmations
        </dt>
        <dd>
          {files === 0
            ? row.signed
              ? "none yet"
              : "not asked for"
            : proven === files
              ? plural(files, "file")
              : `${count(proven)} of ${count(files)}`}
        </dd>
        <dt>
          <Glyph tone={pack_sha256 ? "ok" : "none"} label={null} /> Evidence pack
        </dt>
        <dd>
          {pack && pack_sha256 ? (
            <Button small kind="ghost" command="open_pack" onPress={() => nav.go({ dialog: { name: "attachment", id: pack } })}>
              <span className="mono">{shortHash(pack_sha256)}</span>
            </Button>
          ) : (
            <span className="mono">{pack_sha256 ? shortHash(pack_sha256) : "–"}</span>
          )}
        </dd>
      </dl>
    </Section>
  );
}

function LeftOut({ view: { left_out } }: { view: CampaignView }) {
  if (left_out.length === 0) return null;
  return (
    <Section title="Left out" said={count(left_out.length)}>
      <ul className={css.answers}>
        {left_out.map((one) => (
          <li key={one.partner} data-partner={one.partner}>
            <p className="fx">
              <span className="b cut" title={one.name}>
                {one.name}
              </span>
              <span className="grow" />
              <span className="t3 s12">{one.by ?? "by rule"}</span>
            </p>
            <p className="t2">{one.reason}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
