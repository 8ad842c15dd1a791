import type { CampaignRow } from "../../generated/CampaignRow";
import type { CampaignView } from "../../generated/CampaignView";
import type { SourceAge } from "../../generated/SourceAge";
import { Button, Fresh, Moment, StatusText, Tag, ui } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { useOldest } from "../../lib/status";
import { capital, cx, groupedHash, plural } from "../../lib/text";
import { civil, dateTime, daysTo, left } from "../../lib/time";
import type { Act } from "./Actions";
import css from "./Campaign.module.css";
import { Legend, StateBar } from "./StateBar";
import { answered, isRunning } from "./states";

interface HeadProps {
  row: CampaignRow | null;
  sources: SourceAge[] | undefined;
  onReview?: () => void;
  onCase?: () => void;
  pack?: Act;
}

export function CampaignHead({ row, sources, onReview, onCase, pack }: HeadProps) {
  const nav = useNav();
  const other = row?.superseded_by ?? row?.supersedes;
  return (
    <header className={ui.viewHead}>
      <h1>Campaigns</h1>
      {row && (
        <>
          <span className="t2">{row.number}</span>
          <span className="bb cut" title={row.title}>
            {row.title}
          </span>
          <Tag line>{capital(row.document.class)}</Tag>
          <StatusText status={row.status} className="s12" />
        </>
      )}
      <span className="grow" />
      <Fresh source={useOldest(sources)} />
      {row && other && (
        <Button small kind="ghost" icon="link" command="open_other_version" onPress={() => nav.go({ campaign: other })}>
          {row.superseded_by ? "Superseded by" : "Supersedes"} {other}
        </Button>
      )}
      {row?.review && (
        <Button small kind="ghost" icon="review" keys="a" command="open_campaign_review" onPress={onReview}>
          Review
        </Button>
      )}
      {row && (
        <Button small kind="ghost" keys="u" command="open_campaign_case" onPress={onCase}>
          Case {row.case_number}
        </Button>
      )}
      {row && pack && (
        <Button small keys="Shift+P" command="export_campaign" reason={pack.reason} onPress={pack.run}>
          Evidence pack
        </Button>
      )}
    </header>
  );
}

/** Since when, how far, of which document and until when. */
export function CampaignFacts({ view: { row, must_repeat } }: { view: CampaignView }) {
  const { counts, document } = row;
  const done = answered(counts);
  const terms = [row.view_first && "viewed first", row.signed && "signed"].filter(Boolean).join(", ");
  return (
    <div className={css.facts}>
      <div className={css.fact}>
        <span className={css.label}>Since launch</span>
        <SinceLaunch at={row.at} />
        <span className={cx(css.label, "cut")} title={`by ${row.maker_name}`}>
          <Moment at={row.at} say={dateTime} />
        </span>
      </div>
      <div className={css.progress}>
        <p className="fx">
          <b className="bb">
            {count(done)} of {count(counts.recipients)} answered
          </b>
          <span className="t2">{counts.recipients > 0 ? `${Math.floor((done / counts.recipients) * 100)} %` : ""}</span>
          <span className="grow" />
          {must_repeat > 0 && <span className="t2 s12">{plural(must_repeat, "must repeat", "must repeat")}</span>}
        </p>
        <StateBar counts={counts} />
        <Legend counts={counts} />
      </div>
      <div className={css.fact} data-wide>
        <span className={css.label}>
          Version {document.version}
          {terms && `, ${terms}`}
        </span>
        <span className="b cut" title={document.name}>
          {document.name}
        </span>
        <span className={cx(css.label, "cut")} title={document.sha256} data-selectable>
          <span className="mono">{groupedHash(document.sha256)}</span>
        </span>
      </div>
      <div className={css.fact}>
        <span className={css.label}>Due</span>
        <Due day={row.due} running={isRunning(row.status.state)} />
      </div>
    </div>
  );
}

function SinceLaunch({ at }: { at: number }) {
  const now = useNow(60_000);
  return <span className={css.big}>{left(Math.max(0, now - at))}</span>;
}

function Due({ day, running }: { day: string; running: boolean }) {
  const now = useNow(60_000);
  const { zone } = useClock();
  const days = daysTo(day, now, zone);
  const words = days < 0 ? `over since ${plural(-days, "day")}` : days === 0 ? "ends today" : `${plural(days, "day")} left`;
  return (
    <>
      <span className={cx(css.big, running && days < 0 && "late")}>{civil(day, now, zone)}</span>
      <span className={css.label}>{running ? words : day}</span>
    </>
  );
}
