import type { KeyboardEvent } from "react";
import { count } from "../lib/money";
import css from "./Tabs.module.css";

export interface Tab<T extends string> {
  id: T;
  title: string;
  /** Absent while it is not known yet. */
  n: number | undefined;
}

interface Props<T extends string> {
  label: string;
  /** Ids of the tabs begin with it; the panel they change has `${name}-list`. */
  name: string;
  tabs: Tab<T>[];
  chosen: T;
  onChoose: (id: T) => void;
}

/** One tab stop; arrows choose. */
export function Tabs<T extends string>({ label, name, tabs, chosen, onChoose }: Props<T>) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const here = tabs.findIndex(({ id }) => id === chosen);
    const next = tabs[(here + by + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.id);
    event.currentTarget.querySelector<HTMLElement>(`#${name}-tab-${next.id}`)?.focus();
  };
  return (
    <div className={css.tabs} role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ id, title, n }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`${name}-tab-${id}`}
          className={css.tab}
          aria-selected={id === chosen}
          aria-controls={`${name}-list`}
          tabIndex={id === chosen ? 0 : -1}
          data-command={`tab_${id}`}
          data-id={id}
          onClick={() => onChoose(id)}
        >
          {title} <b>{n === undefined ? "" : count(n)}</b>
        </button>
      ))}
    </div>
  );
}
