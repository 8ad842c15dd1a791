import { getAllByRole } from "@testing-library/react";

const CONTROLS = ["button", "textbox", "combobox", "checkbox", "radio", "tab", "listbox", "grid", "option", "img"] as const;

/** What an assistive tool would stumble over: controls without a name, references to nothing, one id twice. */
export function stumbles(root: HTMLElement): string[] {
  const found: string[] = [];
  const short = (element: Element) => element.outerHTML.slice(0, 120);
  for (const role of CONTROLS) {
    const all = root.querySelector("*") ? getAllOf(root, role) : [];
    const named = getAllOf(root, role, /\S/);
    found.push(...all.filter((element) => !named.includes(element)).map((element) => `${role} without a name: ${short(element)}`));
  }
  for (const field of root.querySelectorAll<HTMLInputElement>("input, textarea, select"))
    if (!field.labels?.length && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby"))
      found.push(`no label: ${short(field)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  found.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice: ${id}`));
  for (const name of ["aria-controls", "aria-labelledby", "aria-describedby", "aria-activedescendant"])
    for (const element of root.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name)!.split(" "))
        if (!ids.includes(id)) found.push(`${name} names nothing: ${short(element)}`);
  for (const row of root.querySelectorAll('[role="row"]'))
    if (row.querySelector('[role="gridcell"]') === null && row.childElementCount > 0) found.push(`row without cells: ${short(row)}`);
  return found;
}

function getAllOf(root: HTMLElement, role: (typeof CONTROLS)[number], name?: RegExp): HTMLElement[] {
  try {
    return getAllByRole(root, role, name ? { name } : {});
  } catch {
    return [];
  }
}
