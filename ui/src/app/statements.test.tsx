import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { StatementInput } from "../generated/StatementInput";
import type { StatementSend } from "../generated/StatementSend";
import type { StatementsView } from "../generated/StatementsView";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { SETTLEMENT } from "../testing/statements";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const figure = (name: string) => document.querySelector(`dl [data-figure="${name}"]`)?.textContent;
const runButton = () => document.querySelector<HTMLButtonElement>('[data-command="send_statements"]')!;
const settled = () =>
  waitFor(() => expect(document.querySelector('[data-pane="statements_list"]')?.getAttribute("aria-busy")).toBe("false"));
const ready = () => waitFor(() => expect(runButton().disabled).toBe(false));
const period = () => screen.getByRole<HTMLSelectElement>("combobox", { name: "Period" });
const partners = () => screen.getByRole("combobox", { name: "Partners" });
/** The control total as it stands: currency, statements, approved, due. */
const totals = () =>
  [...document.querySelectorAll("[data-total]")].map((row) => [...row.children].map((cell) => cell.textContent).join(" "));

/** Remembers what was asked; `root` is that of every plan once it is set. */
function watched(fake = fakePlatform()) {
  const plans: { input: StatementInput; view: StatementsView }[] = [];
  const sent: StatementSend[] = [];
  const samples: string[] = [];
  const other: { root?: string } = {};
  const call = (async (command: string, args: never) => {
    if (command === "send_statements") sent.push(args);
    if (command === "sample_statement") samples.push((args as { partner: string }).partner);
    const answer = await fake.call(command as "plan_statements", args);
    if (command !== "plan_statements") return answer;
    const view = { ...answer, root: other.root ?? answer.root };
    plans.push({ input: args, view });
    return view;
  }) as Platform["call"];
  return { platform: { ...fake, call }, plans, sent, samples, other };
}

/** The same, but the first run is refused. */
function refusing(code: string, message: string, onRefused: (other: { root?: string }) => void = () => {}) {
  const all = watched();
  const { call } = all.platform;
  let refused = false;
  all.platform.call = ((command: string, args: never) => {
    if (command !== "send_statements" || refused) return call(command as "send_statements", args);
    refused = true;
    onRefused(all.other);
    return Promise.reject({ code, message, detail: null });
  }) as Platform["call"];
  return all;
}

/** From the desk to the settlement and its statements, by keys alone. */
async function open(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  const cases = screen.getByRole("grid", { name: "Cases" });
  cases.focus();
  while (!cases.querySelector(`[aria-selected="true"][data-id="${SETTLEMENT.id}"]`)) press("j");
  await screen.findByText(`PC-${SETTLEMENT.number}`);
  press("S", { shiftKey: true });
  await screen.findByRole("heading", { level: 1, name: "Statements" });
  await waitFor(() => expect(figure("statements")).toMatch(/\d/));
  await settled();
}

describe("stating a settlement", () => {
  test("the_plan_is_shown_with_its_control_total_exactly_as_it_was_told", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const { view } = plans.at(-1)!;
    for (const name of ["lines", "approved", "partners", "statements", "excluded"] as const)
      expect(figure(name)).toBe(String(view.counts[name]));
    expect(totals()).toEqual(view.totals.map((row) => `${row.currency} ${row.statements} ${row.approved} ${row.total}`));
    expect(view.totals.map(({ currency }) => currency)).toEqual(["EUR", "GBP", "JPY"]);
    const grid = screen.getByRole("grid", { name: "Statements" });
    const first = view.rows.items[0]!;
    const cells = within(grid.querySelector<HTMLElement>(`[data-row="${first.partner}"]`)!).getAllByRole("gridcell");
    expect(cells.map((cell) => cell.textContent)).toEqual([
      `${first.name} ${first.partner}`,
      first.title,
      "Letter",
      first.language,
      String(first.lines),
      String(first.not_approved),
      first.approved,
      first.rebate,
      first.total,
      first.currency,
    ]);
    expect(screen.getByText(/until 2 others sign the control total/)).toBeTruthy();
    expect(screen.getByText(/Approved as of/)).toBeTruthy();
  });

  test("what_is_not_approved_is_said_with_its_reason", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const row = plans.at(-1)!.view.rows.items.find((one) => one.not_approved > 0)!;
    const drawn = document.querySelector<HTMLElement>(`[data-row="${row.partner}"]`)!;
    expect(within(drawn).getByTitle(row.reason!).textContent).toBe("1");
    fireEvent.mouseDown(drawn);
    expect(within(screen.getByRole("group", { name: "Chosen partner" })).getByText(row.reason!)).toBeTruthy();
  });

  test("the_root_shown_is_run_by_keyboard_and_the_batch_opens", async () => {
    const { platform, plans, sent } = watched();
    await open(platform);
    await ready();
    expect(document.activeElement).toBe(screen.getByRole("grid", { name: "Statements" }));
    const shown = plans.at(-1)!;
    expect(runButton().textContent).toContain(`Run ${shown.view.counts.statements} statements`);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(document.querySelector('[data-screen="batch"]')).toBeTruthy());
    const { list: _list, offset: _offset, limit: _limit, ...input } = shown.input;
    expect(sent).toEqual([{ input, intent: shown.view.intent, root: shown.view.root }]);
    expect(await screen.findByRole("heading", { level: 1, name: /^B-/ })).toBeTruthy();
    expect(await screen.findByText("Statements of 2025-10")).toBeTruthy();
    expect(document.querySelector('[data-screen="batch"]')!.textContent).not.toMatch(/outreach|customer/i);
  });

  test("a_partner_is_left_out_with_a_reason_only_and_can_be_taken_back", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const before = Number(figure("statements"));
    const total = totals();
    const partner = document.querySelector("[data-row]")!.getAttribute("data-row")!;
    press("x");
    const dialog = await screen.findByRole("dialog", { name: "Leave the partner out" });
    press("Enter", { ctrlKey: true });
    expect(screen.getByRole("dialog")).toBe(dialog);
    fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Settled by hand" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(Number(figure("statements"))).toBe(before - 1));
    expect(totals()).not.toEqual(total);
    expect(plans.at(-1)!.input).toMatchObject({ period: "2025-10", exclude: { [partner]: "Settled by hand" } });
    fireEvent.keyDown(screen.getByRole("tab", { name: /Statements/ }), { key: "ArrowRight" });
    const left = await screen.findByRole("grid", { name: "Left out" });
    await settled();
    const row = left.querySelector(`[data-row="${partner}"]`)!;
    expect(row.textContent).toContain("Settled by hand");
    expect(row.textContent).toContain("By you");
    fireEvent.mouseDown(row);
    left.focus();
    press("x");
    await waitFor(() => expect(Number(figure("statements"))).toBe(before));
    expect(totals()).toEqual(total);
    expect(plans.at(-1)!.input.exclude).toEqual({});
  });

  test("who_has_nothing_approved_is_listed_and_not_taken_back_by_a_key", async () => {
    const { platform, plans } = watched();
    await open(platform);
    fireEvent.click(screen.getByRole("tab", { name: /Left out/ }));
    const left = await screen.findByRole("grid", { name: "Left out" });
    await settled();
    expect(left.textContent).toContain("Nothing is approved: 2 lines are not");
    const asked = plans.length;
    left.focus();
    press("x");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByText("Left out by a rule, not by a person")).toBeTruthy();
    await settled();
    expect(plans.length).toBe(asked);
  });

  test("another_month_is_another_plan_and_knows_nothing_of_who_was_left_out", async () => {
    const { platform, plans } = watched();
    await open(platform);
    press("x");
    const dialog = await screen.findByRole("dialog");
    fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Settled by hand" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(Object.keys(plans.at(-1)!.input.exclude)).toHaveLength(1));
    press("m");
    expect(document.activeElement).toBe(period());
    expect(
      within(period())
        .getAllByRole("option")
        .map((one) => one.textContent),
    ).toEqual(["October 2025", "September 2025"]);
    fireEvent.change(period(), { target: { value: "2025-09" } });
    await waitFor(() => expect(plans.at(-1)!.input).toMatchObject({ period: "2025-09", exclude: {} }));
    await settled();
    expect(figure("partners")).toBe("118");
    fireEvent.change(period(), { target: { value: "2025-10" } });
    await waitFor(() => expect(Object.values(plans.at(-1)!.input.exclude)).toEqual(["Settled by hand"]));
  });

  test("partners_are_named_by_words_or_by_number", async () => {
    const { platform, plans } = watched();
    await open(platform);
    press("F", { shiftKey: true });
    expect(document.activeElement).toBe(partners());
    fireEvent.change(partners(), { target: { value: "1003" } });
    const found = await screen.findByRole("listbox", { name: "Partners found" });
    expect(within(found).getAllByRole("option")).toHaveLength(1);
    press("Enter");
    await waitFor(() => expect(plans.at(-1)!.input.only).toEqual(["P-1003"]));
    await settled();
    expect(figure("statements")).toBe("1");
    fireEvent.change(partners(), { target: { value: "P-9999" } });
    press("Enter");
    await waitFor(() => expect(screen.getAllByText("P-9999 has no transactions in 2025-10.").length).toBeGreaterThan(0));
    expect(runButton().disabled).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "P-9999, take it back" }));
    await ready();
    fireEvent.click(screen.getByRole("button", { name: /^Copperkettle .*, take it back$/ }));
    await waitFor(() => expect(figure("partners")).toBe("126"));
  });

  test("a_change_of_transactions_runs_nothing_and_the_plan_is_read_again", async () => {
    const { platform, plans, sent } = refusing("E_HASH", "The transactions have changed", (other) => (other.root = "f".repeat(64)));
    await open(platform);
    await ready();
    const asked = plans.length;
    press("Enter", { ctrlKey: true });
    await screen.findByText("The transactions have changed");
    await screen.findByText(/The plan was read again/);
    expect(screen.getAllByText("ffffffff").length).toBeGreaterThan(0);
    expect(plans.length).toBeGreaterThan(asked);
    expect(sent).toEqual([]);
    await ready();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.map(({ root }) => root)).toEqual(["f".repeat(64)]));
  });

  test.each([
    ["E_STATE", "2025-10 is not over."],
    ["E_OFFLINE", "Money needs a live check: what is approved has to be read again first."],
  ])("a_refusal_%s_stands_at_the_button_and_what_was_chosen_stays", async (code, message) => {
    const { platform, sent } = refusing(code, message);
    await open(platform);
    fireEvent.change(period(), { target: { value: "2025-09" } });
    await waitFor(() => expect(figure("partners")).toBe("118"));
    await ready();
    press("Enter", { ctrlKey: true });
    const refusal = await screen.findByText(message);
    expect(refusal.closest("footer")!.contains(runButton())).toBe(true);
    expect(sent).toEqual([]);
    expect(period().value).toBe("2025-09");
  });

  test("offline_it_is_planned_and_the_button_says_why_it_is_not_run", async () => {
    const { platform, sent } = watched(fakePlatform({ offline: true }));
    await open(platform);
    expect(screen.getAllByText("Money needs a live check of what is approved.").length).toBeGreaterThan(0);
    expect(runButton().disabled).toBe(true);
    expect(runButton().textContent).toContain("needs network");
    expect(totals()).toHaveLength(3);
    expect(document.querySelector('[data-pane="statements_run"]')!.textContent).not.toMatch(/queue|outbox/i);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
  });

  test("once_the_network_is_gone_or_back_it_is_planned_anew", async () => {
    const { platform, sent } = watched();
    await open(platform);
    await ready();
    await platform.call("set_offline", { on: true });
    await waitFor(() => expect(runButton().disabled).toBe(true));
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    await platform.call("set_offline", { on: false });
    await ready();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.length).toBe(1));
  });

  test("a_long_list_is_read_by_windows_as_it_comes_into_sight", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const grid = screen.getByRole("grid", { name: "Statements" });
    fireEvent.scroll(grid, { target: { scrollTop: 105 * 28 } });
    await waitFor(() => expect(plans.map(({ input }) => input.offset)).toContain(100));
    await waitFor(() => expect(grid.querySelector('[aria-rowindex="106"]')?.textContent).toMatch(/\w/));
    expect(grid.getAttribute("aria-rowcount")).toBe(figure("statements"));
  });

  test("samples_are_gone_through_by_keys", async () => {
    const { platform, samples, plans } = watched();
    await open(platform);
    const rows = plans.at(-1)!.view.samples.map((one) => one.partner);
    await waitFor(() => expect(samples).toEqual([rows[0]]));
    press("n");
    await waitFor(() => expect(samples.at(-1)).toBe(rows[1]));
    press("p");
    press("p");
    await waitFor(() => expect(samples.at(-1)).toBe(rows.at(-1)));
  });

  test("a_case_that_settles_nothing_says_so_and_leads_back", async () => {
    render(<App platform={fakePlatform()} />);
    await screen.findByText("PC-48213");
    expect(screen.queryByRole("button", { name: "Statements" })).toBeNull();
    press("S", { shiftKey: true });
    expect(await screen.findByText("Nothing is settled by cases of type shipment_exception")).toBeTruthy();
    expect(runButton()).toBeNull();
    press("u");
    await screen.findByText("PC-48213");
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await open();
    await screen.findByRole("listbox", { name: "Samples" });
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="statements"]')!)).toEqual([]);
  });
});
