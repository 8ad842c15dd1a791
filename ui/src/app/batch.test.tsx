import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { BATCHES } from "../testing/outreach";
import { withAnswer } from "../testing/render";
import { partsOf } from "../features/batch/parts";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

async function openList(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("g");
  press("b");
  await screen.findByRole("heading", { level: 1, name: "Batches" });
}

async function openBatch(platform: Platform = fakePlatform()) {
  await openList(platform);
  const grid = await screen.findByRole("grid", { name: "Batches" });
  expect(document.activeElement).toBe(grid);
  press("Enter");
  await screen.findByRole("heading", { level: 1, name: "B-1A2B3C4D" });
  return screen.findByRole("grid", { name: "Notices" });
}

const tableRows = () =>
  [...document.querySelectorAll<HTMLElement>("#batch-table tbody tr[data-part]")].map((row) => [
    row.dataset.part,
    Number(row.querySelector("td")!.textContent),
  ]);

describe("batches", () => {
  test("a_batch_is_found_and_opened_by_keyboard", async () => {
    await openBatch();
    expect(document.querySelector('[data-screen="batch"]')).toBeTruthy();
    press("g");
    press("b");
    const grid = await screen.findByRole("grid", { name: "Batches" });
    expect(grid.querySelector('[aria-selected="true"]')?.getAttribute("data-row")).toBe("B-1A2B3C4D");
  });

  test("an_empty_list_says_where_batches_come_from", async () => {
    await openList(withAnswer("list_batches", () => []));
    expect(await screen.findByText("No batch yet")).toBeTruthy();
    expect(screen.getByText("Open a case and press Shift+O, or Shift+S on a settlement.")).toBeTruthy();
  });

  test("a_list_that_cannot_be_read_is_not_an_empty_one", async () => {
    await openList(
      withAnswer("list_batches", () => {
        throw { code: "E_CACHE", message: "Batches could not be read", detail: null };
      }),
    );
    expect(await screen.findByText("Batches could not be read")).toBeTruthy();
    expect(screen.queryByText("No batch yet")).toBeNull();
  });

  test("the_numbers_of_the_plot_are_those_of_the_table", async () => {
    await openBatch();
    expect(document.querySelector("#batch-table")).toBeNull();
    press("t");
    await waitFor(() => expect(document.querySelector("#batch-table")).toBeTruthy());
    const rows = tableRows();
    const bars = [...document.querySelectorAll<HTMLElement>("[data-plot] [data-part]")].map((bar) => [
      bar.dataset.part,
      Number(bar.dataset.value),
    ]);
    expect(bars).toEqual(rows.filter(([, notices]) => notices !== 0));
    expect(rows.reduce((sum, [, notices]) => sum + Number(notices), 0)).toBe(143);
    expect(
      screen.getByRole("img", { name: /^143 notices: 96 delivered, 19 released, 3 rendered, 8 held, 5 failed, 12 waiting$/ }),
    ).toBeTruthy();
    for (const [name, notices] of rows) expect(document.querySelector(`[data-figure="${name}"]`)?.textContent).toBe(String(notices));
    press("t");
    await waitFor(() => expect(document.querySelector("#batch-table")).toBeNull());
  });

  test("every_notice_stands_in_one_part_whatever_the_counts_say", () => {
    const row = BATCHES[0]!;
    for (const counts of [
      {},
      { rendered: 0, released: 0, delivered: 0, failed: 0, held: 0 },
      { rendered: 143, released: 143, delivered: 140, failed: 3, held: 0 },
      { rendered: 10, released: 0, delivered: 200, failed: 9, held: 9 },
    ]) {
      const parts = partsOf({ ...row, ...counts });
      expect(parts.reduce((sum, part) => sum + part.notices, 0)).toBe(row.notices);
      expect(parts.every((part) => part.notices >= 0)).toBe(true);
    }
  });

  test("held_notices_are_retried_by_keyboard", async () => {
    const retried = vi.fn();
    await openBatch(withAnswer("retry_batch", (args) => (retried(args), { text: "8 notices are tried again", undo_step: null })));
    expect(screen.getByText(/8 notices are held before release/)).toBeTruthy();
    press("r");
    await screen.findByText("8 notices are tried again");
    expect(retried).toHaveBeenCalledExactlyOnceWith({ id: "batch-1" });
  });

  test("where_nothing_is_to_be_retried_the_key_does_nothing", async () => {
    const retried = vi.fn();
    const fake = fakePlatform();
    const view = await fake.call("get_batch", { id: "batch-2" });
    const platform = withAnswer(
      "retry_batch",
      retried,
      withAnswer("get_batch", () => view),
    );
    await openList(platform);
    await screen.findByRole("grid", { name: "Batches" });
    press("Enter");
    await screen.findByRole("heading", { level: 1, name: "B-77E0F112" });
    press("r");
    await screen.findByRole("grid", { name: "Notices" });
    expect(retried).not.toHaveBeenCalled();
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
  });

  test("a_filter_shows_those_notices_with_their_reason", async () => {
    await openBatch();
    fireEvent.click(screen.getByRole("radio", { name: "Held" }));
    const grid = screen.getByRole("grid", { name: "Notices" });
    await waitFor(() => expect(grid.getAttribute("aria-rowcount")).toBe("8"));
    expect(within(grid).getAllByText("The order was changed after the batch was made").length).toBe(8);
    expect([...grid.querySelectorAll("[data-row]")].every((row) => row.getAttribute("data-state") === "held")).toBe(true);
  });

  test("enter_on_a_notice_opens_its_step", async () => {
    const grid = await openBatch();
    fireEvent.mouseDown(grid.querySelector('[data-row="N-4001"]')!);
    grid.focus();
    press("Enter");
    await screen.findByRole("heading", { level: 1, name: "Outbox" });
    expect((await screen.findByRole("complementary", { name: "Step" })).getAttribute("data-id")).toBe("s2");
  });

  test("its_review_is_one_key_away", async () => {
    await openBatch();
    press("a");
    await screen.findByRole("heading", { level: 1, name: "Review" });
    expect(await screen.findByText("You made this letter.")).toBeTruthy();
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await openList();
    await screen.findByRole("grid", { name: "Batches" });
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="batches"]')!)).toEqual([]);
    press("Enter");
    await screen.findByRole("grid", { name: "Notices" });
    press("t");
    await waitFor(() => expect(document.querySelector("#batch-table")).toBeTruthy());
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="batch"]')!)).toEqual([]);
  });
});
