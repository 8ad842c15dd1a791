import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Problem } from "../generated/Problem";
import { asProblem } from "./problem";

export interface Echo {
  text: string;
  detail?: string | null;
  failed: boolean;
}

interface EchoApi {
  current: Echo | null;
  say: (text: string) => void;
  fail: (problem: Problem | unknown) => void;
  hold: (on: boolean) => void;
  clear: () => void;
}

const SHOWN_MS = 6000;
const EchoContext = createContext<EchoApi | null>(null);

/** The echo of one's own act: one at a time, held while looked at, never the only place of an action. */
export function EchoProvider({ children }: { children: ReactNode }) {
  const [current, setCurrent] = useState<Echo | null>(null);
  const [held, hold] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const clear = useCallback(() => setCurrent(null), []);
  const say = useCallback((text: string) => setCurrent({ text, failed: false }), []);
  const fail = useCallback((thrown: unknown) => {
    const problem = asProblem(thrown);
    setCurrent({ text: problem.message, detail: problem.detail, failed: true });
  }, []);
  useEffect(() => {
    if (!current || held) return;
    timer.current = setTimeout(clear, current.failed ? SHOWN_MS * 2 : SHOWN_MS);
    return () => clearTimeout(timer.current);
  }, [current, held, clear]);
  const api = useMemo(() => ({ current, say, fail, hold, clear }), [current, say, fail, clear]);
  return <EchoContext.Provider value={api}>{children}</EchoContext.Provider>;
}

export function useEcho(): EchoApi {
  const api = useContext(EchoContext);
  if (!api) throw new Error("no echo above this component");
  return api;
}
