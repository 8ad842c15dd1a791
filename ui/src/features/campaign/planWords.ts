import { plural } from "../../lib/text";

/** "every 3 days, 2 days before due" */
export function planWords(plan: { remind_every_days: number; remind_before_due_days: number }): string {
  const { remind_every_days: every, remind_before_due_days: before } = plan;
  const parts = [
    every > 0 && (every === 1 ? "every day" : `every ${every} days`),
    before > 0 && `${plural(before, "day")} before due`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : "none by plan";
}
