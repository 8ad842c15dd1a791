import { createContext, type ReactNode, useContext, useEffect, useId, useMemo, useRef, useSyncExternalStore } from "react";
import { type Stroke, isField, liveInField, matches, parseBinding } from "./keys";

/** One thing a person can do by key, by palette and by name (`data-command`). */
export interface Command {
  id: string;
  title: string;
  keys?: string[];
  /** Only while focus is inside this pane (or nowhere). Absent: anywhere on the screen. */
  pane?: string;
  /** Heading in the cheat sheet. */
  group?: string;
  /** Why it cannot be done now. */
  disabled?: string | false | null | undefined;
  /** Kept out of palette and cheat sheet: movement keys. */
  quiet?: boolean;
  run: (event?: KeyboardEvent) => void;
}

interface Entry {
  command: Command;
  layer: number;
}

class Registry {
  private readonly sets = new Map<string, Entry[]>();
  private readonly layers = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private snapshot: Entry[] = [];

  set(owner: string, entries: Entry[]) {
    this.sets.set(owner, entries);
    this.emit();
  }
  remove(owner: string) {
    this.sets.delete(owner);
    this.emit();
  }
  openLayer(owner: string, layer: number) {
    this.layers.set(owner, layer);
  }
  closeLayer(owner: string) {
    this.layers.delete(owner);
  }
  top() {
    return Math.max(0, ...this.layers.values());
  }
  all = () => this.snapshot;
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  private emit() {
    this.snapshot = [...this.sets.values()].flat();
    for (const each of this.listeners) each();
  }
}

const RegistryContext = createContext<Registry | null>(null);
const LayerContext = createContext(0);

const useRegistry = () => {
  const registry = useContext(RegistryContext);
  if (!registry) throw new Error("no commands above this component");
  return registry;
};

const CHORD_MS = 1500;
/** A single key right after a modifier went up is the tail of a shortcut, not a wish. */
const AFTER_MODIFIER_MS = 400;

/** Holds all commands and listens to the keyboard, once, at the top. */
export function CommandProvider({ children }: { children: ReactNode }) {
  const registry = useMemo(() => new Registry(), []);
  useEffect(() => {
    let pending: { at: number; candidates: { entry: Entry; binding: Stroke[] }[] } | null = null;
    let modifierUpAt = Number.NEGATIVE_INFINITY;

    const inPane = (command: Command, target: EventTarget | null) => {
      if (!command.pane) return true;
      if (!(target instanceof Element) || target === document.body) return true;
      return target.closest(`[data-pane="${command.pane}"]`) !== null;
    };
    const candidates = (event: KeyboardEvent) => {
      const top = registry.top();
      const field = isField(event.target);
      return (
        registry
          .all()
          .filter(({ command, layer }) => layer === top && inPane(command, event.target))
          .flatMap((entry) => (entry.command.keys ?? []).map((keys) => ({ entry, binding: parseBinding(keys) })))
          .filter(({ binding }) => !field || (binding[0] && liveInField(binding[0])))
          // What belongs to the focused pane wins over what belongs to the screen.
          .sort((a, b) => Number(Boolean(b.entry.command.pane)) - Number(Boolean(a.entry.command.pane)))
      );
    };
    const run = (entry: Entry, event: KeyboardEvent) => {
      pending = null;
      event.preventDefault();
      event.stopPropagation();
      if (!entry.command.disabled) entry.command.run(event);
    };
    // The second key of a chord belongs to it, whatever the focused element does with that key.
    const chord = (event: KeyboardEvent) => {
      if (!pending || event.isComposing || /^(Control|Shift|Alt|Meta)$/.test(event.key)) return;
      const { candidates: open, at } = pending;
      pending = null;
      if (event.timeStamp - at > CHORD_MS) return;
      const hit = open.find(({ binding }) => binding.length === 2 && binding[1] && matches(binding[1], event));
      if (hit) run(hit.entry, event);
    };
    // A shortcut with a modifier means the same wherever focus is: it goes before a focused button, which
    // would take Ctrl+Enter for its own Enter.
    const first = (event: KeyboardEvent) => {
      chord(event);
      if (!event.defaultPrevented && (event.ctrlKey || event.metaKey || event.altKey)) down(event);
    };
    const down = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || /^(Control|Shift|Alt|Meta)$/.test(event.key)) return;
      const fits = candidates(event).filter(({ binding }) => binding[0] && matches(binding[0], event));
      const hit = fits.find(({ binding }) => binding.length === 1);
      if (hit) {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1;
        if (plain && event.timeStamp - modifierUpAt < AFTER_MODIFIER_MS && !event.shiftKey) return;
        return run(hit.entry, event);
      }
      if (fits.length > 0) pending = { at: event.timeStamp, candidates: fits };
    };
    const up = (event: KeyboardEvent) => {
      if (/^(Control|Alt|Meta)$/.test(event.key)) modifierUpAt = event.timeStamp;
    };
    document.addEventListener("keydown", first, true);
    document.addEventListener("keydown", down);
    document.addEventListener("keyup", up);
    return () => {
      document.removeEventListener("keydown", first, true);
      document.removeEventListener("keydown", down);
      document.removeEventListener("keyup", up);
    };
  }, [registry]);
  return <RegistryContext.Provider value={registry}>{children}</RegistryContext.Provider>;
}

/** Offers commands while the component is mounted. */
export function useCommands(commands: Command[]): void {
  const registry = useRegistry();
  const layer = useContext(LayerContext);
  const owner = useId();
  const latest = useRef(commands);
  latest.current = commands;
  // Re-registered only when something visible changed; `run` always reaches the newest closure.
  const shape = commands
    .map((c) => [c.id, c.title, c.keys?.join(), c.pane, c.group, c.disabled || "", c.quiet].join("\u001f"))
    .join("\u001e");
  useEffect(() => {
    registry.set(
      owner,
      latest.current.map((command, index) => ({ layer, command: { ...command, run: (event) => latest.current[index]?.run(event) } })),
    );
  }, [registry, owner, layer, shape]);
  useEffect(() => () => registry.remove(owner), [registry, owner]);
}

/** What lies under an open dialog hears no keys. */
export function CommandLayer({ children }: { children: ReactNode }) {
  const registry = useRegistry();
  const layer = useContext(LayerContext) + 1;
  const owner = useId();
  useEffect(() => {
    registry.openLayer(owner, layer);
    return () => registry.closeLayer(owner);
  }, [registry, owner, layer]);
  return <LayerContext.Provider value={layer}>{children}</LayerContext.Provider>;
}

/** Runs a command by name, as its key would. */
export function useRunCommand(): (id: string) => void {
  const registry = useRegistry();
  return (id) => {
    const found = registry.all().find((entry) => entry.command.id === id && !entry.command.disabled);
    found?.command.run();
  };
}

/** Commands of the layer below the calling dialog: what the palette and the cheat sheet show. */
export function useOffered(below = 1): Command[] {
  const registry = useRegistry();
  const layer = useContext(LayerContext) - below;
  const all = useSyncExternalStore(registry.subscribe, registry.all);
  return useMemo(
    () => all.filter((entry) => entry.layer === Math.max(0, layer) && !entry.command.quiet).map((entry) => entry.command),
    [all, layer],
  );
}
