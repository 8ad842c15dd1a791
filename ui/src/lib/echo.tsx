import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { PlanView } from "../generated/PlanView";
import type { Problem } from "../generated/Problem";
import type { UndoView } from "../generated/UndoView";
import { useNow } from "./clock";
import { asProblem } from "./problem";

export interface Echo {
  text: string;
  detail?: string | null;
  failed: boolean;
}

/** What the last act put on its way and what takes it back while it has not left. */
export interface Undoable {
  title: string;
  steps: string[];
  /** A notice: it is held until then, and undone as a whole by the hash of what it says. */
  notice?: UndoView;
}

/** The steps of a plan, for taking it back; a regulated letter is taken back by its reviewers, not by a key. */
export const undoable = (title: string, plan: PlanView): Undoable => ({
  title,
  steps: plan.rows.filter((row) => row.number !== null).map((row) => row.id),
});

interface EchoApi {
  current: Echo | null;
  undo: Undoable | null;
  /** The act was taken back, or its time is over. */
  forget: () => void;
  say: (text: string, undo?: Undoable) => void;
  fail: (problem: Problem | unknown) => void;
  hold: (on: boolean) => void;
  clear: () => void;
}

const SHOWN_MS = 6000;
const UNDO_MS = 10_000;
const EchoContext = createContext<EchoApi | null>(null);

/** The echo of one's own act: one at a time, held while looked at, never the only place of an action. */
export function EchoProvider({ children }: { children: ReactNode }) {
  const [current, setCurrent] = useState<Echo | null>(null);
  const [held, hold] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const clear = useCallback(() => setCurrent(null), []);
  const [undo, setUndo] = useState<Undoable | null>(null);
  const forget = useCallback(() => setUndo(null), []);
  const say = useCallback((text: string, last?: Undoable) => {
    setCurrent({ text, failed: false });
    setUndo(last ?? null);
  }, []);
  useEffect(() => {
    // What is held for it says itself when that is over.
    if (!undo || undo.notice) return;
    const over = setTimeout(forget, UNDO_MS);
    return () => clearTimeout(over);
  }, [undo, forget]);
  const fail = useCallback((thrown: unknown) => {
    const problem = asProblem(thrown);
    setCurrent({ text: problem.message, detail: problem.detail, failed: true });
  }, []);
  useEffect(() => {
    if (!current || held) return;
    timer.current = setTimeout(clear, current.failed ? SHOWN_MS * 2 : SHOWN_MS);
    return () => clearTimeout(timer.current);
  }, [current, held, clear]);
  const api = useMemo(() => ({ current, undo, forget, say, fail, hold, clear }), [current, undo, forget, say, fail, clear]);
  return <EchoContext.Provider value={api}>{children}</EchoContext.Provider>;
}

/** Seconds left to undo a notice; `null` where nothing is counted. Once they are over there is nothing to undo. */
export function useUndoSeconds(): number | null {
  const { undo, forget } = useEcho();
  const now = useNow(500);
  const until = undo?.notice?.until ?? null;
  const left = until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (left === 0) forget();
  }, [left, forget]);
  return left === 0 ? null : left;
}

export function useEcho(): EchoApi {
  const api = useContext(EchoContext);
  if (!api) throw new Error("no echo above this component");
  return api;
}
