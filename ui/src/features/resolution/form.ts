import type { AmountRow } from "../../generated/AmountRow";
import type { CorrectionRow } from "../../generated/CorrectionRow";
import type { ResolutionInput } from "../../generated/ResolutionInput";

/** Outputs that ask for more than words. */
export const INVOICE = "updated_invoice";
export const CORRECTIVE = "corrective_notice";

/** New values of a line; empty where the value stays. */
export interface LineForm {
  quantity: string;
  price: string;
}

/** What a person says about how a case was resolved; empty is what the plan proposes. */
export interface Form {
  output: string;
  channel: string;
  text: string;
  /** By number of the line. */
  lines: Record<string, LineForm>;
  corrections: CorrectionRow[];
  amount: AmountRow;
  corrects: string;
  /** `null` for all that a partner may be told of. */
  exceptions: string[] | null;
}

export const STAYS: LineForm = { quantity: "", price: "" };
export const NO_CORRECTION: CorrectionRow = { what: "", before: "", after: "" };

export const EMPTY: Form = {
  output: "",
  channel: "",
  text: "",
  lines: {},
  corrections: [],
  amount: { before: "", after: "", currency: "" },
  corrects: "",
  exceptions: null,
};

const trimmed = (row: CorrectionRow): CorrectionRow => ({ what: row.what.trim(), before: row.before.trim(), after: row.after.trim() });

/** What the output has no use for stays in the form and is not asked about. */
export function inputOf(id: string, form: Form): ResolutionInput {
  const { before, after, currency } = form.amount;
  const amount = { before: before.trim(), after: after.trim(), currency: currency.trim() };
  const lines = Object.entries(form.lines).map(([line, { quantity, price }]) => ({
    line,
    ...(quantity.trim() ? { quantity: quantity.trim() } : {}),
    ...(price.trim() ? { price: price.trim() } : {}),
  }));
  return {
    case: id,
    ...(form.output ? { output: form.output } : {}),
    ...(form.channel ? { channel: form.channel } : {}),
    text: form.text.trim(),
    lines: form.output === INVOICE ? lines.filter((line) => line.quantity !== undefined || line.price !== undefined) : [],
    // A row nothing was typed into says nothing; one that is half filled is named by the plan.
    corrections: form.corrections.map(trimmed).filter((row) => row.what || row.before || row.after),
    ...(form.output !== INVOICE && (amount.before || amount.after || amount.currency) ? { amount } : {}),
    ...(form.output === CORRECTIVE && form.corrects ? { corrects: form.corrects } : {}),
    ...(form.exceptions ? { exceptions: form.exceptions } : {}),
  };
}

/** "12.50" and "12.5" are one number. */
const bare = (text: string) =>
  text
    .trim()
    .replace(/^(\d+)\.(\d*?)0*$/, "$1.$2")
    .replace(/\.$/, "")
    .replace(/^0+(?=\d)/, "");

/** A new value stands against the one that was sent. */
export const differs = (before: string, after: string) => after.trim() !== "" && bare(before) !== bare(after);
