import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { GetCampaign } from "../generated/GetCampaign";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { withAnswer } from "../testing/render";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const figure = (name: string) => Number(document.querySelector(`[data-figure="${name}"]`)?.textContent);
const list = () => screen.getByRole("grid", { name: "Recipients" });
const drawn = () => [...list().querySelectorAll<HTMLElement>("[data-row]")];
const button = (command: string) => document.querySelector<HTMLButtonElement>(`[role="toolbar"] [data-command="${command}"]`)!;

async function openList(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("g");
  press("k");
  await screen.findByRole("heading", { level: 1, name: "Campaigns" });
}

/** The first campaign of the list, or the one that is so many rows below. */
async function openCampaign(platform: Platform = fakePlatform(), down = 0) {
  await openList(platform);
  const grid = await screen.findByRole("grid", { name: "Campaigns" });
  expect(document.activeElement).toBe(grid);
  for (let n = 0; n < down; n += 1) press("j");
  press("Enter");
  await waitFor(() => expect(document.querySelector('[data-screen="campaign"]')).toBeTruthy());
  await screen.findByRole("region", { name: "Recipients" });
}

describe("campaigns", () => {
  test("the_list_says_how_many_answered_of_which_version_and_what_is_overdue", async () => {
    await openList();
    const grid = await screen.findByRole("grid", { name: "Campaigns" });
    const rows = [...grid.querySelectorAll<HTMLElement>("[data-row]")];
    expect(rows.map((row) => row.dataset.row)).toEqual(["K-1A2B3C4D", "K-5D06B7A1", "K-77E0F112"]);
    const cells = within(rows[0]!).getAllByRole("gridcell");
    expect(cells.map((cell) => cell.textContent)).toEqual([
      "K-1A2B3C4D",
      "Supplier code of conduct, version 3",
      "Supplier code of conduct N-3140.pdf",
      "3",
      "7c41e09b",
      "48213",
      "Active",
      "41 of 64",
      "",
      "5",
      "2 Dec",
    ]);
    expect(
      within(rows[0]!).getByRole("img", {
        name: "64 recipients: 40 acknowledged, 6 waived, 3 opened, 5 delivered, 1 pending, 5 overdue, 1 declined, 3 unreachable",
      }),
    ).toBeTruthy();
  });

  test("batches_have_a_key_of_their_own_beside_campaigns", async () => {
    await openList();
    press("g");
    press("b");
    await screen.findByRole("heading", { level: 1, name: "Batches" });
    press("g");
    press("k");
    await screen.findByRole("grid", { name: "Campaigns" });
    expect(document.querySelector('[data-command="go_campaigns"]')?.getAttribute("aria-current")).toBe("page");
  });

  test("an_empty_list_offers_a_new_campaign", async () => {
    await openList(withAnswer("list_campaigns", () => []));
    expect(await screen.findByText("No campaign yet")).toBeTruthy();
    press("n", { ctrlKey: true });
    await screen.findByRole("combobox", { name: "Case the campaign belongs to" });
  });

  test("a_list_that_cannot_be_read_is_not_an_empty_one", async () => {
    await openList(
      withAnswer("list_campaigns", () => {
        throw { code: "E_CACHE", message: "Campaigns could not be read", detail: null };
      }),
    );
    expect(await screen.findByText("Campaigns could not be read")).toBeTruthy();
    expect(screen.queryByText("No campaign yet")).toBeNull();
  });

  test("offline_the_list_says_that_answers_may_be_missing", async () => {
    await openList(fakePlatform({ offline: true }));
    await screen.findByRole("grid", { name: "Campaigns" });
    expect(screen.getByText(/Answers since the network went are not in it/)).toBeTruthy();
  });
});

describe("a campaign", () => {
  test("what_needs_work_stands_first_and_every_recipient_once", async () => {
    await openCampaign();
    await waitFor(() => expect(drawn().length).toBeGreaterThan(9));
    const states = drawn().map((row) => row.dataset.state);
    expect(states.slice(0, 9)).toEqual([...Array(3).fill("unreachable"), ...Array(5).fill("overdue"), "declined"]);
    // Three headings: those that need work have none.
    expect(Number(list().getAttribute("aria-rowcount"))).toBe(64 + 3);
    expect(within(list()).getByText("No answer yet")).toBeTruthy();
    expect(figure("acknowledged")).toBe(40);
    expect(screen.getByText("41 of 64 answered")).toBeTruthy();
  });

  test("a_filter_shows_those_recipients_only", async () => {
    await openCampaign();
    for (const [name, rows] of [
      [/^Needs work 9/, 9],
      [/^Acknowledged 40/, 40],
      [/^Must repeat 3/, 3],
      [/^Questions 1/, 1],
    ] as const) {
      fireEvent.click(screen.getByRole("radio", { name }));
      await waitFor(() => expect(list().getAttribute("aria-rowcount")).toBe(String(rows)));
      await waitFor(() => expect(drawn().length).toBe(Math.min(rows, 14)));
    }
    fireEvent.click(screen.getByRole("radio", { name: /^Must repeat/ }));
    await waitFor(() => expect(within(list()).getAllByText("Must repeat").length).toBe(3));
  });

  test("a_long_state_is_read_by_windows_as_it_comes_into_sight", async () => {
    const fake = fakePlatform();
    const view = await fake.call("get_campaign", { id: "K-1A2B3C4D", only: "acknowledged" });
    const [row] = view.rows.items;
    const asked: GetCampaign[] = [];
    await openCampaign(
      withAnswer("get_campaign", (args: GetCampaign) => {
        asked.push(args);
        const from = args.offset ?? 0;
        const n = args.only === "acknowledged" ? Math.min(args.limit!, 450 - from) : 0;
        const items = Array.from({ length: n }, (_, i) => ({ ...row!, partner: `P${from + i}`, name: `Partner ${from + i}` }));
        const counts = { ...view.row.counts, unreachable: 0, overdue: 0, declined: 0, opened: 0, delivered: 0, pending: 0, waived: 0 };
        return { ...view, row: { ...view.row, counts: { ...counts, recipients: 450, acknowledged: 450 } }, rows: { ...view.rows, items } };
      }),
    );
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    fireEvent.scroll(list(), { target: { scrollTop: 320 * 28 } });
    // One line is the heading.
    await waitFor(() => expect(list().querySelector('[aria-rowindex="322"]')?.textContent).toContain("Partner 320"));
    expect(asked.every(({ limit }) => limit! <= 200)).toBe(true);
    expect(asked.map(({ offset }) => offset)).not.toContain(200);
  });

  test("who_cannot_be_reached_names_the_next_contact_and_who_signed_the_hash_of_the_file", async () => {
    await openCampaign();
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    expect(within(list()).getByText("Find a contact")).toBeTruthy();
    expect(within(list()).getAllByText(/^Hugo Lefèvre, desk@/).length).toBe(1);
    fireEvent.click(screen.getByRole("radio", { name: /^Acknowledged/ }));
    await waitFor(() => expect(list().querySelectorAll(".mono[title]").length).toBeGreaterThan(0));
    expect(list().querySelector(".mono")!.getAttribute("title")).toMatch(/^[0-9a-f]{64}$/);
    expect(within(list()).getAllByText("to be fetched").length).toBeGreaterThan(0);
  });

  test("answers_that_do_not_count_are_named_with_the_reason_and_questions_are_shown", async () => {
    await openCampaign();
    const not = screen.getByRole("region", { name: "Not counted" });
    expect(not.textContent).toContain("Names another document e07c4419");
    const asked = screen.getByRole("region", { name: "Questions and remarks" });
    expect(asked.textContent).toContain("Does section 4 hold for our subcontractors, too?");
    expect(screen.getByRole("region", { name: "Left out" }).textContent).toContain("the contract ends in December");
  });

  test("reminders_done_and_due_are_listed_with_whom_they_reach", async () => {
    await openCampaign();
    const rows = within(screen.getByRole("region", { name: "Reminders" })).getAllByRole("listitem");
    expect(rows.map((row) => row.textContent)).toEqual([
      "Next22 Nov 09:009 due",
      "By plan09:0010 sent",
      "By plan17 Nov 09:0022 sent",
      "Mara Tindal16 Nov 15:201 sent",
    ]);
  });

  test("the_table_has_the_numbers_of_the_plot_and_takes_its_place", async () => {
    await openCampaign();
    expect(screen.getByRole("img", { name: "40 of 64 acknowledged from 2025-11-15 to 2025-11-20" })).toBeTruthy();
    press("t");
    await waitFor(() => expect(document.querySelector("#progress-table")).toBeTruthy());
    expect(document.querySelector("[data-plot]")).toBeNull();
    const numbers = [...document.querySelectorAll("#progress-table tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent)),
    );
    let sum = 0;
    for (const [day, all] of numbers) expect((sum += day!)).toBe(all);
    expect(sum).toBe(40);
    press("t");
    await waitFor(() => expect(document.querySelector("[data-plot]")).toBeTruthy());
  });

  test("a_recipient_is_waived_with_a_reason_by_keyboard", async () => {
    const waived = vi.fn();
    const fake = fakePlatform();
    await openCampaign({
      ...fake,
      call: ((command: string, args: never) => {
        if (command === "waive_recipient") waived(args);
        return fake.call(command as "waive_recipient", args);
      }) as Platform["call"],
    });
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    const [first, second] = drawn().map((row) => row.dataset.row);
    press("j");
    press("w");
    const dialog = await screen.findByRole("dialog");
    press("Enter", { ctrlKey: true });
    expect(waived).not.toHaveBeenCalled();
    fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "  Contract ended " } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(waived).toHaveBeenCalledExactlyOnceWith({ campaign: "K-1A2B3C4D", partners: [second], reason: "Contract ended" });
    await waitFor(() => expect(figure("waived")).toBe(7));
    expect(figure("unreachable")).toBe(2);
    expect(drawn()[0]!.dataset.row).toBe(first);
  });

  test("a_refused_reason_is_said_at_its_field_and_nothing_is_lost", async () => {
    await openCampaign();
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    press("w");
    const dialog = await screen.findByRole("dialog");
    const reason = within(dialog).getByLabelText<HTMLTextAreaElement>("Reason");
    fireEvent.change(reason, { target: { value: "x".repeat(501) } });
    press("Enter", { ctrlKey: true });
    expect((await within(dialog).findByRole("alert")).textContent).toBe("A reason may have 500 characters at most.");
    expect(reason.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(reason.getAttribute("aria-describedby")!)?.textContent).toMatch(/500 characters/);
    expect(reason.value.length).toBe(501);
    expect(stumbles(dialog)).toEqual([]);
    fireEvent.change(reason, { target: { value: "Contract ended" } });
    expect(within(dialog).queryByRole("alert")).toBeNull();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("a_reminder_goes_to_the_chosen_one_or_to_all_and_only_after_it_was_confirmed", async () => {
    const reminded = vi.fn();
    await openCampaign(withAnswer("remind_recipients", (args) => (reminded(args), { text: "1 reminded", undo_step: null })));
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    press("r");
    const dialog = await screen.findByRole("dialog");
    expect(reminded).not.toHaveBeenCalled();
    expect(within(dialog).getByText(/gets one reminder now/)).toBeTruthy();
    fireEvent.click(within(dialog).getByRole("radio", { name: "All 17 without an answer" }));
    expect(within(dialog).getByText("17 recipients get one reminder now, beside the plan.")).toBeTruthy();
    fireEvent.click(within(dialog).getAllByRole("radio")[0]!);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(reminded).toHaveBeenCalledExactlyOnceWith({ campaign: "K-1A2B3C4D", partners: [drawn()[0]!.dataset.row] });
  });

  test("closing_says_what_it_does_and_ends_what_can_be_done", async () => {
    await openCampaign();
    press("c");
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("The campaign ends with 40 of 64 acknowledged and 9 not answered");
    expect(dialog.textContent).toContain("7c41 e09b 2f6d 88a1");
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(button("close_campaign").disabled).toBe(true));
    for (const key of ["w", "r", "c"]) press(key);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("offline_a_waiver_is_queued_and_closing_needs_the_network", async () => {
    await openCampaign(fakePlatform({ offline: true }));
    await waitFor(() => expect(button("waive").disabled).toBe(false));
    expect(button("waive").textContent).toContain("queue");
    expect(button("close_campaign").textContent).toContain("needs network");
    press("c");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("the_evidence_pack_is_one_key_away", async () => {
    const packed = vi.fn();
    await openCampaign(
      withAnswer("export_campaign", (args) => (packed(args), { folder: "Downloads/Evidence K-1A2B3C4D", sealed_by: "8f2a" })),
    );
    press("P", { shiftKey: true });
    await screen.findByText("Evidence in Downloads/Evidence K-1A2B3C4D, sealed with 8f2a");
    expect(packed).toHaveBeenCalledExactlyOnceWith({ id: "K-1A2B3C4D" });
  });

  test("where_nobody_was_asked_yet_nothing_can_be_done_but_the_review_is_one_key_away", async () => {
    await openCampaign(fakePlatform(), 1);
    await screen.findByText("K-5D06B7A1");
    for (const command of ["waive", "remind", "close_campaign", "supersede"]) expect(button(command).disabled).toBe(true);
    press("a");
    await screen.findByRole("heading", { level: 1, name: "Review" });
  });

  test("a_new_version_is_asked_for_from_the_campaign_it_takes_the_place_of", async () => {
    await openCampaign();
    press("s");
    await screen.findByRole("heading", { level: 1, name: "New campaign" });
    const select = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Takes the place of" });
    expect(select.value).toBe("K-1A2B3C4D");
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await openList();
    await screen.findByRole("grid", { name: "Campaigns" });
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="campaigns"]')!)).toEqual([]);
    press("Enter");
    await screen.findByRole("region", { name: "Recipients" });
    await waitFor(() => expect(drawn().length).toBeGreaterThan(3));
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="campaign"]')!)).toEqual([]);
  });
});
