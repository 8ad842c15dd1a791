import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
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
        <Empty title="The case cannot be shown" action={<Button small onPress={() => void view.refetch()}>Read again</Button>} />
      </section>
    );
  }
  // The previous case stays until the next one is read: milliseconds.
  if (!view.data) return <section className={css.case} data-pane="case" aria-busy="true" />;
  return <Loaded view={view.data} />;
}

const SOURCES: SystemName[] = ["community", "documents", "exstream", "workflow", "workspaces", "tracker"];

function Loaded({ view }: { view: CaseView }) {
  const nav = useNav();
  const echo = useEcho();
  const pin = useSend("pin_case");
  const togglePin = () => pin.mutate({ case: view.id, on: !view.pinned }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
  const tabs = ["timeline", "thread", "internal", "lines", "audit"];
  useCommands([
    { id: "pin_case", title: view.pinned ? "Stop keeping offline" : "Keep offline", keys: ["b"], group: "Case", run: togglePin },
    { id: "next_tab", title: "Next tab of the case", keys: ["Shift+]"], group: "Case", quiet: true, run: () => nav.go({ caseTab: tabs[(tabs.indexOf(nav.caseTab) + 1) % tabs.length] }) },
  ]);
  const number = view.number.startsWith("PC-") ? view.number : `PC-${view.number}`;
  const toggleSource = (system: SystemName) => nav.go({ caseSources: nav.caseSources.includes(system) ? nav.caseSources.filter((one) => one !== system) : [...nav.caseSources, system] });
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
        </div>
        <span className="grow" />
        <div className={css.meta}>
          <Avatar owner={view.owner} />
          <span>{view.owner?.name ?? "Nobody"}</span>
          <IconButton icon="pin" label={view.pinned ? "Kept offline" : "Keep offline"} command="pin_case" on={view.pinned} onPress={togglePin} />
        </div>
      </header>
      <div className={css.strip}>
        <OrderStrip nodes={view.order_strip} onOpen={(document) => nav.go({ screen: "documents", document })} />
        <Clocks clocks={view.clocks} />
      </div>
      <div className={css.body}>
        <div className={css.col}>
          <Tabs className={css.tabs!} selectedKey={nav.caseTab} onSelectionChange={(key) => nav.go({ caseTab: String(key) })}>
            <div className={css.tabHead}>
              <TabList className={css.tabList!} aria-label="Parts of the case">
                <CaseTab id="timeline" title="Timeline" />
                <CaseTab id="thread" title="Partner thread" n={view.thread_count} />
                <CaseTab id="internal" title="Internal" n={view.internal_count} />
                <CaseTab id="lines" title="Lines" n={view.lines.length} />
                <CaseTab id="audit" title="Audit" />
              </TabList>
              {nav.caseTab === "timeline" && (
                <span className={css.sources} role="group" aria-label="Systems shown">
                  {SOURCES.map((system) => (
                    <IconButton key={system} icon={SYSTEM_ICONS[system]} label={SYSTEM_TITLES[system]} on={nav.caseSources.includes(system)} onPress={() => toggleSource(system)} />
                  ))}
                </span>
              )}
            </div>
            <TabPanel id="timeline" className={css.panel!}>
              <Timeline view={view} lane={null} sources={nav.caseSources} />
            </TabPanel>
            <TabPanel id="thread" className={css.panel!}>
              <Timeline view={view} lane="thread" sources={[]} />
            </TabPanel>
            <TabPanel id="internal" className={css.panel!}>
              <Timeline view={view} lane="internal" sources={[]} />
            </TabPanel>
            <TabPanel id="lines" className={css.panel!}>
              <Lines lines={view.lines} />
            </TabPanel>
            <TabPanel id="audit" className={css.panel!}>
              <CaseAudit id={view.id} />
            </TabPanel>
          </Tabs>
        </div>
        <div className={css.col}>
          <NoticesAndTasks view={view} />
        </div>
        <div className={css.col}>
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

function CaseTab({ id, title, n }: { id: string; title: string; n?: number }) {
  return (
    <Tab id={id} className={css.tab!} data-command={`tab_${id}`}>
      {title}
      {n !== undefined && <span data-n>{n}</span>}
    </Tab>
  );
}
