import { useId, useState } from "react";
import type { ConnectionField } from "../../generated/ConnectionField";
import type { ConnectionInput } from "../../generated/ConnectionInput";
import type { ConnectionView } from "../../generated/ConnectionView";
import type { ConnectionsView } from "../../generated/ConnectionsView";
import { Glyph } from "../../components/Glyph";
import { Icon } from "../../components/Icon";
import { Button, Note, StatusText, Tag, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { SYSTEM_ICONS } from "../../lib/systems";
import css from "./Connections.module.css";

/** Code of a refusal that a passphrase mends. */
const ASKS = "E_PASSPHRASE";
/** Shortest passphrase that is taken, in characters. */
const SHORTEST = 12;

/** The six systems in one place; secrets are kept where the folder keeps its key, and never come back. */
export function ConnectionsPage() {
  const view = useRead("get_connections", null);
  if (view.error) {
    return (
      <Note tone="fail">
        <b>{view.error.message}</b> {view.error.detail}
      </Note>
    );
  }
  if (!view.data) return null;
  return <Loaded key={view.data.connections.map((one) => one.base_url).join()} view={view.data} />;
}

/** What is entered over the sandbox begins empty: nothing of the sandbox is saved as a connection of one's own. */
const asInput = (one: ConnectionView, sandbox: boolean): ConnectionInput => ({
  system: one.system,
  base_url: sandbox ? "" : one.base_url,
  enabled: one.enabled || sandbox,
  fields: sandbox ? {} : Object.fromEntries(one.fields.filter((field) => !field.secret).map((field) => [field.name, field.value ?? ""])),
});

function Loaded({ view }: { view: ConnectionsView }) {
  const echo = useEcho();
  const [edited, setEdited] = useState<ConnectionInput[]>(() => view.connections.map((one) => asInput(one, view.sandbox)));
  const [dirty, setDirty] = useState(false);
  const save = useSend("save_connections");
  const leave = useSend("use_sandbox");
  const [passphrase, setPassphrase] = useState<[string, string]>(["", ""]);
  const change = (system: string, input: Partial<ConnectionInput>) => {
    setDirty(true);
    setEdited((before) => before.map((one) => (one.system === system ? { ...one, ...input } : one)));
  };
  const run = () =>
    save.mutate(
      { connections: edited, passphrase: passphrase[0] || null },
      {
        onSuccess: () => {
          setDirty(false);
          setPassphrase(["", ""]);
          echo.say("Connections saved");
        },
        // What is asked for is asked for on this page.
        onError: (problem) => (problem.code === ASKS ? undefined : echo.fail(problem)),
      },
    );
  const back = () => leave.mutate(null, { onSuccess: () => echo.say("Back on the sandbox"), onError: echo.fail });
  const asks = save.error?.code === ASKS;
  const reason = !dirty ? "Nothing changed" : asks ? passphraseReason(passphrase) : null;
  useCommands([
    {
      id: "save_connections",
      title: "Save connections",
      keys: ["Mod+S"],
      group: "Connections",
      disabled: reason,
      run,
    },
  ]);
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Connections</h1>
        {view.sandbox && <Tag line>Sandbox</Tag>}
        <span className="s12 t3 cut">{view.file}</span>
        <span className="grow" />
        {!view.sandbox && (
          <Button small kind="ghost" command="use_sandbox" isDisabled={leave.isPending} onPress={back}>
            Back to the sandbox
          </Button>
        )}
        <Button
          small
          kind={dirty ? "primary" : "default"}
          keys="Mod+S"
          command="save_connections"
          reason={reason}
          isDisabled={save.isPending}
          onPress={run}
        >
          Save
        </Button>
      </header>
      <div className={css.scroll} data-pane="connections">
        <p className={css.intro}>
          {view.sandbox
            ? "All six lead to the sandbox on this machine: a made-up company, nothing real. Enter an address and its sign-in to work with a real system. "
            : ""}
          {view.note}
        </p>
        {asks && <Passphrase value={passphrase} onChange={setPassphrase} reason={reason} onSave={run} />}
        <div className={css.grid}>
          {view.connections.map((one) => (
            <Card
              key={one.system}
              view={one}
              sandbox={view.sandbox}
              input={edited.find((input) => input.system === one.system) ?? asInput(one, view.sandbox)}
              onChange={(input) => change(one.system, input)}
            />
          ))}
        </div>
      </div>
    </>
  );
}

const passphraseReason = ([first, second]: [string, string]) =>
  first.length < SHORTEST ? `At least ${SHORTEST} characters` : first !== second ? "The two are not the same" : null;

/** Where there is no keyring, a passphrase keeps the key of the folder. */
function Passphrase({
  value,
  onChange,
  reason,
  onSave,
}: {
  value: [string, string];
  onChange: (value: [string, string]) => void;
  reason: string | null;
  onSave: () => void;
}) {
  return (
    <form
      className={css.passphrase}
      aria-label="Passphrase"
      onSubmit={(event) => {
        event.preventDefault();
        if (!reason) onSave();
      }}
    >
      <p role="alert">
        <b>This machine has no keyring.</b> Real connections need a better place for the key of the data folder than a file. Choose a
        passphrase: it is asked for at every start and kept nowhere.
      </p>
      {(["Passphrase", "The same again"] as const).map((title, index) => (
        <label key={title}>
          <span>{title}</span>
          <input
            className={ui.input}
            type="password"
            autoComplete="off"
            autoFocus={index === 0}
            data-field={`passphrase.${index}`}
            value={value[index]}
            onChange={(event) => onChange(index === 0 ? [event.target.value, value[1]] : [value[0], event.target.value])}
          />
        </label>
      ))}
      <Button small kind="primary" type="submit" command="keep_passphrase" reason={reason}>
        Keep and save
      </Button>
    </form>
  );
}

/** What stands in an empty field: the sandbox's own value, or that a secret is kept and need not be entered again. */
function hint(field: ConnectionField, sandbox: boolean) {
  if (sandbox) return field.secret ? "" : (field.value ?? "");
  return field.secret && field.stored ? "kept" : "";
}

function Card({
  view,
  sandbox,
  input,
  onChange,
}: {
  view: ConnectionView;
  sandbox: boolean;
  input: ConnectionInput;
  onChange: (input: Partial<ConnectionInput>) => void;
}) {
  const id = useId();
  const test = useSend("test_connection");
  const verdict = test.data;
  return (
    <section className={css.card} aria-label={view.title} data-id={view.system}>
      <div className={css.head}>
        <Icon name={SYSTEM_ICONS[view.system]} size={16} className="t2" />
        <h2>{view.title}</h2>
        <StatusText status={view.status} className="s12" />
        <span className="grow" />
        <button
          type="button"
          role="switch"
          aria-checked={input.enabled}
          className={css.switch}
          data-command="toggle_connection"
          onClick={() => onChange({ enabled: !input.enabled })}
        >
          {input.enabled ? "On" : "Off"}
          <span className={css.track} />
        </button>
      </div>
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
        {view.fields.map((field) => (
          <div key={field.name} style={{ display: "contents" }}>
            <label htmlFor={id + field.name}>{field.title}</label>
            <input
              id={id + field.name}
              className={ui.input}
              type={field.secret ? "password" : "text"}
              autoComplete="off"
              spellCheck={false}
              placeholder={hint(field, sandbox)}
              data-field={`${view.system}.${field.name}`}
              value={(input.fields[field.name] as string | undefined) ?? ""}
              onChange={(event) => onChange({ fields: { ...input.fields, [field.name]: event.target.value } })}
            />
          </div>
        ))}
      </div>
      <div className={css.foot}>
        <Button
          small
          command="test_connection"
          isDisabled={test.isPending}
          reason={input.enabled ? null : "Switched off"}
          onPress={() => test.mutate({ connection: input })}
        >
          Test
        </Button>
        <span className="t3">{view.sign_in}</span>
        <span className="grow" />
        {test.error && (
          <span className="fx fail" style={{ gap: 5 }} role="alert">
            <Glyph tone="fail" label={null} /> {test.error.message}
          </span>
        )}
        {verdict && (
          <span className="fx t2" style={{ gap: 5 }} role="status">
            <Glyph tone={verdict.ok ? "ok" : "fail"} label={null} /> {verdict.text}
          </span>
        )}
      </div>
    </section>
  );
}
