import { useCallback, useState } from "react";
import type { CampaignRow } from "../../generated/CampaignRow";
import { Glyph } from "../../components/Glyph";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Note, StatusText, ui } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { useRunCommand } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { useOffline } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { civil, daysTo } from "../../lib/time";
import css from "./Campaign.module.css";
import { StateBar } from "./StateBar";
import { answered, isRunning } from "./states";

const COLUMNS = "90px minmax(0,1.7fr) minmax(0,1fr) 26px 68px 76px 140px 88px 106px 52px 84px";
const NONE: CampaignRow[] = [];

const drawRow = (row: CampaignRow) => <Row row={row} />;

/** Every campaign there is, newest first as they come. */
export function CampaignsPage() {
  const nav = useNav();
  const offline = useOffline();
  const runCommand = useRunCommand();
  const { density } = useLook();
  const list = useRead("list_campaigns", { case: "" }, { keep: true });
  const rows = list.data ?? NONE;
  const [selected, setSelected] = useState<string | null>(nav.campaign);
  const line = useCallback(
    (index: number): Line<CampaignRow> => ({ kind: "row", key: rows[index]?.number ?? `empty:${index}`, row: rows[index] }),
    [rows],
  );
  const select = useCallback((row: CampaignRow) => setSelected(row.number), []);
  const create = (
    <Button small icon="plus" keys="Mod+N" command="new_campaign" onPress={() => runCommand("new_campaign")}>
      New campaign
    </Button>
  );
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Campaigns</h1>
        <span className="t3 tn">{list.data ? count(rows.length) : ""}</span>
        <span className="grow" />
        {offline && (
          <span className={ui.fresh}>
            <Glyph tone="stale" label={null} size={10} /> Answers since the network went are not in it
          </span>
        )}
        {create}
      </header>
      {list.error && (
        <Note tone="fail">
          <b>{list.error.message}</b> {list.error.detail}
        </Note>
      )}
      {list.data && rows.length === 0 && (
        <Empty title="No campaign yet" action={create}>
          A campaign asks partners to acknowledge one version of a document.
        </Empty>
      )}
      {rows.length > 0 && (
        <section className={css.list} aria-label="Campaigns" data-pane="campaigns">
          <ColumnHeads columns={COLUMNS}>
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
          </ColumnHeads>
          <VirtualList
            label="Campaigns"
            name="campaigns"
            columns={COLUMNS}
            count={rows.length}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(row) => row.number}
            draw={drawRow}
            selected={selected ?? rows[0]?.number ?? null}
            onSelect={select}
            onOpen={(row) => nav.go({ screen: "campaign", campaign: row.number })}
            rowProps={(row) => ({ "data-row": row.number, "data-state": row.status.state })}
            autoFocus
          />
        </section>
      )}
    </>
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
