import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import type { OutreachRow } from "../../generated/OutreachRow";
import type { OutreachView } from "../../generated/OutreachView";
import { type Figure, Figures } from "../../components/Figures";
import { Glyph } from "../../components/Glyph";
import { Volumes } from "../../components/Volumes";
import { Button, Empty, Fresh, Moment, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { useNav, useTyped } from "../../lib/nav";
import { usePages } from "../../lib/paged";
import { useSettled } from "../../lib/settled";
import { useReplanned } from "../../lib/replan";
import { useOffline, useOldest, useStatus } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Outreach.module.css";
import { OutreachForm } from "./OutreachForm";
import { type List, Recipients } from "./Recipients";
import { Samples } from "./Samples";
import { EMPTY, type Form, inputOf, problemOf } from "./form";

/** A disruption, told once to everybody it affects. */
export default function OutreachPage() {
  const { outreach } = useNav();
  if (outreach === null) {
    return (
      <>
        <header className={ui.viewHead}>
          <h1>Tell affected customers</h1>
        </header>
        <Empty title="No case chosen">Open a case and press Shift+O.</Empty>
      </>
    );
  }
  return <Outreach key={outreach} id={outreach} />;
}

/** The same object every time. */
const ROWS = { page: (view: OutreachView) => view.rows, id: (row: OutreachRow) => row.partner, anew: true };

function Outreach({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const client = useQueryClient();
  const [form, type, forget] = useTyped<Form>(`outreach ${id}`, EMPTY);
  const [list, setList] = useState<List>("recipients");
  const problem = problemOf(form);
  const typed = useMemo(() => inputOf(id, form), [id, form]);
  // What cannot be asked yet leaves the last plan where it is.
  const askable = useRef(typed);
  if (!problem) askable.current = typed;
  const input = askable.current;
  const asked = useSettled(input, 250);
  const tag = useMemo(() => ({ input: asked, list }), [asked, list]);
  const plan = usePages("plan_outreach", { ...asked, list }, ROWS, tag);
  const view = plan.answer;
  const settled = plan.tag?.input === input && !plan.fetching;

  useReplanned("plan_outreach");

  const send = useSend("send_outreach");
  const changed = (change: Partial<Form>) => {
    if (!send.isPending) send.reset();
    type(change);
  };
  const n = view?.counts.notices ?? 0;
  const notices = `${count(n)} ${n === 1 ? "notice" : "notices"}`;
  const title = `Send ${notices}${view && view.signatures > 0 ? " to review" : ""}`;
  const blocked =
    read_only ??
    problem?.text ??
    plan.problem?.message ??
    (settled ? (view?.blocked ?? null) : "The open orders are being looked through") ??
    // The network may have gone since the plan was made.
    (offline ? "The orders have to be read again before customers are told." : null) ??
    (send.isPending ? "Being sent" : null);
  const run = () => {
    if (!view || !plan.tag || blocked) return;
    send.mutate(
      // The input of the very answer on the screen: its intent and its root belong to no other.
      { input: plan.tag.input, intent: view.intent, root: view.root },
      {
        onSuccess: (batch) => {
          forget();
          echo.say(`${batch.number}: ${notices} ${view.signatures > 0 ? "on their way to review" : "on their way"}`);
          nav.go({ screen: "batch", batch: batch.id });
        },
        onError: ({ code }) => {
          if (code === "E_HASH") void client.invalidateQueries({ queryKey: ["plan_outreach"] });
        },
      },
    );
  };
  const openCase = () => nav.go({ screen: "desk", selection: { pane: "cases", id } });
  useCommands([
    { id: "send_outreach", title, keys: ["Mod+Enter"], group: "Outreach", disabled: blocked, run },
    { id: "open_outreach_case", title: "Back to the case", keys: ["u"], group: "Outreach", run: openCase },
    {
      id: "clear_outreach",
      title: "Clear what was typed",
      keys: ["Mod+Shift+D"],
      group: "Outreach",
      run: () => changed(EMPTY),
    },
  ]);

  return (
    <>
      <header className={ui.viewHead}>
        <h1>Tell affected customers</h1>
        {view && (
          <span className="t2 cut">
            for case {view.case_number}, {view.partner}
          </span>
        )}
        <span className="grow" />
        <Age view={view} />
        <Button small kind="ghost" keys="u" command="open_outreach_case" onPress={openCase}>
          {view ? `Case ${view.case_number}` : "Case"}
        </Button>
      </header>
      <div className={css.body}>
        <OutreachForm form={form} type={changed} view={view} />
        <section className={css.middle} aria-label="Affected customers" data-pane="outreach_list" aria-busy={!settled && !plan.problem}>
          <Figures figures={figuresOf(view)} />
          {plan.problem && (
            <Note tone="fail">
              <b>{plan.problem.message}</b> {plan.problem.detail}
            </Note>
          )}
          <Recipients
            shown={plan.tag?.list ?? list}
            list={list}
            setList={setList}
            counts={view?.counts}
            total={plan.total}
            at={plan.at}
            find={plan.find}
            onRange={plan.onRange}
            dated={Object.keys(plan.tag?.input.dates ?? {}).length > 0}
            exclude={form.exclude}
            setExclude={(exclude) => changed({ exclude })}
          />
        </section>
        <aside className={css.side} aria-label="Samples and sending" data-pane="outreach_send">
          <Samples rows={view?.samples ?? []} input={plan.tag?.input ?? input} root={view?.root ?? ""} />
          {view && <Volumes rows={view.volumes} said={`at least ${count(view.minutes)} min in production`} />}
          <footer className={css.send}>
            {send.error && (
              <Note tone="fail">
                <b>{send.error.message}</b> {send.error.detail}
              </Note>
            )}
            <p className="s12">
              {view?.effect} {view && <span className="mono t3">{shortHash(view.root)}</span>}
            </p>
            <p className={cx("s12", css.blocked)} role="status">
              {blocked && (
                <>
                  <Glyph tone={settled || plan.problem ? "late" : "run"} label={null} />
                  {blocked}
                </>
              )}
            </p>
            <Button
              kind="primary"
              icon={view && view.signatures > 0 ? "review" : "send"}
              keys="Mod+Enter"
              command="send_outreach"
              mode={offline ? "needs network" : undefined}
              reason={blocked}
              onPress={run}
            >
              {title}
            </Button>
          </footer>
        </aside>
      </div>
    </>
  );
}

function Age({ view }: { view: OutreachView | undefined }) {
  const oldest = useOldest(view?.sources);
  if (!view) return null;
  if (view.data_as_of === null) return <Fresh source={oldest} />;
  return (
    <span className={ui.fresh}>
      {oldest?.stale && <Glyph tone="stale" label="Old" size={10} />}
      Orders as of <Moment at={view.data_as_of} say={dateTime} />
    </span>
  );
}

const FIGURES = [
  ["orders", "Orders"],
  ["lines", "Lines"],
  ["customers", "Customers"],
  ["notices", "Notices"],
  ["superseding", "Replacing"],
  ["excluded", "Left out"],
] as const;

const figuresOf = (view: OutreachView | undefined): Figure[] =>
  FIGURES.map(([name, title]) => ({ name, title, value: view?.counts[name], main: name === "notices" }));
