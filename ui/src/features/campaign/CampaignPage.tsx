import { useCallback, useState } from "react";
import type { RecipientRow } from "../../generated/RecipientRow";
import { Button, Empty, Note } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav } from "../../lib/nav";
import { useStatus } from "../../lib/status";
import { type Acts, Actions } from "./Actions";
import css from "./Campaign.module.css";
import { CampaignFacts, CampaignHead } from "./CampaignHead";
import { CloseDialog } from "./CloseDialog";
import { RecipientList } from "./RecipientList";
import { RemindDialog } from "./RemindDialog";
import { Side } from "./Side";
import { WaiveDialog } from "./WaiveDialog";
import { type Filter, choicesOf, sectionsOf, titleOf } from "./filter";
import { isRunning, isSettled, isWaivable, sumOf, wasAsked } from "./states";
import { useRecipients } from "./useRecipients";

/** One campaign: how far it came, and every recipient of it. */
export function CampaignPage() {
  const nav = useNav();
  if (nav.campaign === null) {
    return (
      <>
        <CampaignHead row={null} sources={undefined} />
        <Empty
          title="No campaign chosen"
          action={
            <Button small keys="g k" command="go_campaigns" onPress={() => nav.go({ screen: "campaigns" })}>
              All campaigns
            </Button>
          }
        />
      </>
    );
  }
  return <Campaign key={nav.campaign} id={nav.campaign} />;
}

const NO_SECTIONS: never[] = [];

function Campaign({ id }: { id: string }) {
  const nav = useNav();
  const echo = useEcho();
  const { read_only } = useStatus();
  // Its rows are read state by state, as they come into sight.
  const { data: view, error } = useRead("get_campaign", { id, limit: 0 });
  const [filter, setFilter] = useState<Filter>("all");
  const [selected, setSelected] = useState<string | null>(null);
  const [tabled, setTabled] = useState(false);
  const [ask, setAsk] = useState<"waive" | "remind" | "close" | null>(null);
  const recipients = useRecipients(id, view ? sectionsOf(view, filter) : NO_SECTIONS);
  const chosen = recipients.find(selected);
  const pack = useSend("export_campaign");

  const openFile = useCallback(
    (one: RecipientRow) => one.file && one.file_proven && nav.go({ dialog: { name: "attachment", id: one.file } }),
    [nav],
  );
  const state = view?.row.status.state ?? "";
  const idle = read_only ?? (view && !isRunning(state) ? `The campaign is ${view.row.status.word.toLowerCase()}` : null);
  const open = view ? view.row.counts.recipients - sumOf(view.row.counts, ["acknowledged", "declined", "waived"]) : 0;
  const acts: Acts = {
    waive: {
      reason: idle ?? (chosen === null ? "No recipient chosen" : isWaivable(chosen.status.state) ? null : `${chosen.name} is settled`),
      run: () => setAsk("waive"),
    },
    remind: { reason: idle ?? (open > 0 ? null : "Everybody has answered"), run: () => setAsk("remind") },
    close: { reason: read_only ?? view?.close_blocked ?? null, run: () => setAsk("close") },
    supersede: {
      reason:
        read_only ??
        (view?.row.superseded_by
          ? `${view.row.superseded_by} took its place already`
          : wasAsked(state)
            ? null
            : "Nobody was asked in it yet"),
      run: () => view && nav.go({ screen: "new_campaign", asking: { case: view.row.case, supersedes: id } }),
    },
    pack: {
      reason: wasAsked(state) ? (pack.isPending ? "Under way" : null) : "Nobody was asked in it yet",
      run: () =>
        pack.mutate(
          { id },
          { onSuccess: (done) => echo.say(`Evidence in ${done.folder}, sealed with ${done.sealed_by}`), onError: echo.fail },
        ),
    },
  };
  const openReview = () => view?.row.review && nav.go({ screen: "review", review: view.row.review });
  const openCase = () => view && nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } });
  const choices = view ? choicesOf(view, filter) : [];
  const unread = view === undefined && "Being read";
  useCommands([
    {
      id: "waive",
      title: "Waive the recipient",
      keys: ["w"],
      group: "Campaign",
      disabled: unread || acts.waive.reason,
      run: acts.waive.run,
    },
    {
      id: "remind",
      title: "Send a reminder",
      keys: ["r"],
      group: "Campaign",
      disabled: unread || acts.remind.reason,
      run: acts.remind.run,
    },
    {
      id: "close_campaign",
      title: "Close the campaign",
      keys: ["c"],
      group: "Campaign",
      disabled: unread || acts.close.reason,
      run: acts.close.run,
    },
    {
      id: "supersede",
      title: "Ask for a new version",
      keys: ["s"],
      group: "Campaign",
      disabled: unread || acts.supersede.reason,
      run: acts.supersede.run,
    },
    {
      id: "export_campaign",
      title: "Evidence pack",
      keys: ["Shift+P"],
      group: "Campaign",
      disabled: unread || acts.pack.reason,
      run: acts.pack.run,
    },
    { id: "toggle_table", title: "Progress as a table", keys: ["t"], group: "Campaign", run: () => setTabled(!tabled) },
    {
      id: "open_campaign_review",
      title: "Open the review",
      keys: ["a"],
      group: "Campaign",
      disabled: view?.row.review ? null : "There is no review",
      run: openReview,
    },
    { id: "open_campaign_case", title: "Open the case", keys: ["u"], group: "Campaign", disabled: unread, run: openCase },
    ...choices.map((choice) => ({
      id: `only_${choice.id}`,
      title: choice.id === "all" ? "All recipients" : `Only ${titleOf(choice.id).toLowerCase()}`,
      group: "Campaign",
      run: () => setFilter(choice.id),
    })),
  ]);

  const close = () => setAsk(null);
  return (
    <>
      <CampaignHead row={view?.row ?? null} sources={view?.sources} onReview={openReview} onCase={openCase} pack={acts.pack} />
      {error && (
        <>
          <Note tone="fail">
            <b>{error.message}</b> {error.detail}
          </Note>
          {!view && <Empty title="The campaign cannot be shown">Nothing about it was changed.</Empty>}
        </>
      )}
      {view && (
        <>
          <CampaignFacts view={view} />
          <div className={css.body}>
            <RecipientList
              view={view}
              filter={filter}
              choices={choices}
              setFilter={setFilter}
              recipients={recipients}
              selected={selected}
              onSelect={setSelected}
              onOpen={openFile}
            />
            <Side view={view} tabled={tabled} onTable={() => setTabled(!tabled)} />
          </div>
          <Actions acts={acts} chosen={chosen} asked={wasAsked(state)} />
          {ask === "waive" && chosen && <WaiveDialog campaign={id} row={chosen} onClose={close} />}
          {ask === "remind" && (
            <RemindDialog campaign={id} row={chosen && !isSettled(chosen.status.state) ? chosen : null} open={open} onClose={close} />
          )}
          {ask === "close" && <CloseDialog view={view} onClose={close} />}
        </>
      )}
    </>
  );
}
