import type { FacetChoice } from "../generated/FacetChoice";
import type { ListArgs } from "../generated/ListArgs";
import type { ListFilter } from "./nav";

export const listArgs = (filter: ListFilter): ListArgs => ({
  ...(filter.text ? { text: filter.text } : {}),
  ...(filter.facets.length ? { facets: filter.facets } : {}),
});

export const isFiltered = (filter: ListFilter) => filter.text !== "" || filter.facets.length > 0;

/** Adds or takes away one value of one facet. */
export function toggleFacet(facets: readonly FacetChoice[], name: string, value: string): FacetChoice[] {
  const found = facets.find((facet) => facet.name === name);
  if (!found) return [...facets, { name, values: [value] }];
  const values = found.values.includes(value) ? found.values.filter((one) => one !== value) : [...found.values, value];
  return facets.flatMap((facet) => (facet.name !== name ? [facet] : values.length ? [{ name, values }] : []));
}

export const hasFacet = (facets: readonly FacetChoice[], name: string, value: string) =>
  facets.some((facet) => facet.name === name && facet.values.includes(value));

/** "me_or_nobody" reads as words when no title is known. */
export const humanise = (word: string) => word.replace(/_/g, " ").replace(/^due 2h$/, "due in 2 h");
