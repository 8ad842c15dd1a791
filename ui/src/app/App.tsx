import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Problem } from "../generated/Problem";
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
  // While the folder is looked at again there is no error: what is being typed must not go with it.
  const [closed, setClosed] = useState<Problem | null>(null);
  if (status.error && status.error !== closed) setClosed(status.error);
  if (status.data) {
    return (
      <StatusProvider status={status.data}>
        <Frame />
      </StatusProvider>
    );
  }
  const problem = status.error ?? closed;
  if (problem) return <Closed problem={problem} onOpened={() => void status.refetch()} />;
  return <Starting />;
}
