import type { BatchRow } from "../../generated/BatchRow";
import { Glyph } from "../../components/Glyph";
import { Button } from "../../components/ui";
import { count } from "../../lib/money";
import css from "./Batch.module.css";
import { type Part, partsOf } from "./parts";

const share = (part: Part, of: number) => (of === 0 ? "0 %" : `${((part.notices / of) * 100).toFixed(1)} %`);

/** How far a batch came, as a bar and, on demand, as a table of the same numbers. */
export function Progress({ row, tabled, onTable }: { row: BatchRow; tabled: boolean; onTable: () => void }) {
  const parts = partsOf(row);
  const seen = parts.filter((part) => part.notices > 0);
  const said = seen.map((part) => `${count(part.notices)} ${part.title.toLowerCase()}`).join(", ");
  return (
    <section className={css.progress} aria-label="Progress">
      <div className={css.bar} role="img" aria-label={`${count(row.notices)} notices: ${said || "none"}`} data-plot="batch">
        {seen.map((part) => (
          <i key={part.name} data-part={part.name} data-value={part.notices} style={{ flexGrow: part.notices }} />
        ))}
      </div>
      <div className={css.legend}>
        {parts.map((part) => (
          <span key={part.name} className="fx" data-none={part.notices === 0 || undefined}>
            <Glyph tone={part.tone} label={null} />
            {part.title} <b data-figure={part.name}>{count(part.notices)}</b>
          </span>
        ))}
        <span className="grow" />
        <Button small kind="ghost" icon="table" keys="t" command="toggle_table" aria-expanded={tabled} onPress={onTable}>
          Table
        </Button>
      </div>
      {tabled && (
        <table className={css.table} id="batch-table">
          <caption className="sr">Notices of the batch by where they stand</caption>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col" className="num">
                Notices
              </th>
              <th scope="col" className="num">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.name} data-part={part.name}>
                <th scope="row">{part.title}</th>
                <td className="num">{count(part.notices)}</td>
                <td className="num t2">{share(part, row.notices)}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">All</th>
              <td className="num bb">{count(row.notices)}</td>
              <td className="num t2" />
            </tr>
          </tbody>
        </table>
      )}
    </section>
  );
}
