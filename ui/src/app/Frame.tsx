import { useMemo } from "react";
import { useCommands } from "../lib/commands";
import { useSend } from "../lib/data";
import { useEcho } from "../lib/echo";
import { ROW_HEIGHT, isDark, setLook, useLook } from "../lib/look";
import { type ScreenName, useNav } from "../lib/nav";
import { useStatus } from "../lib/status";
import { cx } from "../lib/text";
import { ActAs } from "./ActAs";
import { Dialogs } from "./Dialogs";
import { EchoLine } from "./EchoLine";
import css from "./Frame.module.css";
import { Notices } from "./Notices";
import { Rail } from "./Rail";
import { Screen } from "./Screen";
import { useInsteadOfGround } from "./Start";
import { StatusBar } from "./StatusBar";
import { VIEWS } from "./views";

const CHORDS: [ScreenName, string, string][] = [
  ["desk", "Go to the desk", "g q"],
  ["review", "Go to reviews", "g a"],
  ["documents", "Go to documents", "g d"],
  ["outbox", "Go to the outbox", "g o"],
  ["campaigns", "Go to campaigns", "g k"],
  ["distributions", "Go to distributions", "g p"],
  ["batches", "Go to batches", "g b"],
  ["loops", "Go to loops", "g l"],
  ["registers", "Go to the registers", "g r"],
  ["audit", "Go to the audit chain", "g u"],
];

/** Three columns need the width. */
const FOLDED: ScreenName[] = ["review", "outreach", "statements", "resolution", "new_campaign", "new_distribution"];

/** Rail, screen, status bar, and the commands that hold everywhere. */
export function Frame() {
  const nav = useNav();
  const status = useStatus();
  const look = useLook();
  const echo = useEcho();
  const chosenCase = nav.selection?.pane === "cases" ? nav.selection.id : null;
  const setOffline = useSend("set_offline");
  const syncNow = useSend("sync_now");
  const cancel = useSend("cancel_step");
  const undoNotice = useSend("undo_notice");
  const undoLast = async () => {
    const last = echo.undo;
    if (!last) return;
    echo.forget();
    try {
      if (last.notice) {
        const { action_id, content } = last.notice;
        const undone = await undoNotice.mutateAsync({ action_id, content });
        echo.say(`Undone: ${last.title}. It never leaves.`);
        if (undone.draft_restored) nav.go({ dialog: { name: "composer", case: undone.case } });
        return;
      }
      // Last first: a step that waits on another goes before it.
      for (const id of [...last.steps].reverse()) await cancel.mutateAsync({ id });
      echo.say(`Took back: ${last.title}`);
    } catch (problem) {
      echo.fail(problem);
    }
  };

  const panes = useMemo(
    () => () => [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null),
    [],
  );
  const focusPane = (pane: HTMLElement | undefined) => {
    const first = ['[role="grid"]', '[tabindex="0"]', "button, input, textarea"]
      .map((css) => pane?.querySelector<HTMLElement>(css))
      .find(Boolean);
    (first ?? pane)?.focus();
  };
  const cyclePane = (by: number) => {
    const all = panes();
    const here = all.findIndex((pane) => pane.contains(document.activeElement));
    focusPane(all[(here + by + all.length) % all.length]);
  };
  const densities = Object.keys(ROW_HEIGHT) as (keyof typeof ROW_HEIGHT)[];

  useCommands([
    {
      id: "command_palette",
      title: "Find a command or a case",
      keys: ["Mod+K"],
      group: "Everywhere",
      run: () => nav.go({ dialog: { name: "palette" } }),
    },
    { id: "search", title: "Search", keys: ["/"], group: "Everywhere", run: () => nav.go({ dialog: { name: "palette" } }) },
    { id: "help", title: "Keys of this screen", keys: ["?"], group: "Everywhere", run: () => nav.go({ dialog: { name: "help" } }) },
    ...CHORDS.map(([screen, title, keys]) => ({ id: `go_${screen}`, title, keys: [keys], group: "Go to", run: () => nav.go({ screen }) })),
    {
      id: "new_campaign",
      title: "New campaign",
      // Elsewhere the key is the screen's: what is new there is no campaign.
      ...(nav.screen === "campaigns" ? { keys: ["Mod+N"] } : {}),
      group: "Go to",
      run: () => nav.go({ screen: "new_campaign", asking: null }),
    },
    {
      id: "new_distribution",
      title: "New distribution",
      group: "Go to",
      disabled: chosenCase === null ? "Choose the case of the letter first" : null,
      run: () => nav.go({ screen: "new_distribution", sending: chosenCase }),
    },
    { id: "go_connections", title: "Connections", group: "Go to", run: () => nav.go({ screen: "connections" }) },
    ...VIEWS.map((view, index) => ({
      id: `view_${index + 1}`,
      title: view.title,
      keys: [`g ${index + 1}`],
      group: "Saved views",
      run: () => nav.go({ screen: "desk", view: index, filters: view.filters, selection: null }),
    })),
    { id: "next_pane", title: "Next pane", keys: ["F6"], group: "Everywhere", run: () => cyclePane(1) },
    { id: "previous_pane", title: "Previous pane", keys: ["Shift+F6"], group: "Everywhere", run: () => cyclePane(-1) },
    ...[1, 2, 3, 4].map((n) => ({
      id: `focus_pane_${n}`,
      title: `Focus pane ${n}`,
      keys: [`Alt+${n}`],
      group: "Everywhere",
      run: () => focusPane(panes()[n - 1]),
    })),
    {
      id: "toggle_offline",
      title: status.offline_by_choice ? "Work online" : "Work offline",
      group: "Everywhere",
      run: () => setOffline.mutate({ on: !status.offline_by_choice }, { onError: echo.fail }),
    },
    {
      id: "sync_now",
      title: "Read all systems now",
      group: "Everywhere",
      disabled: status.offline_by_choice && "You work offline by choice",
      run: () => syncNow.mutate({}, { onError: echo.fail }),
    },
    {
      id: "undo",
      title: echo.undo ? `Undo ${echo.undo.title}` : "Undo",
      keys: ["z", "Mod+Z"],
      group: "Everywhere",
      disabled: echo.undo ? null : "Nothing to take back",
      run: () => void undoLast(),
    },
    {
      id: "theme",
      title: isDark() ? "Light theme" : "Dark theme",
      group: "Window",
      run: () => setLook({ theme: isDark() ? "light" : "dark" }),
    },
    { id: "theme_system", title: "Theme of the system", group: "Window", run: () => setLook({ theme: "system" }) },
    {
      id: "density",
      title: "Change row height",
      group: "Window",
      run: () => setLook({ density: densities[(densities.indexOf(look.density) + 1) % densities.length] ?? "compact" }),
    },
  ]);

  useInsteadOfGround();
  return (
    <div className={cx(css.app, FOLDED.includes(nav.screen) && css.folded)}>
      <Rail />
      <main className={css.main} data-screen={nav.screen}>
        <Notices />
        <Screen />
      </main>
      <StatusBar />
      <EchoLine />
      <ActAs />
      <Dialogs />
    </div>
  );
}
