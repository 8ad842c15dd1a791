import type { ReviewView } from "../../generated/ReviewView";
import { Keys, Segments, ui } from "../../components/ui";
import { cx, shortHash } from "../../lib/text";
import { DataChanges } from "./DataChanges";
import { PageRedline } from "./PageRedline";
import { Redline } from "./Redline";
import css from "./Review.module.css";
import type { Letter } from "./useLetter";

const MODES = [
  { id: "words", title: "Words" },
  { id: "page", title: "Page" },
  { id: "data", title: "Data" },
] as const;

/** What differs from the version before: its words, its pages or its data. */
export function ChangesColumn({ view, letter }: { view: ReviewView; letter: Letter }) {
  const { stops, stop, at, mode, setMode } = letter;
  const only = stop === null || stop.change !== null ? null : stop.fields.length > 0 ? "in the data only" : "on the page only";
  return (
    <section className={cx(css.col, css.changes)} aria-label="Changes" data-pane="changes">
      <header className={ui.paneHead}>
        <h2 className="cut">{view.previous ? `Changes since version ${view.previous.version}` : "First version"}</h2>
        {view.previous && <span className={cx(ui.n, "mono", ui.hideNarrow)}>{shortHash(view.previous.hash)}</span>}
        <span className="grow" />
        {stops.length > 0 && (
          <span className={ui.fresh} role="status" data-field="change" title={only ?? undefined}>
            {at + 1} of {stops.length}
            {only && <span className={ui.hideNarrow}>, {only}</span>} <Keys of="n" />
            <Keys of="p" />
          </span>
        )}
        <Segments label="Show changes as" value={mode} onChange={setMode} options={[...MODES]} />
      </header>
      {mode === "words" && (
        <Redline blocks={view.blocks} current={stop?.change ?? null} scroller={letter.right} notes={letter.notes} note={letter.note} />
      )}
      {mode === "page" && <PageRedline view={view} letter={letter} />}
      {mode === "data" && (
        <div ref={letter.right} style={{ overflow: "auto" }} tabIndex={0} role="document" aria-label="Changes in the data">
          <DataChanges view={view} current={stop?.fields} />
        </div>
      )}
    </section>
  );
}
