import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo } from "react";
import { CommandProvider } from "../lib/commands";
import { PlatformProvider, makeQueryClient, useChangeFeed, useRead } from "../lib/data";
import { EchoProvider } from "../lib/echo";
import { NavProvider, startPlace } from "../lib/nav";
import { StatusProvider } from "../lib/status";
import type { Platform } from "../platform";
import { Closed, Starting } from "./Start";
import { Frame } from "./Frame";
import { VIEWS } from "./views";

export function App({ platform }: { platform: Platform }) {
  const client = useMemo(makeQueryClient, []);
  return (
    <PlatformProvider value={platform}>
      <QueryClientProvider client={client}>
        <CommandProvider>
          <NavProvider start={{ ...startPlace, filters: VIEWS[0]!.filters }}>
            <EchoProvider>
              <Root />
            </EchoProvider>
          </NavProvider>
        </CommandProvider>
      </QueryClientProvider>
    </PlatformProvider>
  );
}

function Root() {
  useChangeFeed();
  const status = useRead("get_status", null);
  if (status.data) {
    return (
      <StatusProvider status={status.data}>
        <Frame />
      </StatusProvider>
    );
  }
  if (status.error) return <Closed problem={status.error} onOpened={() => void status.refetch()} />;
  return <Starting />;
}
