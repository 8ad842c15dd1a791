import type { KeyboardEvent } from "react";
import type { InvoiceLineRow } from "../../generated/InvoiceLineRow";
import type { InvoiceToCorrect } from "../../generated/InvoiceToCorrect";
import { Tag, ui } from "../../components/ui";
import { cx } from "../../lib/text";
import css from "./Resolution.module.css";
import { type LineForm, STAYS, differs } from "./form";

interface Props {
  invoice: InvoiceToCorrect;
  lines: Record<string, LineForm>;
  onLine: (line: string, form: LineForm) => void;
}

/** The lines as they were sent, and beside each value the field for the one that is right. */
export function InvoiceLines({ invoice, lines, onLine }: Props) {
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const cell = (event.target as HTMLElement).dataset.cell;
    if (!by || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const column = [...event.currentTarget.querySelectorAll<HTMLElement>(`[data-cell="${cell}"]`)];
    column[column.indexOf(event.target as HTMLElement) + by]?.focus();
  };
  return (
    <section className={ui.section} aria-label="Invoice">
      <div className={ui.sectionHead}>
        <h2>Invoice {invoice.number}</h2>
        <span className={ui.n}>{invoice.lines.length}</span>
        <span className={ui.r}>in {invoice.currency}, empty stays as sent</span>
      </div>
      <div className={css.scroll}>
        <table className={css.table} aria-label={`Lines of invoice ${invoice.number}`} onKeyDown={onKeyDown}>
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Product</th>
              <th scope="col" className="num">
                Quantity
              </th>
              <th scope="col">New quantity</th>
              <th scope="col">Unit</th>
              <th scope="col" className="num">
                Price
              </th>
              <th scope="col">New price</th>
              <th scope="col">
                <span className="sr">Changed</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {invoice.lines.map((row, index) => (
              <Line key={index} row={row} form={lines[row.line] ?? STAYS} onLine={(form) => onLine(row.line, form)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Line({ row, form, onLine }: { row: InvoiceLineRow; form: LineForm; onLine: (form: LineForm) => void }) {
  const changed = differs(row.quantity, form.quantity) || differs(row.price, form.price);
  return (
    <tr data-line={row.line} data-changed={changed || undefined}>
      <th scope="row">{row.line}</th>
      <td className={css.product} title={`${row.product} ${row.description}`}>
        <span className="b">{row.product}</span> <span className="t2">{row.description}</span>
      </td>
      <Value
        cell="quantity"
        label={`New quantity of line ${row.line}`}
        before={row.quantity}
        after={form.quantity}
        onType={(quantity) => onLine({ ...form, quantity })}
      />
      <td className="t3">{row.unit}</td>
      <Value
        cell="price"
        label={`New price of line ${row.line}`}
        before={row.price}
        after={form.price}
        onType={(price) => onLine({ ...form, price })}
      />
      <td>{changed && <Tag>changed</Tag>}</td>
    </tr>
  );
}

interface ValueProps {
  cell: keyof LineForm;
  label: string;
  before: string;
  after: string;
  onType: (text: string) => void;
}

/** The old value, struck out once there is another, and the new one beside it. */
function Value({ cell, label, before, after, onType }: ValueProps) {
  const changed = differs(before, after);
  return (
    <>
      <td className="num" data-old={cell} data-selectable>
        {changed ? <s>{before}</s> : before}
      </td>
      <td className={css.new} data-changed={changed || undefined}>
        <input
          className={cx(ui.input, css.number, changed && "bb")}
          data-cell={cell}
          aria-label={label}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          placeholder={before}
          value={after}
          onChange={(event) => onType(event.target.value)}
        />
      </td>
    </>
  );
}
