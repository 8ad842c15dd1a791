import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type ReactNode, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useScrollPlaces } from "../lib/nav";
import { cx } from "../lib/text";
import css from "./list.module.css";
import { Icon } from "./Icon";

/** One line of a list: a heading or a row. */
export type Line<T> =
  | { kind: "group"; key: string; title: string; count: number | null; linked?: boolean }
  | { kind: "row"; key: string; row: T | undefined; linked?: boolean };

interface Props<T> {
  label: string;
  /** `data-kind`, and the name its place is kept under. */
  name: string;
  columns: string;
  count: number;
  line: (index: number) => Line<T>;
  /** Height of one line; every line has it. */
  height: number;
  id: (row: T) => string;
  draw: (row: T, linked: boolean) => ReactNode;
  selected: string | null;
  /** The row everything is linked by, when another one is selected. */
  marked?: string | null;
  onSelect: (row: T) => void;
  onOpen?: (row: T) => void;
  /** Lines in sight, so that their pages can be read. */
  onRange?: (first: number, last: number) => void;
  autoFocus?: boolean;
  /** Brought into sight when it changes. */
  reveal?: number | null;
  rowProps?: (row: T) => Record<string, string | undefined>;
}

/**
 * A long list: one tab stop, the active row named by `aria-activedescendant`, so that a row that scrolls away
 * never takes the focus with it.
 */
export function VirtualList<T>(props: Props<T>) {
  const { label, name, columns, count, line, height, id, draw, selected, marked, onSelect, onOpen, onRange, autoFocus, reveal, rowProps } =
    props;
  const scroller = useRef<HTMLDivElement>(null);
  const places = useScrollPlaces();
  const base = useId();
  const [active, setActive] = useState<number | null>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    initialOffset: places.get(name) ?? 0,
    initialRect: { width: 400, height: 8 * height },
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => {
    if (autoFocus) scroller.current?.focus({ preventScroll: true });
  }, [autoFocus]);

  // The active line follows the selected row wherever it moves to.
  const selectedAt = items.find((item) => {
    const at = line(item.index);
    return at.kind === "row" && at.row !== undefined && id(at.row) === selected;
  })?.index;
  const current = selectedAt ?? active;
  // Every line has the same height: where a line stands is known without asking the layout.
  const bringIntoSight = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = index * height;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + height > element.scrollTop + element.clientHeight) element.scrollTop = top + height - element.clientHeight;
    },
    [height],
  );
  useEffect(() => {
    if (reveal !== undefined && reveal !== null && reveal < count) bringIntoSight(reveal);
  }, [bringIntoSight, reveal, count]);

  const move = useCallback(
    (from: number | null, by: number) => {
      let index = from === null ? (by > 0 ? -1 : count) : from;
      const step = by > 0 ? 1 : -1;
      let rest = Math.abs(by);
      let found: number | null = null;
      while (rest > 0) {
        index += step;
        if (index < 0 || index >= count) break;
        const at = line(index);
        if (at.kind === "row") {
          found = index;
          rest -= 1;
        }
      }
      if (found === null) return;
      setActive(found);
      bringIntoSight(found);
      const at = line(found);
      if (at.kind === "row" && at.row !== undefined) onSelect(at.row);
    },
    [count, line, onSelect, bringIntoSight],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? height * 8) / height) - 1);
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count }[event.key];
    if (by !== undefined && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      move(
        event.key === "Home" ? count : event.key === "End" ? -1 : (current ?? null),
        event.key === "Home" ? -count : event.key === "End" ? count : by,
      );
      return;
    }
    // Where rows open nothing, the keys are the screen's.
    if (onOpen && (event.key === "Enter" || event.key === "o") && !event.shiftKey && current !== null && current !== undefined) {
      const at = line(current);
      if (at.kind === "row" && at.row !== undefined) {
        event.preventDefault();
        event.stopPropagation();
        onSelect(at.row);
        onOpen(at.row);
      }
    }
  };

  return (
    <div
      ref={scroller}
      className={css.scroll}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={count}
      aria-activedescendant={current !== null && current !== undefined ? `${base}${current}` : undefined}
      data-kind={name}
      data-scrolls={virtual.getTotalSize() > (virtual.scrollRect?.height ?? Infinity) || undefined}
      onKeyDown={onKeyDown}
      onScroll={(event) => places.set(name, event.currentTarget.scrollTop)}
    >
      <div className={css.inner} role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const at = line(item.index);
          const slot = { transform: `translateY(${item.start}px)`, height };
          if (at.kind === "group") {
            return (
              <div key={at.key} className={css.slot} role="row" aria-rowindex={item.index + 1} style={slot}>
                <div className={cx(css.group, at.linked && css.groupLinked)} role="gridcell" style={{ height }}>
                  {at.linked && <Icon name="link" size={12} />}
                  <span className="cut">{at.title}</span>
                  <span>{at.count}</span>
                </div>
              </div>
            );
          }
          const row = at.row;
          const before = item.index > 0 ? line(item.index - 1) : null;
          const isSelected = row !== undefined && id(row) === selected;
          const beforeSelected = before?.kind === "row" && before.row !== undefined && id(before.row) === selected;
          return (
            <div
              key={at.key}
              id={`${base}${item.index}`}
              className={cx(css.slot, css.row)}
              role="row"
              aria-rowindex={item.index + 1}
              aria-selected={isSelected}
              data-id={row === undefined ? undefined : id(row)}
              data-linked={at.linked || (row !== undefined && id(row) === marked) || undefined}
              data-active={item.index === current || undefined}
              data-line={(before?.kind === "row" && !beforeSelected) || undefined}
              style={{ ...slot, ["--cols" as string]: columns }}
              onMouseDown={() => {
                setActive(item.index);
                if (row !== undefined) onSelect(row);
              }}
              onDoubleClick={() => row !== undefined && onOpen?.(row)}
              {...(row !== undefined ? rowProps?.(row) : {})}
            >
              {row !== undefined && <Drawn row={row} linked={Boolean(at.linked)} draw={draw as Draw} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

type Draw = (row: unknown, linked: boolean) => ReactNode;

/** A row is drawn again only when it changed, not when the selection moved. */
const Drawn = memo(function Drawn({ row, linked, draw }: { row: unknown; linked: boolean; draw: Draw }) {
  return draw(row, linked);
});

export function ColumnHeads({ columns, children }: { columns: string; children: ReactNode }) {
  return (
    <div className={css.cols} style={{ ["--cols" as string]: columns }} aria-hidden="true">
      {children}
    </div>
  );
}

export { css as listCss };
