import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { CommandProvider } from "../lib/commands";
import { PlatformProvider, makeQueryClient, useChangeFeed, useRead } from "../lib/data";
import { EchoProvider } from "../lib/echo";
import { NavProvider, type Place, startPlace } from "../lib/nav";
import { StatusProvider } from "../lib/status";
import type { Platform } from "../platform";
import { fakePlatform } from "./fake";

function WithStatus({ children }: { children: ReactNode }) {
  useChangeFeed();
  const status = useRead("get_status", null);
  return status.data ? <StatusProvider status={status.data}>{children}</StatusProvider> : null;
}

/** A screen with everything that stands above it in the window. */
export function renderScreen(children: ReactNode, options: { platform?: Platform; start?: Partial<Place> } = {}) {
  const platform = options.platform ?? fakePlatform();
  return render(
    <PlatformProvider value={platform}>
      <QueryClientProvider client={makeQueryClient()}>
        <CommandProvider>
          <NavProvider start={{ ...startPlace, ...options.start }}>
            <EchoProvider>
              <WithStatus>{children}</WithStatus>
            </EchoProvider>
          </NavProvider>
        </CommandProvider>
      </QueryClientProvider>
    </PlatformProvider>,
  );
}

/** A platform that answers one command differently. */
export function withAnswer(command: string, answer: (args: never) => unknown, base = fakePlatform()): Platform {
  return {
    ...base,
    call: (name, args) => (name === command ? (new Promise((resolve) => resolve(answer(args as never))) as never) : base.call(name, args)),
  };
}
