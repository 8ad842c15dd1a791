import type { DataChange } from "../../generated/DataChange";
import type { ReviewView } from "../../generated/ReviewView";
import { Empty, ui } from "../../components/ui";
import { plural } from "../../lib/text";
import css from "./Review.module.css";

/** Longer values stand below their field, the old one above the new one. */
const isLong = ({ before, after }: DataChange) => (before?.length ?? 0) + (after?.length ?? 0) > 36;

/** Fields whose values differ from the version before; `current` are those of the change somebody stands at. */
export function DataChanges({ view, current = [] }: { view: ReviewView; current?: readonly string[] | undefined }) {
  return (
    <>
      <div className={ui.group}>
        <span>Data changed</span>
        <span>
          {view.data_changes.length} of {plural(view.field_count, "field")}
        </span>
      </div>
      <div className={css.dataList}>
        {view.data_changes.map((change) => (
          <div
            key={change.title}
            className={css.data}
            data-long={isLong(change) || undefined}
            data-current={current.includes(change.title) || undefined}
          >
            <span className="t2">{change.title}</span>
            <span
              className={isLong(change) ? undefined : "num cut"}
              title={`${change.before ?? "nothing"} became ${change.after ?? "nothing"}`}
            >
              {change.before !== null && <del>{change.before}</del>} {change.after !== null && <ins>{change.after}</ins>}
            </span>
          </div>
        ))}
        {view.data_changes.length === 0 && <Empty title="No field changed" />}
      </div>
    </>
  );
}
