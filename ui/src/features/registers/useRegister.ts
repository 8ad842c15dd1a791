import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { GetRegister } from "../../generated/GetRegister";
import type { Problem } from "../../generated/Problem";
import type { RegisterFilterArgs } from "../../generated/RegisterFilterArgs";
import type { RegisterName } from "../../generated/RegisterName";
import type { RegisterPage } from "../../generated/RegisterPage";
import { queryKey, usePlatform } from "../../lib/data";
import { asProblem } from "../../lib/problem";

const PAGE = 100;
/** Rows below the last one in sight that are read ahead. */
const AHEAD = 30;

/**
 * A register by pages, the newest first, each from where the one before ended. Where a filter lets few rows through, the pages
 * are read one after the other until there are some; how far that came is told.
 */
export function useRegister(register: RegisterName, filter: RegisterFilterArgs) {
  const platform = usePlatform();
  const args: GetRegister = { register, filter };
  const query = useInfiniteQuery({
    queryKey: queryKey("get_register", args),
    queryFn: ({ pageParam }): Promise<RegisterPage> =>
      platform
        .call("get_register", { ...args, limit: PAGE, ...(pageParam !== null && { after: pageParam }) })
        .catch((error: unknown) => Promise.reject(asProblem(error))),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  // Rows of the other register are no answer to this question.
  const pages = query.data?.pages.filter((page) => page.register === register) ?? [];
  const approvals = pages.flatMap((page) => page.approvals);
  const deliveries = pages.flatMap((page) => page.deliveries);
  const shown = register === "approval" ? approvals.length : deliveries.length;
  const { hasNextPage, isFetching, isError, isPlaceholderData, fetchNextPage } = query;
  const more = hasNextPage && !isPlaceholderData;
  const next = useCallback(() => {
    if (more && !isFetching && !isError) void fetchNextPage();
  }, [more, isFetching, isError, fetchNextPage]);
  const { length } = pages;
  // A page may add no row at all: then the one after it is read.
  useEffect(() => {
    if (shown < AHEAD) next();
  }, [shown, length, next]);
  return {
    approvals,
    deliveries,
    shown,
    first: pages[0],
    lookedAt: pages.reduce((sum, page) => sum + page.looked_at, 0),
    /** The register goes on below what is shown. */
    more,
    fetching: isFetching,
    busy: isPlaceholderData,
    problem: query.error as Problem | null,
    again: () => void (pages.length > 0 && query.isFetchNextPageError ? fetchNextPage() : query.refetch()),
    onRange: useCallback(
      (_: number, last: number) => {
        if (last + AHEAD >= shown) next();
      },
      [shown, next],
    ),
  };
}
