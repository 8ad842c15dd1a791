import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { StatementRow } from "../../generated/StatementRow";
import type { StatementsView } from "../../generated/StatementsView";
import { usePages } from "../../lib/paged";
import { useSettled } from "../../lib/settled";
import { useOffline } from "../../lib/status";
import type { List } from "./columns";
import { type Form, inputOf } from "./form";

/** The same object every time. */
const ROWS = { page: (view: StatementsView) => view.rows, id: (row: StatementRow) => row.partner, anew: true };

/** What would be stated as things were chosen, and whether the answer on the screen is that to the latest choice. */
export function usePlan(id: string, form: Form) {
  const offline = useOffline();
  const client = useQueryClient();
  const [list, setList] = useState<List>("statements");
  const input = useMemo(() => inputOf(id, form), [id, form]);
  const asked = useSettled(input, 250);
  const tag = useMemo(() => ({ input: asked, list }), [asked, list]);
  const plan = usePages("plan_statements", { ...asked, list }, ROWS, tag);
  const readAgain = useCallback(() => void client.invalidateQueries({ queryKey: ["plan_statements"] }), [client]);
  // Without a network nothing is run, and the plan says so: once the network is gone or back, it is another plan.
  const plannedOffline = useRef(offline);
  useEffect(() => {
    if (plannedOffline.current === offline) return;
    plannedOffline.current = offline;
    readAgain();
  }, [readAgain, offline]);
  return { plan, list, setList, input, settled: plan.tag?.input === input && !plan.fetching, readAgain };
}
