import { type KeyboardEvent, useEffect } from "react";
import type { CaseView } from "../../generated/CaseView";
import type { SystemName } from "../../generated/SystemName";
import { Icon } from "../../components/Icon";
import { Avatar, Button, Empty, IconButton, Note, StatusText, Tag, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav } from "../../lib/nav";
import { SYSTEM_TITLES } from "../../lib/status";
import { SYSTEM_ICONS } from "../../lib/systems";
import { cx } from "../../lib/text";
import { ActionBar } from "./ActionBar";
import css from "./Case.module.css";
import { CaseAudit } from "./CaseAudit";
import { Clocks, OrderStrip } from "./OrderStrip";
import { Lines } from "./Lines";
import { Communications, LoopChip } from "./Loops";
import { ResolutionChip, Resolutions } from "./Resolutions";
import { NoticesAndTasks, Workspace } from "./Side";
import { Timeline } from "./Timeline";

/** One case from six systems. */
export function CasePane({ id }: { id: string }) {
  const view = useRead("get_case", { id }, { keep: true });
  if (view.error) {
    return (
      <section className={css.case} data-pane="case">
        <Note tone="fail">
          <b>{view.error.message}</b> {view.error.detail}
        </Note>
        <Empty
          title="The case cannot be shown"
          action={
            <Button small onPress={() => void view.refetch()}>
              Read again
            </Button>
          }
        />
      </section>
    );
  }
  // The previous case stays until the next one is read: milliseconds.
  if (!view.data) return <section className={css.case} data-pane="case" aria-busy="true" />;
  return <Loaded view={view.data} />;
}

/** Type of the cases that show the button; the key asks for any case, and what cannot be stated says why. */
const SETTLEMENT = "settlement";
const SOURCES: SystemName[] = ["community", "documents", "exstream", "workflow", "workspaces", "tracker"];

function Loaded({ view }: { view: CaseView }) {
  const nav = useNav();
  const echo = useEcho();
  const pin = useSend("pin_case");
  const { mutate: see } = useSend("see_case");
  // Reading writes nothing by itself, so what is on the screen is said to have been seen.
  useEffect(() => {
    if (view.unread) see({ case: view.id });
  }, [see, view.id, view.unread]);
  const togglePin = () => pin.mutate({ case: view.id, on: !view.pinned }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
  const state = () => nav.go({ screen: "statements", statements: view.id });
  const tabs: TabTitle[] = [
    { id: "timeline", title: "Timeline" },
    { id: "thread", title: "Partner thread", n: view.thread_count },
    { id: "internal", title: "Internal", n: view.internal_count },
    { id: "lines", title: "Lines", n: view.lines.length },
    { id: "audit", title: "Audit" },
  ];
  const tell = () => nav.go({ screen: "outreach", outreach: view.id });
  const ask = () => nav.go({ screen: "new_campaign", asking: { case: view.id, supersedes: null } });
  useCommands([
    { id: "new_case_campaign", title: "New campaign for the case", keys: ["Shift+K"], group: "Case", run: ask },
    { id: "open_outreach", title: "Tell affected customers", keys: ["Shift+O"], group: "Case", run: tell },
    { id: "pin_case", title: view.pinned ? "Stop keeping offline" : "Keep offline", keys: ["b"], group: "Case", run: togglePin },
    { id: "open_statements", title: "Statements", keys: ["Shift+S"], group: "Case", run: state },
    ...tabs.map((tab) => ({
      id: `tab_${tab.id}`,
      title: `Case: ${tab.title.toLowerCase()}`,
      group: "Case",
      run: () => nav.go({ caseTab: tab.id }),
    })),
  ]);
  const number = view.number.startsWith("PC-") ? view.number : `PC-${view.number}`;
  const toggleSource = (system: SystemName) =>
    nav.go({
      caseSources: nav.caseSources.includes(system) ? nav.caseSources.filter((one) => one !== system) : [...nav.caseSources, system],
    });
  return (
    <section className={css.case} aria-label={`Case ${number}`} data-pane="case" data-id={view.id}>
      <header className={css.head}>
        <span className="t3">{number}</span>
        <h2 className="cut" title={view.subject}>
          {view.subject}
        </h2>
        <div className={css.meta}>
          <span className="b" style={{ color: "var(--tx-1)" }}>
            {view.partner}
          </span>
          {view.tier && <Tag line>{view.tier}</Tag>}
          <Tag>{view.type_title}</Tag>
          <Tag>{view.status.word}</Tag>
          <LoopChip loops={view.loops} />
          <ResolutionChip rows={view.resolutions} />
        </div>
        <span className="grow" />
        <div className={css.meta}>
          <Avatar owner={view.owner} />
          <span>{view.owner?.name ?? "Nobody"}</span>
          {view.case_type === SETTLEMENT && <IconButton icon="sum" label="Statements" command="open_statements" onPress={state} />}
          <IconButton icon="batch" label="Tell affected customers" command="open_outreach" onPress={tell} />
          <IconButton icon="campaign" label="New campaign" command="new_case_campaign" onPress={ask} />
          <IconButton
            icon="pin"
            label={view.pinned ? "Kept offline" : "Keep offline"}
            command="pin_case"
            on={view.pinned}
            onPress={togglePin}
          />
        </div>
      </header>
      <div className={css.strip}>
        <OrderStrip nodes={view.order_strip} onOpen={(document) => nav.go({ screen: "documents", document })} />
        <Clocks clocks={view.clocks} />
      </div>
      <div className={css.body}>
        <div className={css.col}>
          <div className={css.tabHead}>
            <TabList tabs={tabs} selected={nav.caseTab} onSelect={(caseTab) => nav.go({ caseTab })} />
            {nav.caseTab === "timeline" && (
              <span className={css.sources} role="group" aria-label="Systems shown">
                {SOURCES.map((system) => (
                  <IconButton
                    key={system}
                    icon={SYSTEM_ICONS[system]}
                    label={SYSTEM_TITLES[system]}
                    on={nav.caseSources.includes(system)}
                    onPress={() => toggleSource(system)}
                  />
                ))}
              </span>
            )}
          </div>
          <div className={css.panel} role="tabpanel" id="case-panel" aria-labelledby={`case-tab-${nav.caseTab}`} tabIndex={0}>
            {nav.caseTab === "timeline" && <Timeline view={view} lane={null} sources={nav.caseSources} />}
            {nav.caseTab === "thread" && <Timeline key="thread" view={view} lane="thread" sources={[]} />}
            {nav.caseTab === "internal" && <Timeline key="internal" view={view} lane="internal" sources={[]} />}
            {nav.caseTab === "lines" && <Lines lines={view.lines} />}
            {nav.caseTab === "audit" && <CaseAudit id={view.id} />}
          </div>
        </div>
        <div className={css.col}>
          <Resolutions rows={view.resolutions} />
          <NoticesAndTasks view={view} />
        </div>
        <div className={css.col}>
          <Communications view={view} />
          <Workspace view={view} />
          {view.tickets.length > 0 && (
            <div className={ui.section}>
              <div className={ui.sectionHead}>
                <h3>Tickets</h3>
                <span className={ui.n}>{view.tickets.length}</span>
              </div>
              {view.tickets.map((ticket) => (
                <div key={ticket.id} className={css.item} data-id={ticket.id}>
                  <Icon name="tracker" />
                  <div>
                    <div className="cut">{ticket.title}</div>
                    <div className={cx(css.small, "cut")}>{ticket.number}</div>
                  </div>
                  <div className={css.right}>
                    <StatusText status={ticket.status} />
                  </div>
                </div>
              ))}
            </div>
          )}
          <div className={ui.section}>
            <div className={ui.sectionHead}>
              <h3>Partner sees</h3>
            </div>
            <p className={css.small} style={{ padding: "0 12px 10px", lineHeight: "18px" }}>
              {view.partner_sees}
            </p>
          </div>
        </div>
      </div>
      <ActionBar view={view} />
    </section>
  );
}

interface TabTitle {
  id: string;
  title: string;
  n?: number;
}

/** One tab stop; arrows choose. */
function TabList({ tabs, selected, onSelect }: { tabs: TabTitle[]; selected: string; onSelect: (id: string) => void }) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const here = tabs.findIndex((tab) => tab.id === selected);
    const next = tabs[(here + by + tabs.length) % tabs.length];
    if (!next) return;
    onSelect(next.id);
    event.currentTarget.querySelector<HTMLElement>(`#case-tab-${next.id}`)?.focus();
  };
  return (
    <div className={css.tabList} role="tablist" aria-label="Parts of the case" onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`case-tab-${tab.id}`}
          className={css.tab}
          aria-selected={tab.id === selected}
          aria-controls="case-panel"
          tabIndex={tab.id === selected ? 0 : -1}
          data-command={`tab_${tab.id}`}
          onClick={() => onSelect(tab.id)}
        >
          {tab.title}
          {tab.n !== undefined && <span>{tab.n}</span>}
        </button>
      ))}
    </div>
  );
}
