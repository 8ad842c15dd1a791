import type { FieldRow } from "../generated/FieldRow";
import type { RedlineBlock } from "../generated/RedlineBlock";
import type { RevisionPlan } from "../generated/RevisionPlan";
import type { ReviewCommentRow } from "../generated/ReviewCommentRow";

const SAID: Record<string, [title: string, value: string, required: boolean]> = {
  issue: ["What happened", "We count nine units at the warehouse today", true],
  next_steps: ["Next step", "We hold the amount back until we have your answer", true],
  note: ["Further remark", "", false],
};

const comment = (more: Partial<ReviewCommentRow>): ReviewCommentRow => ({
  id: "c1",
  author: "Henrike Solberg",
  initials: "HS",
  role: "Legal",
  at: 0,
  block: null,
  place: null,
  quote: null,
  carried_from: "3",
  lost: false,
  settled: null,
  may_settle: [],
  text: "Is that so?",
  queued: false,
  partner: false,
  shared: false,
  may_share: false,
  ...more,
});

/** The next version of the letter under review, as far as a window without a shell can tell. */
export function revision(typed: Partial<Record<string, string>>): RevisionPlan {
  const fields = Object.entries(SAID).map(([name, [title, before, required]]): FieldRow => {
    const value = typed[name] ?? before;
    const edited = value !== before;
    return {
      name,
      title,
      value: value || null,
      source: edited ? "You" : "Version 3",
      system: null,
      read_at: null,
      old: false,
      confirmed: false,
      edited,
      required,
      missing: required && value === "",
      input: "text",
      choices: [],
    };
  });
  let change = 0;
  const blocks = fields.flatMap((field, index): RedlineBlock[] => {
    const before = SAID[field.name]![1];
    const after = field.value ?? "";
    if (before === after)
      return before ? [{ number: index + 1, kind: "paragraph", runs: [{ op: "equal" as const, text: before, change: null }] }] : [];
    change += 1;
    const runs = [
      { op: "delete" as const, text: before, change },
      { op: "insert" as const, text: after, change },
    ].filter((run) => run.text);
    return [{ number: index + 1, kind: "paragraph", runs }];
  });
  const held = "hold the amount back";
  const at = fields[1]!.value?.indexOf(held) ?? -1;
  const kept = at >= 0;
  const missing = fields.find((field) => field.missing);
  return {
    version: "4",
    before: "3",
    fields,
    blocks,
    changes: change,
    lost: kept ? 0 : 1,
    signed: 1,
    comments: [
      comment(
        kept ? { block: 2, quote: held, place: { start: at, end: at + held.length, certainty: "exact" } } : { quote: held, lost: true },
      ),
    ],
    blocked: missing ? `${missing.title} is missing.` : change === 0 ? "Nothing is written otherwise yet." : null,
  };
}
