import type { StatementRow } from "../../generated/StatementRow";
import { Amount } from "../../components/Amount";
import { Glyph } from "../../components/Glyph";
import { ColumnHeads } from "../../components/VirtualList";
import { Tag } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { count } from "../../lib/money";
import { cx } from "../../lib/text";
import css from "./Statements.module.css";

export type List = "statements" | "excluded";

export const COLUMNS: Record<List, string> = {
  statements: "minmax(0,1fr) 108px 52px 52px 68px 72px 92px 84px 92px 50px",
  excluded: "minmax(0,1fr) 50px minmax(0,1.6fr)",
};

export function Heads({ list }: { list: List }) {
  return (
    <ColumnHeads columns={COLUMNS[list]}>
      <span>Partner</span>
      {list === "statements" ? (
        <>
          <span>Called</span>
          <span>Channel</span>
          <span>Language</span>
          <span className="num">Transactions</span>
          <span className="num">Not approved</span>
          <span className="num">Approved</span>
          <span className="num">Rebate</span>
          <span className="num">Due</span>
          <span>Currency</span>
        </>
      ) : (
        <>
          <span>Currency</span>
          <span>Reason</span>
        </>
      )}
    </ColumnHeads>
  );
}

export function Row({ row, byPerson }: { row: StatementRow; byPerson: boolean }) {
  return (
    <>
      <span className="cut" role="gridcell" title={`${row.name} ${row.partner}`}>
        <span className="b">{row.name}</span> <span className={cx("t3 s12", css.number)}>{row.partner}</span>
      </span>
      {row.notice === null ? <LeftOut row={row} byPerson={byPerson} /> : <Stated row={row} />}
    </>
  );
}

function Stated({ row }: { row: StatementRow }) {
  return (
    <>
      <span className="cut s12" role="gridcell" title={row.title}>
        {row.title}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {channelName(row.channel)}
      </span>
      <span className="t2 s12" role="gridcell">
        {row.language}
      </span>
      <span className="num t2" role="gridcell">
        {count(row.lines)}
      </span>
      <span className={cx("num", row.not_approved > 0 ? css.missing : "t3")} role="gridcell" title={row.reason ?? undefined}>
        {row.not_approved > 0 && <Glyph tone="late" label={row.reason} size={10} />}
        {count(row.not_approved)}
      </span>
      <span className="num" role="gridcell">
        <Amount of={row.approved} />
      </span>
      <span className="num t2" role="gridcell">
        <Amount of={row.rebate} />
      </span>
      <span className="num b" role="gridcell">
        <Amount of={row.total} />
      </span>
      <span className="t2 s12" role="gridcell">
        {row.currency}
      </span>
    </>
  );
}

function LeftOut({ row, byPerson }: { row: StatementRow; byPerson: boolean }) {
  return (
    <>
      <span className="t2 s12" role="gridcell">
        {row.currency}
      </span>
      <span className={css.reason} role="gridcell" title={row.reason ?? undefined}>
        {byPerson && <Tag>By you</Tag>}
        <span className="cut">{row.reason}</span>
      </span>
    </>
  );
}
