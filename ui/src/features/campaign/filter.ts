import type { CampaignView } from "../../generated/CampaignView";
import type { Tone } from "../../generated/Tone";
import { GROUPS, NEEDS_WORK, STATES, type StateName, sumOf } from "./states";
import type { Section } from "./useRecipients";

export type Filter = "all" | "needs_work" | "must_repeat" | "questions" | StateName;

export interface FilterChoice {
  id: Filter;
  tone?: Tone;
  n: number;
}

const TITLES: Partial<Record<Filter, string>> = {
  all: "All",
  needs_work: NEEDS_WORK.title,
  must_repeat: "Must repeat",
  questions: "Questions",
};

export const titleOf = (filter: Filter) => TITLES[filter] ?? STATES.find(({ name }) => name === filter)?.title ?? filter;

/** Recipients who asked something, be it several times; a remark that came with an answer is none. */
const askers = ({ questions }: CampaignView) =>
  new Set(questions.filter(({ state }) => state === "question").map(({ partner }) => partner)).size;

/** What can be shown: states nobody is in are left away, but for the one that is chosen. */
export function choicesOf(view: CampaignView, chosen: Filter): FilterChoice[] {
  const { counts } = view.row;
  const states = GROUPS.flatMap((group) => group.states).map((name) => STATES.find((state) => state.name === name)!);
  const all: FilterChoice[] = [
    { id: "all", n: counts.recipients },
    { id: "needs_work", tone: "late", n: sumOf(counts, NEEDS_WORK.states) },
    ...states.map(({ name, tone }): FilterChoice => ({ id: name, tone, n: counts[name] })),
    { id: "must_repeat", n: view.must_repeat },
    { id: "questions", n: askers(view) },
  ];
  return all.filter(({ id, n }) => n > 0 || id === "all" || id === "needs_work" || id === chosen);
}

/** The sections of the list. Those that need work stand first and need no heading. */
export function sectionsOf(view: CampaignView, filter: Filter): Section[] {
  const { counts } = view.row;
  const parts = (states: readonly StateName[]) => states.map((only) => ({ only, n: counts[only] }));
  if (filter === "all") return GROUPS.map(({ title, states }, index) => ({ title: index === 0 ? null : title, parts: parts(states) }));
  if (filter === "needs_work") return [{ title: null, parts: parts(NEEDS_WORK.states) }];
  if (filter === "must_repeat") return [{ title: null, parts: [{ only: filter, n: view.must_repeat }] }];
  if (filter === "questions") return [{ title: null, parts: [{ only: filter, n: askers(view) }] }];
  return [{ title: null, parts: parts([filter]) }];
}
