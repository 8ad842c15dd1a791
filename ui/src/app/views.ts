import type { PaneName, ListFilter } from "../lib/nav";

export interface SavedView {
  title: string;
  /** List whose total stands beside it. */
  list: PaneName;
  filters: Record<PaneName, ListFilter>;
}

const all: ListFilter = { text: "", facets: [] };
const of = (...facets: [string, ...string[]][]): ListFilter => ({
  text: "",
  facets: facets.map(([name, ...values]) => ({ name, values })),
});
const open = of(["state", "open"]);

/** Views that come with the program; keys g 1 to g 7. */
export const VIEWS: SavedView[] = [
  {
    title: "My queue",
    list: "cases",
    filters: { cases: of(["owner", "me", "nobody"], ["state", "open"]), exceptions: open, documents: all },
  },
  {
    title: "Due in 2 h",
    list: "cases",
    filters: { cases: of(["due", "2h"], ["state", "open"]), exceptions: open, documents: all },
  },
  { title: "Rejected files", list: "documents", filters: { cases: open, exceptions: open, documents: of(["track", "rejected"]) } },
  { title: "Waiting on partner", list: "cases", filters: { cases: of(["state", "waiting_partner"]), exceptions: open, documents: all } },
  { title: "Bounced notices", list: "cases", filters: { cases: of(["notice", "bounced"]), exceptions: open, documents: all } },
  { title: "All open cases", list: "cases", filters: { cases: open, exceptions: open, documents: all } },
  { title: "Everything", list: "cases", filters: { cases: all, exceptions: all, documents: all } },
];
