import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { OutreachView } from "../../generated/OutreachView";
import type { ProductChoice } from "../../generated/ProductChoice";
import { Icon } from "../../components/Icon";
import { ui } from "../../components/ui";
import { count } from "../../lib/money";
import { cx, plural } from "../../lib/text";
import css from "./Outreach.module.css";
import { type Form, chosenOf, problemOf, toggled, withDate } from "./form";

interface Props {
  form: Form;
  type: (change: Partial<Form>) => void;
  view: OutreachView | undefined;
}

/** Whom it is about and what they are told. */
export function OutreachForm({ form, type, view }: Props) {
  const problem = problemOf(form);
  const templates = view?.templates ?? [];
  const wrong = (field: string) =>
    problem?.field === field ? ({ "aria-invalid": true, "aria-describedby": "outreach-problem" } as const) : {};
  return (
    <section className={css.form} aria-label="Disruption" data-pane="outreach_form" tabIndex={-1}>
      <Products form={form} type={type} offered={view?.products ?? []} />
      <div className={css.group}>
        <div className={css.pair}>
          <label className={css.field}>
            <span>Ships from</span>
            <input
              className={ui.input}
              type="date"
              name="from"
              value={form.from}
              onChange={(event) => type({ from: event.target.value })}
            />
          </label>
          <label className={css.field}>
            <span>to</span>
            <input
              className={ui.input}
              type="date"
              name="to"
              value={form.to}
              {...wrong("to")}
              onChange={(event) => type({ to: event.target.value })}
            />
          </label>
        </div>
        <label className={css.field}>
          <span>Destinations</span>
          <input
            className={ui.input}
            name="destinations"
            autoComplete="off"
            spellCheck={false}
            placeholder="All countries; DE, FR for some"
            value={form.destinations}
            {...wrong("destinations")}
            onChange={(event) => type({ destinations: event.target.value })}
          />
        </label>
        {problem && (
          <p id="outreach-problem" className={cx(css.hint, "fail")}>
            {problem.text}
          </p>
        )}
      </div>
      <div className={css.group}>
        <label className={css.field}>
          <span>Revised date</span>
          <input
            className={ui.input}
            type="date"
            name="date"
            value={form.dates[""] ?? ""}
            onChange={(event) => type({ dates: withDate(form.dates, "", event.target.value) })}
          />
        </label>
        <label className={css.field}>
          <span>Alternatives</span>
          <textarea
            className={ui.area}
            name="alternatives"
            rows={3}
            value={form.alternatives}
            onChange={(event) => type({ alternatives: event.target.value })}
          />
        </label>
        <label className={css.field}>
          <span>Service update</span>
          <textarea
            className={ui.area}
            name="service_update"
            rows={3}
            value={form.service_update}
            onChange={(event) => type({ service_update: event.target.value })}
          />
        </label>
        <label className={css.field}>
          <span>Template</span>
          <select
            className={ui.select}
            name="template"
            value={form.template || view?.template || ""}
            onChange={(event) => type({ template: event.target.value })}
          >
            {templates.map((one) => (
              <option key={one.id} value={one.id}>
                {one.title}
                {one.regulated ? ", regulated" : ""}
                {one.hidden ? ` (${one.hidden})` : ""}
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  );
}

/** As many as can be read at a glance; typing finds the others. */
const SHOWN = 40;

function Products({ form, type, offered }: { form: Form; type: Props["type"]; offered: ProductChoice[] }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const chosen = chosenOf(form, offered);
  const wanted = text.trim().toLowerCase();
  // What was added by hand and has no open line yet stands with the chosen ones.
  const own = chosen
    .filter((product) => !offered.some((one) => one.product === product))
    .map((product) => ({ product, description: "", lines: 0, chosen: true }));
  const fitting = offered.filter(
    (one) => chosen.includes(one.product) || wanted === "" || `${one.product} ${one.description}`.toLowerCase().includes(wanted),
  );
  const rows = [...own, ...fitting];
  const more = rows.length - SHOWN;
  const add = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || wanted === "") return;
    event.preventDefault();
    const same = offered.find((one) => one.product.toLowerCase() === wanted)?.product ?? text.trim();
    if (!chosen.includes(same)) type(toggled(form, offered, same));
    setText("");
  };
  return (
    <div className={ui.section}>
      <div className={ui.sectionHead}>
        <h2>Products</h2>
        <span className={ui.n}>{chosen.length || ""}</span>
        <span className={ui.r}>{form.products.length > 0 ? "chosen by you" : "of the order of the case"}</span>
      </div>
      <div className={css.find}>
        <input
          ref={field}
          className={ui.input}
          name="product"
          autoComplete="off"
          spellCheck={false}
          aria-label="Find or add a product"
          placeholder="Find, or Enter to add a number"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={add}
        />
      </div>
      <ul className={css.products} aria-label="Products" tabIndex={0}>
        {rows.slice(0, SHOWN).map((one) => {
          const on = chosen.includes(one.product);
          return (
            <li key={one.product} data-product={one.product}>
              <label className={css.product}>
                <input
                  type="checkbox"
                  className="sr"
                  checked={on}
                  onChange={() => type(toggled(form, offered, one.product))}
                  name={`product:${one.product}`}
                />
                <span className={ui.tick} data-on={on}>
                  <Icon name="check" size={10} />
                </span>
                <span className="cut" title={`${one.product} ${one.description}`}>
                  <span className={on ? "b" : undefined}>{one.product}</span> <span className="t2 s12">{one.description}</span>
                </span>
                <span className="num t3 s12">{plural(one.lines, "line")}</span>
              </label>
              {on && (
                <label className={css.own}>
                  <span>Own date</span>
                  <input
                    className={ui.input}
                    type="date"
                    name={`date:${one.product}`}
                    aria-label={`Revised date of ${one.product}`}
                    value={form.dates[one.product] ?? ""}
                    onChange={(event) => type({ dates: withDate(form.dates, one.product, event.target.value) })}
                  />
                </label>
              )}
            </li>
          );
        })}
      </ul>
      {more > 0 && <p className={css.hint}>{count(more)} more, type to find them</p>}
    </div>
  );
}
