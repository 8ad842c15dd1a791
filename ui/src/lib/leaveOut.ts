import { useCallback, useState } from "react";
import type { Line } from "../components/VirtualList";
import { useCommands } from "./commands";

interface LeaveOut<Row> {
  at: (index: number) => Row | undefined;
  find: (partner: string) => number | null;
  /** What is chosen is among those left out, so that the key takes it back. */
  isOut: (row: Row | null) => boolean;
  /** Whom a person left out. */
  exclude: Record<string, string>;
  /** What a row is called when none is chosen. */
  noun: "customer" | "partner";
  group: string;
  /** What the key does, to somebody who is in and to somebody who is out. */
  titles: { out: string; back: string };
  onLeaveOut: (row: Row, reason: string) => void;
  onTakeBack: (row: Row) => void;
}

/** The chosen row of a list of recipients, and the key that leaves it out with a reason or takes it back. */
export function useLeaveOut<Row extends { partner: string }>(options: LeaveOut<Row>) {
  const { at, find, isOut, exclude, noun, group, titles, onLeaveOut, onTakeBack } = options;
  const [selected, setSelected] = useState<string | null>(null);
  const [asked, setAsked] = useState<Row | null>(null);
  const line = useCallback(
    (index: number): Line<Row> => ({ kind: "row", key: at(index)?.partner ?? `empty:${index}`, row: at(index) }),
    [at],
  );
  const select = useCallback((one: Row) => setSelected(one.partner), []);
  // One that went to another list is no longer the chosen one.
  const row = at((selected === null ? null : find(selected)) ?? 0) ?? null;
  const back = isOut(row);
  const why =
    row === null
      ? `No ${noun} chosen`
      : !back && row.partner in exclude
        ? "On its way to those left out"
        : back && !(row.partner in exclude)
          ? "Left out by a rule, not by a person"
          : null;

  /** On to the next one, so that the key can be pressed again. */
  const moveOn = (partner: string) => {
    const here = find(partner) ?? 0;
    setSelected((at(here + 1) ?? at(here - 1))?.partner ?? null);
  };
  const toggle = () => {
    if (row === null || why !== null) return;
    if (!back) return setAsked(row);
    moveOn(row.partner);
    onTakeBack(row);
  };
  const leaveOut = (one: Row, reason: string) => {
    setAsked(null);
    moveOn(one.partner);
    onLeaveOut(one, reason);
  };
  useCommands([{ id: "leave_out", title: back ? titles.back : titles.out, keys: ["x"], group, disabled: why, run: toggle }]);
  return { row, line, select, back, why, toggle, asked, stopAsking: () => setAsked(null), leaveOut };
}
