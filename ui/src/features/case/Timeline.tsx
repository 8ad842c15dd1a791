import { Fragment, useState } from "react";
import type { CaseView } from "../../generated/CaseView";
import type { SystemName } from "../../generated/SystemName";
import type { TimelineEntry } from "../../generated/TimelineEntry";
import { Icon } from "../../components/Icon";
import { RemoteHtml } from "../../components/RemoteHtml";
import { Button, Empty, Moment, Note, StatusText, Tag, ui } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { useRead } from "../../lib/data";
import { bytes, count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { SYSTEM_TITLES } from "../../lib/status";
import { SYSTEM_ICONS } from "../../lib/systems";
import { cx, shortHash } from "../../lib/text";
import { dateTime, hourMinute, iso, longDay, sameDay } from "../../lib/time";
import css from "./Case.module.css";

const PAGE = 100;

/** Newest first; what will follow stands on top. A lane (thread, internal) is the same list, narrowed. */
export function Timeline({ view, lane, sources }: { view: CaseView; lane: string | null; sources: SystemName[] }) {
  const [limit, setLimit] = useState(PAGE);
  const own = lane === null && limit <= PAGE;
  const page = useRead(
    "get_timeline",
    { id: view.id, offset: 0, limit: Math.min(limit, 200), ...(lane ? { lane } : {}) },
    { enabled: !own, keep: true },
  );
  const shown = own ? view.timeline : page.data;
  const now = useNow(60_000);
  const { zone } = useClock();
  if (page.error && !own) {
    return (
      <Note tone="fail">
        <b>{page.error.message}</b> {page.error.detail}
      </Note>
    );
  }
  if (!shown) return null;
  const entries = sources.length ? shown.entries.filter((entry) => sources.includes(entry.system)) : shown.entries;
  if (entries.length === 0) {
    return sources.length ? (
      <Empty title="Nothing from these systems">{count(shown.entries.length)} entries from others</Empty>
    ) : (
      <Empty title={lane === "thread" ? "No message yet" : lane === "internal" ? "No internal note yet" : "Nothing happened yet"}>
        {lane === "thread" ? "r writes to the partner." : lane === "internal" ? "Shift+N writes a note." : ""}
      </Empty>
    );
  }
  let day: number | null = now;
  return (
    <>
      <ol className={css.timeline} data-kind="timeline" aria-label="Timeline">
        {entries.map((entry) => {
          const newDay = entry.at !== null && (day === null || !sameDay(entry.at, day, zone));
          if (entry.at !== null) day = entry.at;
          return (
            <Fragment key={entry.id}>
              {newDay && entry.at !== null && <li className={css.day}>{longDay(entry.at, zone)}</li>}
              <Event entry={entry} />
            </Fragment>
          );
        })}
      </ol>
      {shown.total > shown.entries.length && limit < 200 && (
        <div className={css.more}>
          <Button small kind="ghost" command="older" onPress={() => setLimit((before) => before + PAGE)}>
            Older, {count(shown.total - shown.entries.length)} more
          </Button>
        </div>
      )}
    </>
  );
}

function Event({ entry }: { entry: TimelineEntry }) {
  const nav = useNav();
  const { zone } = useClock();
  const [whole, setWhole] = useState(false);
  const open = entry.target;
  const go = () => {
    if (open) nav.go(destination(open));
  };
  const long = (entry.excerpt?.length ?? 0) > 240;
  return (
    <li className={css.event} data-id={entry.id} data-phase={entry.phase} data-link={open || undefined} onDoubleClick={go}>
      {entry.at === null ? (
        <span className={css.next}>next</span>
      ) : (
        <time dateTime={iso(entry.at)} title={iso(entry.at)}>
          {hourMinute(entry.at, zone)}
        </time>
      )}
      <span className={css.source} role="img" aria-label={SYSTEM_TITLES[entry.system]} title={SYSTEM_TITLES[entry.system]}>
        <Icon name={SYSTEM_ICONS[entry.system]} />
      </span>
      <div>
        <p className="cut" title={`${entry.actor} ${entry.text}`}>
          {entry.actor && <span className="b">{entry.actor} </span>}
          <span className="t2">{entry.text}</span>
          {entry.hash && <span className="mono t3"> {shortHash(entry.hash)}</span>}
        </p>
        {entry.html && whole ? (
          <RemoteHtml html={entry.html} className={css.quote} />
        ) : (
          entry.excerpt && (
            <p className={cx(css.quote, !whole && css.clamp)} data-selectable>
              {entry.excerpt}
            </p>
          )
        )}
        {(long || (entry.html && entry.excerpt && entry.html.length > entry.excerpt.length + 40)) && (
          <button type="button" className={ui.chip} style={{ marginTop: 3, height: 20 }} onClick={() => setWhole(!whole)}>
            {whole ? "Less" : "Whole message"}
          </button>
        )}
        {entry.attachments.length > 0 && (
          <div className={css.attachments}>
            {entry.attachments.map((one) => (
              <button
                key={one.id}
                type="button"
                className={ui.chip}
                data-command="open_attachment"
                data-id={one.id}
                title={one.local ? "On this machine" : "Read from its system when opened"}
                onClick={() => nav.go({ dialog: { name: "attachment", id: one.id } })}
              >
                <Icon name="clip" size={12} />
                {one.name}
                {one.size !== null && <i>{bytes(one.size)}</i>}
              </button>
            ))}
          </div>
        )}
      </div>
      <span className={css.edge}>
        {entry.visibility === "internal" && <Tag icon="lock">Internal</Tag>}
        {entry.visibility === "partner" && <Tag line>Partner</Tag>}
        {entry.status && <StatusText status={entry.status} plain />}
        {(entry.note || entry.note_at !== null) && (
          <span className="cut">
            {entry.note} {entry.note_at !== null && <Moment at={entry.note_at} say={dateTime} />}
          </span>
        )}
        {entry.received_at !== null && !entry.note && !entry.status && (
          <span>
            received <Moment at={entry.received_at} say={dateTime} />
          </span>
        )}
      </span>
    </li>
  );
}

/** Where a thing is looked at. */
function destination(id: string): Parameters<ReturnType<typeof useNav>["go"]>[0] {
  if (id.startsWith("document:")) return { screen: "documents", document: id };
  if (id.startsWith("review:")) return { screen: "review", review: id };
  if (id.startsWith("attachment:")) return { dialog: { name: "attachment", id } };
  return { screen: "outbox", step: id };
}
