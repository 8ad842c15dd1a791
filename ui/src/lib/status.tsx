import { createContext, type ReactNode, useContext } from "react";
import type { SourceAge } from "../generated/SourceAge";
import type { Status } from "../generated/Status";
import type { SystemLight } from "../generated/SystemLight";
import type { SystemName } from "../generated/SystemName";
import { ClockProvider } from "./clock";

const StatusContext = createContext<Status | null>(null);

export function StatusProvider({ status, children }: { status: Status; children: ReactNode }) {
  return (
    <StatusContext.Provider value={status}>
      <ClockProvider at={status.now} zone={status.zone} zoneShort={status.zone_short}>
        {children}
      </ClockProvider>
    </StatusContext.Provider>
  );
}

export function useStatus(): Status {
  const status = useContext(StatusContext);
  if (!status) throw new Error("no status above this component");
  return status;
}

export const useOffline = () => useStatus().sync === "offline";

export const SYSTEM_TITLES: Record<SystemName, string> = {
  community: "Community",
  documents: "Documents",
  exstream: "Exstream",
  workflow: "Workflow",
  workspaces: "Workspaces",
  tracker: "Tracker",
  console: "This console",
};

/**
 * What a pane shows is as old as the last read of its system, not as its own answer: a read that changed nothing has no pane
 * asked again.
 */
export function useLastRead(source: SourceAge | undefined): SourceAge | undefined {
  const light = useStatus().systems.find(({ system }) => system === source?.system);
  return source && sinceRead(source, light);
}

/** Of several systems the one read longest ago: a pane is no fresher than that. */
export function useOldest(sources: readonly SourceAge[] | undefined): SourceAge | undefined {
  const { systems } = useStatus();
  const at = ({ fetched_at }: SourceAge) => fetched_at ?? Number.NEGATIVE_INFINITY;
  return sources
    ?.map((source) =>
      sinceRead(
        source,
        systems.find(({ system }) => system === source.system),
      ),
    )
    .reduce<SourceAge | undefined>((oldest, source) => (oldest && at(oldest) <= at(source) ? oldest : source), undefined);
}

/** Ages of the systems that feed a list whose answer names none. */
export function useAges(feeds: readonly SystemName[]): SourceAge[] {
  const { systems } = useStatus();
  return systems
    .filter(({ system }) => feeds.includes(system))
    .map(({ system, tone, last_success, last_error }) => ({
      system,
      fetched_at: last_success,
      stale: tone !== "ok",
      problem: last_error,
    }));
}

const sinceRead = (source: SourceAge, light: SystemLight | undefined): SourceAge =>
  light && (light.last_success ?? 0) > (source.fetched_at ?? 0)
    ? { ...source, fetched_at: light.last_success, stale: false, problem: light.last_error }
    : source;

export const sourceOf = (sources: readonly SourceAge[] | undefined, system: SystemName) =>
  sources?.find((source) => source.system === system);
