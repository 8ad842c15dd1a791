import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { CampaignPlan } from "../../generated/CampaignPlan";
import type { CampaignPlanRow } from "../../generated/CampaignPlanRow";
import { Glyph } from "../../components/Glyph";
import { Button, Fresh, Moment, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav, useTyped } from "../../lib/nav";
import { usePages } from "../../lib/paged";
import { useSettled } from "../../lib/settled";
import { useReplanned } from "../../lib/replan";
import { useOffline, useOldest, useStatus } from "../../lib/status";
import { plural } from "../../lib/text";
import { dateTime } from "../../lib/time";
import { CampaignForm } from "./CampaignForm";
import { DryRun, type List } from "./DryRun";
import { Launch } from "./Launch";
import css from "./NewCampaign.module.css";
import { type Form, changesOf, emptyForm, inputOf, problemOf } from "./form";

/** The same object every time. */
const ROWS = { page: (plan: CampaignPlan) => plan.rows, id: (row: CampaignPlanRow) => row.partner, anew: true };
const READ_AGAIN = "The recipients have to be read again before they are asked.";

/** What is entered, what it would do, and the one button that does it. */
export function NewCampaign({ id, supersedes }: { id: string; supersedes: string | null }) {
  const nav = useNav();
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const client = useQueryClient();
  const start = useMemo(() => emptyForm(supersedes), [supersedes]);
  const [form, type, forget] = useTyped<Form>(`campaign ${id} ${supersedes ?? ""}`, start);
  const [picked, setPicked] = useState<List | null>(null);
  const problem = problemOf(form);
  const typed = useMemo(() => inputOf(id, form), [id, form]);
  // What cannot be asked yet leaves the last plan where it is.
  const askable = useRef(typed);
  if (!problem) askable.current = typed;
  const input = askable.current;
  const asked = useSettled(input, 250);
  // Who blocks the launch is shown until somebody looks elsewhere.
  const [blocks, setBlocks] = useState(false);
  const list = picked ?? (blocks ? "blocking" : "recipients");
  const tag = useMemo(() => ({ input: asked, list }), [asked, list]);
  const plan = usePages("plan_campaign", { ...asked, list }, ROWS, tag);
  const view = plan.answer;
  const settled = plan.tag?.input === input && !plan.fetching;
  const blocking = (view?.counts.blocking ?? 0) > 0;
  useEffect(() => setBlocks(blocking), [blocking]);

  useReplanned("plan_campaign");

  const launch = useSend("launch_campaign");
  /** The plan a launch was refused for. */
  const [refused, setRefused] = useState<CampaignPlan | null>(null);
  const changed = (change: Partial<Form>) => {
    if (!launch.isPending) launch.reset();
    setRefused(null);
    type(change);
  };
  const recipients = plural(view?.counts.recipients ?? 0, "recipient");
  const title = view && view.signatures > 0 ? `Send ${recipients} to review` : `Launch to ${recipients}`;
  const blocked =
    read_only ??
    problem?.text ??
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
          echo.say(`${row.number}: ${recipients} ${view.signatures > 0 ? "on their way to review" : "being asked"}`);
          nav.go({ screen: "campaign", campaign: row.number, asking: null });
        },
        onError: ({ code }) => {
          if (code !== "E_HASH") return;
          setRefused(view);
          void client.invalidateQueries({ queryKey: ["plan_campaign"] });
        },
      },
    );
  };
  const openCase = () => nav.go({ screen: "desk", selection: { pane: "cases", id } });
  useCommands([
    { id: "launch_campaign", title, keys: ["Mod+Enter"], group: "New campaign", disabled: blocked, run },
    { id: "open_campaign_case", title: "Back to the case", keys: ["u"], group: "New campaign", run: openCase },
    {
      id: "clear_campaign",
      title: "Clear what was entered",
      keys: ["Mod+Shift+D"],
      group: "New campaign",
      run: () => changed(start),
    },
  ]);

  return (
    <>
      <header className={ui.viewHead}>
        <h1>New campaign</h1>
        {view && <span className="t2 cut">for case {view.case_number}</span>}
        <span className="grow" />
        <Age view={view} />
        <Button small kind="ghost" command="other_case" onPress={() => nav.go({ asking: null })}>
          Other case
        </Button>
        <Button small kind="ghost" keys="u" command="open_campaign_case" onPress={openCase}>
          {view ? `Case ${view.case_number}` : "Case"}
        </Button>
      </header>
      <div className={css.body}>
        <CampaignForm
          form={form}
          type={changed}
          plan={view}
          problem={
            problem ??
            (settled && view?.blocked && view.blocked_field && !plan.problem ? { field: view.blocked_field, text: view.blocked } : null)
          }
        />
        <DryRun
          plan={view}
          problem={plan.problem}
          settled={settled}
          shown={plan.tag?.list ?? list}
          list={list}
          setList={setPicked}
          total={plan.total}
          at={plan.at}
          find={plan.find}
          onRange={plan.onRange}
          form={form}
          type={changed}
        />
        <Launch
          plan={view}
          title={title}
          blocked={blocked}
          settled={settled || plan.problem !== null}
          problem={launch.error}
          changes={refused && view && settled ? changesOf(refused, view) : []}
          run={run}
        />
      </div>
    </>
  );
}

function Age({ view }: { view: CampaignPlan | undefined }) {
  const oldest = useOldest(view?.sources);
  if (!view) return null;
  if (view.data_as_of === null) return <Fresh source={oldest} />;
  return (
    <span className={ui.fresh}>
      {oldest?.stale && <Glyph tone="stale" label="Old" size={10} />}
      Partners as of <Moment at={view.data_as_of} say={dateTime} />
    </span>
  );
}
