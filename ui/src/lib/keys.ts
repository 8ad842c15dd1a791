/** Key bindings as text: "Mod+Enter", "Shift+N", "j", "g q", "Alt+1", "?". Mod is Ctrl, on a Mac Cmd. */

export const isMac = typeof navigator !== "undefined" && /mac/i.test(navigator.platform);

export interface Stroke {
  mod: boolean;
  shift: boolean;
  alt: boolean;
  key: string;
}

export interface KeyLike {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

export function parseStroke(text: string): Stroke {
  const parts = text.split("+").map((part) => part.trim());
  const key = parts.pop() || "+";
  return { mod: parts.includes("Mod"), shift: parts.includes("Shift"), alt: parts.includes("Alt"), key };
}

export const parseBinding = (text: string): Stroke[] => text.split(" ").filter(Boolean).map(parseStroke);

/** A printable key that already needs Shift ("?", "*") is compared without it. */
export function matches(stroke: Stroke, event: KeyLike, mac = isMac): boolean {
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (other || mod !== stroke.mod || event.altKey !== stroke.alt) return false;
  const wanted = stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key;
  // With Alt or on other layouts `key` may be a composed letter; digits are found by their place.
  const digit = /^Digit(\d)$/.exec(event.code ?? "")?.[1];
  const given = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const same = given === wanted || (stroke.alt && digit === wanted) || (wanted === "Space" && event.key === " ");
  if (!same) return false;
  const symbol = stroke.key.length === 1 && !/[a-z0-9]/i.test(stroke.key);
  return symbol || event.shiftKey === stroke.shift;
}

const CAPS: Record<string, string> = {
  Shift: "⇧",
  Enter: "↵",
  Delete: "Del",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

/** Key caps of a binding, one list of caps per stroke. */
export function caps(binding: string, mac = isMac): string[][] {
  return parseBinding(binding).map((stroke) => {
    const names: string[] = [];
    if (stroke.mod) names.push(mac ? "⌘" : "Ctrl");
    if (stroke.alt) names.push(mac ? "⌥" : "Alt");
    if (stroke.shift) names.push("⇧");
    const key = CAPS[stroke.key] ?? stroke.key;
    // A chord is written small ("g q"), a single letter large ("R").
    names.push(key.length === 1 && !binding.includes(" ") ? key.toUpperCase() : key);
    return names;
  });
}

/** Inside a field single keys write text; only keys with Mod or Alt and named keys stay alive. */
export function liveInField(stroke: Stroke): boolean {
  // Undo inside a field takes back typing.
  if (stroke.mod && stroke.key.toLowerCase() === "z") return false;
  return stroke.mod || stroke.alt || /^(F\d+|Escape)$/.test(stroke.key);
}

export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|submit)$/.test(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
