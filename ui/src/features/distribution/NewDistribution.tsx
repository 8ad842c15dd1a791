import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { DistributionPlan } from "../../generated/DistributionPlan";
import type { DistributionPlanRow } from "../../generated/DistributionPlanRow";
import { Figures } from "../../components/Figures";
import { Glyph } from "../../components/Glyph";
import { LeaveOutDialog } from "../../components/LeaveOutDialog";
import { Tabs } from "../../components/Tabs";
import { ColumnHeads, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Fresh, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useLeaveOut } from "../../lib/leaveOut";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { without } from "../../lib/maps";
import { useNav, useTyped } from "../../lib/nav";
import { usePages } from "../../lib/paged";
import { useSettled } from "../../lib/settled";
import { useReplanned } from "../../lib/replan";
import { useOffline, useOldest, useStatus } from "../../lib/status";
import { cx, plural, shortHash } from "../../lib/text";
import css from "./Distribution.module.css";
import { DistributionForm } from "./DistributionForm";
import { type Form, changesOf, emptyForm, inputOf } from "./form";

/** The same object every time. */
const ROWS = { page: (plan: DistributionPlan) => plan.rows, id: (row: DistributionPlanRow) => row.partner, anew: true };
const READ_AGAIN = "Recipients and approval have to be read again before the letter is sent.";
const COLUMNS = "minmax(0,1.3fr) 26px 44px minmax(0,1fr) minmax(0,1.2fr)";
type List = "recipients" | "blocking" | "excluded";
const TITLES: Record<List, string> = { recipients: "Recipients", blocking: "No address", excluded: "Left out" };

/** What is entered, whom it reaches, and the one button that sends it. */
export function NewDistribution({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const { density } = useLook();
  const client = useQueryClient();
  const [form, type, forget] = useTyped<Form>(`distribution ${id}`, emptyForm);
  const [picked, setPicked] = useState<List | null>(null);
  const input = useMemo(() => inputOf(id, form), [id, form]);
  const asked = useSettled(input, 250);
  const [blocks, setBlocks] = useState(false);
  const list = picked ?? (blocks ? "blocking" : "recipients");
  const tag = useMemo(() => ({ input: asked, list }), [asked, list]);
  const plan = usePages("plan_distribution", { ...asked, list }, ROWS, tag);
  const view = plan.answer;
  const shown = plan.tag?.list ?? list;
  const settled = plan.tag?.input === input && !plan.fetching;
  const blocking = (view?.counts.blocking ?? 0) > 0;
  useEffect(() => setBlocks(blocking), [blocking]);

  useReplanned("plan_distribution");

  const launch = useSend("launch_distribution");
  /** The plan a launch was refused for. */
  const [refused, setRefused] = useState<DistributionPlan | null>(null);
  const changed = (change: Partial<Form>) => {
    if (!launch.isPending) launch.reset();
    setRefused(null);
    type(change);
  };
  const recipients = plural(view?.counts.recipients ?? 0, "recipient");
  const title = `Send to ${recipients}`;
  const blocked =
    read_only ??
    plan.problem?.message ??
    (settled ? (view?.blocked ?? null) : "The partners are being looked through") ??
    // The network may have gone since the plan was made.
    (offline ? READ_AGAIN : null) ??
    (launch.isPending ? "Being launched" : null);
  const run = () => {
    if (!view || !plan.tag || blocked) return;
    launch.mutate(
      // The input of the very answer on the screen: its intent and its root belong to no other.
      { input: plan.tag.input, intent: view.intent, root: view.root },
      {
        onSuccess: (row) => {
          forget();
          echo.say(`${row.number}: ${recipients} on their way`);
          nav.go({ screen: "distribution", distribution: row.number, sending: null });
        },
        onError: ({ code }) => {
          if (code !== "E_HASH") return;
          setRefused(view);
          void client.invalidateQueries({ queryKey: ["plan_distribution"] });
        },
      },
    );
  };
  const openCase = () => nav.go({ screen: "desk", selection: { pane: "cases", id } });
  useCommands([
    { id: "launch_distribution", title, keys: ["Mod+Enter"], group: "New distribution", disabled: blocked, run },
    { id: "open_distribution_case", title: "Back to the case", keys: ["u"], group: "New distribution", run: openCase },
    ...(["recipients", "blocking", "excluded"] as const).map((one) => ({
      id: `tab_${one}`,
      title: `Show ${TITLES[one].toLowerCase()}`,
      group: "New distribution",
      run: () => setPicked(one),
    })),
  ]);
  const out = useLeaveOut<DistributionPlanRow>({
    at: plan.at,
    find: plan.find,
    isOut: () => shown === "excluded",
    exclude: form.exclude,
    noun: "partner",
    group: "New distribution",
    titles: { out: "Leave the partner out", back: "Send to the partner after all" },
    onLeaveOut: (one, reason) => changed({ exclude: { ...form.exclude, [one.partner]: reason } }),
    onTakeBack: (one) => changed({ exclude: without(form.exclude, one.partner) }),
  });
  const draw = useCallback((row: DistributionPlanRow) => <Row row={row} blocking={shown === "blocking"} />, [shown]);
  const oldest = useOldest(view?.sources);
  const changes = refused && view && settled ? changesOf(refused, view) : [];
  return (
    <>
      <header className={ui.viewHead}>
        <h1>New distribution</h1>
        {view && <span className="t2 cut">for case {view.case_number}</span>}
        <span className="grow" />
        <Fresh source={oldest} />
        <Button small kind="ghost" keys="u" command="open_distribution_case" onPress={openCase}>
          {view ? `Case ${view.case_number}` : "Case"}
        </Button>
      </header>
      <div className={css.new}>
        <DistributionForm form={form} type={changed} plan={view} />
        <section className={css.middle} aria-label="Dry run" data-pane="distribution_list" aria-busy={!settled && !plan.problem}>
          <Figures
            figures={[
              { name: "partners", title: "Partners", value: view?.counts.partners },
              { name: "recipients", title: "Recipients", value: view?.counts.recipients, main: true },
              { name: "blocking", title: "No address", value: view?.counts.blocking },
              { name: "excluded", title: "Left out", value: view?.counts.excluded },
            ]}
          />
          {plan.problem && (
            <Note tone="fail">
              <b>{plan.problem.message}</b> {plan.problem.detail}
            </Note>
          )}
          <Tabs
            label="Partners"
            name="distribution"
            tabs={(["recipients", "blocking", "excluded"] as const).map((one) => ({ id: one, title: TITLES[one], n: view?.counts[one] }))}
            chosen={list}
            onChoose={setPicked}
          />
          <div className={css.panel} role="tabpanel" id="distribution-list" aria-labelledby={`distribution-tab-${list}`}>
            <ColumnHeads columns={COLUMNS}>
              <span>Partner</span>
              <span>In</span>
              <span>Tier</span>
              <span>Address</span>
              <span>Reason</span>
            </ColumnHeads>
            {!view ? null : plan.total === 0 ? (
              <Empty title={`${TITLES[shown]}: nobody`}>{shown === "recipients" && "Choose facts of partners, or name them."}</Empty>
            ) : (
              <VirtualList
                key={shown}
                label={TITLES[shown]}
                name={`distribution_${shown}`}
                columns={COLUMNS}
                count={plan.total}
                line={out.line}
                height={ROW_HEIGHT[density]}
                id={(one) => one.partner}
                draw={draw}
                selected={out.row?.partner ?? null}
                onSelect={out.select}
                onRange={plan.onRange}
                rowProps={(one) => ({ "data-row": one.partner })}
              />
            )}
          </div>
          {out.row && (
            <footer className={css.chosen} aria-label="Chosen partner" role="group">
              <p className="grow cut">
                <b className="bb">{out.row.name}</b> <span className="t2">{out.row.reason}</span>
              </p>
              <Button small keys="x" command="leave_out" reason={out.why} onPress={out.toggle}>
                {out.back ? "Send after all" : "Leave out"}
              </Button>
            </footer>
          )}
          <footer className={css.launch} data-pane="distribution_launch" aria-label="Launch" role="group" tabIndex={-1}>
            {launch.error && (
              <Note tone="fail">
                <b>{launch.error.message}</b> {launch.error.detail} {changes.join("; ")}
              </Note>
            )}
            <p className="s12">
              {view?.effect}{" "}
              {view?.root && (
                <span className="mono t3" title={view.root}>
                  {shortHash(view.root)}
                </span>
              )}
            </p>
            <p className={cx("s12", css.blocked)} role="status">
              {blocked && (
                <>
                  <Glyph tone={settled ? "late" : "run"} label={null} />
                  <span>
                    {blocked}
                    {offline && " What you entered is kept."}
                  </span>
                </>
              )}
            </p>
            <Button
              kind="primary"
              icon="send"
              command="launch_distribution"
              {...(offline ? {} : { keys: "Mod+Enter" })}
              mode={offline ? "needs network" : undefined}
              reason={blocked}
              onPress={run}
            >
              {title}
            </Button>
          </footer>
        </section>
      </div>
      {out.asked && (
        <LeaveOutDialog
          title="Leave the partner out"
          icon="send"
          name={out.asked.name}
          note={out.asked.reason}
          effect="They are not sent to; the reason is kept."
          onLeaveOut={(reason) => out.asked && out.leaveOut(out.asked, reason)}
          onClose={out.stopAsking}
        />
      )}
    </>
  );
}

function Row({ row, blocking }: { row: DistributionPlanRow; blocking: boolean }) {
  return (
    <>
      <span className={css.name} role="gridcell" title={row.name}>
        {blocking && <Glyph tone="late" label={null} />}
        <span className="cut b">{row.name}</span>
      </span>
      <span className="t2 s12" role="gridcell">
        {row.country}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.tier}
      </span>
      <span className="cut mono s12" role="gridcell" title={row.address}>
        {row.address}
      </span>
      <span className="cut t2 s12" role="gridcell" title={row.reason}>
        {row.reason}
      </span>
    </>
  );
}
