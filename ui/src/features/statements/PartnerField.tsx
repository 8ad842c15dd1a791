import { type KeyboardEvent, type Ref, useId, useState } from "react";
import { Icon } from "../../components/Icon";
import { ui } from "../../components/ui";
import { cx } from "../../lib/text";
import css from "./Choice.module.css";
import { without } from "../../lib/maps";
import { type PartnerName, usePartners } from "./usePartners";

/** As many as can be read at a glance; more letters find the others. */
const SHOWN = 8;

interface Props {
  id: string;
  period: string;
  only: Record<string, string>;
  onOnly: (only: Record<string, string>) => void;
  field: Ref<HTMLInputElement>;
}

/** All partners, or those that are named: found by words, or typed as their number. */
export function PartnerField({ id, period, only, onOnly, field }: Props) {
  const [text, setText] = useState("");
  const [touched, setTouched] = useState(false);
  const [active, setActive] = useState(0);
  const list = useId();
  const all = usePartners(id, period, touched);
  const wanted = text.trim().toLowerCase();
  const found = wanted
    ? all.filter(({ partner, name }) => !(partner in only) && `${name} ${partner}`.toLowerCase().includes(wanted)).slice(0, SHOWN)
    : [];
  const add = ({ partner, name }: PartnerName) => {
    onOnly({ ...only, [partner]: name });
    setText("");
    setActive(0);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || wanted === "") return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && found.length > 0) setActive((active + by + found.length) % found.length);
    // A number nobody has is taken too: the plan says that it has no transactions.
    else if (event.key === "Enter") add(found[active] ?? { partner: text.trim(), name: text.trim() });
    else if (event.key === "Escape") setText("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={css.partners}>
      <input
        ref={field}
        className={ui.input}
        name="partner"
        role="combobox"
        aria-label="Partners"
        aria-autocomplete="list"
        aria-expanded={found.length > 0}
        aria-controls={found.length > 0 ? list : undefined}
        aria-activedescendant={found[active] ? `${list}${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={Object.keys(only).length > 0 ? "Name another" : "All; type to name some"}
        value={text}
        onFocus={() => setTouched(true)}
        onBlur={() => setText("")}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      {found.length > 0 && (
        <ul id={list} className={css.found} role="listbox" aria-label="Partners found">
          {found.map((one, index) => (
            <li
              key={one.partner}
              id={`${list}${index}`}
              role="option"
              aria-selected={index === active}
              data-partner={one.partner}
              // Before the field loses the focus, and with it what was typed.
              onMouseDown={(event) => {
                event.preventDefault();
                add(one);
              }}
            >
              <span className="cut grow">{one.name}</span>
              <span className="t3 s12">{one.partner}</span>
            </li>
          ))}
        </ul>
      )}
      <Named only={only} onOnly={onOnly} />
    </div>
  );
}

function Named({ only, onOnly }: Pick<Props, "only" | "onOnly">) {
  const named = Object.entries(only);
  if (named.length === 0) return null;
  return (
    <div className={css.named} role="group" aria-label="Named partners">
      {named.map(([partner, name]) => (
        <button
          key={partner}
          type="button"
          className={cx(ui.chip, css.one)}
          aria-label={`${name}, take it back`}
          title={`${name} ${partner}`}
          data-partner={partner}
          onClick={() => onOnly(without(only, partner))}
        >
          <span className="cut">{name}</span> <Icon name="x" size={10} />
        </button>
      ))}
    </div>
  );
}
