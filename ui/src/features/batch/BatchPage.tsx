import { useCallback, useState } from "react";
import type { BatchLine } from "../../generated/BatchLine";
import type { BatchRow } from "../../generated/BatchRow";
import type { BatchView } from "../../generated/BatchView";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Moment, Note, Segments, StatusText, ui } from "../../components/ui";
import { Glyph } from "../../components/Glyph";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { usePages } from "../../lib/paged";
import { useOffline, useStatus } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Batch.module.css";
import { Progress } from "./Progress";

/** One batch: how far it came, and every notice of it. */
export function BatchPage() {
  const nav = useNav();
  if (nav.batch === null) {
    return (
      <>
        <Head row={null} />
        <Empty
          title="No batch chosen"
          action={
            <Button small keys="g b" command="go_batches" onPress={() => nav.go({ screen: "batches" })}>
              All batches
            </Button>
          }
        />
      </>
    );
  }
  return <Batch key={nav.batch} id={nav.batch} />;
}

/** The first is as wide as the longest number of a notice: `N-48204-C-0001-1A2B3C4D`. */
const COLUMNS = "208px minmax(0,1.2fr) 150px minmax(0,1.4fr)";
const FILTERS = ["all", "held", "failed", "delivered", "released", "waiting"] as const;
type Filter = (typeof FILTERS)[number];
const TITLES: Record<Filter, string> = {
  all: "All",
  held: "Held",
  failed: "Failed",
  delivered: "Delivered",
  released: "Released",
  waiting: "Waiting",
};

/** The same object every time. */
const ROWS = { page: (view: BatchView) => view.rows, id: (line: BatchLine) => line.notice };

const drawLine = (line: BatchLine) => <NoticeLine line={line} />;

function Batch({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const { density } = useLook();
  const [filter, setFilter] = useState<Filter>("all");
  const [selected, setSelected] = useState<string | null>(null);
  const [tabled, setTabled] = useState(false);
  const paged = usePages("get_batch", { id, ...(filter === "all" ? {} : { only: filter }) }, ROWS);
  const row = paged.answer?.row ?? null;
  const retry = useSend("retry_batch");
  const again = paged.answer?.retry ?? null;
  const noRetry = read_only ?? (again === null ? "Nothing is to be retried" : retry.isPending ? "Under way" : null);
  const runRetry = () => retry.mutate({ id }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
  const openReview = () => row?.review && nav.go({ screen: "review", review: row.review });
  const openCase = () => row && nav.go({ screen: "desk", selection: { pane: "cases", id: row.case } });
  const openStep = (line: BatchLine) => line.step && nav.go({ screen: "outbox", step: line.step });
  const toggleTable = () => setTabled(!tabled);
  const { at } = paged;
  const line = useCallback(
    (index: number): Line<BatchLine> => ({ kind: "row", key: at(index)?.notice ?? `empty:${index}`, row: at(index) }),
    [at],
  );
  const select = useCallback((one: BatchLine) => setSelected(one.notice), []);
  useCommands([
    { id: "retry_batch", title: "Retry what is held or failed", keys: ["r"], group: "Batch", disabled: noRetry, run: runRetry },
    { id: "toggle_table", title: "Numbers as a table", keys: ["t"], group: "Batch", run: toggleTable },
    {
      id: "open_batch_review",
      title: "Open the review",
      keys: ["a"],
      group: "Batch",
      disabled: row?.review ? null : "There is no review",
      run: openReview,
    },
    { id: "open_batch_case", title: "Open the case", keys: ["u"], group: "Batch", disabled: row === null && "Being read", run: openCase },
    ...FILTERS.map((name) => ({
      id: `only_${name}`,
      title: name === "all" ? "All notices" : `Only ${TITLES[name].toLowerCase()} notices`,
      group: "Batch",
      run: () => setFilter(name),
    })),
  ]);

  return (
    <>
      <Head row={row} onReview={openReview} onCase={openCase} />
      {paged.problem && (
        <>
          <Note tone="fail">
            <b>{paged.problem.message}</b> {paged.problem.detail}
          </Note>
          {row === null && <Empty title="The batch cannot be shown">Nothing about it was changed.</Empty>}
        </>
      )}
      {row && (
        <>
          <Progress row={row} tabled={tabled} onTable={toggleTable} />
          {again !== null && (
            <div className={css.retry} role="status">
              <Glyph tone="conflict" label={null} />
              <span className="grow">{again}</span>
              <Button small keys="r" command="retry_batch" mode={offline ? "queue" : undefined} reason={noRetry} onPress={runRetry}>
                Retry
              </Button>
            </div>
          )}
          <section className={css.list} aria-label="Notices" data-pane="batch">
            <header className={ui.paneHead}>
              <h2>Notices</h2>
              <span className={ui.n}>{count(paged.total)}</span>
              <span className="grow" />
              <Segments
                label="Show notices"
                value={filter}
                onChange={setFilter}
                options={FILTERS.map((name) => ({ id: name, title: TITLES[name] }))}
              />
            </header>
            <ColumnHeads columns={COLUMNS}>
              <span>Notice</span>
              <span>Recipient</span>
              <span>State</span>
              <span>Reason</span>
            </ColumnHeads>
            {paged.total === 0 && !paged.fetching ? (
              <Empty
                title={filter === "all" ? "No notice in it" : `No notice is ${TITLES[filter].toLowerCase()}`}
                action={
                  filter === "all" ? undefined : (
                    <Button small command="only_all" onPress={() => setFilter("all")}>
                      Show all
                    </Button>
                  )
                }
              >
                {filter === "all" ? undefined : `${count(row.notices)} in the batch`}
              </Empty>
            ) : (
              <VirtualList
                label="Notices"
                name={`batch ${id}`}
                columns={COLUMNS}
                count={paged.total}
                line={line}
                height={ROW_HEIGHT[density]}
                id={(one) => one.notice}
                draw={drawLine}
                selected={selected ?? at(0)?.notice ?? null}
                onSelect={select}
                onOpen={openStep}
                onRange={paged.onRange}
                rowProps={(one) => ({ "data-row": one.notice, "data-state": one.status.state })}
                autoFocus
              />
            )}
          </section>
        </>
      )}
    </>
  );
}

function Head({ row, onReview, onCase }: { row: BatchRow | null; onReview?: () => void; onCase?: () => void }) {
  const nav = useNav();
  return (
    <header className={ui.viewHead}>
      <h1>{row?.number ?? "Batch"}</h1>
      {row && (
        <>
          <span className="b cut">{row.title}</span>
          <StatusText status={row.status} className="s12" />
          <span className="t2 s12">
            {row.maker}, <Moment at={row.at} say={dateTime} />
          </span>
          {row.root && (
            <span className={cx("mono t3", ui.hideNarrow)} title={row.root}>
              {shortHash(row.root)}
            </span>
          )}
        </>
      )}
      <span className="grow" />
      {row?.review && (
        <Button small icon="review" keys="a" command="open_batch_review" {...(onReview ? { onPress: onReview } : {})}>
          Open review
        </Button>
      )}
      {row && (
        <Button small kind="ghost" keys="u" command="open_batch_case" {...(onCase ? { onPress: onCase } : {})}>
          Case {row.case_number}
        </Button>
      )}
      <Button small kind="ghost" keys="g b" command="all_batches" onPress={() => nav.go({ screen: "batches" })}>
        All batches
      </Button>
    </header>
  );
}

function NoticeLine({ line }: { line: BatchLine }) {
  return (
    <>
      <span className="cut" role="gridcell">
        {line.notice}
      </span>
      <span className="cut b" role="gridcell" title={line.recipient}>
        {line.recipient}
      </span>
      <span className="fx s12" role="gridcell">
        <StatusText status={line.status} />
      </span>
      <span className="cut t2 s12" role="gridcell" title={line.reason ?? undefined}>
        {line.reason}
      </span>
    </>
  );
}
