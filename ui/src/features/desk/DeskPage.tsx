import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { CaseRow } from "../../generated/CaseRow";
import type { DocumentRow } from "../../generated/DocumentRow";
import type { ExceptionRow } from "../../generated/ExceptionRow";
import { Icon } from "../../components/Icon";
import { Button, Empty, IconButton, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { hasFacet, humanise, listArgs } from "../../lib/filters";
import { ROW_HEIGHT, setLook, useLook } from "../../lib/look";
import { type PaneName, type Selection, useNav } from "../../lib/nav";
import { usePaged } from "../../lib/paged";
import css from "./Desk.module.css";
import { ExceptionActions } from "./ExceptionActions";
import { ListPane, type Pinned } from "./ListPane";
import { CASE_COLUMNS, CaseLine, DOCUMENT_COLUMNS, DocumentLine, EXCEPTION_COLUMNS, ExceptionLine, TrackHeads } from "./rows";

const TITLES: Record<string, string> = { compact: "Compact", normal: "Normal", comfortable: "Comfortable" };

const drawCaseLine = (row: CaseRow) => <CaseLine row={row} />;
const drawExceptionLine = (row: ExceptionRow) => <ExceptionLine row={row} />;
const drawDocumentLine = (row: DocumentRow, linked: boolean) => <DocumentLine row={row} linked={linked} />;

/** Three lists linked by one selection, over the pane of the case it leads to. */
export function DeskPage({ drawCase, drawDocument }: { drawCase: (id: string) => ReactNode; drawDocument: (id: string) => ReactNode }) {
  const nav = useNav();
  const look = useLook();
  const { selection, anchor } = nav;
  const rested = useRested(anchor);
  const linked = useRead("list_linked", { id: rested?.id ?? "" }, { enabled: rested !== null, keep: true });
  const group = anchor ? linked.data : undefined;

  // In the pane where the selection was made its row stays where it is; the other two pin what belongs to it.
  const others = (pane: PaneName) => group !== undefined && anchor !== null && anchor.pane !== pane;
  const casePages = useLinkedPages<CaseRow>(
    "cases",
    others("cases") ? group?.cases : undefined,
    linkTitle(anchor?.pane, group?.order_label),
  );
  const exceptionPages = useLinkedPages<ExceptionRow>(
    "exceptions",
    others("exceptions") ? group?.exceptions : undefined,
    `With ${group?.case_label ?? group?.order_label ?? "the selection"}`,
  );
  const documentPages = useLinkedPages<DocumentRow>(
    "documents",
    others("documents") ? group?.documents : undefined,
    group?.order_label ?? `With ${group?.case_label ?? "the selection"}`,
  );

  // The first case is open from the start: an empty pane helps nobody.
  const first = casePages.first?.items[0]?.id;
  useEffect(() => {
    if (selection === null && first !== undefined) nav.go({ selection: { pane: "cases", id: first } });
  }, [selection, first, nav]);

  // A row of a pinned group is looked at where it stands; any other row becomes what the lists are linked by.
  const select = (pane: PaneName, pages: { tag: { rows: { id: string }[] } | undefined }) => (row: { id: string }) => {
    if (selection?.pane === pane && selection.id === row.id) return;
    const chosen = { pane, id: row.id };
    const isPinned = pages.tag?.rows.some((one) => one.id === row.id) ?? false;
    nav.go({ selection: chosen, anchor: isPinned ? anchor : chosen });
  };
  const caseId = rested === null ? null : rested.pane === "cases" ? rested.id : (group?.cases[0]?.id ?? null);
  const openCase = () => document.querySelector<HTMLElement>('[data-pane="case"] [tabindex="0"]')?.focus();

  const nextBest = () => {
    for (let index = 0; index < casePages.total; index += 1) {
      const row = casePages.at(index);
      if (!row) break;
      if (row.id !== caseId && (row.owner === null || row.owner.me) && row.due.state !== "paused") {
        const after = casePages.first?.items.findIndex((one) => one.id === caseId) ?? -1;
        if (index > after) {
          nav.go({ selection: { pane: "cases", id: row.id } });
          return;
        }
      }
    }
  };
  const densities = Object.keys(ROW_HEIGHT) as (keyof typeof ROW_HEIGHT)[];
  useCommands([{ id: "next_best", title: "Next best case", keys: ["Shift+Space"], group: "List", run: nextBest }]);

  const title = TITLES_OF_VIEW[nav.view] ?? "Filtered";
  return (
    <>
      <header className={ui.viewHead}>
        <h1>{title}</h1>
        <Chips />
        <span className="grow" />
        <Button
          small
          kind="ghost"
          icon="rows"
          command="density"
          onPress={() => setLook({ density: densities[(densities.indexOf(look.density) + 1) % densities.length]! })}
        >
          {TITLES[look.density]}
        </Button>
        <Button small icon="play" keys="Shift+Space" command="next_best" onPress={nextBest}>
          Next best
        </Button>
      </header>
      <div className={css.panes}>
        <ListPane
          pane="cases"
          title="Cases"
          columns={CASE_COLUMNS}
          heads={
            <>
              <span />
              <span>Case</span>
              <span>Partner and subject</span>
              <span className="num">Due in</span>
              <span />
            </>
          }
          paged={casePages}
          draw={drawCaseLine}
          selected={selection?.pane === "cases" ? selection.id : null}
          marked={anchor?.pane === "cases" ? anchor.id : null}
          onSelect={select("cases", casePages)}
          onOpen={openCase}
          autoFocus
        />
        <ListPane
          pane="exceptions"
          title="Exceptions"
          columns={EXCEPTION_COLUMNS}
          heads={
            <>
              <span />
              <span>What is wrong</span>
              <span>On</span>
              <span className="num">Since</span>
            </>
          }
          paged={exceptionPages}
          draw={drawExceptionLine}
          selected={selection?.pane === "exceptions" ? selection.id : null}
          marked={anchor?.pane === "exceptions" ? anchor.id : null}
          onSelect={select("exceptions", exceptionPages)}
          onOpen={openCase}
        />
        <ListPane
          pane="documents"
          title="Documents"
          columns={DOCUMENT_COLUMNS}
          heads={
            <>
              <span>Type</span>
              <span>Number</span>
              <span>State or partner</span>
              <TrackHeads />
              <span className="num">Event</span>
            </>
          }
          paged={documentPages}
          draw={drawDocumentLine}
          selected={selection?.pane === "documents" ? selection.id : null}
          marked={anchor?.pane === "documents" ? anchor.id : null}
          onSelect={select("documents", documentPages)}
          onOpen={(row) => nav.go({ screen: "documents", document: row.id })}
        />
      </div>
      <div className={css.rest}>
        {caseId ? (
          drawCase(caseId)
        ) : anchor?.pane === "documents" && group ? (
          drawDocument(anchor.id)
        ) : anchor && group ? (
          <Empty title="No case rides on this">Select a case, or open the document it is about.</Empty>
        ) : (
          selection === null && casePages.total > 0 && <Empty title="No case selected">Choose one above; j and k move, Enter opens.</Empty>
        )}
      </div>
      <ExceptionActions
        row={selection?.pane === "exceptions" ? rowOf(exceptionPages.first?.items, selection.id, group?.exceptions) : undefined}
      />
    </>
  );
}

const COMMANDS = { cases: "list_cases", exceptions: "list_exceptions", documents: "list_documents" } as const;
const NO_ROWS: never[] = [];

/** A list without the rows that are pinned above it. */
function useLinkedPages<T extends { id: string }>(pane: PaneName, rows: T[] = NO_ROWS, title: string) {
  const filter = useNav().filters[pane];
  const ids = rows.map((row) => row.id).join(" ");
  const args = useMemo(() => ({ ...listArgs(filter), ...(ids ? { exclude: ids.split(" ") } : {}) }), [filter, ids]);
  return usePaged<T, Pinned<T>>(COMMANDS[pane], args, { title, rows });
}

/** One move is followed at once; while a key is held down only the last one is. */
function useRested(selection: Selection | null): Selection | null {
  const [rested, setRested] = useState(selection);
  const movedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const now = performance.now();
    const quick = now - movedAt.current < 120;
    movedAt.current = now;
    if (!quick) {
      setRested(selection);
      return;
    }
    const timer = setTimeout(() => setRested(selection), 90);
    return () => clearTimeout(timer);
  }, [selection]);
  return rested;
}

const TITLES_OF_VIEW: Record<number, string> = {
  0: "My queue",
  1: "Due in 2 h",
  2: "Rejected files",
  3: "Waiting on partner",
  4: "Bounced notices",
  5: "All open cases",
  6: "Everything",
};

const rowOf = (rows: ExceptionRow[] | undefined, id: string, linked: ExceptionRow[] | undefined) =>
  [...(linked ?? []), ...(rows ?? [])].find((row) => row.id === id);

const linkTitle = (pane: PaneName | undefined, order: string | null | undefined) =>
  pane === "documents" ? `Case of ${order ?? "this document"}` : "Case of this exception";

/** The filter of the cases, spelt out; a click takes it away. */
function Chips() {
  const nav = useNav();
  const filter = nav.filters.cases;
  const remove = (name: string) => nav.setFilter("cases", { ...filter, facets: filter.facets.filter((facet) => facet.name !== name) });
  return (
    <>
      {filter.facets.map((facet) => (
        <button
          key={facet.name}
          type="button"
          className={ui.chip}
          title="Take this filter away"
          data-command="remove_filter"
          data-id={facet.name}
          onClick={() => remove(facet.name)}
        >
          <i>{facet.name[0]?.toUpperCase() + facet.name.slice(1)}</i>
          {facet.values.map(humanise).join(" or ")}
        </button>
      ))}
      {filter.text && (
        <button
          type="button"
          className={ui.chip}
          title="Take this filter away"
          onClick={() => nav.setFilter("cases", { ...filter, text: "" })}
        >
          <i>Text</i>
          {filter.text}
          <Icon name="x" size={11} />
        </button>
      )}
      <span className={ui.chip} title="Order of the list">
        <i>Sort</i>due
      </span>
      {!hasFacet(filter.facets, "owner", "me") && (
        <IconButton
          icon="plus"
          label="Only mine and nobody's"
          command="add_owner_filter"
          onPress={() =>
            nav.setFilter("cases", {
              ...filter,
              facets: [...filter.facets.filter((facet) => facet.name !== "owner"), { name: "owner", values: ["me", "nobody"] }],
            })
          }
        />
      )}
    </>
  );
}
