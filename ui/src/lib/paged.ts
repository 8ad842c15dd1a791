import { useQueries } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import type { CommandName } from "../generated/commands";
import type { ListArgs } from "../generated/ListArgs";
import type { Page } from "../generated/Page";
import type { Args, Result } from "../platform";
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

/** Where the rows lie in an answer and what names them; the same object every time. */
interface Source<A, T> {
  page: (answer: A) => Page<T>;
  id: (row: T) => string;
  /** As for `useRead`: asked anew each time it is opened. */
  anew?: boolean;
}

interface Pages<A, T, G> extends Omit<Paged<T, G>, "first"> {
  /** Everything that came with the first page. */
  answer: A | undefined;
  /** An answer is under way, be it the same question once more. */
  fetching: boolean;
}

/**
 * A list of any length inside an answer, read by pages of 100 as they come into sight; what was there stays until
 * the new is read, together with the tag that belongs to it.
 */
export function usePages<C extends CommandName, T, G = undefined>(
  command: C,
  args: Omit<Args<C> & object, "offset" | "limit">,
  { page: pageOf, id: idOf, anew }: Source<Result<C>, T>,
  tag?: G,
): Pages<Result<C>, T, G> {
  const platform = usePlatform();
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const pages = new Set([0]);
  for (let page = Math.floor(range[0] / PAGE); page <= Math.floor(range[1] / PAGE); page += 1) pages.add(page);
  const numbers = [...pages].sort((a, b) => a - b);
  const results = useQueries({
    queries: numbers.map((page) => {
      const pageArgs = { ...args, offset: page * PAGE, limit: PAGE } as Args<C>;
      return {
        queryKey: queryKey(command, pageArgs),
        queryFn: (): Promise<Result<C>> => platform.call(command, pageArgs).catch((error: unknown) => Promise.reject(asProblem(error))),
        ...(anew ? { gcTime: 0 } : {}),
      };
    }),
  });
  const kept = useRef<{ key: string; pages: Map<number, Result<C>>; tag: G | undefined }>({ key: "", pages: new Map(), tag: undefined });
  const key = JSON.stringify(args);
  const fresh = results[0]?.data as Result<C> | undefined;
  if (fresh && kept.current.key !== key) kept.current = { key, pages: new Map(), tag };
  if (kept.current.key === key) kept.current.tag = tag;
  numbers.forEach((page, index) => {
    const data = results[index]?.data as Result<C> | undefined;
    if (data && kept.current.key === key) kept.current.pages.set(page, data);
  });
  const answer = kept.current.pages.get(0);
  const first = answer && pageOf(answer);
  const at = useCallback(
    (index: number) => {
      const found = kept.current.pages.get(Math.floor(index / PAGE));
      return found && pageOf(found).items[index % PAGE];
    },
    [pageOf],
  );
  const find = useCallback(
    (id: string) => {
      for (const [page, found] of kept.current.pages) {
        const index = pageOf(found).items.findIndex((item) => idOf(item) === id);
        if (index >= 0) return page * PAGE + index;
      }
      return null;
    },
    [pageOf, idOf],
  );
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
    answer,
    fetching: results.some((result) => result.isFetching),
    problem: (results.find((result) => result.error)?.error as Problem | undefined) ?? null,
    loading: answer === undefined && results[0]?.isPending !== false,
    at,
    find,
    onRange,
  };
}

const WHOLE = { page: <T>(answer: T) => answer, id: (row: { id: string }) => row.id };

/** A list whose answer is nothing but its pages. */
export function usePaged<T extends { id: string }, G = undefined>(command: PagedCommand, args: ListArgs, tag?: G): Paged<T, G> {
  const { answer, ...rest } = usePages<PagedCommand, T, G>(command, args, WHOLE as unknown as Source<Result<PagedCommand>, T>, tag);
  return { ...rest, first: answer as Page<T> | undefined };
}
