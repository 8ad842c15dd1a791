import type { DistributionRow } from "../../generated/DistributionRow";
import { RowsPage } from "../../components/RowsPage";
import { Empty, Moment, StatusText } from "../../components/ui";
import { useRead } from "../../lib/data";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { cx, shortHash } from "../../lib/text";
import { shortTime } from "../../lib/time";
import { proofTitle } from "./states";

const COLUMNS = "90px minmax(0,1.6fr) 84px 68px 110px 110px 96px 72px 60px 84px";
const idOf = (row: DistributionRow) => row.number;
const drawRow = (row: DistributionRow) => <Row row={row} />;

/** Every distribution there is, newest first as they come. */
export function DistributionsPage() {
  const nav = useNav();
  const list = useRead("list_distributions", { case: "" }, { keep: true });
  return (
    <RowsPage
      title="Distributions"
      name="distributions"
      columns={COLUMNS}
      heads={
        <>
          <span>Number</span>
          <span>Letter</span>
          <span>SHA-256</span>
          <span>Case</span>
          <span>Proof</span>
          <span>State</span>
          <span className="num">Proven</span>
          <span className="num">Unproven</span>
          <span className="num">Failed</span>
          <span className="num">Launched</span>
        </>
      }
      rows={list.data}
      error={list.error}
      empty={
        <Empty title="No distribution yet">An approved letter of a case goes to partners over the grid, with proof of each delivery.</Empty>
      }
      id={idOf}
      draw={drawRow}
      first={nav.distribution}
      onOpen={(row) => nav.go({ screen: "distribution", distribution: idOf(row) })}
      rowProps={(row) => ({ "data-row": row.number, "data-state": row.status.state })}
    />
  );
}

function Row({ row }: { row: DistributionRow }) {
  const { counts } = row;
  return (
    <>
      <span className="cut" role="gridcell">
        {row.number}
      </span>
      <span className="cut b" role="gridcell" title={row.title}>
        {row.title}
      </span>
      <span className="mono t3" role="gridcell" title={row.sha256}>
        {shortHash(row.sha256)}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.case_number}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {proofTitle(row.proof)}
      </span>
      <span className="fx s12" role="gridcell">
        <StatusText status={row.status} />
      </span>
      <span className="num" role="gridcell">
        <b className="b">{count(counts.proven)}</b> <span className="t3">of {count(counts.recipients)}</span>
      </span>
      <span className={cx("num", counts.unproven > 0 ? "late b" : "t3")} role="gridcell">
        {count(counts.unproven)}
      </span>
      <span className={cx("num", counts.failed > 0 ? "fail b" : "t3")} role="gridcell">
        {count(counts.failed)}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.at} say={shortTime} />
      </span>
    </>
  );
}
