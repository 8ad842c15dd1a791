import type { Changed } from "../generated/Changed";
import type { CommandName, Commands } from "../generated/commands";

export type Args<C extends CommandName> = Commands[C]["args"];
export type Result<C extends CommandName> = Commands[C]["result"];

/** The only way to data: every screen asks through `call` and hears of changes through `onChanged`. */
export interface Platform {
  /** Rejects with a `Problem`. */
  call<C extends CommandName>(command: C, args: Args<C>): Promise<Result<C>>;
  /** Answers with what stops listening. */
  onChanged(listener: (changed: Changed) => void): () => void;
}

/** Without the shell (development, screenshots) a fake with fixed data stands in; it is never part of a shipped bundle. */
export async function openPlatform(): Promise<Platform> {
  if (import.meta.env.MODE === "fake" || (import.meta.env.DEV && new URLSearchParams(location.search).has("fake"))) {
    const { fakePlatform } = await import("../testing/fake");
    return fakePlatform();
  }
  const { tauriPlatform } = await import("./tauri");
  return tauriPlatform();
}
