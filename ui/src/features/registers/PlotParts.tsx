import type { ReactNode } from "react";
import css from "./Registers.module.css";
import type { Mark } from "./plot";

export const BOX = { width: 960, height: 96 };

interface Props {
  name: string;
  /** What is seen, in words. */
  said: string;
  marks: Mark[];
  unit: (value: number) => string;
  ends: [string, string];
  legend: ReactNode;
  children: ReactNode;
}

/** A plot with its axes: numbers upright, the first and the last day along the ground, what is what beside it. */
export function PlotFrame({ name, said, marks, unit, ends, legend, children }: Props) {
  return (
    <figure className={css.plot} data-plot={name}>
      <svg viewBox={`-56 -6 ${BOX.width + 60} ${BOX.height + 22}`} preserveAspectRatio="xMinYMid meet" role="img" aria-label={said}>
        {marks.map(({ y, value }) => (
          <g key={value}>
            <path className={value === 0 ? css.ground : css.grid} d={`M0 ${y}H${BOX.width}`} />
            <text className={css.axis} x={-6} y={y + 3.5} textAnchor="end">
              {unit(value)}
            </text>
          </g>
        ))}
        {children}
        <text className={css.axis} x={0} y={BOX.height + 14}>
          {ends[0]}
        </text>
        <text className={css.axis} x={BOX.width} y={BOX.height + 14} textAnchor="end">
          {ends[1]}
        </text>
      </svg>
      <figcaption className={css.legend}>{legend}</figcaption>
    </figure>
  );
}

interface TableProps {
  id: string;
  caption: string;
  heads: string[];
  rows: { key: string; cells: (string | number)[] }[];
}

/** The numbers behind a plot, newest first: what is looked up is mostly the last. */
export function PlotTable({ id, caption, heads, rows }: TableProps) {
  return (
    <div className={css.table} tabIndex={0} role="group" aria-label={caption}>
      <table id={id}>
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" className={index > 0 ? "num" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ key, cells }) => (
            <tr key={key} data-row={key}>
              <th scope="row">{key}</th>
              {cells.map((cell, index) => (
                <td key={heads[index + 1]} className="num">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
