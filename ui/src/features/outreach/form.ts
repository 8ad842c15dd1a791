import type { OutreachInput } from "../../generated/OutreachInput";
import type { ProductChoice } from "../../generated/ProductChoice";
import { without } from "../../lib/maps";

/** What a person types; countries stay as typed. */
export interface Form {
  products: string[];
  from: string;
  to: string;
  destinations: string;
  /** By product; under the empty name for all. */
  dates: Record<string, string>;
  alternatives: string;
  service_update: string;
  template: string;
  /** Customers left out, each with the reason. */
  exclude: Record<string, string>;
}

export const EMPTY: Form = {
  products: [],
  from: "",
  to: "",
  destinations: "",
  dates: {},
  alternatives: "",
  service_update: "",
  template: "",
  exclude: {},
};

export const countries = (text: string) =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((code) => code.toUpperCase());

const isCountry = (code: string) => /^[A-Z]{2}$/.test(code);

/** Why this cannot be asked: half a country left away would mean more customers, not fewer. */
export function problemOf(form: Form): { field: "destinations" | "to"; text: string } | null {
  const odd = countries(form.destinations).find((code) => !isCountry(code));
  if (odd) return { field: "destinations", text: `Destinations: ${odd} is no country code of two letters` };
  if (form.from && form.to && form.to < form.from) return { field: "to", text: "The ship dates end before they begin" };
  return null;
}

export const inputOf = (id: string, form: Form): OutreachInput => ({
  case: id,
  products: form.products,
  ...(form.from ? { from: form.from } : {}),
  ...(form.to ? { to: form.to } : {}),
  destinations: [...new Set(countries(form.destinations).filter(isCountry))],
  dates: form.dates,
  alternatives: form.alternatives.trim(),
  service_update: form.service_update.trim(),
  ...(form.template ? { template: form.template } : {}),
  exclude: form.exclude,
});

/** Products that are chosen: by the person, or the case's own while nothing was chosen. */
export const chosenOf = (form: Form, offered: readonly ProductChoice[]) =>
  form.products.length > 0 ? form.products : offered.filter((one) => one.chosen).map((one) => one.product);

/** Chooses a product or takes it back; a date of its own goes with it. */
export function toggled(form: Form, offered: readonly ProductChoice[], product: string): Pick<Form, "products" | "dates"> {
  const chosen = chosenOf(form, offered);
  if (!chosen.includes(product)) return { products: [...chosen, product], dates: form.dates };
  return { products: chosen.filter((one) => one !== product), dates: without(form.dates, product) };
}

export const withDate = (dates: Record<string, string>, product: string, date: string) =>
  date ? { ...dates, [product]: date } : without(dates, product);
