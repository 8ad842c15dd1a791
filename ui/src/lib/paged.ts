import { useQueries } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import type { ListArgs } from "../generated/ListArgs";
import type { Page } from "../generated/Page";
import { queryKey, usePlatform } from "./data";
import { asProblem } from "./problem";
import type { Problem } from "../generated/Problem";

const PAGE = 100;

type PagedCommand = "list_cases" | "list_exceptions" | "list_documents";

export interface Paged<T, G = undefined> {
  /** The tag that came with the question whose answer is shown. */
  tag: G | undefined;
  total: number;
  /** Rows the filter lets through, those shown above the list included. */
  fits: number;
  outside: number;
  first: Page<T> | undefined;
  problem: Problem | null;
  loading: boolean;
  at: (index: number) => T | undefined;
  /** Where a row stands, if its page was read. */
  find: (id: string) => number | null;
  onRange: (first: number, last: number) => void;
}

/**
 * A list of any length, read by pages of 100 as they come into sight; what was there stays until the new is
 * read, together with the tag that belongs to it.
 */
export function usePaged<T extends { id: string }, G = undefined>(command: PagedCommand, args: ListArgs, tag?: G): Paged<T, G> {
  const platform = usePlatform();
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const pages = new Set([0]);
  for (let page = Math.floor(range[0] / PAGE); page <= Math.floor(range[1] / PAGE); page += 1) pages.add(page);
  const numbers = [...pages].sort((a, b) => a - b);
  const results = useQueries({
    queries: numbers.map((page) => {
      const pageArgs: ListArgs = { ...args, offset: page * PAGE, limit: PAGE };
      return {
        queryKey: queryKey(command, pageArgs),
        queryFn: () => platform.call(command, pageArgs).catch((error: unknown) => Promise.reject(asProblem(error))) as Promise<Page<T>>,
      };
    }),
  });
  const kept = useRef<{ key: string; pages: Map<number, Page<T>>; tag: G | undefined }>({ key: "", pages: new Map(), tag: undefined });
  const key = JSON.stringify(args);
  const fresh = results[0]?.data;
  if (fresh && kept.current.key !== key) kept.current = { key, pages: new Map(), tag };
  if (kept.current.key === key) kept.current.tag = tag;
  numbers.forEach((page, index) => {
    const data = results[index]?.data;
    if (data && kept.current.key === key) kept.current.pages.set(page, data);
  });
  const first = kept.current.pages.get(0);
  const at = useCallback((index: number) => kept.current.pages.get(Math.floor(index / PAGE))?.items[index % PAGE], []);
  const find = useCallback((id: string) => {
    for (const [page, { items }] of kept.current.pages) {
      const found = items.findIndex((item) => item.id === id);
      if (found >= 0) return page * PAGE + found;
    }
    return null;
  }, []);
  const onRange = useCallback((from: number, to: number) => {
    setRange((before) =>
      Math.floor(before[0] / PAGE) === Math.floor(from / PAGE) && Math.floor(before[1] / PAGE) === Math.floor(to / PAGE)
        ? before
        : [from, to],
    );
  }, []);
  return {
    tag: kept.current.tag,
    total: first?.total ?? 0,
    fits: first?.fits ?? 0,
    outside: first?.outside_filter_total ?? 0,
    first,
    problem: (results.find((result) => result.error)?.error as Problem | undefined) ?? null,
    loading: first === undefined && results[0]?.isPending !== false,
    at,
    find,
    onRange,
  };
}
