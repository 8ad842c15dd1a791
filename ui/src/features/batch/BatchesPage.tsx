import { useCallback, useState } from "react";
import type { BatchRow } from "../../generated/BatchRow";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Empty, Moment, Note, StatusText, ui } from "../../components/ui";
import { useRead } from "../../lib/data";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { cx } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Batch.module.css";

const COLUMNS = "104px minmax(0,1fr) 84px 132px 62px 62px 66px 52px 46px 120px 92px";
const NONE: BatchRow[] = [];

const drawRow = (row: BatchRow) => <Row row={row} />;

/** Every batch there is, newest first as they come. */
export function BatchesPage() {
  const nav = useNav();
  const { density } = useLook();
  const list = useRead("list_batches", { case: "" }, { keep: true });
  const rows = list.data ?? NONE;
  const [selected, setSelected] = useState<string | null>(nav.batch);
  const line = useCallback(
    (index: number): Line<BatchRow> => ({ kind: "row", key: rows[index]?.id ?? `empty:${index}`, row: rows[index] }),
    [rows],
  );
  const select = useCallback((row: BatchRow) => setSelected(row.id), []);
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Batches</h1>
        <span className="t3 tn">{list.data ? count(rows.length) : ""}</span>
      </header>
      {list.error && (
        <Note tone="fail">
          <b>{list.error.message}</b> {list.error.detail}
        </Note>
      )}
      {list.data && rows.length === 0 && <Empty title="No batch yet">Open a case and press Shift+O, or Shift+S on a settlement.</Empty>}
      {rows.length > 0 && (
        <section className={css.list} aria-label="Batches" data-pane="batches">
          <ColumnHeads columns={COLUMNS}>
            <span>Batch</span>
            <span>Title</span>
            <span>Case</span>
            <span>State</span>
            <span className="num">Notices</span>
            <span className="num">Released</span>
            <span className="num">Delivered</span>
            <span className="num">Failed</span>
            <span className="num">Held</span>
            <span className={css.after}>Maker</span>
            <span className="num">Made</span>
          </ColumnHeads>
          <VirtualList
            label="Batches"
            name="batches"
            columns={COLUMNS}
            count={rows.length}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(row) => row.id}
            draw={drawRow}
            selected={selected ?? rows[0]?.id ?? null}
            onSelect={select}
            onOpen={(row) => nav.go({ screen: "batch", batch: row.id })}
            rowProps={(row) => ({ "data-row": row.number })}
            autoFocus
          />
        </section>
      )}
    </>
  );
}

function Row({ row }: { row: BatchRow }) {
  return (
    <>
      <span className="cut" role="gridcell">
        {row.number}
      </span>
      <span className="cut b" role="gridcell" title={row.title}>
        {row.title}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.case_number}
      </span>
      <span className="fx s12" role="gridcell">
        <StatusText status={row.status} />
      </span>
      {([row.notices, row.released, row.delivered] as const).map((n, index) => (
        <span key={index} className="num" role="gridcell">
          {count(n)}
        </span>
      ))}
      <span className={cx("num", row.failed > 0 ? "fail b" : "t3")} role="gridcell">
        {count(row.failed)}
      </span>
      <span className={cx("num", row.held > 0 ? "conf b" : "t3")} role="gridcell">
        {count(row.held)}
      </span>
      <span className={cx("cut t2 s12", css.after)} role="gridcell">
        {row.maker}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.at} say={dateTime} />
      </span>
    </>
  );
}
