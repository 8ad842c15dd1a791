import type { StatementInput } from "../../generated/StatementInput";

/** What a person chose. */
export interface Form {
  /** Month; empty for the one the settlement is about. */
  period: string;
  /** Partners that are named, with what they are called; none for all. */
  only: Record<string, string>;
  /** Partners left out, by month, each with the reason: who has nothing in another month need not be left out of it. */
  exclude: Record<string, Record<string, string>>;
}

export const EMPTY: Form = { period: "", only: {}, exclude: {} };

export const excludedOf = (form: Form) => form.exclude[form.period] ?? {};

export function inputOf(id: string, form: Form): StatementInput {
  const only = Object.keys(form.only);
  // Who is not named gets none anyway, and a partner that is not in question cannot be left out.
  const exclude = Object.entries(excludedOf(form)).filter(([partner]) => only.length === 0 || only.includes(partner));
  return { case: id, ...(form.period ? { period: form.period } : {}), only, exclude: Object.fromEntries(exclude) };
}
