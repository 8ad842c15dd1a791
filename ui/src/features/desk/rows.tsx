import type { CaseRow } from "../../generated/CaseRow";
import type { DocumentRow } from "../../generated/DocumentRow";
import type { ExceptionRow } from "../../generated/ExceptionRow";
import type { StatusWord } from "../../generated/StatusWord";
import { Glyph } from "../../components/Glyph";
import { listCss } from "../../components/VirtualList";
import { Avatar, Moment, toneText } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { cx } from "../../lib/text";
import { due, iso, shortTime } from "../../lib/time";
import css from "./Desk.module.css";

export const CASE_COLUMNS = "12px 38px minmax(0,1fr) 64px 20px";
export const EXCEPTION_COLUMNS = "12px minmax(0,1fr) 86px 38px";
export const DOCUMENT_COLUMNS = "98px minmax(0,1fr) 84px 60px 40px";

const DUE_WORDS: Record<string, string> = {
  late: "Due soon",
  breached: "Overdue",
  paused: "Clock paused",
  met: "Done",
  running: "In time",
  none: "No due date",
};

export function CaseLine({ row }: { row: CaseRow }) {
  return (
    <>
      <span role="gridcell">
        {row.unread && <i className={listCss.unread} role="img" aria-label="Unread" />}
        <Glyph
          tone={row.pending_steps > 0 && row.due.tone === "wait" ? "queue" : row.due.tone}
          label={`${DUE_WORDS[row.due.state] ?? row.due.state}${row.pending_steps ? `, ${row.pending_steps} steps on their way` : ""}`}
        />
      </span>
      <span className="t3 tn" role="gridcell">
        {row.number.replace(/^PC-/, "")}
      </span>
      <span className="cut" role="gridcell" title={`${row.partner_full}: ${row.subject}`}>
        <span className="b">{row.partner}</span>
        &ensp;<span className="t2">{row.subject}</span>
      </span>
      <span
        className={cx("num", row.due.tone === "late" || row.due.tone === "fail" ? `${toneText(row.due.tone)} b` : "t2")}
        role="gridcell"
      >
        <DueIn row={row} />
      </span>
      <span role="gridcell" style={{ display: "flex" }}>
        <Avatar owner={row.owner} />
      </span>
    </>
  );
}

function DueIn({ row }: { row: CaseRow }) {
  const now = useNow(60_000);
  const { zone } = useClock();
  const { at, state } = row.due;
  if (at === null || state === "paused" || state === "met") return <>{state === "none" ? "" : state}</>;
  return <time dateTime={iso(at)}>{due(at, now, zone)}</time>;
}

export function ExceptionLine({ row }: { row: ExceptionRow }) {
  return (
    <>
      <span role="gridcell">
        <Glyph tone={row.tone} />
      </span>
      <span className={cx("cut", row.case !== null && "b")} role="gridcell" title={row.title}>
        {row.title}
      </span>
      <span className="cut t2 s12" role="gridcell" title={row.on}>
        {row.state === "open" ? row.on : row.state}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.since} say={shortTime} />
      </span>
    </>
  );
}

/** A number says what it is and stands first; a long message name would leave no room for the word and stands last. */
function Kind({ code, kind }: { code: string; kind: string }) {
  const dim = <span className={css.code}>{code}</span>;
  return code.length > 4 ? (
    <>
      {kind} {dim}
    </>
  ) : (
    <>
      {dim}
      {kind}
    </>
  );
}

export function DocumentLine({ row, linked }: { row: DocumentRow; linked: boolean }) {
  return (
    <>
      <span className="cut" role="gridcell" title={`${row.code} ${row.kind}`}>
        <Kind code={row.code} kind={row.kind} />
      </span>
      <span className={cx("cut", linked && "b")} role="gridcell" title={row.number}>
        {row.number}
      </span>
      <span className={cx("cut s12", row.status && linked ? toneText(row.status.tone) : "t2")} role="gridcell" title={row.partner}>
        {linked && row.status ? row.status.word : row.partner}
      </span>
      <Tracks tracks={[row.tracks.validation, row.tracks.delivery, row.tracks.acknowledgement]} />
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.event_at} say={shortTime} />
      </span>
    </>
  );
}

const NAMES = ["Validation", "Delivery", "Acknowledgement"];

function Tracks({ tracks }: { tracks: StatusWord[] }) {
  return (
    <span className={css.lanes} role="gridcell">
      {tracks.map((track, index) => (
        <span key={NAMES[index]} title={`${NAMES[index]}: ${track.word}`}>
          <Glyph tone={track.tone} label={`${NAMES[index]} ${track.word}`} />
        </span>
      ))}
    </span>
  );
}

export function TrackHeads() {
  return (
    <span className={cx(css.lanes, css.heads)}>
      <span title="Validation">Val</span>
      <span title="Delivery">Del</span>
      <span title="Acknowledgement">Ack</span>
    </span>
  );
}
