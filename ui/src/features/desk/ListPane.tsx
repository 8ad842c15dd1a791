import { type ReactNode, useCallback, useMemo, useState } from "react";
import { type Line, ColumnHeads, VirtualList, listCss } from "../../components/VirtualList";
import { Button, Empty, Fresh, Note, ui } from "../../components/ui";
import type { Paged } from "../../lib/paged";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { hasFacet, isFiltered, listArgs } from "../../lib/filters";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { type PaneName, useNav } from "../../lib/nav";
import { useOldest, useStatus } from "../../lib/status";
import css from "./Desk.module.css";
import { Filter } from "./Filter";

/** Rows pinned above the list, because they belong to what is selected elsewhere. */
export interface Pinned<T> {
  title: string;
  rows: T[];
}

const NONE: never[] = [];

interface Props<T extends { id: string }> {
  pane: PaneName;
  title: string;
  columns: string;
  heads: ReactNode;
  paged: Paged<T, Pinned<T>>;
  /** Must be the same function every time: rows are drawn again only when they changed. */
  draw: (row: T, linked: boolean) => ReactNode;
  selected: string | null;
  /** What the lists are linked by, if it lies here. */
  marked: string | null;
  onSelect: (row: T) => void;
  onOpen?: ((row: T) => void) | undefined;
  autoFocus?: boolean;
}

/** One of the three lists: head with count and age, pinned linked rows, all other rows. */
export function ListPane<T extends { id: string }>({
  pane,
  title,
  columns,
  heads,
  paged,
  draw,
  selected,
  marked,
  onSelect,
  onOpen,
  autoFocus,
}: Props<T>) {
  const nav = useNav();
  const status = useStatus();
  const { density } = useLook();
  const [filterOpen, setFilterOpen] = useState(false);
  // Pinned rows change together with the list they were left out of: no row is ever shown twice.
  const linked = paged.tag?.rows ?? NONE;
  const linkedTitle = paged.tag?.title ?? "";
  const grouped = linked.length > 0;
  const lead = grouped ? linked.length + 2 : 0;
  const total = paged.total;
  const others = hasFacet(nav.filters[pane].facets, "state", "open") ? "Other open" : `Other ${title.toLowerCase()}`;

  const line = useCallback(
    (index: number): Line<T> => {
      if (grouped) {
        if (index === 0) return { kind: "group", key: "linked", title: linkedTitle, count: linked.length, linked: true };
        if (index <= linked.length) {
          const row = linked[index - 1];
          return { kind: "row", key: `linked:${row?.id ?? index}`, row, linked: true };
        }
        if (index === linked.length + 1)
          return { kind: "group", key: "other", title: total ? others : "Nothing else here", count: total || null };
      }
      const row = paged.at(index - lead);
      return { kind: "row", key: row?.id ?? `empty:${index}`, row };
    },
    [grouped, linked, linkedTitle, lead, others, paged, total],
  );
  const reveal = useReveal(pane, paged, selected, linked, lead);
  const onRange = useCallback(
    (first: number, last: number) => paged.onRange(Math.max(0, first - lead), Math.max(0, last - lead)),
    [paged, lead],
  );

  useCommands([{ id: `filter_${pane}`, title: `Filter ${pane}`, keys: ["Shift+F"], pane, group: "List", run: () => setFilterOpen(true) }]);
  const source = useOldest(paged.first?.sources);
  const filter = nav.filters[pane];
  // What can be filtered by is counted over the whole list, so it is asked for only while it is on screen.
  const facets = useRead(COMMANDS[pane], { ...listArgs(filter), limit: 0 }, { enabled: filterOpen, keep: true });
  const shown = total + linked.length;
  const id = useMemo(() => (row: T) => row.id, []);

  return (
    <section className={listCss.pane} aria-label={title} data-pane={pane}>
      <PaneHead title={title} n={paged.first ? count(paged.fits) : ""} fresh={<Fresh source={source} />}>
        <Filter pane={pane} facets={facets.data?.facets ?? []} isOpen={filterOpen} onOpenChange={setFilterOpen} />
      </PaneHead>
      <ColumnHeads columns={columns}>{heads}</ColumnHeads>
      <div className={css.body}>
        {paged.problem ? (
          <Note tone="fail">
            <b>{paged.problem.message}</b> {paged.problem.detail}
          </Note>
        ) : shown === 0 && !paged.loading ? (
          isFiltered(filter) && paged.outside > 0 ? (
            <Empty
              title="Nothing fits the filter"
              action={
                <Button small command={`clear_${pane}`} onPress={() => nav.setFilter(pane, { text: "", facets: [] })}>
                  Clear filter
                </Button>
              }
            >
              {count(paged.outside)} outside it
            </Empty>
          ) : status.first_sync && !status.first_sync.ready ? (
            <Empty title="Being read for the first time">Rows appear as they arrive.</Empty>
          ) : source?.fetched_at === null ? (
            <Empty title="Not on this machine yet">{source.problem ?? "It is read as soon as the system answers."}</Empty>
          ) : (
            <Empty title={`No ${pane}`}>{source?.problem ?? "All there is was read."}</Empty>
          )
        ) : (
          <VirtualList
            label={title}
            name={pane}
            columns={columns}
            count={lead + total}
            line={line}
            height={ROW_HEIGHT[density]}
            id={id}
            draw={draw}
            selected={selected}
            marked={marked}
            onSelect={onSelect}
            {...(onOpen ? { onOpen } : {})}
            onRange={onRange}
            autoFocus={autoFocus ?? false}
            reveal={reveal}
          />
        )}
      </div>
    </section>
  );
}

const COMMANDS = { cases: "list_cases", exceptions: "list_exceptions", documents: "list_documents" } as const;

/**
 * The line of the selected row, once per selection and per change of the pinned group; scrolling away stays
 * possible. A row whose page was never read is asked for by its id.
 */
function useReveal<T extends { id: string }>(
  pane: PaneName,
  paged: Paged<T, Pinned<T>>,
  selected: string | null,
  linked: T[],
  lead: number,
): number | null {
  const { filters } = useNav();
  const pinned = selected === null ? -1 : linked.findIndex((row) => row.id === selected);
  const known = selected === null || pinned >= 0 || paged.find(selected) !== null;
  const asked = useRead(
    COMMANDS[pane],
    { ...listArgs(filters[pane]), ...(selected ? { around_id: selected } : {}), limit: 0 },
    { enabled: !known && paged.first !== undefined },
  );
  const around = known ? null : (asked.data?.around ?? null);
  return useMemo(() => {
    if (selected === null) return null;
    if (pinned >= 0) return pinned + 1;
    const at = paged.find(selected) ?? around;
    return at === null ? null : at + lead;
    // What was found once per selection holds: later pages must not pull the list back.
  }, [selected, lead, around, known]);
}

function PaneHead({ title, n, fresh, children }: { title: string; n: string; fresh: ReactNode; children: ReactNode }) {
  return (
    <header className={ui.paneHead}>
      <h2>{title}</h2>
      <span className={ui.n}>{n}</span>
      <span className="grow" />
      {fresh}
      {children}
    </header>
  );
}
