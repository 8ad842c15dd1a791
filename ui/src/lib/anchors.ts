/** Two columns show the same blocks at different heights; anchors tie them together. */
export interface Anchor {
  left: number;
  right: number;
}

/** One word run of a page with its place from the top, in pixels of the column. */
export interface PlacedText {
  text: string;
  top: number;
}

const squeeze = (text: string) => text.replace(/\s+/g, "").toLowerCase();
const PROBE = 24;

/**
 * Finds where each text begins among the placed runs, searching onwards from the one before, so that repeated
 * words cannot pull a later block upwards. What is not found is left out.
 */
export function placeTexts(texts: readonly string[], runs: readonly PlacedText[]): (number | null)[] {
  let whole = "";
  const starts: { at: number; top: number }[] = [];
  for (const run of runs) {
    starts.push({ at: whole.length, top: run.top });
    whole += squeeze(run.text);
  }
  let from = 0;
  return texts.map((text) => {
    const probe = squeeze(text).slice(0, PROBE);
    if (probe.length < 4) return null;
    const at = whole.indexOf(probe, from);
    if (at < 0) return null;
    from = at + 1;
    let top: number | null = null;
    for (const start of starts) {
      if (start.at > at) break;
      top = start.top;
    }
    return top;
  });
}

/** Where the other column stands when this one is scrolled to `at`; straight lines between anchors. */
export function follow(at: number, anchors: readonly Anchor[], side: "left" | "right"): number {
  const other = side === "left" ? "right" : "left";
  const sorted = [...anchors].sort((a, b) => a[side] - b[side]);
  let before = sorted[0];
  for (const anchor of sorted) {
    if (anchor[side] > at) {
      if (!before || before[side] === anchor[side]) return anchor[other];
      const part = (at - before[side]) / (anchor[side] - before[side]);
      return before[other] + part * (anchor[other] - before[other]);
    }
    before = anchor;
  }
  return before?.[other] ?? 0;
}
