import type { CampaignFile } from "../../generated/CampaignFile";
import type { CampaignInput } from "../../generated/CampaignInput";
import type { CampaignPlan } from "../../generated/CampaignPlan";
import { count } from "../../lib/money";
import { without } from "../../lib/maps";

/** What a person enters; days of reminders stay as typed. */
export interface Form {
  /** Number of a letter; empty where a file is given or nothing is chosen yet. */
  document: string;
  file: CampaignFile | null;
  segment: Record<string, string[]>;
  partners: string[];
  /** Partners left out, each with the reason. */
  exclude: Record<string, string>;
  /** Names of those left out: who is in no list any more can still be taken back. */
  names: Record<string, string>;
  due: string;
  every: string;
  before: string;
  view_first: boolean;
  signed: boolean;
  supersedes: string;
}

export const emptyForm = (supersedes: string | null): Form => ({
  document: "",
  file: null,
  segment: {},
  partners: [],
  exclude: {},
  names: {},
  due: "",
  every: "",
  before: "",
  view_first: true,
  signed: false,
  supersedes: supersedes ?? "",
});

const isDays = (text: string) => /^\d{1,3}$/.test(text.trim());

/** Why this cannot be asked: half a number of days is not the policy's own. */
export function problemOf(form: Form): { field: "remind_every_days" | "remind_before_due_days"; text: string } | null {
  if (form.every.trim() && !isDays(form.every)) return { field: "remind_every_days", text: "Reminders: give a number of days, 0 for none" };
  if (form.before.trim() && !isDays(form.before))
    return { field: "remind_before_due_days", text: "Before due: give a number of days, 0 for none" };
  return null;
}

export const inputOf = (id: string, form: Form): CampaignInput => ({
  case: id,
  ...(form.document ? { document: form.document } : {}),
  ...(form.file ? { file: form.file } : {}),
  segment: form.segment,
  partners: form.partners,
  exclude: form.exclude,
  due: form.due,
  ...(isDays(form.every) ? { remind_every_days: Number(form.every) } : {}),
  ...(isDays(form.before) ? { remind_before_due_days: Number(form.before) } : {}),
  view_first: form.view_first,
  signed: form.signed,
  ...(form.supersedes ? { supersedes: form.supersedes } : {}),
});

export const leftOut = (form: Form, partner: string, name: string, reason: string): Pick<Form, "exclude" | "names"> => ({
  exclude: { ...form.exclude, [partner]: reason },
  names: { ...form.names, [partner]: name },
});

export const takenBack = (form: Form, partner: string): Pick<Form, "exclude" | "names"> => ({
  exclude: without(form.exclude, partner),
  names: without(form.names, partner),
});

const COUNTS: [keyof CampaignPlan["counts"], string][] = [
  ["recipients", "Recipients"],
  ["blocking", "Missing an address"],
  ["excluded", "Left out"],
  ["must_repeat", "Must repeat"],
];

/** What is different in the plan made after a refused launch, in words. */
export function changesOf(before: CampaignPlan, now: CampaignPlan): string[] {
  if (before.root === now.root) return [];
  const counts = COUNTS.filter(([name]) => before.counts[name] !== now.counts[name]).map(
    ([name, title]) => `${title}: ${count(now.counts[name])}, were ${count(before.counts[name])}`,
  );
  const other = before.document && now.document && before.document.sha256 !== now.document.sha256;
  const found = [...counts, ...(other ? ["The document has other bytes"] : [])];
  return found.length > 0 ? found : ["As many as before, but not the same ones or not as they were"];
}
