import { useSyncExternalStore } from "react";

/** Theme and density of this window. */
export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "normal" | "comfortable";

export const ROW_HEIGHT: Record<Density, number> = { compact: 28, normal: 36, comfortable: 44 };

interface Look {
  theme: Theme;
  density: Density;
}

const KEY = "look";
const listeners = new Set<() => void>();
let look: Look = { theme: "system", density: "compact" };

/** Sets what the style sheet reads; called once before the first paint and after each change. */
export function applyLook(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Look>;
    look = { theme: kept.theme ?? "system", density: kept.density ?? "compact" };
  } catch {
    // Nothing kept, or not readable: the defaults hold.
  }
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
  try {
    localStorage.setItem(KEY, JSON.stringify(look));
  } catch {
    // A window that keeps nothing still changes its look.
  }
  for (const each of listeners) each();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useLook = (): Look => useSyncExternalStore(subscribe, () => look);
export const isDark = () => look.theme === "dark" || (look.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
