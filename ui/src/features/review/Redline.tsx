import { type RefObject, useMemo } from "react";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import { isChanged, numberedAt } from "../../lib/redline";
import { cx } from "../../lib/text";
import css from "./Review.module.css";
import { type Note, type NotedRun, notedRuns } from "./notes";

interface Noted extends RedlineBlock {
  runs: NotedRun[];
}

interface Group {
  number: number | null;
  blocks: Noted[];
}

/** Rows of one table share their block's number and stand together. */
function grouped(blocks: readonly Noted[]): Group[] {
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
  /** Words that comments are about. */
  notes?: readonly Note[];
  /** The comment somebody went to. */
  note?: string | null;
  label?: string;
}

const NONE: readonly Note[] = [];

/** The letter's words with what came in and what went out. */
export function Redline({ blocks, current, scroller, notes = NONE, note = null, label = "Changes in words" }: Props) {
  const groups = useMemo(
    () =>
      grouped(
        blocks.map((block, index) => ({
          ...block,
          runs: notedRuns(
            block,
            notes.filter((one) => one.block === index),
          ),
        })),
      ),
    [blocks, notes],
  );
  return (
    <div ref={scroller} className={css.ground} tabIndex={0} role="document" aria-label={label} data-kind="redline">
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
                      <Row key={row} block={block} current={current} note={note} />
                    ))}
                  </tbody>
                </table>
              ) : (
                <p className={kind === "address" ? css.address : kind === "heading" ? css.heading : undefined}>
                  <Runs runs={group.blocks[0]!.runs} numbers={numberedAt(group.blocks[0]!)} current={current} note={note} />
                </p>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RunsProps {
  runs: NotedRun[];
  numbers: Map<number, number>;
  current: number | null;
  note: string | null;
}

function Runs({ runs, numbers, current, note }: RunsProps) {
  return (
    <>
      {runs.map((run, index) => {
        const number = numbers.get(index);
        const noted = run.notes.length > 0;
        // The words come first in their element: a selection is counted from there.
        const Tag = run.op === "insert" ? "ins" : run.op === "delete" ? "del" : noted ? "mark" : "span";
        return (
          <Tag
            key={index}
            className={cx(noted && css.note) || undefined}
            data-at={run.at}
            data-change={run.op === "equal" ? undefined : (run.change ?? undefined)}
            data-comment={noted ? run.notes.join(" ") : undefined}
            data-current={(run.change !== null && run.change === current) || (note !== null && run.notes.includes(note)) || undefined}
          >
            {run.text}
            {number !== undefined && <sup aria-label={`change ${number}`}>{number}</sup>}
          </Tag>
        );
      })}
    </>
  );
}

/** A row's cells are parted by tabs, which may lie inside any run. */
function Row({ block, current, note }: { block: Noted; current: number | null; note: string | null }) {
  const cells: NotedRun[][] = [[]];
  for (const run of block.runs) {
    let { at } = run;
    run.text.split("\t").forEach((part, index) => {
      if (index > 0) cells.push([]);
      if (part) cells.at(-1)!.push({ ...run, text: part, at });
      at += run.op === "delete" ? 0 : part.length + 1;
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
          <Runs runs={runs} numbers={marks[index] ?? new Map()} current={current} note={note} />
        </td>
      ))}
    </tr>
  );
}
