import { useSyncExternalStore } from "react";

import type { Density } from "../generated/Density";
import type { Look } from "../generated/Look";

export type { Theme } from "../generated/Theme";

declare global {
  interface Window {
    /** Said by the shell before the page runs. */
    __LOOK__?: Partial<Look>;
  }
}

export const ROW_HEIGHT: Record<Density, number> = { compact: 28, normal: 36, comfortable: 44 };

const listeners = new Set<() => void>();
let look: Look = { theme: "system", density: "compact" };
let keep: (look: Look) => void = () => {};

/** Hears of each look a person chooses from now on. */
export function keepLook(kept: (look: Look) => void): void {
  keep = kept;
}

/** Sets what the style sheet reads; called once before the first paint. The look of the last time, where the shell gave one. */
export function applyLook(): void {
  look = { ...look, ...window.__LOOK__ };
  write();
  const more = matchMedia("(prefers-contrast: more)");
  const contrast = () => {
    document.documentElement.dataset.contrast = more.matches ? "more" : "normal";
  };
  contrast();
  more.addEventListener("change", contrast);
}

function write() {
  const root = document.documentElement;
  if (look.theme === "system") delete root.dataset.theme;
  else root.dataset.theme = look.theme;
  root.dataset.density = look.density;
}

export function setLook(change: Partial<Look>): void {
  look = { ...look, ...change };
  write();
  keep(look);
  for (const each of listeners) each();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useLook = (): Look => useSyncExternalStore(subscribe, () => look);
export const isDark = () => look.theme === "dark" || (look.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
