/** Two columns show the same blocks at different heights; anchors tie them together. */
export interface Anchor {
  left: number;
  right: number;
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
