import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";

/** The desk's clock (the sandbox has its own) carried on by the monotonic clock of this machine. */
export interface Clock {
  now(): number;
  zone: string;
  zoneShort: string;
  subscribe(listener: () => void): () => void;
}

export function makeClock(at: number, zone: string, zoneShort: string, monotonic: () => number = () => performance.now()): Clock {
  const start = monotonic();
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    zone,
    zoneShort,
    // Whole seconds, so that a subscriber's snapshot is stable between ticks.
    now: () => Math.floor((at + monotonic() - start) / 1000) * 1000,
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        for (const each of listeners) each();
      }, 1000);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
  };
}

const ClockContext = createContext<Clock | null>(null);

export function ClockProvider({ at, zone, zoneShort, children }: { at: number; zone: string; zoneShort: string; children: ReactNode }) {
  const clock = useMemo(() => makeClock(at, zone, zoneShort), [at, zone, zoneShort]);
  return <ClockContext.Provider value={clock}>{children}</ClockContext.Provider>;
}

export function useClock(): Clock {
  const clock = useContext(ClockContext);
  if (!clock) throw new Error("no clock above this component");
  return clock;
}

/** Re-renders when the rounded time changes; ask for minutes where seconds do not show. */
export function useNow(step = 1000): number {
  const clock = useClock();
  const snapshot = () => Math.floor(clock.now() / step) * step;
  return useSyncExternalStore(clock.subscribe, snapshot);
}

/** For tests and screens without a shell. */
export function FixedClock({ at, zone = "UTC", children }: { at: number; zone?: string; children: ReactNode }) {
  const clock = useMemo<Clock>(() => ({ now: () => at, zone, zoneShort: zone, subscribe: () => () => {} }), [at, zone]);
  return <ClockContext.Provider value={clock}>{children}</ClockContext.Provider>;
}
