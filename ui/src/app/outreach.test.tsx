import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { OutreachInput } from "../generated/OutreachInput";
import type { OutreachSend } from "../generated/OutreachSend";
import type { OutreachView } from "../generated/OutreachView";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { EMPTY, inputOf, problemOf, toggled } from "../features/outreach/form";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const field = (name: string) => document.querySelector<HTMLInputElement>(`[data-screen="outreach"] [name="${name}"]`)!;
const type = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const figure = (name: string) => document.querySelector(`[data-figure="${name}"]`)?.textContent;
const sendButton = () => document.querySelector<HTMLButtonElement>('[data-command="send_outreach"]')!;
const busy = () => screen.getByRole("region", { name: "Affected customers" }).getAttribute("aria-busy");
const settled = () => waitFor(() => expect(busy()).toBe("false"));

/** Remembers what was asked. */
function watched(fake = fakePlatform()) {
  const plans: { input: OutreachInput; view: OutreachView }[] = [];
  const sent: OutreachSend[] = [];
  const samples: string[] = [];
  const call = (async (command: string, args: never) => {
    if (command === "send_outreach") sent.push(args);
    if (command === "sample_outreach") samples.push((args as { partner: string }).partner);
    const answer = await fake.call(command as "plan_outreach", args);
    if (command === "plan_outreach") plans.push({ input: args, view: answer });
    return answer;
  }) as Platform["call"];
  return { platform: { ...fake, call }, plans, sent, samples };
}

/** From the desk to the first plan, by keys alone. */
async function open(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("O", { shiftKey: true });
  await screen.findByRole("heading", { name: "Tell affected customers" });
  await waitFor(() => expect(figure("notices")).toMatch(/\d/));
  await settled();
}

/** Out of a field, single keys are commands again. */
const toList = () => screen.getByRole("grid").focus();

describe("telling affected customers", () => {
  test("without_date_alternatives_and_update_nothing_can_be_sent_and_the_screen_says_why", async () => {
    const { platform, sent } = watched();
    await open(platform);
    expect(screen.getAllByText(/There is nothing to tell yet/).length).toBeGreaterThan(0);
    expect(sendButton().disabled).toBe(true);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    for (const name of ["alternatives", "service_update"]) {
      type(name, "Two pallets from Velder");
      await waitFor(() => expect(sendButton().disabled).toBe(false));
      type(name, "  ");
      await waitFor(() => expect(sendButton().disabled).toBe(true));
      await screen.findAllByText(/There is nothing to tell yet/);
    }
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
  });

  test("the_root_shown_is_the_root_sent_with_the_input_it_was_made_of", async () => {
    const { platform, plans, sent } = watched();
    await open(platform);
    type("date", "2026-01-15");
    type("destinations", "de, fr");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    const shown = plans.at(-1)!;
    expect(screen.getByText(shown.view.root.slice(0, 8))).toBeTruthy();
    const { list: _list, offset: _offset, limit: _limit, ...input } = shown.input;
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(document.querySelector('[data-screen="batch"]')).toBeTruthy());
    expect(sent).toEqual([{ input, intent: shown.view.intent, root: shown.view.root }]);
    expect(input).toMatchObject({ destinations: ["DE", "FR"], dates: { "": "2026-01-15" } });
    expect(await screen.findByRole("heading", { level: 1, name: /^B-/ })).toBeTruthy();
  });

  test("what_was_typed_a_moment_ago_is_looked_through_before_it_can_be_sent", async () => {
    const { platform, sent } = watched();
    await open(platform);
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    const before = figure("notices");
    type("destinations", "NL");
    expect(busy()).toBe("true");
    expect(figure("notices")).toBe(before);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    await settled();
    expect(Number(figure("notices"))).toBeLessThan(Number(before));
  });

  test("a_change_of_orders_sends_nothing_and_keeps_what_was_typed", async () => {
    const fake = fakePlatform();
    let changed = false;
    const { platform, plans, sent } = watched({
      ...fake,
      call: (async (command: string, args: never) => {
        const answer = await fake.call(command as "plan_outreach", args);
        if (command === "plan_outreach" && changed) return { ...answer, root: "f".repeat(64) };
        return answer;
      }) as Platform["call"],
    });
    const { call } = platform;
    platform.call = ((command: string, args: never) => {
      if (command !== "send_outreach" || changed) return call(command as "send_outreach", args);
      changed = true;
      return Promise.reject({ code: "E_HASH", message: "The orders changed since this was shown", detail: null });
    }) as Platform["call"];
    await open(platform);
    type("service_update", "Half of it comes in December");
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    const asked = plans.length;
    press("Enter", { ctrlKey: true });
    await screen.findByText("The orders changed since this was shown");
    await screen.findByText("ffffffff");
    expect(plans.length).toBeGreaterThan(asked);
    expect(sent).toEqual([]);
    expect(field("service_update").value).toBe("Half of it comes in December");
    expect(field("date").value).toBe("2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.map(({ root }) => root)).toEqual(["f".repeat(64)]));
  });

  test("a_customer_is_left_out_with_a_reason_only_and_can_be_taken_back", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const before = Number(figure("notices"));
    const grid = await screen.findByRole("grid", { name: "Recipients" });
    const partner = grid.querySelector("[data-row]")!.getAttribute("data-row")!;
    toList();
    press("x");
    const dialog = await screen.findByRole("dialog", { name: "Leave the customer out" });
    press("Enter", { ctrlKey: true });
    expect(screen.getByRole("dialog")).toBe(dialog);
    fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Told by phone" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(Number(figure("notices"))).toBe(before - 1));
    expect(plans.at(-1)!.input.exclude).toEqual({ [partner]: "Told by phone" });
    fireEvent.keyDown(screen.getByRole("tab", { name: /Recipients/ }), { key: "ArrowRight" });
    const left = await screen.findByRole("grid", { name: "Left out" });
    await settled();
    const row = left.querySelector(`[data-row="${partner}"]`)!;
    expect(row.textContent).toContain("Told by phone");
    fireEvent.mouseDown(row);
    left.focus();
    press("x");
    await waitFor(() => expect(Number(figure("notices"))).toBe(before));
    expect(plans.at(-1)!.input.exclude).toEqual({});
  });

  test("who_was_left_out_by_a_rule_is_not_taken_back_by_a_key", async () => {
    const { platform, plans } = watched();
    await open(platform);
    fireEvent.click(screen.getByRole("tab", { name: /Left out/ }));
    const left = await screen.findByRole("grid", { name: "Left out" });
    const asked = plans.length;
    left.focus();
    press("x");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByText("Left out by a rule, not by a person")).toBeTruthy();
    await settled();
    expect(plans.length).toBe(asked);
  });

  test("what_was_typed_is_there_after_leaving_and_coming_back", async () => {
    await open();
    type("alternatives", "Almond spread");
    type("from", "2025-12-03");
    toList();
    press("u");
    await screen.findByText("PC-48213");
    press("O", { shiftKey: true });
    await screen.findByRole("heading", { name: "Tell affected customers" });
    expect(field("alternatives").value).toBe("Almond spread");
    expect(field("from").value).toBe("2025-12-03");
  });

  test("each_product_can_have_a_date_of_its_own", async () => {
    const { platform, plans } = watched();
    await open(platform);
    expect(field("product:AC-0060").checked).toBe(false);
    fireEvent.click(field("product:AC-0060"));
    type("date:AC-0060", "2026-02-01");
    type("date", "2026-01-15");
    await settled();
    await waitFor(() => expect(plans.at(-1)!.input.dates).toEqual({ "": "2026-01-15", "AC-0060": "2026-02-01" }));
    expect(plans.at(-1)!.input.products).toEqual(["HZ-0400", "HH-0500", "AC-0060"]);
    fireEvent.change(field("product"), { target: { value: "ZZ-1" } });
    fireEvent.keyDown(field("product"), { key: "Enter" });
    expect(field("product:ZZ-1").checked).toBe(true);
    expect(field("product").value).toBe("");
  });

  test("half_a_country_never_means_all_countries", async () => {
    const { platform, plans, sent } = watched();
    await open(platform);
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    const asked = plans.length;
    type("destinations", "D");
    expect(field("destinations").getAttribute("aria-invalid")).toBe("true");
    press("Enter", { ctrlKey: true });
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(plans.length).toBe(asked);
    expect(sent).toEqual([]);
    type("destinations", "DE");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    expect(plans.at(-1)!.input.destinations).toEqual(["DE"]);
  });

  test("a_long_list_is_read_by_windows_as_it_comes_into_sight", async () => {
    const { platform, plans } = watched();
    await open(platform);
    const grid = screen.getByRole("grid", { name: "Recipients" });
    fireEvent.scroll(grid, { target: { scrollTop: 120 * 28 } });
    await waitFor(() => expect(plans.map(({ input }) => input.offset)).toContain(100));
    expect(plans.every(({ input }) => input.limit! <= 200)).toBe(true);
    await waitFor(() => expect(grid.querySelector('[aria-rowindex="121"]')?.textContent).toMatch(/\w/));
    expect(grid.getAttribute("aria-rowcount")).toBe(figure("notices"));
  });

  test("samples_are_gone_through_by_keys", async () => {
    const { platform, samples, plans } = watched();
    await open(platform);
    const rows = plans.at(-1)!.view.samples.map((one) => one.partner);
    await waitFor(() => expect(samples).toEqual([rows[0]]));
    toList();
    press("n");
    await waitFor(() => expect(samples.at(-1)).toBe(rows[1]));
    press("p");
    press("p");
    await waitFor(() => expect(samples.at(-1)).toBe(rows.at(-1)));
    expect(screen.getByRole("listbox", { name: "Samples" }).getAttribute("aria-activedescendant")).toBe(`sample-${rows.at(-1)}`);
  });

  test("where_others_sign_it_goes_to_review", async () => {
    await open();
    type("template", "DIS-02");
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().textContent).toMatch(/^Send \d+ notices to review/));
    expect(screen.getByText(/until two reviewers have signed/)).toBeTruthy();
  });

  test("offline_it_can_be_planned_and_is_never_said_to_wait_for_the_network", async () => {
    const { platform, plans, sent } = watched(fakePlatform({ offline: true }));
    await open(platform);
    type("date", "2026-01-15");
    await screen.findAllByText("The orders have to be read again before customers are told.");
    await settled();
    expect(plans.at(-1)!.input.dates).toEqual({ "": "2026-01-15" });
    expect(Number(figure("notices"))).toBeGreaterThan(0);
    expect(sendButton().disabled).toBe(true);
    expect(sendButton().textContent).toContain("needs network");
    expect(document.querySelector('[data-pane="outreach_send"]')!.textContent).not.toMatch(/queue|outbox/i);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
  });

  test("once_the_network_is_gone_or_back_it_is_planned_anew", async () => {
    const { platform, sent } = watched();
    await open(platform);
    type("date", "2026-01-15");
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    await platform.call("set_offline", { on: true });
    await waitFor(() => expect(sendButton().disabled).toBe(true));
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    await platform.call("set_offline", { on: false });
    await waitFor(() => expect(sendButton().disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.length).toBe(1));
  });

  test("orders_that_cannot_be_read_are_said_and_the_form_stays", async () => {
    const fake = fakePlatform();
    let broken = false;
    const call = ((command: string, args: never) =>
      command === "plan_outreach" && broken
        ? Promise.reject({ code: "E_CACHE", message: "The orders could not be read", detail: null })
        : fake.call(command as "plan_outreach", args)) as Platform["call"];
    await open({ ...fake, call });
    broken = true;
    type("date", "2026-01-15");
    await screen.findByRole("alert");
    expect(screen.getAllByText("The orders could not be read").length).toBeGreaterThan(0);
    expect(sendButton().disabled).toBe(true);
    expect(field("date").value).toBe("2026-01-15");
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await open();
    await screen.findByRole("listbox", { name: "Samples" });
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="outreach"]')!)).toEqual([]);
  });
});

describe("the form", () => {
  test("ship_dates_that_end_before_they_begin_are_not_asked", () => {
    expect(problemOf({ ...EMPTY, from: "2025-12-09", to: "2025-12-01" })?.field).toBe("to");
    expect(problemOf({ ...EMPTY, from: "2025-12-01", to: "2025-12-01" })).toBeNull();
  });

  test("a_product_taken_back_takes_its_own_date_with_it", () => {
    const form = { ...EMPTY, products: ["A", "B"], dates: { "": "2026-01-01", B: "2026-02-01" } };
    expect(toggled(form, [], "B")).toEqual({ products: ["A"], dates: { "": "2026-01-01" } });
    expect(inputOf("case:1", { ...EMPTY, destinations: "de;DE, fr" }).destinations).toEqual(["DE", "FR"]);
  });
});
