import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import type { FacetChoice } from "../generated/FacetChoice";
import type { SystemName } from "../generated/SystemName";

export type ScreenName =
  | "desk"
  | "review"
  | "documents"
  | "outbox"
  | "audit"
  | "connections"
  | "outreach"
  | "statements"
  | "resolution"
  | "batch"
  | "batches"
  | "loops"
  | "campaigns"
  | "campaign"
  | "new_campaign"
  | "registers"
  | "distributions"
  | "distribution"
  | "new_distribution";
export type PaneName = "cases" | "exceptions" | "documents";

/** `waiting` is all that is open or was not answered in time. */
export type LoopFilter = "waiting" | "no_response" | "waived" | "acted";

export interface Selection {
  pane: PaneName;
  id: string;
}

export interface ListFilter {
  text: string;
  facets: FacetChoice[];
}

export interface View {
  name: string;
  filters: Record<PaneName, ListFilter>;
}

const nothing: ListFilter = { text: "", facets: [] };

/** Where a person is. Kept above the screens, so that coming back finds the same place. */
export interface Place {
  screen: ScreenName;
  selection: Selection | null;
  /** What the lists are linked by: the selection, unless that lies in a pinned group. */
  anchor: Selection | null;
  review: string | null;
  step: string | null;
  document: string | null;
  /** Case whose affected customers are told. */
  outreach: string | null;
  /** Settlement whose partners are stated what is approved. */
  statements: string | null;
  /** Case whose partner is told how it was resolved. */
  resolution: string | null;
  batch: string | null;
  /** Which answers are listed, and the one chosen among them. */
  loopState: LoopFilter;
  loop: string | null;
  /** Number of the campaign that is looked at. */
  campaign: string | null;
  /** Case a new campaign belongs to, and the campaign whose document it takes the place of. */
  asking: { case: string; supersedes: string | null } | null;
  /** Number of the distribution that is looked at. */
  distribution: string | null;
  /** Case whose approved letter is to be distributed. */
  sending: string | null;
  view: number;
  filters: Record<PaneName, ListFilter>;
  caseTab: string;
  /** Systems the timeline is narrowed to; empty for all. */
  caseSources: SystemName[];
  dialog: { name: string; case?: string; id?: string; answer?: string } | null;
}

export const startPlace: Place = {
  screen: "desk",
  selection: null,
  anchor: null,
  review: null,
  step: null,
  document: null,
  outreach: null,
  statements: null,
  resolution: null,
  batch: null,
  loopState: "waiting",
  loop: null,
  campaign: null,
  asking: null,
  distribution: null,
  sending: null,
  view: 0,
  filters: { cases: nothing, exceptions: nothing, documents: nothing },
  caseTab: "timeline",
  caseSources: [],
  dialog: null,
};

interface Nav extends Place {
  go: (change: Partial<Place>) => void;
  setFilter: (pane: PaneName, filter: ListFilter) => void;
}

/** First visible pixel per list; written while scrolling, so nobody is told. */
const ScrollContext = createContext<Map<string, number>>(new Map());
export const useScrollPlaces = () => useContext(ScrollContext);

/** What was typed and not sent, by screen and object. */
const TypedContext = createContext<Map<string, unknown>>(new Map());

/** A form that is still filled in when a person comes back to it; `forget` once it was sent. */
export function useTyped<T extends object>(key: string, start: T): [typed: T, type: (change: Partial<T>) => void, forget: () => void] {
  const all = useContext(TypedContext);
  const [typed, setTyped] = useState(() => (all.get(key) as T | undefined) ?? start);
  const latest = useRef(typed);
  const type = useCallback(
    (change: Partial<T>) => {
      latest.current = { ...latest.current, ...change };
      all.set(key, latest.current);
      setTyped(latest.current);
    },
    [all, key],
  );
  const forget = useCallback(() => void all.delete(key), [all, key]);
  return [typed, type, forget];
}

const NavContext = createContext<Nav | null>(null);

export function NavProvider({ children, start = startPlace }: { children: ReactNode; start?: Place }) {
  const [place, setPlace] = useState(start);
  const go = useCallback(
    (change: Partial<Place>) =>
      setPlace((before) => ({ ...before, ...(change.selection !== undefined ? { anchor: change.selection } : {}), ...change })),
    [],
  );
  const setFilter = useCallback(
    (pane: PaneName, filter: ListFilter) => setPlace((before) => ({ ...before, filters: { ...before.filters, [pane]: filter }, view: -1 })),
    [],
  );
  const [places] = useState(() => new Map<string, number>());
  const [typed] = useState(() => new Map<string, unknown>());
  const nav = useMemo(() => ({ ...place, go, setFilter }), [place, go, setFilter]);
  return (
    <NavContext.Provider value={nav}>
      <ScrollContext.Provider value={places}>
        <TypedContext.Provider value={typed}>{children}</TypedContext.Provider>
      </ScrollContext.Provider>
    </NavContext.Provider>
  );
}

export function useNav(): Nav {
  const nav = useContext(NavContext);
  if (!nav) throw new Error("no place above this component");
  return nav;
}
