import { useCallback, useState } from "react";
import type { DistributionRow } from "../../generated/DistributionRow";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Empty, Moment, Note, StatusText, ui } from "../../components/ui";
import { useRead } from "../../lib/data";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { cx, shortHash } from "../../lib/text";
import { shortTime } from "../../lib/time";
import css from "./Distribution.module.css";
import { proofTitle } from "./states";

const COLUMNS = "90px minmax(0,1.6fr) 84px 68px 110px 110px 96px 72px 60px 84px";
const NONE: DistributionRow[] = [];
const drawRow = (row: DistributionRow) => <Row row={row} />;

/** Every distribution there is, newest first as they come. */
export function DistributionsPage() {
  const nav = useNav();
  const { density } = useLook();
  const list = useRead("list_distributions", { case: "" }, { keep: true });
  const rows = list.data ?? NONE;
  const [selected, setSelected] = useState<string | null>(nav.distribution);
  const line = useCallback(
    (index: number): Line<DistributionRow> => ({ kind: "row", key: rows[index]?.number ?? `empty:${index}`, row: rows[index] }),
    [rows],
  );
  const select = useCallback((row: DistributionRow) => setSelected(row.number), []);
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Distributions</h1>
        <span className="t3 tn">{list.data ? count(rows.length) : ""}</span>
      </header>
      {list.error && (
        <Note tone="fail">
          <b>{list.error.message}</b> {list.error.detail}
        </Note>
      )}
      {list.data && rows.length === 0 && (
        <Empty title="No distribution yet">An approved letter of a case goes to partners over the grid, with proof of each delivery.</Empty>
      )}
      {rows.length > 0 && (
        <section className={css.list} aria-label="Distributions" data-pane="distributions">
          <ColumnHeads columns={COLUMNS}>
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
          </ColumnHeads>
          <VirtualList
            label="Distributions"
            name="distributions"
            columns={COLUMNS}
            count={rows.length}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(row) => row.number}
            draw={drawRow}
            selected={selected ?? rows[0]?.number ?? null}
            onSelect={select}
            onOpen={(row) => nav.go({ screen: "distribution", distribution: row.number })}
            rowProps={(row) => ({ "data-row": row.number, "data-state": row.status.state })}
            autoFocus
          />
        </section>
      )}
    </>
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
