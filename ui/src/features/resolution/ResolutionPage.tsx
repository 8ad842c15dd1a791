import { Empty, ui } from "../../components/ui";
import { useNav } from "../../lib/nav";
import { Resolution } from "./Resolution";

/** How a case was resolved, told to its partner before the case is resolved. */
export default function ResolutionPage() {
  const { resolution } = useNav();
  if (resolution !== null) return <Resolution key={resolution} id={resolution} />;
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Resolve with a letter</h1>
      </header>
      <Empty title="No case chosen">Open a case and press E.</Empty>
    </>
  );
}
