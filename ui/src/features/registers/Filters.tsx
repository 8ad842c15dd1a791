import type { Ref } from "react";
import type { RegisterChoice } from "../../generated/RegisterChoice";
import type { RegisterChoices } from "../../generated/RegisterChoices";
import { Button, ui } from "../../components/ui";
import css from "./Registers.module.css";
import { type Filter, NO_FILTER, isFiltered } from "./filter";

interface Props {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  choices: RegisterChoices | null;
  problem: string | null;
  field: Ref<HTMLInputElement>;
}

/** What the rows are narrowed to. */
export function Filters({ filter, onFilter, choices, problem, field }: Props) {
  const set = (change: Partial<Filter>) => onFilter({ ...filter, ...change });
  const wrong = problem ? ({ "aria-invalid": true, "aria-describedby": "register-period" } as const) : {};
  return (
    <section className={css.filters} aria-label="Filter" data-pane="register_filter">
      <label className={css.field} data-wide>
        <span>Words</span>
        <input
          ref={field}
          className={ui.input}
          name="text"
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          value={filter.text}
          onChange={(event) => set({ text: event.target.value })}
        />
      </label>
      <Choice title="State" name="state" value={filter.state} of={choices?.states} onChoose={(state) => set({ state })} />
      <Choice title="Template" name="template" value={filter.template} of={choices?.templates} onChoose={(template) => set({ template })} />
      <Choice title="Partner" name="partner" value={filter.partner} of={choices?.partners} onChoose={(partner) => set({ partner })} />
      {(["from", "to"] as const).map((name) => (
        <label key={name} className={css.field} data-day>
          <span>{name === "from" ? "From, UTC" : "To, UTC"}</span>
          <input
            className={ui.input}
            type="date"
            name={name}
            value={filter[name]}
            {...wrong}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        </label>
      ))}
      {isFiltered(filter) && (
        <Button small kind="ghost" icon="x" command="clear_register_filter" onPress={() => onFilter(NO_FILTER)}>
          Clear
        </Button>
      )}
      {problem && (
        <p id="register-period" className="fail s12" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

interface ChoiceProps {
  title: string;
  name: string;
  value: string;
  of: RegisterChoice[] | undefined;
  onChoose: (value: string) => void;
}

function Choice({ title, name, value, of, onChoose }: ChoiceProps) {
  return (
    <label className={css.field}>
      <span>{title}</span>
      <select className={ui.select} name={name} value={value} onChange={(event) => onChoose(event.target.value)}>
        <option value="">All</option>
        {/* What was chosen stays chosen while the choices are read. */}
        {value !== "" && !of?.some((one) => one.value === value) && <option value={value}>{value}</option>}
        {of?.map((one) => (
          <option key={one.value} value={one.value}>
            {one.title}
          </option>
        ))}
      </select>
    </label>
  );
}
