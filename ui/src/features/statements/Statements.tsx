import type { StatementsView } from "../../generated/StatementsView";
import { ControlTotal } from "../../components/ControlTotal";
import { type Figure, Figures } from "../../components/Figures";
import { Glyph } from "../../components/Glyph";
import { Volumes } from "../../components/Volumes";
import { Button, Empty, Fresh, Moment, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { useNav, useTyped } from "../../lib/nav";
import { useOffline, useOldest, useStatus } from "../../lib/status";
import { plural } from "../../lib/text";
import { dateTime } from "../../lib/time";
import { Choice } from "./Choice";
import { Run, readsAgain } from "./Run";
import { Samples } from "./Samples";
import { StatementList } from "./StatementList";
import css from "./Statements.module.css";
import { EMPTY, type Form, excludedOf } from "./form";
import { usePlan } from "./usePlan";

/** The statements of one settlement: what is chosen, what comes of it, and the run. */
export function Statements({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const [form, type, forget] = useTyped<Form>(`statements ${id}`, EMPTY);
  const { plan, list, setList, input, settled, readAgain } = usePlan(id, form);
  const view = plan.answer;
  const send = useSend("send_statements");
  const changed = (change: Partial<Form>) => {
    if (!send.isPending) send.reset();
    type(change);
  };
  const n = view?.counts.statements ?? 0;
  const statements = `${count(n)} ${n === 1 ? "statement" : "statements"}`;
  const title = `Run ${statements}`;
  const busy = !settled && !plan.problem;
  const blocked =
    read_only ??
    plan.problem?.message ??
    (settled ? (view?.blocked ?? null) : "What is approved is being read") ??
    // The network may have gone since the plan was made.
    (offline ? "Money needs a live check of what is approved." : null) ??
    (send.isPending ? "Being run" : null);
  const run = () => {
    if (!view || !plan.tag || blocked) return;
    send.mutate(
      // The input of the very answer on the screen: its intent and its root belong to no other.
      { input: plan.tag.input, intent: view.intent, root: view.root },
      {
        onSuccess: (batch) => {
          forget();
          echo.say(`${batch.number}: ${statements} ${view.signatures > 0 ? "on their way to review" : "on their way"}`);
          nav.go({ screen: "batch", batch: batch.id });
        },
        onError: (problem) => readsAgain(problem) && readAgain(),
      },
    );
  };
  const openCase = () => nav.go({ screen: "desk", selection: { pane: "cases", id } });
  useCommands([
    { id: "send_statements", title, keys: ["Mod+Enter"], group: "Statements", disabled: blocked, run },
    { id: "open_statements_case", title: "Back to the case", keys: ["u"], group: "Statements", run: openCase },
    { id: "clear_statements", title: "Clear what was chosen", keys: ["Mod+Shift+D"], group: "Statements", run: () => changed(EMPTY) },
  ]);
  const head = (
    <header className={ui.viewHead}>
      <h1>Statements</h1>
      {view && (
        <span className="t2 cut">
          for case {view.case_number}, {view.subject}
        </span>
      )}
      <span className="grow" />
      <Age view={view} />
      <Button small kind="ghost" keys="u" command="open_statements_case" onPress={openCase}>
        {view ? `Case ${view.case_number}` : "Case"}
      </Button>
    </header>
  );

  if (!view && plan.problem) {
    return (
      <>
        {head}
        <Empty
          title={plan.problem.message}
          action={
            <Button small onPress={readAgain}>
              Read again
            </Button>
          }
        >
          {plan.problem.detail ?? "Statements come from the transactions of a settlement."}
        </Empty>
      </>
    );
  }
  return (
    <>
      {head}
      <div className={css.head} aria-busy={busy}>
        <Choice id={id} form={form} type={changed} periods={view?.periods ?? []} period={view?.period ?? ""} />
        <div className={css.figures}>
          <Figures figures={figuresOf(view)} />
        </div>
        <ControlTotal
          rows={view?.totals}
          root={view?.root}
          note={view && view.signatures > 0 ? `to be signed by ${plural(view.signatures, "other")}` : undefined}
        />
      </div>
      <div className={css.body}>
        <section className={css.middle} aria-label="Statements" data-pane="statements_list" aria-busy={busy}>
          {plan.problem && (
            <Note tone="fail">
              <b>{plan.problem.message}</b> {plan.problem.detail}
            </Note>
          )}
          <StatementList
            shown={plan.tag?.list ?? list}
            list={list}
            setList={setList}
            counts={view?.counts}
            total={plan.total}
            at={plan.at}
            find={plan.find}
            onRange={plan.onRange}
            exclude={excludedOf(form)}
            setExclude={(exclude) => {
              // From here on the month is a chosen one: who is left out of it is kept under its name.
              const period = form.period || (view?.period ?? "");
              changed({ period, exclude: { ...form.exclude, [period]: exclude } });
            }}
          />
        </section>
        <aside className={css.side} aria-label="Samples and the run" data-pane="statements_run">
          <Samples rows={view?.samples ?? []} input={plan.tag?.input ?? input} root={view?.root ?? ""} />
          {view && <Volumes rows={view.volumes} said={`at least ${count(view.minutes)} min in production`} />}
          <Run view={view} title={title} blocked={blocked} busy={busy} refused={send.error} onRun={run} />
        </aside>
      </div>
    </>
  );
}

function Age({ view }: { view: StatementsView | undefined }) {
  const oldest = useOldest(view?.sources);
  if (!view) return null;
  if (view.data_as_of === null) return <Fresh source={oldest} />;
  return (
    <span className={ui.fresh}>
      {oldest?.stale && <Glyph tone="stale" label="Old" size={10} />}
      Approved as of <Moment at={view.data_as_of} say={dateTime} />
    </span>
  );
}

const FIGURES = [
  ["lines", "Transactions"],
  ["approved", "Approved"],
  ["partners", "Partners"],
  ["statements", "Statements"],
  ["excluded", "Left out"],
] as const;

const figuresOf = (view: StatementsView | undefined): Figure[] =>
  FIGURES.map(([name, title]) => ({ name, title, value: view?.counts[name], main: name === "statements" }));
