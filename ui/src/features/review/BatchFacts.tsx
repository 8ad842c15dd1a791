import { useCallback, useState } from "react";
import type { BatchReview } from "../../generated/BatchReview";
import type { LeftOutRow } from "../../generated/LeftOutRow";
import type { ReviewView } from "../../generated/ReviewView";
import { ControlTotal } from "../../components/ControlTotal";
import { Figures } from "../../components/Figures";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Volumes } from "../../components/Volumes";
import { Empty, ui } from "../../components/ui";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { textNow } from "../../lib/redline";
import { cx, plural, shortHash } from "../../lib/text";
import { DataChanges } from "./DataChanges";
import css from "./Review.module.css";

/** What one signature would stand for: how many notices, which ways they go, what they say, and who gets none. */
export function BatchFacts({ view, batch }: { view: ReviewView; batch: BatchReview }) {
  const told = view.blocks.filter((block) => block.kind !== "heading").map(textNow);
  return (
    <>
      <header className={ui.paneHead}>
        <h2 className="cut">Batch {batch.number}</h2>
        <span className={cx(ui.n, "mono", ui.hideNarrow)} title={view.hash}>
          {shortHash(view.hash)}
        </span>
        <span className="grow" />
        <span className={cx(ui.fresh, "cut")}>{view.template}</span>
      </header>
      <Figures
        figures={[
          { name: "notices", title: "Notices", value: batch.notices, main: true },
          { name: "left_out", title: "Left out", value: batch.left_out.length },
          { name: "samples", title: "Samples", value: batch.samples.length },
        ]}
      />
      {batch.totals.length > 0 && <ControlTotal rows={batch.totals} root={undefined} note="proven by the amounts in the manifest" />}
      {batch.volumes.length > 0 && <Volumes rows={batch.volumes} tall />}
      {told.length > 0 && (
        <section className={ui.section} aria-label="Data told">
          <div className={ui.group}>
            <span>Data told</span>
            {view.field_count > 0 && <span>{plural(view.field_count, "field")}</span>}
          </div>
          <div className={css.told} tabIndex={0} role="group" aria-label="What they are told" data-selectable>
            {told.map((text, index) => (
              <p key={index}>{text}</p>
            ))}
          </div>
        </section>
      )}
      {view.data_changes.length > 0 && <DataChanges view={view} />}
      <LeftOut review={view.row.id} rows={batch.left_out} />
    </>
  );
}

const COLUMNS = "minmax(0,1.2fr) minmax(0,2fr) minmax(0,.8fr)";
const drawRow = (row: LeftOutRow) => <Row row={row} />;

/** Who gets no notice and why, as it is signed with the rest. */
function LeftOut({ review, rows }: { review: string; rows: LeftOutRow[] }) {
  const { density } = useLook();
  const [selected, setSelected] = useState<string | null>(null);
  const line = useCallback(
    (index: number): Line<LeftOutRow> => ({ kind: "row", key: rows[index]?.partner ?? `empty:${index}`, row: rows[index] }),
    [rows],
  );
  const select = useCallback((row: LeftOutRow) => setSelected(row.partner), []);
  const chosen = rows.find((row) => row.partner === selected) ?? rows[0];
  return (
    <section className={css.leftOut} aria-label="Left out">
      <div className={ui.sectionHead}>
        <h2>Left out</h2>
        <span className={ui.n}>{rows.length > 0 ? count(rows.length) : ""}</span>
      </div>
      {chosen === undefined ? (
        <Empty title="Nobody was left out" />
      ) : (
        <>
          <ColumnHeads columns={COLUMNS}>
            <span>Partner</span>
            <span>Reason</span>
            <span>By</span>
          </ColumnHeads>
          <VirtualList
            label="Left out"
            name={`left_out ${review}`}
            columns={COLUMNS}
            count={rows.length}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(row) => row.partner}
            draw={drawRow}
            selected={chosen.partner}
            onSelect={select}
            rowProps={(row) => ({ "data-row": row.partner })}
          />
          {/* A reason is signed too; here it is never cut. */}
          <p className={css.reason} data-selectable>
            <b className="b">{chosen.name}</b> {chosen.reason}
          </p>
        </>
      )}
    </section>
  );
}

function Row({ row }: { row: LeftOutRow }) {
  return (
    <>
      <span className="cut b" role="gridcell" title={row.name}>
        {row.name}
      </span>
      <span className="cut t2 s12" role="gridcell" title={row.reason}>
        {row.reason}
      </span>
      <span className={cx("cut s12", row.by === null ? "t3" : "t2")} role="gridcell" title={row.by ?? undefined}>
        {row.by ?? "a rule"}
      </span>
    </>
  );
}
