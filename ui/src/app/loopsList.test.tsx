import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { ListLoops } from "../generated/ListLoops";
import type { OutcomeInput } from "../generated/OutcomeInput";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { withAnswer } from "../testing/render";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const nothing = (platform = fakePlatform()) => withAnswer("list_loops", () => [], platform);

async function open(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByRole("grid", { name: "Cases" });
  press("g");
  press("l");
  await screen.findByRole("heading", { level: 1, name: "Loops" });
}
const grid = () => screen.findByRole("grid", { name: "Answers" });
const shown = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>("[data-row]")].map((row) => row.dataset.row);
const chosen = (list: HTMLElement) => list.querySelector('[aria-selected="true"]')?.getAttribute("data-row");

describe("the answers of all cases", () => {
  test("stand_by_when_they_are_due_and_have_the_focus", async () => {
    await open();
    const list = await grid();
    expect(document.activeElement).toBe(list);
    expect(shown(list).slice(0, 4)).toEqual(["N-3088", "N-3090", "N-3110", "N-3104"]);
    const cells = (notice: string) =>
      [...list.querySelectorAll(`[data-row="${notice}"] [role="gridcell"]`)].map((cell) => cell.textContent);
    expect(cells("N-3090")).toEqual(["48198", "Fernhollow", "Request for proof of loading N-3090", "13 Nov", "−3 d", "No answer"]);
    expect(cells("N-3110")).toEqual(["48209", "Quillfeather", "Ship notices rejected N-3110", "13 Nov", "1:58", "Open"]);
  });

  test("are_reached_from_the_rail_and_the_palette", async () => {
    render(<App platform={fakePlatform()} />);
    await screen.findByRole("grid", { name: "Cases" });
    const rail = within(screen.getByRole("navigation", { name: "Main" })).getByTitle("Loops");
    press("k", { ctrlKey: true });
    const field = await screen.findByRole("combobox");
    fireEvent.change(field, { target: { value: "go to loops" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await screen.findByRole("heading", { level: 1, name: "Loops" });
    expect(rail.getAttribute("aria-current")).toBe("page");
  });

  test("enter_opens_the_case", async () => {
    await open();
    await grid();
    press("j");
    press("Enter");
    expect(await screen.findByRole("region", { name: "Case PC-48198" })).toBeTruthy();
  });

  test("are_filtered_by_the_desk_and_the_filter_is_kept", async () => {
    const asked: ListLoops[] = [];
    const base = fakePlatform();
    await open(withAnswer("list_loops", (args: ListLoops) => (asked.push(args), base.call("list_loops", args)), base));
    await grid();
    for (const [key, state, rows] of [
      ["2", "no_response", ["N-3088", "N-3090"]],
      ["3", "waived", ["N-3082"]],
      ["4", "acted", ["N-3071"]],
    ] as const) {
      press(key);
      await waitFor(async () => expect(shown(await grid())).toEqual(rows));
      expect(asked.at(-1)).toEqual({ state });
    }
    expect(asked[0]).toEqual({});
    press("Enter");
    await screen.findByRole("region", { name: "Case PC-48213" });
    press("g");
    press("l");
    expect(shown(await grid())).toEqual(["N-3071"]);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Answered" }).checked).toBe(true);
  });

  test("the_filter_is_gone_through_by_arrows_and_keeps_the_focus", async () => {
    const base = fakePlatform();
    const list = (args: ListLoops) => (args.state === "no_response" ? [] : base.call("list_loops", args));
    await open(withAnswer("list_loops", list, base));
    await grid();
    const radio = (name: string) => screen.getByRole<HTMLInputElement>("radio", { name });
    radio("All open").focus();
    press("ArrowRight");
    await screen.findByText("No answer is overdue");
    expect(document.activeElement).toBe(radio("No answer"));
    press("ArrowRight");
    await waitFor(async () => expect(shown(await grid())).toEqual(["N-3082"]));
    expect(document.activeElement).toBe(radio("Waived"));
  });

  test.each([
    ["y", "Confirm outcome", "acted"],
    ["w", "Waive", "waived"],
  ])("%s_settles_the_chosen_one", async (key, title, outcome) => {
    const decided: OutcomeInput[] = [];
    const base = fakePlatform();
    await open(withAnswer("confirm_outcome", (input: OutcomeInput) => (decided.push(input), base.call("confirm_outcome", input)), base));
    const list = await grid();
    press("j");
    press("j");
    expect(chosen(list)).toBe("N-3110");
    press(key);
    const dialog = await screen.findByRole("dialog", { name: title });
    await within(dialog).findByText("Ship notices rejected");
    fireEvent.change(within(dialog).getByRole("textbox", { name: "Reason" }), { target: { value: "They called" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(shown(list)).not.toContain("N-3110"));
    expect(decided).toMatchObject([{ case: "case:community:48209", notice: "N-3110", outcome, reason: "They called" }]);
    await waitFor(() => expect(document.activeElement).toBe(list));
    // The next key finds a row again.
    expect(chosen(list)).toBe("N-3088");
  });

  test("what_is_answered_is_settled_and_says_by_what", async () => {
    await open();
    await grid();
    press("4");
    await screen.findByText(/The credit note for N-3071 left us today/);
    expect(document.querySelector<HTMLButtonElement>('[data-command="waive_answer"]')?.disabled).toBe(true);
    press("w");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("none_at_all_says_what_would_stand_here", async () => {
    await open(nothing());
    expect(await screen.findByText("Nothing waits for an answer")).toBeTruthy();
    press("2");
    expect(await screen.findByText("No answer is overdue")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Show all open" }));
    expect(await screen.findByText("Nothing waits for an answer")).toBeTruthy();
  });

  test("before_the_first_reading_nothing_is_not_said_to_be_nothing", async () => {
    await open(fakePlatform({ empty: true }));
    expect(await screen.findByText("Being read for the first time")).toBeTruthy();
    expect(screen.queryByText("Nothing waits for an answer")).toBeNull();
  });

  test("that_cannot_be_read_are_not_said_to_be_none_and_are_read_again", async () => {
    let broken = true;
    const base = fakePlatform();
    const read = (args: ListLoops) => {
      if (broken) throw { code: "E_CACHE", message: "The answers could not be read", detail: null };
      return base.call("list_loops", args);
    };
    await open(withAnswer("list_loops", read, base));
    await screen.findByText("The answers could not be read");
    expect(screen.queryByText("Nothing waits for an answer")).toBeNull();
    broken = false;
    fireEvent.click(screen.getByRole("button", { name: "Read again" }));
    expect(shown(await grid())).toContain("N-3088");
  });

  test("offline_they_are_as_old_as_the_oldest_system_they_come_from", async () => {
    await open(fakePlatform({ offline: true }));
    const list = await grid();
    const head = screen.getByRole("heading", { level: 1, name: "Loops" }).closest("header")!;
    expect(within(head).getByText(/11 min old/)).toBeTruthy();
    const bar = within(list.closest("section")!).getByRole("toolbar", { name: "Actions of the notice" });
    expect(within(bar).getByRole("button", { name: /Confirm outcome/ }).textContent).toContain("queue");
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await open();
    await grid();
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="loops"]')!)).toEqual([]);
  });
});
