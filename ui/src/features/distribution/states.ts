import type { DistributionCounts } from "../../generated/DistributionCounts";
import type { Tone } from "../../generated/Tone";

export type StateName = Exclude<keyof DistributionCounts, "recipients">;
export type Filter = "all" | StateName;

/** What needs work first: the order of the filters. */
export const STATES: { name: StateName; title: string; tone: Tone }[] = [
  { name: "failed", title: "Failed", tone: "fail" },
  { name: "unproven", title: "Unproven", tone: "late" },
  { name: "ready", title: "Ready", tone: "queue" },
  { name: "sent", title: "Sent", tone: "wait" },
  { name: "delivered", title: "Delivered", tone: "wait" },
  { name: "proven", title: "Proven", tone: "ok" },
];

const PROOFS: Record<string, string> = { mdn: "MDN", portal_receipt: "Portal receipt", signed_return: "Signed return" };
export const proofTitle = (kind: string) => PROOFS[kind] ?? kind;

/** The filters that find somebody, and the chosen one. */
export const choicesOf = (counts: DistributionCounts, chosen: Filter) => STATES.filter(({ name }) => counts[name] > 0 || name === chosen);
