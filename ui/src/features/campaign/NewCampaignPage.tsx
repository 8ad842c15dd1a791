import { Button, ui } from "../../components/ui";
import { useNav } from "../../lib/nav";
import { CaseChooser } from "./CaseChooser";
import { NewCampaign } from "./NewCampaign";

/** A document, put before partners to be acknowledged. */
export function NewCampaignPage() {
  const { asking, go } = useNav();
  if (asking === null) {
    return (
      <>
        <header className={ui.viewHead}>
          <h1>New campaign</h1>
          <span className="grow" />
          <Button small kind="ghost" keys="g k" command="go_campaigns" onPress={() => go({ screen: "campaigns" })}>
            All campaigns
          </Button>
        </header>
        <CaseChooser onChoose={(id) => go({ asking: { case: id, supersedes: null } })} />
      </>
    );
  }
  return <NewCampaign key={`${asking.case} ${asking.supersedes}`} id={asking.case} supersedes={asking.supersedes} />;
}
