import { useId, useState } from "react";
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

/** The six systems in one place; secrets go to the keyring and never come back. */
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

const asInput = (one: ConnectionView): ConnectionInput => ({
  system: one.system,
  base_url: one.base_url,
  enabled: one.enabled,
  fields: Object.fromEntries(one.fields.filter((field) => !field.secret).map((field) => [field.name, field.value ?? ""])),
});

function Loaded({ view }: { view: ConnectionsView }) {
  const echo = useEcho();
  const [edited, setEdited] = useState<ConnectionInput[]>(() => view.connections.map(asInput));
  const [dirty, setDirty] = useState(false);
  const save = useSend("save_connections");
  const change = (system: string, input: Partial<ConnectionInput>) => {
    setDirty(true);
    setEdited((before) => before.map((one) => (one.system === system ? { ...one, ...input } : one)));
  };
  const run = () =>
    save.mutate(
      { connections: edited },
      {
        onSuccess: () => {
          setDirty(false);
          echo.say("Connections saved");
        },
        onError: echo.fail,
      },
    );
  const back = () => save.mutate({ connections: [] }, { onSuccess: () => echo.say("Back on the sandbox"), onError: echo.fail });
  useCommands([
    {
      id: "save_connections",
      title: "Save connections",
      keys: ["Mod+S"],
      group: "Connections",
      disabled: dirty ? null : "Nothing changed",
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
          <Button small kind="ghost" command="back_to_sandbox" onPress={back}>
            Back to the sandbox
          </Button>
        )}
        <Button
          small
          kind={dirty ? "primary" : "default"}
          keys="Mod+S"
          command="save_connections"
          reason={dirty ? null : "Nothing changed"}
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
        <div className={css.grid}>
          {view.connections.map((one) => (
            <Card
              key={one.system}
              view={one}
              input={edited.find((input) => input.system === one.system) ?? asInput(one)}
              onChange={(input) => change(one.system, input)}
            />
          ))}
        </div>
      </div>
    </>
  );
}

function Card({
  view,
  input,
  onChange,
}: {
  view: ConnectionView;
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
              placeholder={field.secret && field.stored ? "kept in the keyring" : ""}
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
