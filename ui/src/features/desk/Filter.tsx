import { useRef } from "react";
import { Checkbox, Dialog, DialogTrigger, Popover } from "react-aria-components";
import type { Facet } from "../../generated/Facet";
import { Icon } from "../../components/Icon";
import { Button, IconButton, ui } from "../../components/ui";
import { hasFacet, isFiltered, toggleFacet } from "../../lib/filters";
import { count } from "../../lib/money";
import { type PaneName, useNav } from "../../lib/nav";
import css from "./Desk.module.css";

/** Text and facets of one list. */
export function Filter({
  pane,
  facets,
  isOpen,
  onOpenChange,
}: {
  pane: PaneName;
  facets: Facet[];
  isOpen: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const nav = useNav();
  const filter = nav.filters[pane];
  const field = useRef<HTMLInputElement>(null);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={onOpenChange}>
      <span className={css.filterButton}>
        <IconButton icon="filter" label={`Filter ${pane}`} command={`filter_${pane}`} />
        {isFiltered(filter) && <i className={css.dot} aria-hidden="true" />}
      </span>
      <Popover placement="bottom end">
        <Dialog className={css.filter!} aria-label={`Filter ${pane}`} data-screen={`filter_${pane}`}>
          <input
            ref={field}
            autoFocus
            className={ui.input}
            type="search"
            placeholder={`Search ${pane}`}
            aria-label={`Search ${pane}`}
            data-field={`search_${pane}`}
            value={filter.text}
            onChange={(event) => nav.setFilter(pane, { ...filter, text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === "Enter") onOpenChange(false);
            }}
          />
          {facets.map((facet) => (
            <div key={facet.name} className={css.facet} role="group" aria-label={facet.title}>
              <span>{facet.title}</span>
              {facet.values.slice(0, 12).map((value) => {
                const on = hasFacet(filter.facets, facet.name, value.value);
                return (
                  <Checkbox
                    key={value.value}
                    className={css.option!}
                    isSelected={on}
                    data-id={`${facet.name}:${value.value}`}
                    onChange={() => nav.setFilter(pane, { ...filter, facets: toggleFacet(filter.facets, facet.name, value.value) })}
                  >
                    <span className={ui.tick} data-on={on}>
                      <Icon name="check" size={10} />
                    </span>
                    <span className="cut">{value.title}</span>
                    <span className="t3 tn">{count(value.count)}</span>
                  </Checkbox>
                );
              })}
            </div>
          ))}
          <div className="fx">
            <Button
              small
              kind="ghost"
              command={`clear_${pane}`}
              reason={isFiltered(filter) ? null : "Nothing is filtered"}
              onPress={() => nav.setFilter(pane, { text: "", facets: [] })}
            >
              Clear
            </Button>
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
