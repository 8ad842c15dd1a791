import { useCallback, useState } from "react";
import type { OpenLoop } from "../../generated/OpenLoop";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Button, Moment, StatusText, ui } from "../../components/ui";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { useNav } from "../../lib/nav";
import { useOutcome } from "../../lib/outcome";
import { useOffline } from "../../lib/status";
import { cx } from "../../lib/text";
import { due, shortTime } from "../../lib/time";
import css from "./Loops.module.css";

const COLUMNS = "84px minmax(0,1fr) minmax(0,1.8fr) 72px 84px 132px";

/** A notice belongs to one case, but its number is given by another system. */
const idOf = (loop: OpenLoop) => `${loop.case}/${loop.row.notice}`;
const drawRow = (loop: OpenLoop) => <Row loop={loop} />;

/** The list and what can be done about the chosen row. */
export function Answers({ rows, busy }: { rows: OpenLoop[]; busy: boolean }) {
  const { loop: chosen, go } = useNav();
  const offline = useOffline();
  const { density } = useLook();
  // Who goes through the filter by arrows stays there.
  const [autoFocus] = useState(() => !document.activeElement?.closest('[role="radiogroup"]'));
  const selected = rows.find((loop) => idOf(loop) === chosen) ?? rows[0];
  const { why, open } = useOutcome(selected?.case, selected?.row);
  const line = useCallback(
    (index: number): Line<OpenLoop> => {
      const row = rows[index];
      return { kind: "row", key: row ? idOf(row) : `empty:${index}`, row };
    },
    [rows],
  );
  const select = useCallback((loop: OpenLoop) => go({ loop: idOf(loop) }), [go]);
  const openCase = (loop: OpenLoop | undefined) => loop && go({ screen: "desk", selection: { pane: "cases", id: loop.case } });
  const mode = offline ? "queue" : undefined;
  return (
    <section className={css.list} aria-label="Answers" data-pane="loops" aria-busy={busy}>
      <ColumnHeads columns={COLUMNS}>
        <span>Case</span>
        <span>Partner</span>
        <span>Notice</span>
        <span className="num">Released</span>
        <span className="num">Due</span>
        <span className={css.after}>State</span>
      </ColumnHeads>
      <VirtualList
        label="Answers"
        name="loops"
        columns={COLUMNS}
        count={rows.length}
        line={line}
        height={ROW_HEIGHT[density]}
        id={idOf}
        draw={drawRow}
        selected={selected ? idOf(selected) : null}
        onSelect={select}
        onOpen={openCase}
        rowProps={(loop) => ({ "data-row": loop.row.notice, "data-state": loop.row.status.state })}
        autoFocus={autoFocus}
      />
      <footer className={ui.actionBar} role="toolbar" aria-label="Actions of the notice">
        <Button keys="y" command="confirm_outcome" mode={mode} reason={why} onPress={() => open("acted")}>
          Confirm outcome
        </Button>
        <Button keys="w" command="waive_answer" mode={mode} reason={why} onPress={() => open("waived")}>
          Waive
        </Button>
        <Button kind="ghost" keys="Enter" command="open_case" onPress={() => openCase(selected)}>
          Open case
        </Button>
        <span className="grow" />
        <span className="s12 t3 cut">{selected && cameOf(selected)}</span>
      </footer>
    </section>
  );
}

/** The message or the reason by which it was settled. */
const cameOf = ({ row }: OpenLoop) => (row.answer ? `${row.answer.author} ${row.answer.excerpt}`.trim() : row.decided);

function Row({ loop: { case_number, partner, subject, row } }: { loop: OpenLoop }) {
  const waits = row.status.state === "open" || row.status.state === "no_response";
  return (
    <>
      <span className="cut t2 tn" role="gridcell" title={subject}>
        {case_number}
      </span>
      <span className="cut b" role="gridcell" title={partner}>
        {partner}
      </span>
      <span className="cut" role="gridcell" title={`${row.title}, ${row.notice}`}>
        {row.title} <span className="t3 s12">{row.notice}</span>
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.opened_at} say={shortTime} />
      </span>
      <span className={cx("num s12", row.status.state === "no_response" ? "late" : "t2")} role="gridcell">
        {/* What is left says nothing once it was settled. */}
        {row.due_at !== null && <Moment at={row.due_at} say={waits ? due : shortTime} />}
      </span>
      <span className={cx("fx s12", css.after)} role="gridcell">
        <StatusText status={row.status} />
      </span>
    </>
  );
}
