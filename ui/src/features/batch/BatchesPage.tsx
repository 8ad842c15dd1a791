import type { BatchRow } from "../../generated/BatchRow";
import { RowsPage } from "../../components/RowsPage";
import { Empty, Moment, StatusText } from "../../components/ui";
import { useRead } from "../../lib/data";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { cx } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Batch.module.css";

const COLUMNS = "104px minmax(0,1fr) 84px 132px 62px 62px 66px 52px 46px 120px 92px";
const idOf = (row: BatchRow) => row.id;
const drawRow = (row: BatchRow) => <Row row={row} />;

/** Every batch there is, newest first as they come. */
export function BatchesPage() {
  const nav = useNav();
  const list = useRead("list_batches", { case: "" }, { keep: true });
  return (
    <RowsPage
      title="Batches"
      name="batches"
      columns={COLUMNS}
      heads={
        <>
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
        </>
      }
      rows={list.data}
      error={list.error}
      empty={<Empty title="No batch yet">Open a case and press Shift+O, or Shift+S on a settlement.</Empty>}
      id={idOf}
      draw={drawRow}
      first={nav.batch}
      onOpen={(row) => nav.go({ screen: "batch", batch: idOf(row) })}
      rowProps={(row) => ({ "data-row": row.number })}
    />
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
