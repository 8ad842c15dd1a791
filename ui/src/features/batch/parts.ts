import type { BatchRow } from "../../generated/BatchRow";
import type { Tone } from "../../generated/Tone";

export type PartName = "delivered" | "released" | "rendered" | "held" | "failed" | "waiting";

export interface Part {
  name: PartName;
  title: string;
  tone: Tone;
  notices: number;
}

const PARTS: Omit<Part, "notices">[] = [
  { name: "delivered", title: "Delivered", tone: "ok" },
  { name: "released", title: "Released", tone: "run" },
  { name: "rendered", title: "Rendered", tone: "wait" },
  { name: "held", title: "Held", tone: "conflict" },
  { name: "failed", title: "Failed", tone: "fail" },
  { name: "waiting", title: "Waiting", tone: "queue" },
];

/**
 * Every notice once, at the furthest point it reached. The row counts what passed each point: what was delivered or failed was
 * released before, what was released or is held was rendered before. The parts add up to the notices of the batch.
 */
export function partsOf(row: BatchRow): Part[] {
  let rest = row.notices;
  const take = (wanted: number) => {
    const taken = Math.max(0, Math.min(rest, wanted));
    rest -= taken;
    return taken;
  };
  const delivered = take(row.delivered);
  const failed = take(row.failed);
  const held = take(row.held);
  const released = take(row.released - row.delivered - row.failed);
  const rendered = take(row.rendered - Math.max(row.released, row.delivered + row.failed) - row.held);
  const notices: Record<PartName, number> = { delivered, failed, held, released, rendered, waiting: rest };
  return PARTS.map((part) => ({ ...part, notices: notices[part.name] }));
}
