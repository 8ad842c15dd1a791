import type { LoopRow } from "../generated/LoopRow";
import { useCommands } from "./commands";
import { useNav } from "./nav";
import { useStatus } from "./status";

/** What a person can say came of a notice. */
export type Outcome = "acted" | "waived";

/** Why nothing can be said about a notice now; `null` where something can. */
const settled = (row: LoopRow | undefined) =>
  row === undefined
    ? "No notice chosen"
    : row.may_decide
      ? null
      : row.required
        ? `${row.notice} is answered`
        : `${row.notice} asks for no answer`;

/** y and w on the notice that is chosen, wherever notices and their answers are listed. */
export function useOutcome(caseId: string | undefined, row: LoopRow | undefined, pane?: string) {
  const nav = useNav();
  const { read_only } = useStatus();
  const why = read_only ?? settled(row);
  const open = (outcome: Outcome) => {
    if (caseId && row) nav.go({ dialog: { name: outcome, case: caseId, id: row.notice } });
  };
  const about = row?.may_decide ? row.notice : "a notice";
  const shared = { group: "Answers", disabled: why, ...(pane ? { pane } : {}) };
  useCommands([
    { ...shared, id: "confirm_outcome", title: `Confirm outcome of ${about}`, keys: ["y"], run: () => open("acted") },
    { ...shared, id: "waive_answer", title: `Waive the answer to ${about}`, keys: ["w"], run: () => open("waived") },
  ]);
  return { why, open };
}
