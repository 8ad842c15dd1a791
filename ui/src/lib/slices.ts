/** A part of a frame: what takes longer goes on in the next. */
const SLICE_MS = 6;

/**
 * Does long work in slices between which the window draws and answers keys. The work yields wherever it may be parted.
 * `undefined` when it was dropped before its end.
 */
export async function inSlices<T>(work: Generator<void, T>, dropped: () => boolean): Promise<T | undefined> {
  let until = performance.now() + SLICE_MS;
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (dropped()) return undefined;
    until = performance.now() + SLICE_MS;
  }
}
