import { useCallback, useState } from "react";
import type { AddresseeRow } from "../../generated/AddresseeRow";
import type { DistributionView } from "../../generated/DistributionView";
import { Glyph } from "../../components/Glyph";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Fresh, Moment, Note, StatusText, Tag, toneText, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { usePages } from "../../lib/paged";
import { useOldest, useStatus } from "../../lib/status";
import { cx, groupedHash, shortHash } from "../../lib/text";
import { dateTime, shortTime } from "../../lib/time";
import css from "./Distribution.module.css";
import { type Filter, choicesOf, proofTitle } from "./states";

const COLUMNS = "12px minmax(0,1.2fr) minmax(0,0.9fr) minmax(0,1.2fr) 64px 64px 92px 92px";
/** The same object every time. */
const ROWS = { page: (view: DistributionView) => view.rows, id: (row: AddresseeRow) => row.partner };
const drawRow = (row: AddresseeRow) => <Row row={row} />;

/** One distribution: every recipient with the proof of delivery. */
export function DistributionPage() {
  const nav = useNav();
  if (nav.distribution === null) {
    return (
      <>
        <header className={ui.viewHead}>
          <h1>Distributions</h1>
        </header>
        <Empty
          title="No distribution chosen"
          action={
            <Button small keys="g p" command="go_distributions" onPress={() => nav.go({ screen: "distributions" })}>
              All distributions
            </Button>
          }
        />
      </>
    );
  }
  return <Distribution key={nav.distribution} id={nav.distribution} />;
}

function Distribution({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const { read_only } = useStatus();
  const { density } = useLook();
  const [filter, setFilter] = useState<Filter>("all");
  const [selected, setSelected] = useState<string | null>(null);
  const pages = usePages("get_distribution", { id, ...(filter === "all" ? {} : { only: filter }) }, ROWS);
  const { answer: view, at, find, problem, total } = pages;
  const retry = useSend("retry_distribution");
  const line = useCallback(
    (index: number): Line<AddresseeRow> => ({ kind: "row", key: at(index)?.partner ?? `empty:${index}`, row: at(index) }),
    [at],
  );
  const select = useCallback((row: AddresseeRow) => setSelected(row.partner), []);
  const chosen = at((selected === null ? null : find(selected)) ?? 0) ?? null;
  const blocked = read_only ?? (view ? view.retry_blocked : "Being read") ?? (retry.isPending ? "Under way" : null);
  const again = () => {
    if (blocked !== null) return;
    retry.mutate({ id }, { onSuccess: ({ text }) => echo.say(text), onError: echo.fail });
  };
  const openReview = () => view && nav.go({ screen: "review", review: view.row.review });
  const openCase = () => view && nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } });
  const unread = view === undefined && "Being read";
  const choices = view ? choicesOf(view.row.counts, filter) : [];
  const oldest = useOldest(view?.sources);
  useCommands([
    { id: "retry_distribution", title: "Send again to who failed", keys: ["r"], group: "Distribution", disabled: blocked, run: again },
    { id: "open_distribution_review", title: "Open the review", keys: ["a"], group: "Distribution", disabled: unread, run: openReview },
    { id: "open_distribution_case", title: "Open the case", keys: ["u"], group: "Distribution", disabled: unread, run: openCase },
  ]);
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Distributions</h1>
        {view && (
          <>
            <span className="t2">{view.row.number}</span>
            <span className="bb cut" title={view.row.title}>
              {view.row.title}
            </span>
            <Tag line>{proofTitle(view.row.proof)}</Tag>
            <StatusText status={view.row.status} className="s12" />
          </>
        )}
        <span className="grow" />
        <Fresh source={oldest} />
        <Button small kind="ghost" icon="review" keys="a" command="open_distribution_review" onPress={openReview}>
          Review
        </Button>
        <Button small kind="ghost" keys="u" command="open_distribution_case" onPress={openCase}>
          {view ? `Case ${view.row.case_number}` : "Case"}
        </Button>
        <Button small keys="r" command="retry_distribution" reason={blocked} onPress={again}>
          Send again to who failed
        </Button>
      </header>
      {problem && (
        <>
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
          </Note>
          {!view && <Empty title="The distribution cannot be shown">Nothing about it was changed.</Empty>}
        </>
      )}
      {view && view.tasks > 0 && (
        <Note tone="late">
          <b>{count(view.tasks)} to look after</b>: without a proof {view.unproven_hours} hours after sending, or not delivered.
        </Note>
      )}
      {view && (
        <div className={css.body}>
          <section className={css.list} aria-label="Recipients" data-pane="recipients">
            <div className={css.filters} role="group" aria-label="Show recipients">
              <span className={css.chips}>
                <Chip id="all" title="All" n={view.row.counts.recipients} filter={filter} setFilter={setFilter} />
                {choices.map(({ name, title }) => (
                  <Chip key={name} id={name} title={title} n={view.row.counts[name]} filter={filter} setFilter={setFilter} />
                ))}
              </span>
            </div>
            <ColumnHeads columns={COLUMNS}>
              <span />
              <span>Recipient</span>
              <span>Address</span>
              <span>State</span>
              <span className="num">Sent</span>
              <span className="num">Delivered</span>
              <span className={css.after}>Proof</span>
              <span className={css.after}>Transaction</span>
            </ColumnHeads>
            {total === 0 ? (
              <Empty title="Nobody under this state" />
            ) : (
              <VirtualList
                key={filter}
                label="Recipients"
                name={`distribution ${id} ${filter}`}
                columns={COLUMNS}
                count={total}
                line={line}
                height={ROW_HEIGHT[density]}
                id={(row) => row.partner}
                draw={drawRow}
                selected={chosen?.partner ?? null}
                onSelect={select}
                onRange={pages.onRange}
                rowProps={(row) => ({ "data-row": row.partner, "data-state": row.status.state })}
                autoFocus
              />
            )}
          </section>
          <Side view={view} chosen={chosen} />
        </div>
      )}
    </>
  );
}

interface ChipProps {
  id: Filter;
  title: string;
  n: number;
  filter: Filter;
  setFilter: (filter: Filter) => void;
}

function Chip({ id, title, n, filter, setFilter }: ChipProps) {
  return (
    <button type="button" className={css.chip} data-id={id} aria-pressed={filter === id} onClick={() => setFilter(id)}>
      {title} <b>{count(n)}</b>
    </button>
  );
}

function Row({ row }: { row: AddresseeRow }) {
  const { status } = row;
  const words = row.reason ? `${status.word}, ${row.reason}` : status.word;
  return (
    <>
      <span className="fx" role="gridcell">
        <Glyph tone={status.tone} label={null} />
      </span>
      <span className="cut b" role="gridcell" title={row.name}>
        {row.name}
      </span>
      <span className="cut mono t2 s12" role="gridcell" title={row.address}>
        {row.address}
      </span>
      <span className={cx("cut s12", toneText(status.tone))} role="gridcell" title={words}>
        {words}
      </span>
      <span className="num t3 s12" role="gridcell">
        {row.sent_at !== null && <Moment at={row.sent_at} say={shortTime} />}
      </span>
      <span className="num t3 s12" role="gridcell">
        {row.delivered_at !== null && <Moment at={row.delivered_at} say={shortTime} />}
      </span>
      <span className={cx("mono s12", css.after)} role="gridcell" title={row.proof_sha256 ?? ""}>
        {row.proof_sha256 ? shortHash(row.proof_sha256) : ""}
      </span>
      <span className={cx("cut t2 s12", css.after)} role="gridcell" title={row.transaction ?? ""}>
        {row.transaction}
      </span>
    </>
  );
}

/** What is kept of the chosen recipient, who was left out, and proofs that prove nothing. */
function Side({ view, chosen }: { view: DistributionView; chosen: AddresseeRow | null }) {
  return (
    <aside className={css.side} aria-label="Proof and details" data-pane="distribution_side" tabIndex={-1}>
      {chosen && (
        <section className={ui.section} aria-label="Chosen recipient">
          <div className={ui.sectionHead}>
            <h2>{chosen.name}</h2>
          </div>
          <dl className={css.rows}>
            <dt>Control numbers</dt>
            <dd>{chosen.control || "–"}</dd>
            <dt>Acknowledgement</dt>
            <dd>{chosen.acknowledgement || "–"}</dd>
            <dt>Proof stored</dt>
            <dd>{chosen.proof_at === null ? "–" : <Moment at={chosen.proof_at} say={dateTime} />}</dd>
            {chosen.due_at !== null && (
              <>
                <dt>Awaited until</dt>
                <dd>
                  <Moment at={chosen.due_at} say={dateTime} />
                </dd>
              </>
            )}
            {chosen.reminded_at !== null && (
              <>
                <dt>Asked by another channel</dt>
                <dd>
                  <Moment at={chosen.reminded_at} say={dateTime} />
                </dd>
              </>
            )}
          </dl>
          {[
            ["Message", chosen.message_id],
            ["Proof, SHA-256", chosen.proof_sha256],
            ["Record of the grid, SHA-256", chosen.grid_record_sha256],
          ].map(
            ([title, value]) =>
              value && (
                <p key={title} className={css.hint} data-selectable>
                  {title}: <span className="mono">{value}</span>
                </p>
              ),
          )}
        </section>
      )}
      {view.quarantined.length > 0 && (
        <section className={ui.section} aria-label="Proofs that prove nothing">
          <div className={ui.sectionHead}>
            <h2>Proofs that prove nothing</h2>
            <span className={ui.n}>{count(view.quarantined.length)}</span>
          </div>
          <ul className={css.items}>
            {view.quarantined.map((one) => (
              <li key={`${one.partner} ${one.sha256}`} data-partner={one.partner}>
                <b className="b">{one.name}</b> {one.reason}{" "}
                <span className="mono t3" title={one.sha256}>
                  {shortHash(one.sha256)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {view.left_out.length > 0 && (
        <section className={ui.section} aria-label="Left out">
          <div className={ui.sectionHead}>
            <h2>Left out</h2>
            <span className={ui.n}>{count(view.left_out.length)}</span>
          </div>
          <ul className={css.items}>
            {view.left_out.map((one) => (
              <li key={one.partner}>
                <b className="b">{one.name}</b> {one.reason} {one.by && <span className="t3">by {one.by}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className={css.hint} data-selectable>
        Approved bytes, SHA-256: <span className="mono">{groupedHash(view.row.sha256)}</span>. Kept as {view.retention}.
      </p>
    </aside>
  );
}
