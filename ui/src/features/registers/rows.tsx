import type { ApprovalRow } from "../../generated/ApprovalRow";
import type { DeliveryRow } from "../../generated/DeliveryRow";
import { Moment, StatusText } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { cx, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Registers.module.css";

export const APPROVAL_COLUMNS = "minmax(0,1.5fr) minmax(0,0.9fr) 104px 148px minmax(0,1.6fr) 148px 84px";
export const APPROVAL_HEADS = ["Letter", "Partner", "Template", "State", "Signed by", "First use", "Hash"];

export const DELIVERY_COLUMNS = "minmax(0,1.1fr) minmax(0,1.4fr) 76px minmax(0,1.1fr) 108px 108px 84px";
export const DELIVERY_HEADS = ["Notice", "Recipient", "Channel", "State", "Released", "Last event", "Hash"];

const signature = ({ by, verdict, meaning }: ApprovalRow["signatures"][number]) =>
  verdict === "rejected" ? `${by}, rejected: ${meaning}` : `${by}, ${meaning}`;

export function drawApproval(row: ApprovalRow) {
  const signed = row.signatures.map(signature).join("; ");
  return (
    <>
      <span className={css.two} role="gridcell" title={`${row.notice} ${row.title}`}>
        <b className="cut">{row.title}</b>
        <span className="t3 s12">{row.notice}</span>
      </span>
      <span className="cut t2" role="gridcell" title={`${row.partner} ${row.case_number}`}>
        {row.partner}
      </span>
      <span className="cut t2 s12" role="gridcell" title={`${row.template} release ${row.release}`}>
        {row.template} {row.release}
      </span>
      <span className={css.state} role="gridcell">
        <StatusText status={row.status} className="s12" />
        {row.approved_at !== null && <Moment at={row.approved_at} say={dateTime} className="t3 s12" />}
      </span>
      <span className="cut s12" role="gridcell" title={signed || undefined}>
        {signed || <span className="t3">Nobody yet</span>}
      </span>
      <span className="cut s12 t2" role="gridcell" title={row.first_use_note ?? undefined}>
        {row.first_used_at !== null ? (
          <Moment at={row.first_used_at} say={dateTime} />
        ) : (
          <span className="t3">{row.first_use_note ?? "Not used yet"}</span>
        )}
      </span>
      <span className={cx("mono t3 s12", css.hash)} role="gridcell" title={row.hash}>
        {shortHash(row.hash)}
      </span>
    </>
  );
}

export function drawDelivery(row: DeliveryRow) {
  return (
    <>
      <span className={css.two} role="gridcell" title={`${row.notice} ${row.partner}`}>
        <b className={css.whole}>{row.notice}</b>
        <span className="cut t3 s12">{row.partner}</span>
      </span>
      <span className="cut t2" role="gridcell" title={row.recipient}>
        {row.recipient}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {channelName(row.channel)}
      </span>
      <span className={cx("s12", css.state)} role="gridcell" title={row.reason ?? row.told}>
        <StatusText status={row.status} className={css.whole} />
        {row.reason && <span className="cut t3">{row.reason}</span>}
      </span>
      <span className="num t2 s12" role="gridcell">
        {row.released_at !== null && <Moment at={row.released_at} say={dateTime} />}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.at} say={dateTime} />
      </span>
      <span className={cx("mono t3 s12", css.hash)} role="gridcell" title={row.sha256 || undefined}>
        {row.sha256 ? shortHash(row.sha256) : <span title="The source told none">none</span>}
      </span>
    </>
  );
}
