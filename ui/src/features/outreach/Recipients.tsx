import { useCallback } from "react";
import type { OutreachCounts } from "../../generated/OutreachCounts";
import type { OutreachRow } from "../../generated/OutreachRow";
import { LeaveOutDialog } from "../../components/LeaveOutDialog";
import { Tabs } from "../../components/Tabs";
import { ColumnHeads, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Tag } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { useCommands } from "../../lib/commands";
import { useLeaveOut } from "../../lib/leaveOut";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { without } from "../../lib/maps";
import { count } from "../../lib/money";
import { cx, plural } from "../../lib/text";
import css from "./Outreach.module.css";

export type List = "recipients" | "excluded";

const COLUMNS: Record<List, string> = {
  recipients: "minmax(0,1.5fr) 28px 46px minmax(0,1fr) 78px 86px minmax(0,1.1fr)",
  excluded: "minmax(0,1.4fr) 28px 46px minmax(0,1fr) minmax(0,2fr)",
};

interface Props {
  /** List the rows belong to; the wanted one may still be under way. */
  shown: List;
  list: List;
  setList: (list: List) => void;
  counts: OutreachCounts | undefined;
  total: number;
  at: (index: number) => OutreachRow | undefined;
  find: (partner: string) => number | null;
  onRange: (first: number, last: number) => void;
  /** A revised date was given, be it for one product. */
  dated: boolean;
  exclude: Record<string, string>;
  setExclude: (exclude: Record<string, string>) => void;
}

/** Who is told and who is not, each with the reason. */
export function Recipients({ shown, list, setList, counts, total, at, find, onRange, dated, exclude, setExclude }: Props) {
  const { density } = useLook();
  const { row, line, select, back, why, toggle, asked, stopAsking, leaveOut } = useLeaveOut<OutreachRow>({
    at,
    find,
    isOut: (one) => one !== null && one.notice === null,
    exclude,
    noun: "customer",
    group: "Outreach",
    titles: { out: "Leave the customer out", back: "Tell the customer after all" },
    onLeaveOut: (one, reason) => setExclude({ ...exclude, [one.partner]: reason }),
    onTakeBack: (one) => setExclude(without(exclude, one.partner)),
  });
  const draw = useCallback((row: OutreachRow) => <Row row={row} byPerson={row.partner in exclude} dated={dated} />, [exclude, dated]);
  useCommands([
    { id: "tab_recipients", title: "Show recipients", group: "Outreach", run: () => setList("recipients") },
    { id: "tab_excluded", title: "Show those left out", group: "Outreach", run: () => setList("excluded") },
  ]);

  return (
    <>
      <Tabs
        label="Customers"
        name="outreach"
        tabs={[
          { id: "recipients", title: "Recipients", n: counts?.notices },
          { id: "excluded", title: "Left out", n: counts?.excluded },
        ]}
        chosen={list}
        onChoose={setList}
      />
      <div className={css.panel} role="tabpanel" id="outreach-list" aria-labelledby={`outreach-tab-${list}`}>
        <ColumnHeads columns={COLUMNS[shown]}>
          <span>Customer</span>
          <span>To</span>
          <span className="num">Orders</span>
          <span className={css.after}>Products</span>
          {shown === "recipients" && (
            <>
              <span>New date</span>
              <span>Channel</span>
            </>
          )}
          <span>Reason</span>
        </ColumnHeads>
        {!counts ? null : total === 0 ? (
          <Empty title={shown === "recipients" ? "Nobody is told" : "Nobody is left out"}>
            {shown === "recipients"
              ? counts.customers === 0
                ? "No open order has these products on these ship dates."
                : `All ${count(counts.customers)} affected customers are left out.`
              : "Every affected customer gets a notice."}
          </Empty>
        ) : (
          <VirtualList
            key={shown}
            label={shown === "recipients" ? "Recipients" : "Left out"}
            name={`outreach_${shown}`}
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
          />
        )}
      </div>
      {row && (
        <footer className={css.chosen} aria-label="Chosen customer" role="group">
          <div className="grow">
            <p className="cut">
              <b className="bb">{row.name}</b> <span className="t2">{row.reason}</span>
            </p>
            <p className="cut s12 t2" title={`${row.orders.join(", ")}; ${row.products.join(", ")}`} data-selectable>
              {row.notice && `${row.notice}: `}
              {row.orders.join(", ")}; {row.products.join(", ")}
              {row.supersedes && `; takes the place of ${row.supersedes}`}
            </p>
          </div>
          <Button small keys="x" command="leave_out" reason={why} onPress={toggle}>
            {back ? "Tell after all" : "Leave out"}
          </Button>
        </footer>
      )}
      {asked && (
        <LeaveOutDialog
          title="Leave the customer out"
          icon="batch"
          name={asked.name}
          note={plural(asked.orders.length, "affected order")}
          effect="They get no notice; the reason is kept."
          onLeaveOut={(reason) => leaveOut(asked, reason)}
          onClose={stopAsking}
        />
      )}
    </>
  );
}

function Row({ row, byPerson, dated }: { row: OutreachRow; byPerson: boolean; dated: boolean }) {
  const products = row.products.join(", ");
  return (
    <>
      <span className="cut b" role="gridcell" title={row.name}>
        {row.name}
      </span>
      <span className="t2 s12" role="gridcell">
        {row.country}
      </span>
      <span className="num" role="gridcell" title={row.orders.join(", ")}>
        {count(row.orders.length)}
      </span>
      <span className={cx("cut t2 s12", css.after)} role="gridcell" title={products}>
        {products}
      </span>
      {row.notice !== null && (
        <>
          <span className="s12" role="gridcell">
            {row.date ?? <span className="t3">{dated && row.products.length > 1 ? "several" : "none"}</span>}
          </span>
          <span className="cut t2 s12" role="gridcell">
            {channelName(row.channel)}, {row.language}
          </span>
        </>
      )}
      <span
        className={css.reason}
        role="gridcell"
        title={row.supersedes ? `${row.reason}; takes the place of ${row.supersedes}` : row.reason}
      >
        {row.supersedes && <Tag line>Replaces</Tag>}
        {byPerson && row.notice === null && <Tag>By you</Tag>}
        <span className="cut">{row.reason}</span>
      </span>
    </>
  );
}
