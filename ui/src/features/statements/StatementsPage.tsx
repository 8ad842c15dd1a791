import { useNav } from "../../lib/nav";
import { Empty, ui } from "../../components/ui";
import { Statements } from "./Statements";

/** A settled period, stated once to everybody it was settled with. */
export default function StatementsPage() {
  const { statements } = useNav();
  if (statements !== null) return <Statements key={statements} id={statements} />;
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Statements</h1>
      </header>
      <Empty title="No settlement chosen">Open the case of a settlement and press Shift+S.</Empty>
    </>
  );
}
