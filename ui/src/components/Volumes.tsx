import type { VolumeRow } from "../generated/VolumeRow";
import { channelName } from "../lib/channels";
import { count } from "../lib/money";
import css from "./Batch.module.css";
import { ui } from "./ui";

/** What production gets: notices by channel and language. `tall` where there is room for more of them at once. */
export function Volumes({ rows, said, tall }: { rows: VolumeRow[]; said?: string; tall?: boolean }) {
  return (
    <div className={ui.section}>
      <div className={ui.sectionHead}>
        <h2>Volumes</h2>
        {said && <span className={ui.r}>{said}</span>}
      </div>
      <div className={css.volumes} tabIndex={0} role="group" aria-label="Volumes" data-tall={tall || undefined}>
        <table>
          <thead className="sr">
            <tr>
              <th>Channel</th>
              <th>Language</th>
              <th>Notices</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.channel} ${row.language}`}>
                <th scope="row">{channelName(row.channel)}</th>
                <td>{row.language}</td>
                <td className="num">{count(row.notices)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
