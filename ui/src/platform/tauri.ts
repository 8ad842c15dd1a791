import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Changed } from "../generated/Changed";
import type { Platform, Result } from ".";

/** One entry in the shell dispatches every command: `call(command, args)`. */
export function tauriPlatform(): Platform {
  return {
    call(command, args) {
      return invoke<Result<typeof command>>("call", { command, args: args ?? null });
    },
    onChanged(listener) {
      const stop = listen<Changed>("changed", (event) => listener(event.payload));
      return () => void stop.then((off) => off());
    },
  };
}
