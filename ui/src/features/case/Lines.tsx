import type { DocumentLine } from "../../generated/DocumentLine";
import type { LineComparison } from "../../generated/LineComparison";
import { Empty, StatusText } from "../../components/ui";
import { money } from "../../lib/money";
import css from "./Case.module.css";

const quantity = (line: DocumentLine | null) => (line?.quantity ? `${line.quantity}${line.unit ? ` ${line.unit}` : ""}` : "–");

/** The same line as each document has it. */
export function Lines({ lines }: { lines: LineComparison[] }) {
  if (lines.length === 0) return <Empty title="No lines to compare">They appear with the order and what follows it.</Empty>;
  return (
    <table className={css.lines}>
      <thead>
        <tr>
          <th>Line</th>
          <th>Item</th>
          <th className="num">Ordered</th>
          <th className="num">Acknowledged</th>
          <th className="num">Shipped</th>
          <th className="num">Billed</th>
          <th>State</th>
          <th className="num">Difference</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.number}>
            <td className="t3 tn">{line.number}</td>
            <td title={line.item}>{line.item}</td>
            <td className="num">{quantity(line.ordered)}</td>
            <td className="num">{quantity(line.acknowledged)}</td>
            <td className="num">{quantity(line.shipped)}</td>
            <td className="num">{quantity(line.billed)}</td>
            <td>
              <StatusText status={line.status} />
            </td>
            <td className="num">{line.difference ? money(line.difference) : ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
