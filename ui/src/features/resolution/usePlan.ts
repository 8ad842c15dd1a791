import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import type { Problem } from "../../generated/Problem";
import type { ResolutionInput } from "../../generated/ResolutionInput";
import type { ResolutionPlan } from "../../generated/ResolutionPlan";
import { usePlatform } from "../../lib/data";
import { useTyped } from "../../lib/nav";
import { asProblem } from "../../lib/problem";
import { useSettled } from "../../lib/settled";
import { type Form, inputOf } from "./form";

/** A plan and what it is the answer to, its intent included. */
interface Answer {
  input: ResolutionInput;
  view: ResolutionPlan;
}

/** What would be sent as things were said, and whether the answer on the screen is that to the latest word. */
export function usePlan(id: string, form: Form) {
  const platform = usePlatform();
  const client = useQueryClient();
  // Kept with what was typed: coming back plans the same sending, and what was sent and not answered is not sent twice.
  const [{ intent }, keep, forget] = useTyped<{ intent: string | null }>(`resolution intent ${id}`, { intent: null });
  const first = useRef(intent);
  const input = useMemo(() => inputOf(id, form), [id, form]);
  const asked = useSettled(input, 250);
  const query = useQuery<Answer, Problem>({
    queryKey: ["plan_resolution", asked],
    queryFn: async () => {
      try {
        const view = await platform.call("plan_resolution", { ...asked, ...(first.current ? { intent: first.current } : {}) });
        if (view.problem?.code === "E_STATE") {
          // One is on its way: what is told after it is another sending, and not taken for that one.
          first.current = null;
          keep({ intent: null });
        } else if (first.current === null) {
          first.current = view.plan.intent;
          keep({ intent: view.plan.intent });
        }
        return { input: { ...asked, intent: view.plan.intent }, view };
      } catch (error) {
        throw asProblem(error);
      }
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  // A refusal leaves the last plan where it is, and with it what can be chosen.
  const last = useRef<Answer>(undefined);
  if (query.data) last.current = query.data;
  const readAgain = useCallback(() => void client.invalidateQueries({ queryKey: ["plan_resolution"] }), [client]);
  /** What is on its way keeps its intent until an answer says that it has arrived. */
  const hold = useCallback(
    (sent: ResolutionInput) => {
      first.current = sent.intent ?? null;
      keep({ intent: first.current });
    },
    [keep],
  );
  return {
    answer: query.data ?? last.current,
    problem: query.error,
    settled: asked === input && !query.isFetching && !query.isPlaceholderData,
    readAgain,
    hold,
    forget,
  };
}
