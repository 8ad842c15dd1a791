import type { StatementsView } from "../../generated/StatementsView";
import { Amount } from "../../components/Amount";
import { count } from "../../lib/money";
import { plural, shortHash } from "../../lib/text";
import css from "./ControlTotal.module.css";

/** What all statements come to, by currency: the figures others sign, and the hash they sign them over. */
export function ControlTotal({ view }: { view: StatementsView | undefined }) {
  return (
    <section className={css.control} aria-label="Control total">
      <header className={css.head}>
        <h2>Control total</h2>
        <span className="t3 s12">{view && view.signatures > 0 && `signed by ${plural(view.signatures, "other")}`}</span>
        <span className="grow" />
        {view && (
          <span className="mono t3" title={view.root}>
            {shortHash(view.root)}
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
            {view?.totals.map((row) => (
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
        {view?.totals.length === 0 && <p className={css.none}>No statement, so nothing is due.</p>}
      </div>
    </section>
  );
}
