import { count } from "../lib/money";
import css from "./Batch.module.css";

export interface Figure {
  name: string;
  title: string;
  /** Absent while it is not known yet. */
  value: number | undefined;
  main?: boolean;
}

/** How far something reaches, at a glance. */
export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className={css.figures} data-few={figures.length < 5 || undefined}>
      {figures.map(({ name, title, value, main }) => (
        <div key={name}>
          <dt>{title}</dt>
          <dd data-figure={name} data-main={main || undefined} data-value={value}>
            {value === undefined ? "–" : count(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
