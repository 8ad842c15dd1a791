import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { ExportRegister } from "../generated/ExportRegister";
import type { GetRegister } from "../generated/GetRegister";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { APPROVALS } from "../testing/registers";
import { withAnswer } from "../testing/render";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

async function open(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByRole("grid", { name: "Cases" });
  press("g");
  press("r");
  await screen.findByRole("heading", { level: 1, name: "Registers" });
}
const approvals = () => screen.findByRole("grid", { name: "Approvals before use" });
const deliveries = () => screen.findByRole("grid", { name: "Deliveries" });
const told = () => [...document.querySelectorAll('[data-screen="registers"] p[role="status"]')].at(-1)?.textContent;
/** A platform that keeps what it was asked. */
function asking(base: Platform = fakePlatform()) {
  const asked: GetRegister[] = [];
  const platform = withAnswer("get_register", (args: GetRegister) => (asked.push(args), base.call("get_register", args)), base);
  return { platform, asked };
}

describe("registers", () => {
  test("who_signed_what_when_and_its_first_use_stand_in_one_row", async () => {
    await open();
    const list = await approvals();
    expect(document.activeElement).toBe(list);
    const row = APPROVALS[1]!;
    const cells = [...list.querySelectorAll(`[data-row="${row.id}"] [role="gridcell"]`)].map((cell) => cell.textContent);
    expect(cells[0]).toBe(`${row.title}${row.notice}`);
    expect(cells[2]).toBe("SDN-04 7");
    expect(cells[3]).toMatch(/^Approved/);
    expect(cells[4]).toBe("Priya Nair, Approved for sending; Tomas Berg, Approved for sending");
    expect(cells[6]).toBe("b90a117e");
  });

  test("are_read_by_pages_and_say_that_they_go_on_until_they_end", async () => {
    const { platform, asked } = asking();
    await open(platform);
    const list = await approvals();
    expect(told()).toBe("100 letters among the newest 100 of 230; more below");
    expect(asked).toEqual([{ register: "approval", filter: {}, limit: 100 }]);
    // jsdom lays nothing out: it is told where the end is.
    const scroll = (line: number) => fireEvent.scroll(list, { target: { scrollTop: line * 28 } });
    scroll(95);
    await waitFor(() => expect(told()).toBe("200 letters among the newest 200 of 230; more below"));
    scroll(195);
    await waitFor(() => expect(told()).toBe("230 letters, all that fit of 230"));
    expect(asked.map(({ after }) => after)).toEqual([undefined, "0.100", "0.200"]);
    expect(list.getAttribute("aria-rowcount")).toBe("230");
  });

  test("are_filtered_by_the_core_and_each_keeps_its_own_filter", async () => {
    const { platform, asked } = asking();
    await open(platform);
    await approvals();
    press("F", { shiftKey: true });
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Words" }));
    fireEvent.change(screen.getByRole("combobox", { name: "State" }), { target: { value: "rejected" } });
    fireEvent.change(screen.getByLabelText("From, UTC"), { target: { value: "2025-06-01" } });
    fireEvent.change(screen.getByLabelText("To, UTC"), { target: { value: "2025-11-17" } });
    await waitFor(() =>
      expect(asked.at(-1)).toEqual({
        register: "approval",
        filter: { states: ["rejected"], from: Date.UTC(2025, 5, 1), until: Date.UTC(2025, 10, 18) },
        limit: 100,
      }),
    );
    await waitFor(async () =>
      expect([...(await approvals()).querySelectorAll("[data-row]")].every((row) => row.getAttribute("data-state") === "rejected")).toBe(
        true,
      ),
    );
    (await approvals()).focus();
    press("2");
    await deliveries();
    expect(asked.at(-1)).toEqual({ register: "delivery", filter: {}, limit: 100 });
    press("1");
    await approvals();
    expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "State" }).value).toBe("rejected");
  });

  test("a_period_that_ends_before_it_begins_is_named_and_nothing_is_exported", async () => {
    await open();
    await approvals();
    fireEvent.change(screen.getByLabelText("From, UTC"), { target: { value: "2025-11-18" } });
    fireEvent.change(screen.getByLabelText("To, UTC"), { target: { value: "2025-11-17" } });
    expect((await screen.findByRole("alert")).textContent).toBe("The period ends before it begins");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: /^CSV/ }).disabled).toBe(true);
  });

  test("enter_opens_the_review_and_of_a_notice_its_case", async () => {
    await open();
    await approvals();
    press("Enter");
    await screen.findByRole("heading", { level: 1, name: "Review" });
    press("g");
    press("r");
    await approvals();
    press("2");
    await deliveries();
    press("Enter");
    expect(await screen.findByRole("region", { name: "Case PC-48213" })).toBeTruthy();
  });

  test("a_notice_without_a_case_says_so", async () => {
    await open();
    await approvals();
    press("2");
    await deliveries();
    for (let i = 0; i < 3; i += 1) press("j");
    press("Enter");
    expect(await screen.findByText("N-3997 names no case")).toBeTruthy();
  });

  test("are_exported_as_they_are_filtered_and_the_file_is_named", async () => {
    const asked: ExportRegister[] = [];
    const base = fakePlatform();
    await open(withAnswer("export_register", (args: ExportRegister) => (asked.push(args), base.call("export_register", args)), base));
    await approvals();
    fireEvent.change(screen.getByRole("combobox", { name: "Template" }), { target: { value: "TRM-01" } });
    await waitFor(() => expect(told()).toMatch(/all that fit of 230|more below/));
    (await approvals()).focus();
    press("P", { shiftKey: true });
    expect(await screen.findByText(/^77 rows in Downloads\/Approval register 2025-11-17\.pdf/)).toBeTruthy();
    press("E", { shiftKey: true });
    await waitFor(() => expect(asked.map(({ format }) => format)).toEqual(["pdf", "csv"]));
    expect(asked.every(({ filter }) => filter?.templates?.[0] === "TRM-01")).toBe(true);
  });

  test("a_filter_that_fits_nothing_is_no_empty_register", async () => {
    await open();
    await approvals();
    fireEvent.change(screen.getByRole("textbox", { name: "Words" }), { target: { value: "nobody of this name" } });
    await screen.findByText("No letter fits the filter");
    expect(screen.getByText("230 in the register")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: /^Clear the filter/ }));
    await approvals();
  });

  test("an_empty_register_one_that_is_being_read_and_one_that_cannot_be_read_differ", async () => {
    await open(
      withAnswer("get_register", () => {
        throw { code: "E_INTERNAL", message: "The register did not open", detail: null };
      }),
    );
    await screen.findByText("The register did not open");
    expect(screen.getByText("The register cannot be shown")).toBeTruthy();
    expect(screen.queryByText("No letter was put under review yet")).toBeNull();
  });

  test("what_is_looked_through_without_a_find_goes_on_by_itself", async () => {
    const base = fakePlatform();
    const page = await base.call("get_register", { register: "approval", limit: 1 });
    const platform = withAnswer(
      "get_register",
      ({ after }: GetRegister) => {
        const n = after ? Number(after.split(".")[1]) : 0;
        return n < 3
          ? { ...page, approvals: [], looked_at: 1000, of: 3200, truncated: true, next: `0.${n + 1}` }
          : { ...page, looked_at: 200, of: 3200, truncated: false, next: null };
      },
      base,
    );
    await open(platform);
    expect((await approvals()).getAttribute("aria-rowcount")).toBe("1");
    await waitFor(() => expect(told()).toBe("1 letter, all that fits of 3,200"));
  });

  test("the_numbers_of_each_plot_are_those_of_its_table", async () => {
    await open();
    const plot = await screen.findByRole("img", { name: /^Time to approval from .* half within / });
    expect(plot.querySelectorAll("[data-week]")).toHaveLength(12);
    press("t");
    const table = await screen.findByRole("table", { name: "Time to approval by week" });
    const filled = within(table)
      .getAllByRole("row")
      .slice(1)
      .filter((row) => row.children[2]?.textContent !== "");
    expect(filled).toHaveLength(12);
    press("2");
    await deliveries();
    const days = await screen.findByRole("table", { name: "Notices by day and state" });
    const sums = within(days)
      .getAllByRole("row")
      .slice(1)
      .map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent)));
    expect(sums).toHaveLength(91);
    for (const cells of sums) expect(cells.slice(0, -1).reduce((sum, n) => sum + n, 0)).toBe(cells.at(-1));
    press("t");
    const total = sums.reduce((sum, cells) => sum + cells.at(-1)!, 0);
    const stacked = await screen.findByRole("img", { name: new RegExp(`^${total} notices from `) });
    // A second mark besides the colour: every state has another hatch.
    const hatches = [...stacked.querySelectorAll("pattern path")].map((path) => path.getAttribute("d"));
    expect(new Set(hatches).size).toBe(3);
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await open();
    await approvals();
    await screen.findByRole("img", { name: /^Time to approval/ });
    const place = () => document.querySelector<HTMLElement>('[data-screen="registers"]')!;
    expect(stumbles(place())).toEqual([]);
    press("t");
    press("2");
    await deliveries();
    // Fewer days: every cell of the table is looked at.
    fireEvent.click(screen.getByRole("radio", { name: "4 weeks" }));
    const table = await screen.findByRole("table", { name: "Notices by day and state" });
    await waitFor(() => expect(table.querySelectorAll("tbody tr")).toHaveLength(28));
    expect(stumbles(place())).toEqual([]);
  });
});
