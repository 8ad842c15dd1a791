import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { DistributionLaunch } from "../generated/DistributionLaunch";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { withAnswer } from "../testing/render";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const figure = (name: string) => Number(document.querySelector(`[data-figure="${name}"]`)?.textContent);
const field = (name: string) => document.querySelector<HTMLSelectElement>(`[data-screen="new_distribution"] [name="${name}"]`)!;
const chip = (fact: string, value: string) => document.querySelector<HTMLElement>(`[data-fact="${fact}"] [data-value="${value}"]`)!;
const pane = () => document.querySelector<HTMLElement>('[data-pane="distribution_launch"]')!;
const settled = () => waitFor(() => expect(screen.getByRole("region", { name: "Dry run" }).getAttribute("aria-busy")).toBe("false"));

async function openList(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("g");
  press("p");
  await screen.findByRole("heading", { level: 1, name: "Distributions" });
}

async function openOne(platform: Platform = fakePlatform()) {
  await openList(platform);
  await screen.findByRole("grid", { name: "Distributions" });
  press("Enter");
  await screen.findByRole("region", { name: "Recipients" });
}

/** From a case to its first plan, by the palette. */
async function openNew(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("k", { ctrlKey: true });
  fireEvent.change(await screen.findByRole("combobox"), { target: { value: "New distribution" } });
  await screen.findByRole("option", { name: /New distribution/ });
  press("Enter");
  await screen.findByRole("heading", { level: 1, name: "New distribution" });
  await waitFor(() => expect(field("letter").options.length).toBe(2));
  await settled();
}

describe("distributions", () => {
  test("the_list_says_how_many_are_proven_of_which_bytes_and_what_is_not", async () => {
    await openList();
    const grid = await screen.findByRole("grid", { name: "Distributions" });
    const rows = [...grid.querySelectorAll<HTMLElement>("[data-row]")];
    expect(rows.map((row) => row.dataset.row)).toEqual(["D-5A11C0DE"]);
    const cells = within(rows[0]!)
      .getAllByRole("gridcell")
      .map((cell) => cell.textContent);
    expect(cells.slice(3, 9)).toEqual(["48213", "MDN", "Partial", "2 of 4", "1", "1"]);
    expect(stumbles(document.body)).toEqual([]);
  });

  test("nothing_yet_and_what_cannot_be_read_are_said", async () => {
    await openList(withAnswer("list_distributions", () => []));
    expect(await screen.findByText("No distribution yet")).toBeTruthy();
  });

  test("each_recipient_has_a_proof_or_the_reason_why_there_is_none", async () => {
    await openOne();
    const rows = await screen.findByRole("grid", { name: "Recipients" });
    const row = (partner: string) => rows.querySelector<HTMLElement>(`[data-row="${partner}"]`)!;
    expect(row("P-2001").dataset.state).toBe("proven");
    expect(within(row("P-2001")).getByTitle(/^[0-9a-f]{64}$/)).toBeTruthy();
    expect(row("P-2003").textContent).toContain("Unproven, No proof 48 hours after sending");
    expect(within(row("P-2003")).queryByTitle(/^[0-9a-f]{64}$/)).toBeNull();
    expect(screen.getByRole("region", { name: "Proofs that prove nothing" }).textContent).toContain("names another recipient");
    fireEvent.click(document.querySelector('[data-id="failed"]')!);
    await waitFor(() => {
      const shown = [...document.querySelectorAll<HTMLElement>('[aria-label="Recipients"] [data-row]')];
      expect(shown.map((one) => one.dataset.row)).toEqual(["P-2004"]);
    });
    expect(stumbles(document.body)).toEqual([]);
  });

  test("only_who_failed_is_sent_to_again", async () => {
    await openOne();
    expect(document.querySelector('[data-row="P-2004"]')?.getAttribute("data-state")).toBe("failed");
    press("r");
    await waitFor(() => expect(document.querySelector('[data-row="P-2004"]')?.getAttribute("data-state")).toBe("sent"));
    expect(document.querySelector('[data-row="P-2003"]')?.getAttribute("data-state")).toBe("unproven");
    // Nothing failed any more: the key does nothing, and the button says why.
    await waitFor(() => expect(document.querySelector<HTMLButtonElement>('[data-command="retry_distribution"]')?.disabled).toBe(true));
  });
});

describe("a new distribution", () => {
  test("who_has_no_address_blocks_until_left_out_with_a_reason_and_only_what_was_shown_is_launched", async () => {
    const fake = fakePlatform();
    const launched: DistributionLaunch[] = [];
    const call = ((command: string, args: never) => {
      if (command === "launch_distribution") launched.push(args);
      return fake.call(command as "launch_distribution", args);
    }) as Platform["call"];
    await openNew({ ...fake, call });
    expect(pane().textContent).toContain("Name the approved letter.");
    fireEvent.change(field("letter"), { target: { value: "N-3140" } });
    fireEvent.click(chip("country", "DE"));
    await settled();
    await waitFor(() => expect(figure("blocking")).toBe(1));
    expect(pane().textContent).toContain("Elm Administration");
    press("Enter", { ctrlKey: true });
    expect(launched).toEqual([]);
    (await screen.findByRole("grid", { name: "No address" })).focus();
    press("x");
    const dialog = await screen.findByRole("dialog");
    fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Told by letter" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(figure("blocking")).toBe(0));
    await settled();
    await waitFor(() => expect(pane().querySelector<HTMLButtonElement>('[data-command="launch_distribution"]')?.disabled).toBe(false));
    expect(stumbles(document.body)).toEqual([]);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(document.querySelector('[data-screen="distribution"]')).toBeTruthy());
    expect(launched.length).toBe(1);
    expect(launched[0]!.input.exclude).toEqual({ "P-2005": "Told by letter" });
    expect(launched[0]!.root).toMatch(/^[0-9a-f]{64}$/);
  });

  test("offline_nothing_is_launched_and_what_was_entered_is_kept", async () => {
    const platform = fakePlatform();
    await openNew(platform);
    fireEvent.change(field("letter"), { target: { value: "N-3140" } });
    fireEvent.click(chip("tier", "A"));
    await settled();
    await platform.call("set_offline", { on: true });
    await waitFor(() => expect(pane().textContent).toContain("What you entered is kept."));
    expect(pane().querySelector<HTMLButtonElement>('[data-command="launch_distribution"]')?.disabled).toBe(true);
    expect(field("letter").value).toBe("N-3140");
  });
});
