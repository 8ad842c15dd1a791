import { Button, Menu, MenuItem, MenuTrigger, Popover, Header, MenuSection, Separator } from "react-aria-components";
import type { Status } from "../generated/Status";
import type { Tone } from "../generated/Tone";
import { Glyph } from "../components/Glyph";
import { Icon } from "../components/Icon";
import { Age, Keys } from "../components/ui";
import { useClock, useNow } from "../lib/clock";
import { useRead, useSend } from "../lib/data";
import { useEcho } from "../lib/echo";
import { type Theme, setLook, useLook } from "../lib/look";
import { count } from "../lib/money";
import { useNav } from "../lib/nav";
import { useStatus } from "../lib/status";
import { age, dateTime, hourMinute } from "../lib/time";
import css from "./Frame.module.css";

const SYNC: Record<Status["sync"], { tone: Tone; word: string }> = {
  online: { tone: "ok", word: "Online" },
  syncing: { tone: "run", word: "Syncing" },
  offline: { tone: "queue", word: "Offline" },
  needs_sign_in: { tone: "conflict", word: "Needs sign-in" },
  degraded: { tone: "late", word: "Degraded" },
  error: { tone: "fail", word: "Error" },
};

/** One thin line that is always there: connection, lights, outbox, who and when. */
export function StatusBar() {
  const status = useStatus();
  const nav = useNav();
  const echo = useEcho();
  const now = useNow(1000);
  const clock = useClock();
  const setOffline = useSend("set_offline");
  const { tone, word } = SYNC[status.sync];
  const offline = status.sync === "offline";
  const sync = offline && status.offline_since !== null ? `Offline since ${dateTime(status.offline_since, now, clock.zone)}` : word;
  const { outbox } = status;
  return (
    <footer className={css.status} aria-label="Status" data-pane="status">
      <button
        type="button"
        className={css.sync}
        role="switch"
        aria-checked={!status.offline_by_choice}
        aria-label={`${sync}. ${status.offline_by_choice ? "Switch on to work online" : "Switch off to work offline"}`}
        title={status.offline_by_choice ? "Work online" : "Work offline"}
        data-command="toggle_offline"
        data-state={status.sync}
        onClick={() => setOffline.mutate({ on: !status.offline_by_choice }, { onError: echo.fail })}
      >
        <Glyph tone={tone} label={null} size={10} />
        {sync}
      </button>
      <i className={css.sep} />
      {status.systems.map((light) => (
        <button
          key={light.system}
          type="button"
          className={css.light}
          data-id={light.system}
          data-state={light.tone}
          data-ok={light.tone === "ok" || undefined}
          title={`${light.title}: ${light.last_error ?? light.word}${light.quarantined ? `. ${light.quarantined} records set aside` : ""}`}
          onClick={() => nav.go({ screen: "connections" })}
        >
          <Glyph tone={light.tone} label={null} size={10} />
          <b>{light.title}</b>
          <span className="t3">{light.last_success === null ? "never" : age(now - light.last_success)}</span>
          <span className="sr">{light.word}</span>
        </button>
      ))}
      <i className={css.sep} />
      <button type="button" data-command="open_outbox" onClick={() => nav.go({ screen: "outbox" })}>
        <Icon name="outbox" size={12} />
        <span>
          Outbox {count(outbox.open)}
          {outbox.paused && " · paused"}
          {outbox.oldest_at !== null && (
            <>
              {" · oldest "}
              <Age at={outbox.oldest_at} />
            </>
          )}
        </span>
      </button>
      {outbox.to_decide > 0 && (
        <button type="button" data-command="open_to_decide" onClick={() => nav.go({ screen: "outbox", dialog: null })}>
          <Glyph tone="conflict" label={null} size={10} />
          {outbox.to_decide} to decide
        </button>
      )}
      <span className={css.fill} />
      {status.sandbox && (
        <button
          type="button"
          data-command="go_connections"
          title="This is the sandbox. Enter real connections"
          onClick={() => nav.go({ screen: "connections" })}
        >
          <span className={css.sandbox}>SANDBOX</span>
        </button>
      )}
      {!offline && <span className={`t3 ${css.optional}`}>Policy {status.policy.slice(0, 4)}</span>}
      <PersonMenu />
      <i className={css.sep} />
      <span>
        <span className="t3">UTC</span>
        {hourMinute(now, "UTC")}
      </span>
      <span>
        <span className="t3">{status.zone_short}</span>
        {hourMinute(now, clock.zone)}
      </span>
      <button type="button" data-command="help" aria-label="Keys of this screen" onClick={() => nav.go({ dialog: { name: "help" } })}>
        <Keys of="?" />
      </button>
    </footer>
  );
}

const THEMES: { id: Theme; title: string }[] = [
  { id: "system", title: "Theme of the system" },
  { id: "light", title: "Light theme" },
  { id: "dark", title: "Dark theme" },
];

function PersonMenu() {
  const { person, sandbox, sync } = useStatus();
  const persons = useRead("list_persons", null, { enabled: sandbox });
  const actAs = useSend("act_as");
  const echo = useEcho();
  const look = useLook();
  return (
    <MenuTrigger>
      <Button data-command="person_menu" aria-label={`Acting as ${person.name}, ${person.title}`}>
        {person.name}
        {sync !== "offline" && <span className={`t3 ${css.personTitle}`}>{person.title}</span>}
      </Button>
      <Popover placement="top end">
        <Menu
          className={css.menu!}
          aria-label="Person and window"
          onAction={(key) => {
            const [kind, id = ""] = String(key).split("/");
            if (kind === "theme") setLook({ theme: id as Theme });
            else actAs.mutate({ person: id }, { onError: echo.fail });
          }}
        >
          {sandbox && persons.data && (
            <MenuSection>
              <Header className={css.menuHead}>Act as</Header>
              {persons.data.map((one) => (
                <MenuItem key={one.id} id={`person/${one.id}`} className={css.menuItem!} textValue={one.name} data-id={one.id}>
                  <span style={{ width: 12 }}>{one.id === person.id && <Icon name="check" size={12} />}</span>
                  {one.name}
                  <small>{one.title}</small>
                </MenuItem>
              ))}
            </MenuSection>
          )}
          <Separator className={css.menuSep!} />
          <MenuSection>
            <Header className={css.menuHead}>Window</Header>
            {THEMES.map((theme) => (
              <MenuItem key={theme.id} id={`theme/${theme.id}`} className={css.menuItem!} textValue={theme.title}>
                <span style={{ width: 12 }}>{look.theme === theme.id && <Icon name="check" size={12} />}</span>
                {theme.title}
              </MenuItem>
            ))}
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
