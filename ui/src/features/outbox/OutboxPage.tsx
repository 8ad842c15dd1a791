import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { OutboxCounts } from "../../generated/OutboxCounts";
import type { OutboxRow } from "../../generated/OutboxRow";
import type { Tone } from "../../generated/Tone";
import { Glyph } from "../../components/Glyph";
import { Icon } from "../../components/Icon";
import { ReasonDialog } from "../../components/ReasonDialog";
import { Age, Button, Empty, Moment, Note, toneText, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { usePlatform, useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { SYSTEM_TITLES } from "../../lib/status";
import { SYSTEM_ICONS } from "../../lib/systems";
import { cx } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Outbox.module.css";
import { StepPane } from "./StepPane";

const TABS: { id: string; title: string; tone: Tone | null; n: (counts: OutboxCounts) => number }[] = [
  { id: "open", title: "Open", tone: null, n: (c) => c.open },
  { id: "to_decide", title: "To decide", tone: "conflict", n: (c) => c.to_decide },
  { id: "unknown", title: "Unknown", tone: "unknown", n: (c) => c.unknown },
  { id: "sending", title: "Sending", tone: "run", n: (c) => c.sending },
  { id: "waiting", title: "Waiting", tone: "queue", n: (c) => c.waiting },
  { id: "queued", title: "Queued", tone: null, n: (c) => c.queued },
  { id: "confirmed", title: "Confirmed today", tone: "ok", n: (c) => c.confirmed_today },
];

/** Everything that was confirmed here and is not yet confirmed there, by action, in order. */
export function OutboxPage() {
  const nav = useNav();
  const echo = useEcho();
  const [tab, setTab] = useState("open");
  const view = useRead("list_outbox", { state: tab }, { keep: true });
  const pause = useSend("pause_outbox");
  const retry = useSend("retry_step");
  const cancel = useSend("cancel_step");
  const sendNow = useSend("send_now");
  const undo = useSend("undo_notice");
  const platform = usePlatform();
  const [asking, setAsking] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => view.data?.groups.flatMap((group) => group.rows) ?? [], [view.data]);
  const selected = rows.find((row) => row.id === nav.step) ?? null;

  // What needs a person is looked at first.
  useEffect(() => {
    if (selected === null && rows.length > 0)
      nav.go({ step: (rows.find((row) => row.status.tone === "conflict" || row.status.tone === "fail") ?? rows[0])!.id });
  }, [selected, rows, nav]);
  useEffect(() => scroller.current?.focus({ preventScroll: true }), []);

  const move = (by: number) => {
    const here = rows.findIndex((row) => row.id === nav.step);
    const next = rows[Math.max(0, Math.min(rows.length - 1, here + by))];
    if (!next) return;
    nav.go({ step: next.id });
    scroller.current?.querySelector(`[data-id="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(by);
  };
  const run = (action: typeof retry | typeof cancel) => {
    if (selected) action.mutate({ id: selected.id }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
  };
  const undoSelected = async () => {
    const action = selected?.id.split(".")[0];
    if (!action) return;
    try {
      const { action_id, content } = await platform.call("get_undo", { id: action });
      const undone = await undo.mutateAsync({ action_id, content });
      echo.say("Undone. It never leaves.");
      if (undone.draft_restored) nav.go({ dialog: { name: "composer", case: undone.case } });
    } catch (problem) {
      echo.fail(problem);
    }
  };
  const can = (action: string) => (selected?.actions.includes(action) ? null : "Not possible for this step");
  const paused = view.data?.counts.paused ?? false;
  const togglePause = () => pause.mutate({ on: !paused }, { onError: echo.fail });
  useCommands([
    { id: "retry_step", title: "Try the step again now", keys: ["Mod+R"], group: "Outbox", disabled: can("retry"), run: () => run(retry) },
    { id: "cancel_step", title: "Cancel the step", keys: ["Delete"], group: "Outbox", disabled: can("cancel"), run: () => run(cancel) },
    ...(selected?.actions.includes("send_now")
      ? [{ id: "send_now", title: "Send now, with a reason", keys: ["Alt+N"], group: "Outbox", run: () => setAsking(true) }]
      : []),
    ...(selected?.actions.includes("undo")
      ? [{ id: "undo_notice", title: "Undo the notice", keys: ["Alt+Z"], group: "Outbox", run: () => void undoSelected() }]
      : []),
    { id: "pause_outbox", title: paused ? "Deliver again" : "Pause all deliveries", group: "Outbox", run: togglePause },
    {
      id: "open_step_case",
      title: "Open the case",
      keys: ["o"],
      group: "Outbox",
      run: () => openCase(view.data?.groups.find((group) => group.rows.some((row) => row.id === nav.step))?.case ?? null),
    },
  ]);
  const openCase = (id: string | null) => id && nav.go({ screen: "desk", selection: { pane: "cases", id } });

  return (
    <>
      <header className={ui.viewHead}>
        <h1>Outbox</h1>
        <div className={css.tabs} role="tablist" aria-label="State">
          {TABS.map((one) => (
            <button
              key={one.id}
              type="button"
              role="tab"
              className={css.tab}
              aria-selected={tab === one.id}
              data-id={one.id}
              onClick={() => setTab(one.id)}
            >
              {one.tone && <Glyph tone={one.tone} label={null} />}
              {one.title} <b>{view.data ? count(one.n(view.data.counts)) : ""}</b>
            </button>
          ))}
        </div>
        <span className="grow" />
        <Button small kind="ghost" command="pause_outbox" onPress={togglePause}>
          {paused ? "Deliver again" : "Pause all"}
        </Button>
        <Button small keys="Mod+R" command="retry_step" reason={can("retry")} onPress={() => run(retry)}>
          Retry selected
        </Button>
      </header>
      <div className={css.body}>
        <section className={css.list} aria-label="Steps" data-pane="outbox">
          <div className={css.cols} aria-hidden="true">
            <span />
            <span className="num">Step</span>
            <span>Effect</span>
            <span>System</span>
            <span>State</span>
            <span className="num">Age</span>
          </div>
          {paused && <Note tone="late">Deliveries are paused by a person. Nothing is lost; nothing leaves until they go on.</Note>}
          {view.error && (
            <Note tone="fail">
              <b>{view.error.message}</b> {view.error.detail}
            </Note>
          )}
          {view.data && rows.length === 0 ? (
            <Empty
              title={tab === "open" ? "Everything is delivered" : `Nothing is ${TABS.find((one) => one.id === tab)?.title.toLowerCase()}`}
            >
              {view.data.last_confirmed_at !== null ? (
                <>
                  {count(view.data.counts.confirmed_today)} confirmed today, last at{" "}
                  <Moment at={view.data.last_confirmed_at} say={dateTime} />
                </>
              ) : (
                "What you confirm waits here until its system has confirmed it."
              )}
            </Empty>
          ) : (
            <div
              ref={scroller}
              className={css.scroll}
              role="grid"
              tabIndex={0}
              aria-label="Steps"
              data-kind="outbox"
              aria-activedescendant={selected ? `step-${selected.id}` : undefined}
              onKeyDown={onKeyDown}
            >
              {view.data?.groups.map((group) => (
                <div key={group.action_id} role="rowgroup" data-id={group.action_id}>
                  <div className={css.group} role="row">
                    <b role="gridcell">{group.partner}</b>
                    <span role="gridcell">
                      {group.case_number && (
                        <button type="button" tabIndex={-1} onClick={() => openCase(group.case)}>
                          {group.case_number.startsWith("PC-") ? group.case_number : `PC-${group.case_number}`}
                        </button>
                      )}
                    </span>
                    <span className="cut" role="gridcell">
                      {group.title}
                    </span>
                    <span className="tn" role="gridcell">
                      {group.done} of {group.total} done
                    </span>
                  </div>
                  {group.rows.map((row) => (
                    <StepRow key={row.id} row={row} selected={row.id === nav.step} onSelect={() => nav.go({ step: row.id })} />
                  ))}
                </div>
              ))}
            </div>
          )}
          {tab === "open" && view.data && view.data.counts.confirmed_today > 0 && (
            <button type="button" className={css.later} data-command="show_confirmed" onClick={() => setTab("confirmed")}>
              <Icon name="chevr" size={12} />
              <b>Confirmed today</b>
              <span className="tn">{count(view.data.counts.confirmed_today)}</span>
              <span>
                {view.data.last_confirmed_at !== null && (
                  <>
                    last at <Moment at={view.data.last_confirmed_at} say={dateTime} />
                  </>
                )}
              </span>
            </button>
          )}
        </section>
        {nav.step && selected ? (
          <StepPane
            key={nav.step}
            id={nav.step}
            onCancel={() => run(cancel)}
            onRetry={() => run(retry)}
            onSendNow={() => setAsking(true)}
            onUndo={() => void undoSelected()}
            openCase={openCase}
          />
        ) : (
          <aside className={css.inspect} />
        )}
      </div>
      {asking && selected && (
        <ReasonDialog
          title="Send in quiet hours"
          icon="send"
          effect={selected.status.word}
          submit="Send now"
          onSubmit={(reason) => {
            setAsking(false);
            sendNow.mutate({ id: selected.id, reason }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function StepRow({ row, selected, onSelect }: { row: OutboxRow; selected: boolean; onSelect: () => void }) {
  const waits = row.waits_on.length > 0 && row.status.tone === "queue";
  return (
    <div
      id={`step-${row.id}`}
      className={css.row}
      role="row"
      aria-selected={selected}
      data-id={row.id}
      data-state={row.status.state}
      onMouseDown={onSelect}
    >
      <span role="gridcell">
        <Glyph tone={row.status.tone} label={row.status.word} />
      </span>
      <span className="num t3" role="gridcell">
        {row.number ?? ""}
      </span>
      <span className={css.effect} role="gridcell">
        {waits && <i className={css.elbow} />}
        <span className={cx("cut", selected && "b")} title={row.effect}>
          {row.effect}
        </span>
        {row.holds > 0 && <span className={css.holds}>holds {row.holds}</span>}
      </span>
      <span className={cx(css.system, "s12 t2")} role="gridcell">
        <Icon name={SYSTEM_ICONS[row.system]} />
        {row.system === "console" ? "Console" : SYSTEM_TITLES[row.system]}
      </span>
      <span
        className={cx("cut s12", row.status.tone === "unknown" ? "wait" : toneText(row.status.tone))}
        role="gridcell"
        title={row.status.word}
      >
        {row.status.word}
        {row.status_at !== null && (
          <>
            {" "}
            <Moment at={row.status_at} say={dateTime} />
          </>
        )}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Age at={row.since} />
      </span>
    </div>
  );
}
