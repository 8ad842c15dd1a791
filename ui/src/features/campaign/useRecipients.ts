import { useQueries } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { CampaignView } from "../../generated/CampaignView";
import type { Problem } from "../../generated/Problem";
import type { RecipientRow } from "../../generated/RecipientRow";
import type { Line } from "../../components/VirtualList";
import { queryKey, usePlatform } from "../../lib/data";
import { asProblem } from "../../lib/problem";

const PAGE = 100;

/** Recipients that stand together under one heading: those of one or more states, one state after the other. */
export interface Section {
  /** Nothing for no heading. */
  title: string | null;
  parts: { only: string; n: number }[];
}

/** One stretch of lines: a heading, or the rows of one state. */
type Stretch = { from: number } & ({ title: string; n: number } | { only: string; n: number });

const lengthOf = (stretch: Stretch) => ("title" in stretch ? 1 : stretch.n);

export function stretchesOf(sections: readonly Section[]): Stretch[] {
  const all: Stretch[] = [];
  let from = 0;
  for (const { title, parts } of sections) {
    const n = parts.reduce((sum, part) => sum + part.n, 0);
    if (n === 0) continue;
    if (title !== null) all.push({ from: from++, title, n });
    for (const part of parts.filter((one) => one.n > 0)) {
      all.push({ from, ...part });
      from += part.n;
    }
  }
  return all;
}

/**
 * The recipients of a campaign by what needs work. The answer of the core is by name; each state is read by pages of its own, as
 * they come into sight, so that a campaign of any size is sorted without being read whole.
 */
export function useRecipients(id: string, sections: readonly Section[]) {
  const platform = usePlatform();
  const [[first, last], setRange] = useState<[number, number]>([0, 0]);
  const stretches = stretchesOf(sections);
  const wanted = stretches.flatMap((stretch) => {
    if ("title" in stretch || stretch.from > last || stretch.from + stretch.n <= first) return [];
    const from = Math.floor(Math.max(0, first - stretch.from) / PAGE);
    const to = Math.floor(Math.min(stretch.n - 1, last - stretch.from) / PAGE);
    return Array.from({ length: to - from + 1 }, (_, n) => ({ only: stretch.only, page: from + n }));
  });
  const results = useQueries({
    queries: wanted.map(({ only, page }) => {
      const args = { id, only, offset: page * PAGE, limit: PAGE };
      return {
        queryKey: queryKey("get_campaign", args),
        queryFn: (): Promise<CampaignView> =>
          platform.call("get_campaign", args).catch((error: unknown) => Promise.reject(asProblem(error))),
      };
    }),
  });
  const pages = new Map(wanted.map(({ only, page }, index) => [`${only} ${page}`, results[index]?.data?.rows.items]));
  const rowAt = (only: string, index: number) => pages.get(`${only} ${Math.floor(index / PAGE)}`)?.[index % PAGE];
  const end = stretches.at(-1);
  const line = (index: number): Line<RecipientRow> => {
    const stretch = stretches.findLast(({ from }) => from <= index);
    if (!stretch) return { kind: "row", key: `empty:${index}`, row: undefined };
    if ("title" in stretch) return { kind: "group", key: stretch.title, title: stretch.title, count: stretch.n };
    const row = rowAt(stretch.only, index - stretch.from);
    return { kind: "row", key: row?.partner ?? `empty:${index}`, row };
  };
  const rows = [...pages.values()].flatMap((page) => page ?? []);
  return {
    lines: end ? end.from + lengthOf(end) : 0,
    line,
    /** The row of a partner, where it was read; the first one where nobody is named or the one named is in none of these states. */
    find: (partner: string | null) => rows.find((row) => row.partner === partner) ?? rows[0] ?? null,
    fetching: results.some((result) => result.isFetching),
    problem: (results.find((result) => result.error)?.error as Problem | undefined) ?? null,
    onRange: useCallback((from: number, to: number) => setRange((old) => (old[0] === from && old[1] === to ? old : [from, to])), []),
  };
}
