import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { CommandName } from "../generated/commands";
import { useOffline } from "./status";

/**
 * Without a network nothing that was planned is sent, and the plan says so: once the network is gone or back, it is
 * another plan and is asked for again.
 */
export function useReplanned(command: CommandName) {
  const offline = useOffline();
  const client = useQueryClient();
  const plannedOffline = useRef(offline);
  useEffect(() => {
    if (plannedOffline.current === offline) return;
    plannedOffline.current = offline;
    void client.invalidateQueries({ queryKey: [command] });
  }, [client, command, offline]);
}
