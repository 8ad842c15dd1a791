import type { RegisterFilterArgs } from "../../generated/RegisterFilterArgs";
import type { RegisterName } from "../../generated/RegisterName";

const DAY = 86_400_000;

/** What a person filters a register by; empty text lets everything through. Days are civil days in UTC. */
export interface Filter {
  text: string;
  state: string;
  template: string;
  partner: string;
  from: string;
  to: string;
}

export const NO_FILTER: Filter = { text: "", state: "", template: "", partner: "", from: "", to: "" };

/** What is kept while a person is elsewhere. */
export interface Asked {
  register: RegisterName;
  /** One for each register: what a review can come to is no state of a notice. */
  approval: Filter;
  delivery: Filter;
  /** Whether the plot is open, and how far back it goes. */
  plotted: boolean;
  days: number;
}

export const START: Asked = { register: "approval", approval: NO_FILTER, delivery: NO_FILTER, plotted: true, days: 91 };

const midnight = (day: string) => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at;
};

/** Why the days are no period. */
export function periodProblem({ from, to }: Filter): string | null {
  const [begin, end] = [midnight(from), midnight(to)];
  return begin !== null && end !== null && begin > end ? "The period ends before it begins" : null;
}

/** What the core is asked with; the last day is part of the period. */
export function argsOf(filter: Filter): RegisterFilterArgs {
  const [from, to] = [midnight(filter.from), midnight(filter.to)];
  const text = filter.text.trim();
  return {
    ...(text && { text }),
    ...(filter.state && { states: [filter.state] }),
    ...(filter.template && { templates: [filter.template] }),
    ...(filter.partner && { partners: [filter.partner] }),
    ...(from !== null && { from }),
    ...(to !== null && { until: to + DAY }),
  };
}

export const isFiltered = (filter: Filter) => Object.keys(argsOf(filter)).length > 0;
