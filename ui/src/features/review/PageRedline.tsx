import type { ReviewView } from "../../generated/ReviewView";
import { PdfPages } from "../../components/PdfView";
import { Empty, Note } from "../../components/ui";
import { plural } from "../../lib/text";
import css from "./Review.module.css";
import type { Letter } from "./useLetter";

/** The pages of the version before, with what went from them; what came is marked on the proof beside them. */
export function PageRedline({ view, letter }: { view: ReviewView; letter: Letter }) {
  const { previous } = view;
  if (!previous) {
    return (
      <div ref={letter.right} className={css.ground} tabIndex={0} role="document" aria-label="Changes on the pages">
        <Empty title="This is the first version">There are no pages before it to compare with.</Empty>
      </div>
    );
  }
  return (
    <>
      <PdfPages
        open={letter.earlier}
        watermark={`V ${previous.version}`}
        hash={previous.hash}
        scroller={letter.right}
        marks={letter.marks.before}
        empty={`The proof of version ${previous.version} is not on this machine`}
      />
      <Compared letter={letter} version={previous.version} />
    </>
  );
}

const pagesNamed = (pages: readonly number[]) => (pages.length === 1 ? `Page ${pages[0]}` : `Pages ${pages.join(", ")}`);

/** How far the pages were compared, and what only a look at all of them tells. */
function Compared({ letter: { proof, earlier, before, after, diff, stops, pictures }, version }: { letter: Letter; version: string }) {
  if (!proof.content?.base64 || !earlier.content?.base64 || proof.failed || earlier.failed) return null;
  const failed = after.failed ? `This version: ${after.failed}` : before.failed ? `Version ${version}: ${before.failed}` : null;
  if (failed) {
    return (
      <Note tone="late">
        <b>The pages cannot be compared.</b> {failed} Words and data show what changed.
      </Note>
    );
  }
  if (!diff) {
    const of = before.of + after.of;
    return (
      <p className={css.compared} role="status">
        {of > 0 ? `Pages are compared, ${before.read + after.read} of ${of} read` : "Pages are being opened"}
      </p>
    );
  }
  const alone = stops.filter((stop) => stop.change === null && stop.pages.length > 0).length;
  const sizes = before.of === after.of ? plural(after.of, "page") : `${plural(after.of, "page")}, was ${before.of}`;
  const facts = [
    sizes,
    diff.changes.length === 0 ? "no word differs" : plural(diff.changes.length, "change"),
    ...(alone > 0 ? [`${alone} on the page only`] : []),
    ...(diff.added.length > 0 ? [`${pagesNamed(diff.added)} added`] : []),
    ...(diff.removed.length > 0 ? [`${pagesNamed(diff.removed)} of version ${version} removed`] : []),
    ...(pictures.length > 0
      ? [`${pagesNamed(pictures.map((one) => one.after).sort((a, b) => a - b))}: a picture or line differs, framed`]
      : []),
  ];
  return (
    <p className={css.compared} role="status" data-field="compared">
      {facts.join(" · ")}
    </p>
  );
}
