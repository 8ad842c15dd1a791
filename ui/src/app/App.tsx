import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button, Note } from "../components/ui";
import { CommandProvider } from "../lib/commands";
import { PlatformProvider, makeQueryClient, useChangeFeed, useRead } from "../lib/data";
import { EchoProvider } from "../lib/echo";
import { NavProvider, startPlace } from "../lib/nav";
import { StatusProvider } from "../lib/status";
import type { Platform } from "../platform";
import css from "./Frame.module.css";
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
  if (status.error) {
    return (
      <main className={css.fatal} data-screen="fatal">
        <h1>{status.error.message}</h1>
        <Note>{status.error.detail ?? "The data of this machine could not be opened. Nothing was changed."}</Note>
        <p className="mono t3">{status.error.code}</p>
        <Button command="try_again" onPress={() => void status.refetch()}>
          Try again
        </Button>
      </main>
    );
  }
  // The first answer takes milliseconds: an empty ground flickers less than a word.
  return <main className={css.fatal} data-screen="starting" aria-busy="true" />;
}
