import { type RefObject, useMemo } from "react";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import type { RedlineRun } from "../../generated/RedlineRun";
import { isChanged, numberedAt } from "../../lib/redline";
import css from "./Review.module.css";

interface Group {
  number: number | null;
  blocks: RedlineBlock[];
}

/** Rows of one table share their block's number and stand together. */
function grouped(blocks: readonly RedlineBlock[]): Group[] {
  const groups: Group[] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last && block.kind === "row" && last.blocks[0]?.kind === "row" && last.number === block.number) last.blocks.push(block);
    else groups.push({ number: block.number, blocks: [block] });
  }
  return groups;
}

interface Props {
  blocks: RedlineBlock[];
  current: number | null;
  scroller: RefObject<HTMLDivElement | null>;
}

/** The letter's words with what came in and what went out. */
export function Redline({ blocks, current, scroller }: Props) {
  const groups = useMemo(() => grouped(blocks), [blocks]);
  return (
    <div ref={scroller} className={css.ground} tabIndex={0} role="document" aria-label="Changes in words" data-kind="redline">
      <div className={css.paper} data-selectable>
        {groups.map((group, index) => {
          const holds = current !== null && group.blocks.some((block) => block.runs.some((run) => run.change === current));
          const changed = group.blocks.some(isChanged);
          const kind = group.blocks[0]?.kind;
          return (
            <div
              key={index}
              className={css.block}
              data-block={group.number ?? undefined}
              data-changed={changed || undefined}
              data-current={holds || undefined}
            >
              {group.number !== null && <span className={css.no}>{group.number}</span>}
              {kind === "row" ? (
                <table className={css.table}>
                  <tbody>
                    {group.blocks.map((block, row) => (
                      <Row key={row} block={block} />
                    ))}
                  </tbody>
                </table>
              ) : (
                <p className={kind === "address" ? css.address : kind === "heading" ? css.heading : undefined}>
                  <Runs runs={group.blocks[0]!.runs} numbers={numberedAt(group.blocks[0]!)} />
                </p>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Runs({ runs, numbers }: { runs: RedlineRun[]; numbers: Map<number, number> }) {
  return (
    <>
      {runs.map((run, index) => {
        const number = numbers.get(index);
        const mark = number !== undefined && <sup aria-label={`change ${number}`}>{number}</sup>;
        if (run.op === "insert")
          return (
            <ins key={index} data-change={run.change ?? undefined}>
              {run.text}
              {mark}
            </ins>
          );
        if (run.op === "delete")
          return (
            <del key={index} data-change={run.change ?? undefined}>
              {run.text}
              {mark}
            </del>
          );
        return <span key={index}>{run.text}</span>;
      })}
    </>
  );
}

/** A row's cells are parted by tabs, which may lie inside any run. */
function Row({ block }: { block: RedlineBlock }) {
  const cells: RedlineRun[][] = [[]];
  for (const run of block.runs) {
    run.text.split("\t").forEach((part, index) => {
      if (index > 0) cells.push([]);
      if (part) cells.at(-1)!.push({ ...run, text: part });
    });
  }
  // A change that spans cells is numbered in its first.
  const seen = new Set<number>();
  const marks = cells.map((runs) => {
    const fresh = [...numberedAt({ ...block, runs })].filter(([, change]) => !seen.has(change));
    for (const [, change] of fresh) seen.add(change);
    return new Map(fresh);
  });
  return (
    <tr>
      {cells.map((runs, index) => (
        <td key={index}>
          <Runs runs={runs} numbers={marks[index] ?? new Map()} />
        </td>
      ))}
    </tr>
  );
}
