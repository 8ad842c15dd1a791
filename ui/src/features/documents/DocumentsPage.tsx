import { useCallback, useEffect, useMemo, useRef } from "react";
import type { DocumentRow } from "../../generated/DocumentRow";
import { Glyph } from "../../components/Glyph";
import { ColumnHeads, type Line, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Fresh, Moment, Note, toneText, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { isFiltered, listArgs } from "../../lib/filters";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { usePaged } from "../../lib/paged";
import { cx } from "../../lib/text";
import { dateTime } from "../../lib/time";
import { DocumentFacts } from "./DocumentFacts";
import css from "./Documents.module.css";

const COLUMNS = "150px minmax(0,1.1fr) minmax(0,1fr) minmax(0,.9fr) 66px 92px";

const drawRow = (row: DocumentRow) => <Row row={row} />;

/** All documents, and the chosen one beside them. */
export function DocumentsPage() {
  const nav = useNav();
  const { density } = useLook();
  const field = useRef<HTMLInputElement>(null);
  const filter = nav.filters.documents;
  const args = useMemo(() => listArgs(filter), [filter]);
  const paged = usePaged<DocumentRow>("list_documents", args);
  const first = paged.first?.items[0]?.id;
  useEffect(() => {
    if (nav.document === null && first !== undefined) nav.go({ document: first });
  }, [nav, first]);
  const line = useCallback(
    (index: number): Line<DocumentRow> => ({ kind: "row", key: paged.at(index)?.id ?? `empty:${index}`, row: paged.at(index) }),
    [paged],
  );
  const select = useCallback((row: DocumentRow) => nav.go({ document: row.id }), [nav]);
  useCommands([
    { id: "search_documents", title: "Search documents", keys: ["Shift+F"], group: "List", run: () => field.current?.focus() },
    {
      id: "show_on_desk",
      title: "Show with its case on the desk",
      keys: ["u"],
      group: "Document",
      disabled: nav.document === null && "No document chosen",
      run: () => nav.document && nav.go({ screen: "desk", selection: { pane: "documents", id: nav.document } }),
    },
  ]);
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Documents</h1>
        <span className="t3 tn">{paged.first ? count(paged.total) : ""}</span>
        <input
          ref={field}
          className={cx(ui.input, css.search)}
          style={{ height: 24 }}
          type="search"
          placeholder="Number, partner"
          aria-label="Search documents"
          data-field="search_documents"
          value={filter.text}
          onChange={(event) => nav.setFilter("documents", { ...filter, text: event.target.value })}
        />
        {isFiltered(filter) && (
          <Button small kind="ghost" command="clear_documents" onPress={() => nav.setFilter("documents", { text: "", facets: [] })}>
            Clear, {count(paged.outside)} outside
          </Button>
        )}
        <span className="grow" />
        <Fresh source={paged.first?.sources[0]} />
        <Button
          small
          kind="ghost"
          keys="u"
          command="show_on_desk"
          reason={nav.document === null ? "No document chosen" : null}
          onPress={() => nav.document && nav.go({ screen: "desk", selection: { pane: "documents", id: nav.document } })}
        >
          Show on desk
        </Button>
      </header>
      <div className={css.body}>
        <section className={css.list} aria-label="Documents" data-pane="documents">
          <ColumnHeads columns={COLUMNS}>
            <span>Type</span>
            <span>Number</span>
            <span>Partner</span>
            <span>State</span>
            <span className={css.lanes}>
              <span>Val</span>
              <span>Del</span>
              <span>Ack</span>
            </span>
            <span className="num">Event</span>
          </ColumnHeads>
          {paged.problem ? (
            <Note tone="fail">
              <b>{paged.problem.message}</b> {paged.problem.detail}
            </Note>
          ) : paged.first && paged.total === 0 ? (
            <Empty title={isFiltered(filter) ? "Nothing fits the filter" : "No document yet"}>
              {isFiltered(filter) ? `${count(paged.outside)} outside it` : "They appear with the next pull."}
            </Empty>
          ) : (
            <VirtualList
              label="Documents"
              name="all_documents"
              columns={COLUMNS}
              count={paged.total}
              line={line}
              height={ROW_HEIGHT[density]}
              id={(row) => row.id}
              draw={drawRow}
              selected={nav.document}
              onSelect={select}
              onRange={paged.onRange}
              autoFocus
            />
          )}
        </section>
        <aside className={css.inspect} aria-label="Document">
          {nav.document ? <DocumentFacts id={nav.document} /> : <Empty title="No document chosen" />}
        </aside>
      </div>
    </>
  );
}

function Row({ row }: { row: DocumentRow }) {
  return (
    <>
      <span className="cut" role="gridcell">
        <span className={css.code}>{row.code}</span>
        {row.kind}
      </span>
      <span className="cut" role="gridcell">
        {row.number}
      </span>
      <span className="cut s12 t2" role="gridcell">
        {row.partner}
      </span>
      <span className={cx("cut s12", row.status ? toneText(row.status.tone) : "t3")} role="gridcell">
        {row.status?.word}
      </span>
      <span className={css.lanes} role="gridcell">
        {(["validation", "delivery", "acknowledgement"] as const).map((name) => (
          <Glyph key={name} tone={row.tracks[name].tone} label={`${name} ${row.tracks[name].word}`} />
        ))}
      </span>
      <span className="num t3 s12" role="gridcell">
        <Moment at={row.event_at} say={dateTime} />
      </span>
    </>
  );
}
