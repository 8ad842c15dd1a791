import type { ReviewView } from "../../generated/ReviewView";
import { Empty, ui } from "../../components/ui";
import { plural } from "../../lib/text";
import css from "./Review.module.css";

/** Fields whose values differ from the version before. */
export function DataChanges({ view }: { view: ReviewView }) {
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
          <div key={change.title} className={css.data}>
            <span className="t2 cut">{change.title}</span>
            <span className="num cut" title={`${change.before ?? "nothing"} became ${change.after ?? "nothing"}`}>
              {change.before !== null && <del>{change.before}</del>} {change.after !== null && <ins>{change.after}</ins>}
            </span>
          </div>
        ))}
        {view.data_changes.length === 0 && <Empty title="No field changed" />}
      </div>
    </>
  );
}
