import { useRef } from "react";
import { ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { monthYear } from "../../lib/time";
import css from "./Choice.module.css";
import { PartnerField } from "./PartnerField";
import type { Form } from "./form";

interface Props {
  id: string;
  form: Form;
  type: (change: Partial<Form>) => void;
  /** Months there are, latest first, and the one that is shown. */
  periods: string[];
  period: string;
}

/** Which month, and whose. */
export function Choice({ id, form, type, periods, period }: Props) {
  const month = useRef<HTMLSelectElement>(null);
  const partner = useRef<HTMLInputElement>(null);
  useCommands([
    { id: "choose_period", title: "Choose the period", keys: ["m"], group: "Statements", run: () => month.current?.focus() },
    { id: "name_partners", title: "Name partners", keys: ["Shift+F"], group: "Statements", run: () => partner.current?.focus() },
  ]);
  // A month that has no transactions any more is still the chosen one.
  const chosen = form.period || period;
  const offered = chosen && !periods.includes(chosen) ? [chosen, ...periods] : periods;
  return (
    <section className={css.choice} aria-label="Period and partners" data-pane="statements_choice" tabIndex={-1}>
      <label htmlFor="statements-period">Period</label>
      <select
        ref={month}
        id="statements-period"
        className={ui.select}
        name="period"
        value={chosen}
        onChange={(event) => type({ period: event.target.value })}
      >
        {offered.map((one) => (
          <option key={one} value={one}>
            {monthYear(one)}
          </option>
        ))}
      </select>
      <span>Partners</span>
      <PartnerField id={id} period={form.period} only={form.only} onOnly={(only) => type({ only })} field={partner} />
    </section>
  );
}
