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
  review: string | null;
  step: string | null;
  document: string | null;
  view: number;
  filters: Record<PaneName, ListFilter>;
  caseTab: string;
  /** Systems the timeline is narrowed to; empty for all. */
  caseSources: SystemName[];
  /** First visible pixel per list. */
  scroll: Record<string, number>;
  dialog: { name: string; case?: string; id?: string } | null;
}

export const startPlace: Place = {
  screen: "desk",
  selection: null,
  review: null,
  step: null,
  document: null,
  view: 0,
  filters: { cases: nothing, exceptions: nothing, documents: nothing },
  caseTab: "timeline",
  caseSources: [],
  scroll: {},
  dialog: null,
};

interface Nav extends Place {
  go: (change: Partial<Place>) => void;
  setFilter: (pane: PaneName, filter: ListFilter) => void;
  keepScroll: (list: string, top: number) => void;
}

const NavContext = createContext<Nav | null>(null);

export function NavProvider({ children, start = startPlace }: { children: ReactNode; start?: Place }) {
  const [place, setPlace] = useState(start);
  const go = useCallback((change: Partial<Place>) => setPlace((before) => ({ ...before, ...change })), []);
  const setFilter = useCallback(
    (pane: PaneName, filter: ListFilter) => setPlace((before) => ({ ...before, filters: { ...before.filters, [pane]: filter }, view: -1 })),
    [],
  );
  // Scrolling must not re-render the window: the record is changed in place.
  const { scroll } = place;
  const keepScroll = useCallback(
    (list: string, top: number) => {
      scroll[list] = top;
    },
    [scroll],
  );
  const nav = useMemo(() => ({ ...place, go, setFilter, keepScroll }), [place, go, setFilter, keepScroll]);
  return <NavContext.Provider value={nav}>{children}</NavContext.Provider>;
}

export function useNav(): Nav {
  const nav = useContext(NavContext);
  if (!nav) throw new Error("no place above this component");
  return nav;
}
