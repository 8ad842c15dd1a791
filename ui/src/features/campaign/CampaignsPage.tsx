import type { CampaignRow } from "../../generated/CampaignRow";
import { Glyph } from "../../components/Glyph";
import { RowsPage } from "../../components/RowsPage";
import { Button, Empty, StatusText, ui } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { useRunCommand } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { useOffline } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { civil, daysTo } from "../../lib/time";
import css from "./Campaign.module.css";
import { StateBar } from "./StateBar";
import { answered, isRunning } from "./states";

const COLUMNS = "90px minmax(0,1.7fr) minmax(0,1fr) 26px 68px 76px 140px 88px 106px 52px 84px";
const idOf = (row: CampaignRow) => row.number;
const drawRow = (row: CampaignRow) => <Row row={row} />;

/** Every campaign there is, newest first as they come. */
export function CampaignsPage() {
  const nav = useNav();
  const offline = useOffline();
  const runCommand = useRunCommand();
  const list = useRead("list_campaigns", { case: "" }, { keep: true });
  const create = (
    <Button small icon="plus" keys="Mod+N" command="new_campaign" onPress={() => runCommand("new_campaign")}>
      New campaign
    </Button>
  );
  return (
    <RowsPage
      title="Campaigns"
      name="campaigns"
      columns={COLUMNS}
      heads={
        <>
          <span>Campaign</span>
          <span>Title</span>
          <span>Document</span>
          <span>Ver.</span>
          <span>SHA-256</span>
          <span>Case</span>
          <span>State</span>
          <span className="num">Answered</span>
          <span className={css.after}>By state</span>
          <span className="num">Overdue</span>
          <span className="num">Due</span>
        </>
      }
      rows={list.data}
      error={list.error}
      empty={
        <Empty title="No campaign yet" action={create}>
          A campaign asks partners to acknowledge one version of a document.
        </Empty>
      }
      id={idOf}
      draw={drawRow}
      first={nav.campaign}
      onOpen={(row) => nav.go({ screen: "campaign", campaign: idOf(row) })}
      rowProps={(row) => ({ "data-row": row.number, "data-state": row.status.state })}
    >
      <span className="grow" />
      {offline && (
        <span className={ui.fresh}>
          <Glyph tone="stale" label={null} size={10} /> Answers since the network went are not in it
        </span>
      )}
      {create}
    </RowsPage>
  );
}

function Row({ row }: { row: CampaignRow }) {
  const { counts, document } = row;
  const now = useNow(60_000);
  const { zone } = useClock();
  const over = daysTo(row.due, now, zone) < 0;
  return (
    <>
      <span className="cut" role="gridcell">
        {row.number}
      </span>
      <span className="cut b" role="gridcell" title={row.title}>
        {row.title}
      </span>
      <span className="cut t2 s12" role="gridcell" title={document.name}>
        {document.name}
      </span>
      <span className="tn s12 t2" role="gridcell">
        {document.version}
      </span>
      <span className="mono t3" role="gridcell" title={document.sha256}>
        {shortHash(document.sha256)}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.case_number}
      </span>
      <span className="fx s12" role="gridcell">
        <StatusText status={row.status} />
      </span>
      <span className="num" role="gridcell">
        <b className="b">{count(answered(counts))}</b> <span className="t3">of {count(counts.recipients)}</span>
      </span>
      <span className={css.after} role="gridcell">
        <StateBar counts={counts} small />
      </span>
      <span className={cx("num", counts.overdue > 0 ? "late b" : "t3")} role="gridcell">
        {count(counts.overdue)}
      </span>
      <span className={cx("num s12", over && isRunning(row.status.state) ? "late" : "t2")} role="gridcell" title={row.due}>
        {civil(row.due, now, zone)}
      </span>
    </>
  );
}
