import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { useCommands } from "../lib/commands";
import css from "./Batch.module.css";
import { Icon } from "./Icon";
import { Keys, Tag, ui } from "./ui";

const WHY: Record<string, string> = { largest: "Largest", smallest: "Smallest", random: "Random" };

/** One letter of many, drawn to be looked at. */
export interface Sample {
  id: string;
  name: string;
  /** What tells it from its like: how many orders, its number. */
  note: ReactNode;
  /** `largest`, `smallest`, `random`. */
  why: string;
  /** Its letter was on the screen; absent where nobody keeps count. */
  looked?: boolean;
}

/** Which sample is on the screen: the chosen one while it is among them, the first one otherwise. */
export const chosenAt = (samples: readonly Sample[], chosen: string | null) =>
  Math.max(
    0,
    samples.findIndex((one) => one.id === chosen),
  );

interface Props {
  samples: Sample[];
  chosen: string | null;
  onChoose: (id: string) => void;
  /** Beside the keys: how old they are. */
  end?: ReactNode;
}

/** Letters to look at before all of them go, gone through by n and p from anywhere and by arrows in the list. */
export function SampleList({ samples, chosen, onChoose, end }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const at = chosenAt(samples, chosen);
  const current = samples[at];
  const go = (by: number) => {
    const next = samples[(at + by + samples.length) % Math.max(1, samples.length)];
    if (!next) return;
    onChoose(next.id);
    list.current?.querySelector(`#${CSS.escape(`sample-${next.id}`)}`)?.scrollIntoView({ block: "nearest" });
  };
  const none = samples.length === 0 && "No sample";
  useCommands([
    { id: "next_sample", title: "Next sample", keys: ["n"], group: "Samples", disabled: none, run: () => go(1) },
    { id: "previous_sample", title: "Previous sample", keys: ["p"], group: "Samples", disabled: none, run: () => go(-1) },
  ]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    go(by);
  };
  return (
    <>
      <div className={ui.sectionHead}>
        <h2>Samples</h2>
        <span className={ui.n}>{samples.length > 0 ? `${at + 1} of ${samples.length}` : ""}</span>
        <span className={ui.r}>
          {end}
          <Keys of="n" />
          <Keys of="p" />
        </span>
      </div>
      {samples.length > 0 && (
        <ul
          ref={list}
          className={css.samples}
          role="listbox"
          aria-label="Samples"
          tabIndex={0}
          aria-activedescendant={current && `sample-${current.id}`}
          data-kind="samples"
          data-looked={current?.looked !== undefined || undefined}
          onKeyDown={onKeyDown}
        >
          {samples.map((one, index) => (
            <li
              key={one.id}
              id={`sample-${one.id}`}
              className={css.sample}
              role="option"
              aria-selected={index === at}
              data-id={one.id}
              data-looked={one.looked}
              onMouseDown={() => onChoose(one.id)}
            >
              {one.looked !== undefined && (
                <span className={css.looked}>
                  {one.looked && (
                    <>
                      <Icon name="check" size={12} />
                      <span className="sr">Looked at</span>
                    </>
                  )}
                </span>
              )}
              <span className="cut b" title={one.name}>
                {one.name}
              </span>
              <span className="t3 s12 tn">{one.note}</span>
              <Tag line>{WHY[one.why] ?? one.why}</Tag>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
