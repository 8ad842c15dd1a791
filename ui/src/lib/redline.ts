import type { RedlineBlock } from "../generated/RedlineBlock";
import type { RedlineRun } from "../generated/RedlineRun";

/** Numbers of the changes in reading order, each once. */
export function changeNumbers(blocks: readonly RedlineBlock[]): number[] {
  const seen = new Set<number>();
  for (const block of blocks) for (const run of block.runs) if (run.change !== null) seen.add(run.change);
  return [...seen];
}

export const isChanged = (block: RedlineBlock) => block.runs.some((run) => run.op !== "equal");

/** The text as it reads now: what was deleted is gone. */
export const textNow = (block: RedlineBlock) => join(block.runs.filter((run) => run.op !== "delete"));
/** The text as it read before. */
export const textBefore = (block: RedlineBlock) => join(block.runs.filter((run) => run.op !== "insert"));

const join = (runs: readonly RedlineRun[]) => runs.map((run) => run.text).join("");

/** Last run of a change carries its number, so that a replaced word is numbered once. */
export function numberedAt(block: RedlineBlock): Map<number, number> {
  const last = new Map<number, number>();
  block.runs.forEach((run, index) => {
    if (run.change !== null && run.op !== "equal") last.set(run.change, index);
  });
  const places = new Map<number, number>();
  for (const [change, index] of last) places.set(index, change);
  return places;
}

/** The block that holds a change. */
export const blockOf = (blocks: readonly RedlineBlock[], change: number) =>
  blocks.findIndex((block) => block.runs.some((run) => run.change === change));
