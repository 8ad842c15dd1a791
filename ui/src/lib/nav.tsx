import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import type { FacetChoice } from "../generated/FacetChoice";
import type { SystemName } from "../generated/SystemName";

export type ScreenName = "desk" | "review" | "documents" | "outbox" | "audit" | "connections";
export type PaneName = "cases" | "exceptions" | "documents";

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
  view: number;
  filters: Record<PaneName, ListFilter>;
  caseTab: string;
  /** Systems the timeline is narrowed to; empty for all. */
  caseSources: SystemName[];
  dialog: { name: string; case?: string; id?: string } | null;
}

export const startPlace: Place = {
  screen: "desk",
  selection: null,
  anchor: null,
  review: null,
  step: null,
  document: null,
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
  const nav = useMemo(() => ({ ...place, go, setFilter }), [place, go, setFilter]);
  return (
    <NavContext.Provider value={nav}>
      <ScrollContext.Provider value={places}>{children}</ScrollContext.Provider>
    </NavContext.Provider>
  );
}

export function useNav(): Nav {
  const nav = useContext(NavContext);
  if (!nav) throw new Error("no place above this component");
  return nav;
}
