import { createContext, type ReactNode, useContext } from "react";
import type { SourceAge } from "../generated/SourceAge";
import type { Status } from "../generated/Status";
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

export const sourceOf = (sources: readonly SourceAge[] | undefined, system: SystemName) =>
  sources?.find((source) => source.system === system);
