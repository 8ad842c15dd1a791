import type { Money } from "../generated/Money";

const SIGNS: Record<string, string> = { EUR: "€", GBP: "£", USD: "$", JPY: "¥" };

/** "€ 8,823.20": digits are grouped as text, never through a float. */
export function money({ amount, currency }: Money): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(amount.trim());
  const sign = SIGNS[currency] ?? currency;
  if (!match) return `${sign} ${amount}`;
  const [, minus = "", whole = "", fraction = ""] = match;
  return `${minus === "-" ? "−" : ""}${sign} ${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${fraction}`;
}

/** "412 MB" */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = size;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** "14,120" */
export const count = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** Where the commas of a decimal go: "-1234567.50" is "-1", "234", "567.50". Text that is no decimal stays whole. */
export function thirds(amount: string): string[] {
  const match = /^(-?\d{1,3})((?:\d{3})+)(\.\d+)?$/.exec(amount);
  if (!match) return [amount];
  const [, first = "", whole = "", fraction = ""] = match;
  const rest = whole.match(/\d{3}/g) ?? [];
  return [first, ...rest.slice(0, -1), `${rest.at(-1) ?? ""}${fraction}`];
}
