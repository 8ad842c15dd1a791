import { useState } from "react";
import type { SystemName } from "../../generated/SystemName";
import type { WireCallRow } from "../../generated/WireCallRow";
import { Glyph } from "../../components/Glyph";
import { Empty, Note } from "../../components/ui";
import { ColumnHeads, VirtualList } from "../../components/VirtualList";
import { useClock } from "../../lib/clock";
import { useRead } from "../../lib/data";
import { bytes } from "../../lib/money";
import { SYSTEM_TITLES } from "../../lib/status";
import { cx } from "../../lib/text";
import { hourMinuteSecond } from "../../lib/time";
import css from "./Connections.module.css";

const COLUMNS = "14px 64px 52px minmax(0, 1.4fr) 46px 62px 128px 64px 64px minmax(0, 1fr)";
const ROW = 28;

/** A call is known by when it was made and what it asked for: none has a name of its own. */
const idOf = (call: WireCallRow & { place: number }) => String(call.place);

/** The last calls of one system, newest first: what support asks about when something does not arrive. */
export function WireList({ systems }: { systems: SystemName[] }) {
  const [system, setSystem] = useState<SystemName>(systems[0] ?? "community");
  const [selected, setSelected] = useState<string | null>(null);
  const { zone } = useClock();
  const view = useRead("get_wire", { system }, { keep: true });
  const calls = (view.data?.calls ?? []).map((call, place) => ({ ...call, place }));
  return (
    <div className={css.wire} data-pane="wire">
      <div className={css.systems} role="tablist" aria-label="System">
        {systems.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            className={css.system}
            aria-selected={one === system}
            data-id={one}
            onClick={() => (setSystem(one), setSelected(null))}
          >
            {SYSTEM_TITLES[one]}
          </button>
        ))}
      </div>
      {view.error && (
        <Note tone="fail">
          <b>{view.error.message}</b> {view.error.detail}
        </Note>
      )}
      {view.data && calls.length === 0 ? (
        <Empty title={`Nothing was asked of ${SYSTEM_TITLES[system]} yet`}>
          The last 200 calls stand here, without bodies and secrets.
        </Empty>
      ) : (
        <>
          <ColumnHeads columns={COLUMNS}>
            <span />
            <span>Time</span>
            <span>Method</span>
            <span>Path</span>
            <span className="num">Status</span>
            <span className="num">Took</span>
            <span>Step</span>
            <span className="num">Sent</span>
            <span className="num">Received</span>
            <span>What went wrong</span>
          </ColumnHeads>
          <VirtualList
            label={`Last calls of ${SYSTEM_TITLES[system]}`}
            name="wire"
            columns={COLUMNS}
            count={calls.length}
            line={(index) => ({ kind: "row", key: String(index), row: calls[index] })}
            height={ROW}
            id={idOf}
            selected={selected}
            onSelect={(call) => setSelected(idOf(call))}
            draw={(call) => <Call call={call} zone={zone} />}
          />
        </>
      )}
    </div>
  );
}

function Call({ call, zone }: { call: WireCallRow; zone: string }) {
  const fine = call.status >= 200 && call.status < 400;
  const words = call.problem ?? (call.attempt > 1 ? "again, signed in anew" : "");
  return (
    <>
      <Glyph tone={fine ? "ok" : call.status === 0 || call.status >= 500 ? "fail" : "late"} label={fine ? "Answered" : "Failed"} />
      <span className="t3 tn">{hourMinuteSecond(call.at, zone)}</span>
      <span>{call.method}</span>
      <span className="cut mono" title={call.path}>
        {call.path}
      </span>
      <span className={cx("num", !fine && "fail")}>{call.status === 0 ? "none" : call.status}</span>
      <span className="num t2">{call.duration_ms} ms</span>
      <span className="cut mono t3">{call.key ?? ""}</span>
      <span className="num t3">{call.sent > 0 ? bytes(call.sent) : ""}</span>
      <span className="num t3">{bytes(call.received)}</span>
      <span className={cx("cut", call.problem ? "fail" : "t3")} title={words}>
        {words}
      </span>
    </>
  );
}
