import type { ProgressPoint } from "../../generated/ProgressPoint";
import { Button, ui } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { count } from "../../lib/money";
import { civil } from "../../lib/time";
import css from "./Campaign.module.css";
import { stepsOf } from "./plot";

const WIDTH = 268;
const HEIGHT = 64;

interface Props {
  points: ProgressPoint[];
  recipients: number;
  tabled: boolean;
  onTable: () => void;
}

/** Acknowledgements by day, as steps or, on demand, as a table of the same numbers. */
export function ProgressPlot({ points, recipients, tabled, onTable }: Props) {
  return (
    <section className={ui.section} aria-label="Progress">
      <div className={ui.sectionHead}>
        <h2>Acknowledged</h2>
        <span className={ui.r}>
          by day, UTC
          <Button small kind="ghost" icon="table" keys="t" command="toggle_table" aria-expanded={tabled} onPress={onTable}>
            Table
          </Button>
        </span>
      </div>
      {points.length === 0 ? (
        <p className={css.none}>Nobody has acknowledged yet</p>
      ) : tabled ? (
        <Table points={points} />
      ) : (
        <Steps points={points} recipients={recipients} />
      )}
    </section>
  );
}

function Steps({ points, recipients }: Pick<Props, "points" | "recipients">) {
  const now = useNow(60_000);
  const { zone } = useClock();
  const plot = stepsOf(points, recipients, WIDTH, HEIGHT);
  const [first, last] = [points[0]!, points.at(-1)!];
  const said = `${count(last.acknowledged)} of ${count(recipients)} acknowledged from ${first.day} to ${last.day}`;
  return (
    <figure className={css.plot} data-plot="progress">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <path className={css.ground} d={`M0 .5H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`} />
        {plot && (
          <>
            <path className={css.area} d={plot.area} />
            <path className={css.steps} d={plot.line} />
          </>
        )}
      </svg>
      <figcaption>
        <span>{civil(first.day, now, zone)}</span>
        <span>
          {count(last.acknowledged)} of {count(recipients)}
        </span>
        <span>{civil(last.day, now, zone)}</span>
      </figcaption>
    </figure>
  );
}

function Table({ points }: Pick<Props, "points">) {
  return (
    <div className={css.table} tabIndex={0} role="group" aria-label="Acknowledged by day">
      <table id="progress-table">
        <caption className="sr">Acknowledged by day, cumulative</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" className="num">
              That day
            </th>
            <th scope="col" className="num">
              In all
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ day, acknowledged }, index) => (
            <tr key={day} data-day={day}>
              <th scope="row">{day}</th>
              <td className="num t2">{count(acknowledged - (points[index - 1]?.acknowledged ?? 0))}</td>
              <td className="num">{count(acknowledged)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
