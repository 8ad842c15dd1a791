import { Empty, Moment, Note } from "../../components/ui";
import { useRead } from "../../lib/data";
import { shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Case.module.css";

export function CaseAudit({ id }: { id: string }) {
  const page = useRead("list_audit", { object: id, limit: 200 }, { keep: true });
  if (page.error) return <Note tone="fail">{page.error.message}</Note>;
  if (!page.data) return null;
  if (page.data.items.length === 0)
    return <Empty title="No record yet">Every effect and every decision about this case is written here.</Empty>;
  return (
    <table className={css.lines}>
      <thead>
        <tr>
          <th className="num">Record</th>
          <th>When</th>
          <th>Who</th>
          <th>What</th>
          <th>Reason</th>
          <th>Hash</th>
        </tr>
      </thead>
      <tbody>
        {page.data.items.map((row) => (
          <tr key={row.seq} data-id={String(row.seq)}>
            <td className="num t3">{row.seq}</td>
            <td>
              <Moment at={row.occurred_at} say={dateTime} />
            </td>
            <td>{row.actor}</td>
            <td>{row.event}</td>
            <td className="t2">{row.reason}</td>
            <td className="mono t3">{shortHash(row.hash)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
