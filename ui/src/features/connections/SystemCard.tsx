import { useId, useState } from "react";
import type { ConnectionField } from "../../generated/ConnectionField";
import type { ConnectionInput } from "../../generated/ConnectionInput";
import type { ConnectionTest } from "../../generated/ConnectionTest";
import type { ConnectionView } from "../../generated/ConnectionView";
import { Glyph } from "../../components/Glyph";
import { Icon } from "../../components/Icon";
import { Button, StatusText, ui } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { SYSTEM_ICONS } from "../../lib/systems";
import { cx } from "../../lib/text";
import css from "./Connections.module.css";

/** What stands in an empty field: the sandbox's own value, what counts where nothing is entered, or whether a secret is kept. */
function hint(field: ConnectionField, sandbox: boolean, forgotten: boolean) {
  if (forgotten) return "removed by Save";
  if (field.kind === "certificates") return "-----BEGIN CERTIFICATE-----";
  if (field.name === "requests_per_second") return "25";
  if (sandbox) return field.kind === "secret" ? "" : (field.value ?? "");
  return field.kind === "secret" && field.stored ? "kept" : "";
}

const toggled = (names: string[], name: string) => (names.includes(name) ? names.filter((one) => one !== name) : [...names, name]);

interface Props {
  view: ConnectionView;
  sandbox: boolean;
  input: ConnectionInput;
  onChange: (input: Partial<ConnectionInput>) => void;
}

/** One system: where it is, how to sign in, whether it is paused, and a test that names the step that failed. */
export function SystemCard({ view, sandbox, input, onChange }: Props) {
  const id = useId();
  const echo = useEcho();
  const [more, setMore] = useState(false);
  const test = useSend("test_connection");
  const pause = useSend("pause_connection");
  const seldom = view.fields.filter((field) => field.advanced);
  const unknown = !sandbox && view.base_url === "";
  const toggle = () =>
    pause.mutate(
      { system: view.system, paused: !view.paused },
      { onSuccess: () => echo.say(view.paused ? `${view.title} goes on` : `${view.title} is paused`), onError: echo.fail },
    );
  return (
    <section className={css.card} aria-label={view.title} data-id={view.system}>
      <div className={css.head}>
        <Icon name={SYSTEM_ICONS[view.system]} size={16} className="t2" />
        <h2>{view.title}</h2>
        <StatusText status={view.status} className="s12" />
        <span className="grow" />
        <Button
          small
          kind="ghost"
          command="pause_connection"
          reason={unknown ? "Not connected" : null}
          isDisabled={pause.isPending}
          onPress={toggle}
        >
          {view.paused ? "Go on" : "Pause"}
        </Button>
      </div>
      {view.paused && <p className={css.paused}>Neither read from nor delivered to. What waits for it keeps its place.</p>}
      <div className={css.fields}>
        <label htmlFor={`${id}url`}>Address</label>
        <input
          id={`${id}url`}
          className={ui.input}
          type="url"
          spellCheck={false}
          placeholder={sandbox ? view.base_url : ""}
          data-field={`${view.system}.base_url`}
          value={input.base_url}
          onChange={(event) => onChange({ base_url: event.target.value })}
        />
        {view.fields
          .filter((field) => !field.advanced || more)
          .map((field) => (
            <div key={field.name} className={css.field}>
              <label htmlFor={id + field.name}>{field.title}</label>
              <div className={css.value}>
                <Entry
                  id={id + field.name}
                  name={`${view.system}.${field.name}`}
                  field={field}
                  hint={hint(field, sandbox, input.forget.includes(field.name))}
                  value={(input.fields[field.name] as string | undefined) ?? ""}
                  onChange={(value) => onChange({ fields: { ...input.fields, [field.name]: value } })}
                />
                {field.stored && !sandbox && (
                  <Forget
                    title={field.title}
                    forgotten={input.forget.includes(field.name)}
                    onPress={() => onChange({ forget: toggled(input.forget, field.name) })}
                  />
                )}
              </div>
            </div>
          ))}
      </div>
      <div className={css.foot}>
        <Button small command="test_connection" isDisabled={test.isPending} onPress={() => test.mutate({ connection: input })}>
          {test.isPending ? "Testing" : "Test"}
        </Button>
        {seldom.length > 0 && (
          <button type="button" className={css.more} aria-expanded={more} data-command="more_fields" onClick={() => setMore(!more)}>
            <Icon name={more ? "chev" : "chevr"} size={12} /> {more ? "Fewer" : "More"}
          </button>
        )}
        <span className="t3">{view.sign_in}</span>
        {test.error && (
          <span className="fx fail" style={{ gap: 5 }} role="alert">
            <Glyph tone="fail" label={null} /> {test.error.message}
          </span>
        )}
      </div>
      {test.data && <Verdict test={test.data} />}
    </section>
  );
}

/** The steps of a test, the first that failed last. */
function Verdict({ test }: { test: ConnectionTest }) {
  return (
    <ol className={css.steps} role="status" aria-label="Test" data-state={test.ok ? "ok" : "failed"}>
      {test.steps.map((step, n) => (
        <li key={`${n} ${step.title}`}>
          <Glyph tone={step.ok ? "ok" : "fail"} label={step.ok ? "Passed" : "Failed"} />
          <span>{step.title}</span>
          <span className={step.ok ? "t3" : "fail"}>{step.text}</span>
        </li>
      ))}
    </ol>
  );
}

/** Removes a kept secret with the next save, or thinks better of it. */
function Forget({ title, forgotten, onPress }: { title: string; forgotten: boolean; onPress: () => void }) {
  const word = forgotten ? "Keep" : "Remove";
  return (
    <Button small kind="ghost" command="forget_secret" aria-label={`${word} ${title}`} onPress={onPress}>
      {word}
    </Button>
  );
}

interface EntryProps {
  id: string;
  name: string;
  field: ConnectionField;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

function Entry({ id, name, field, hint, value, onChange }: EntryProps) {
  const common = { id, "data-field": name, spellCheck: false, autoComplete: "off" };
  if (field.kind === "choice") {
    return (
      <select
        {...common}
        className={cx(ui.select, css.entry)}
        value={value || field.choices[0]?.value}
        onChange={(event) => onChange(event.target.value)}
      >
        {field.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === "certificates") {
    return (
      <textarea
        {...common}
        className={cx(ui.area, css.pem)}
        rows={3}
        placeholder={hint}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <input
      {...common}
      className={cx(ui.input, css.entry)}
      type={field.kind === "secret" ? "password" : "text"}
      inputMode={field.kind === "number" ? "numeric" : undefined}
      placeholder={hint}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
