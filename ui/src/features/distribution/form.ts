import type { DistributionInput } from "../../generated/DistributionInput";
import type { DistributionPlan } from "../../generated/DistributionPlan";
import { count } from "../../lib/money";

/** What a person enters. */
export interface Form {
  letter: string;
  proof: string;
  segment: Record<string, string[]>;
  partners: string[];
  /** Partners left out, each with the reason. */
  exclude: Record<string, string>;
}

export const emptyForm: Form = { letter: "", proof: "mdn", segment: {}, partners: [], exclude: {} };

export const inputOf = (id: string, form: Form): DistributionInput => ({ case: id, ...form });

const COUNTS: [keyof DistributionPlan["counts"], string][] = [
  ["recipients", "Recipients"],
  ["blocking", "No address"],
  ["excluded", "Left out"],
];

/** What is different in the plan made after a refused launch, in words. */
export function changesOf(before: DistributionPlan, now: DistributionPlan): string[] {
  if (before.root === now.root) return [];
  const counts = COUNTS.filter(([name]) => before.counts[name] !== now.counts[name]).map(
    ([name, title]) => `${title}: ${count(now.counts[name])}, were ${count(before.counts[name])}`,
  );
  const other = before.letter?.sha256 !== now.letter?.sha256;
  const found = [...counts, ...(other ? ["The letter is not the same or not approved any more"] : [])];
  return found.length > 0 ? found : ["As many as before, but not the same ones or not under the same addresses"];
}
