import type { TotalRow } from "../generated/TotalRow";
import { count } from "../lib/money";
import { shortHash } from "../lib/text";
import { Amount } from "./Amount";
import css from "./ControlTotal.module.css";

interface ControlTotalProps {
  /** By currency; `undefined` while they are worked out. */
  rows: readonly TotalRow[] | undefined;
  /** Hash they are signed over. */
  root: string | undefined;
  /** Who signs it, in words. */
  note?: string;
}

/** What all statements come to, by currency: the figures others sign, and the hash they sign them over. */
export function ControlTotal({ rows, root, note }: ControlTotalProps) {
  return (
    <section className={css.control} aria-label="Control total">
      <header className={css.head}>
        <h2>Control total</h2>
        {note !== undefined && <span className="t3 s12">{note}</span>}
        <span className="grow" />
        {root !== undefined && (
          <span className="mono t3" title={root}>
            {shortHash(root)}
          </span>
        )}
      </header>
      <div className={css.scroll} tabIndex={0} role="group" aria-label="Totals by currency">
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">Currency</th>
              <th scope="col" className="num">
                Statements
              </th>
              <th scope="col" className="num">
                Approved
              </th>
              <th scope="col" className="num">
                Due
              </th>
            </tr>
          </thead>
          <tbody>
            {rows?.map((row) => (
              <tr key={row.currency} data-total={row.currency}>
                <th scope="row">{row.currency}</th>
                <td className="num">{count(row.statements)}</td>
                <td className="num" data-figure="approved">
                  <Amount of={row.approved} />
                </td>
                <td className="num" data-figure="due" data-selectable>
                  <Amount of={row.total} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows?.length === 0 && <p className={css.none}>No statement, so nothing is due.</p>}
      </div>
    </section>
  );
}
