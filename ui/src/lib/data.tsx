import { type QueryKey, QueryClient, keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";
import { READS, type CommandName } from "../generated/commands";
import type { Problem } from "../generated/Problem";
import type { Topic } from "../generated/Topic";
import type { Args, Platform, Result } from "../platform";
import { asProblem } from "./problem";

const PlatformContext = createContext<Platform | null>(null);
export const PlatformProvider = PlatformContext.Provider;

export function usePlatform(): Platform {
  const platform = useContext(PlatformContext);
  if (!platform) throw new Error("no platform above this component");
  return platform;
}

/** Everything comes from a local database: answers are kept until a change event says otherwise. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 60_000,
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export const queryKey = <C extends CommandName>(command: C, args: Args<C>): QueryKey => [command, args];

export interface ReadOptions {
  enabled?: boolean;
  /** Show the answer to the previous question until the new one is there. */
  keep?: boolean;
  /** Asked anew each time it is opened: a plan, a proof, bytes that may be here by now. */
  anew?: boolean;
}

/** Reads one command's answer and keeps it current. */
export function useRead<C extends CommandName>(command: C, args: Args<C>, options: ReadOptions = {}) {
  const platform = usePlatform();
  return useQuery<Result<C>, Problem>({
    queryKey: queryKey(command, args),
    queryFn: () => platform.call(command, args).catch((error: unknown) => Promise.reject(asProblem(error))),
    enabled: options.enabled ?? true,
    ...(options.keep ? { placeholderData: keepPreviousData } : {}),
    ...(options.anew ? { gcTime: 0 } : {}),
  });
}

/** Runs a command that changes something; what it changed is announced by the shell. */
export function useSend<C extends CommandName>(command: C) {
  const platform = usePlatform();
  return useMutation<Result<C>, Problem, Args<C>>({
    mutationFn: (args) => platform.call(command, args).catch((error: unknown) => Promise.reject(asProblem(error))),
  });
}

/** True when an answer of `command` is out of date after a change of `topics`. */
export function isTouched(command: CommandName, topics: readonly Topic[]): boolean {
  return READS[command]?.some((topic) => topics.includes(topic)) ?? false;
}

/**
 * Connects change events to the query cache; mounted once. An answer under way is shown when it comes and asked for
 * once more: were it thrown away, a screen would stand still for as long as changes come faster than answers.
 */
export function useChangeFeed(): void {
  const platform = usePlatform();
  const client = useQueryClient();
  useEffect(() => {
    const onceMore = new Set<string>();
    const cache = client.getQueryCache();
    const ended = cache.subscribe(({ type, query }) => {
      if (type !== "updated" || query.state.fetchStatus !== "idle" || !onceMore.delete(query.queryHash)) return;
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    });
    const changed = platform.onChanged(({ topics }) => {
      void client.invalidateQueries({
        predicate: (query) => {
          if (!isTouched(query.queryKey[0] as CommandName, topics)) return false;
          if (query.state.fetchStatus === "idle") return true;
          onceMore.add(query.queryHash);
          return false;
        },
      });
    });
    return () => {
      changed();
      ended();
    };
  }, [platform, client]);
}
