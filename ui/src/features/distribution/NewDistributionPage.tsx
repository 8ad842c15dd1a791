import { Button, Empty, ui } from "../../components/ui";
import { useNav } from "../../lib/nav";
import { NewDistribution } from "./NewDistribution";

/** An approved letter of a case, before it goes to partners over the grid. */
export function NewDistributionPage() {
  const { sending, go } = useNav();
  if (sending !== null) return <NewDistribution key={sending} id={sending} />;
  return (
    <>
      <header className={ui.viewHead}>
        <h1>New distribution</h1>
      </header>
      <Empty
        title="No case chosen"
        action={
          <Button small keys="g q" command="go_desk" onPress={() => go({ screen: "desk" })}>
            Choose a case
          </Button>
        }
      >
        A distribution sends an approved letter of a case.
      </Empty>
    </>
  );
}
