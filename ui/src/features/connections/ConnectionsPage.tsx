import { useState } from "react";
import type { ConnectionInput } from "../../generated/ConnectionInput";
import type { ConnectionView } from "../../generated/ConnectionView";
import type { ConnectionsView } from "../../generated/ConnectionsView";
import { Button, Note, Tag, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import css from "./Connections.module.css";
import { Passphrase, passphraseReason } from "./Passphrase";
import { SystemCard } from "./SystemCard";
import { WireList } from "./WireList";

/** Code of a refusal that a passphrase mends. */
const ASKS = "E_PASSPHRASE";

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
  fields: sandbox
    ? {}
    : Object.fromEntries(one.fields.filter((field) => field.kind !== "secret").map((field) => [field.name, field.value ?? ""])),
  forget: [],
});

const TABS = [
  ["systems", "Systems"],
  ["wire", "Last calls"],
] as const;

function Loaded({ view }: { view: ConnectionsView }) {
  const echo = useEcho();
  const [edited, setEdited] = useState<ConnectionInput[]>(() => view.connections.map((one) => asInput(one, view.sandbox)));
  const [tab, setTab] = useState<"systems" | "wire">("systems");
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
        onSuccess: (saved) => {
          // What is shown is what is stored; a secret that was typed is no longer held here.
          setEdited(saved.connections.map((one) => asInput(one, saved.sandbox)));
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
    { id: "last_calls", title: "Last calls", group: "Connections", run: () => setTab("wire") },
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
        <div className={css.systems} role="tablist" aria-label="View">
          {TABS.map(([id, title]) => (
            <button
              key={id}
              type="button"
              role="tab"
              className={css.system}
              aria-selected={tab === id}
              data-id={id}
              onClick={() => setTab(id)}
            >
              {title}
            </button>
          ))}
        </div>
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
      {tab === "wire" && <WireList systems={view.connections.map((one) => one.system)} />}
      <div className={css.scroll} data-pane="connections" hidden={tab !== "systems"}>
        <p className={css.intro}>
          {view.sandbox
            ? "All six lead to the sandbox on this machine: a made-up company, nothing real. Enter an address and its sign-in to work with a real system. "
            : ""}
          {view.note} Kept in {view.file}.
        </p>
        {asks && <Passphrase value={passphrase} onChange={setPassphrase} reason={reason} onSave={run} />}
        <div className={css.grid}>
          {view.connections.map((one) => (
            <SystemCard
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
