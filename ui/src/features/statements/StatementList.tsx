import { useCallback, useEffect, useRef } from "react";
import type { StatementCounts } from "../../generated/StatementCounts";
import type { StatementRow } from "../../generated/StatementRow";
import { LeaveOutDialog } from "../../components/LeaveOutDialog";
import { Tabs } from "../../components/Tabs";
import { VirtualList } from "../../components/VirtualList";
import { Empty } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useLeaveOut } from "../../lib/leaveOut";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { without } from "../../lib/maps";
import { count } from "../../lib/money";
import { plural } from "../../lib/text";
import { Chosen } from "./Chosen";
import { COLUMNS, Heads, type List, Row } from "./columns";
import css from "./Statements.module.css";

interface Props {
  /** List the rows belong to; the wanted one may still be under way. */
  shown: List;
  list: List;
  setList: (list: List) => void;
  counts: StatementCounts | undefined;
  total: number;
  at: (index: number) => StatementRow | undefined;
  find: (partner: string) => number | null;
  onRange: (first: number, last: number) => void;
  exclude: Record<string, string>;
  setExclude: (exclude: Record<string, string>) => void;
}

/** Who is stated what, and who gets nothing, each with the reason. */
export function StatementList({ shown, list, setList, counts, total, at, find, onRange, exclude, setExclude }: Props) {
  const { density } = useLook();
  const { row, line, select, back, why, toggle, asked, stopAsking, leaveOut } = useLeaveOut<StatementRow>({
    at,
    find,
    isOut: (one) => one !== null && one.notice === null,
    exclude,
    noun: "partner",
    group: "Statements",
    titles: { out: "Leave the partner out", back: "State to the partner after all" },
    onLeaveOut: (one, reason) => setExclude({ ...exclude, [one.partner]: reason }),
    onTakeBack: (one) => setExclude(without(exclude, one.partner)),
  });
  const draw = useCallback((row: StatementRow) => <Row row={row} byPerson={row.partner in exclude} />, [exclude]);
  // The keys are the grid's from the start; a change of lists leaves the focus where it is.
  const opened = useRef(false);
  useEffect(() => {
    if (total > 0) opened.current = true;
  }, [total]);
  useCommands([
    { id: "tab_statements", title: "Show statements", group: "Statements", run: () => setList("statements") },
    { id: "tab_excluded", title: "Show those left out", group: "Statements", run: () => setList("excluded") },
  ]);

  return (
    <>
      <Tabs
        label="Partners"
        name="statements"
        tabs={[
          { id: "statements", title: "Statements", n: counts?.statements },
          { id: "excluded", title: "Left out", n: counts?.excluded },
        ]}
        chosen={list}
        onChoose={setList}
      />
      <div className={css.panel} role="tabpanel" id="statements-list" aria-labelledby={`statements-tab-${list}`}>
        <Heads list={shown} />
        {!counts ? null : total === 0 ? (
          <Empty title={shown === "statements" ? "No statement" : "Nobody is left out"}>
            {shown === "statements"
              ? counts.partners === 0
                ? "These partners have no transactions in the period."
                : `${plural(counts.partners, "partner")} with transactions, all left out: the second list says why.`
              : `Every one of ${count(counts.partners)} partners with transactions gets a statement.`}
          </Empty>
        ) : (
          <VirtualList
            key={shown}
            label={shown === "statements" ? "Statements" : "Left out"}
            name={`statements_${shown}`}
            columns={COLUMNS[shown]}
            count={total}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(one) => one.partner}
            draw={draw}
            selected={row?.partner ?? null}
            onSelect={select}
            onRange={onRange}
            rowProps={(one) => ({ "data-row": one.partner })}
            autoFocus={!opened.current}
          />
        )}
      </div>
      {row && <Chosen row={row} back={back} why={why} onToggle={toggle} />}
      {asked && (
        <LeaveOutDialog
          title="Leave the partner out"
          icon="sum"
          name={asked.name}
          note={`${asked.title}, ${asked.total ?? ""} ${asked.currency}`}
          effect="They get no statement; the reason is kept."
          onLeaveOut={(reason) => leaveOut(asked, reason)}
          onClose={stopAsking}
        />
      )}
    </>
  );
}
