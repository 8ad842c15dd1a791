import type { KeyboardEvent } from "react";

/** Up and down go from passage to passage in a list of comments; Enter is the button's own. */
export function byArrows(event: KeyboardEvent<HTMLElement>) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const places = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-command="show_comment"]')];
  const at = places.indexOf(document.activeElement as HTMLElement);
  const next = places[at < 0 ? (by > 0 ? 0 : places.length - 1) : at + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
