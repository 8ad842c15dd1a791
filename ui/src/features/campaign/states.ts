import type { RecipientCounts } from "../../generated/RecipientCounts";
import type { Tone } from "../../generated/Tone";

export type StateName = Exclude<keyof RecipientCounts, "recipients">;

export interface State {
  name: StateName;
  title: string;
  tone: Tone;
}

/** From what is done to what is far from it: the order of the bar. */
export const STATES: State[] = [
  { name: "acknowledged", title: "Acknowledged", tone: "ok" },
  { name: "waived", title: "Waived", tone: "none" },
  { name: "opened", title: "Opened", tone: "run" },
  { name: "delivered", title: "Delivered", tone: "wait" },
  { name: "pending", title: "Pending", tone: "queue" },
  { name: "overdue", title: "Overdue", tone: "late" },
  { name: "declined", title: "Declined", tone: "fail" },
  { name: "unreachable", title: "Unreachable", tone: "fail" },
];

export interface Group {
  title: string;
  states: StateName[];
}

/** What needs work first: the order of the list. */
export const NEEDS_WORK: Group = { title: "Needs work", states: ["unreachable", "overdue", "declined"] };
export const GROUPS: Group[] = [
  NEEDS_WORK,
  { title: "No answer yet", states: ["opened", "delivered", "pending"] },
  { title: "Acknowledged", states: ["acknowledged"] },
  { title: "Waived", states: ["waived"] },
];

export const sumOf = (counts: RecipientCounts, states: readonly StateName[]) => states.reduce((sum, state) => sum + counts[state], 0);
export const answered = (counts: RecipientCounts) => counts.acknowledged + counts.declined;
/** Nothing more is awaited of them. */
export const isSettled = (state: string) => state === "acknowledged" || state === "declined" || state === "waived";
/** Who declined can be let off as well. */
export const isWaivable = (state: string) => state !== "acknowledged" && state !== "waived";
/** States of a campaign that are over or not begun: nobody is asked then. */
export const isRunning = (state: string) => state === "issuing" || state === "active";
export const wasAsked = (state: string) => isRunning(state) || state === "closed" || state === "superseded";
