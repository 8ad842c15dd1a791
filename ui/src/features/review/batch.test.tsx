import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { BatchReview } from "../../generated/BatchReview";
import type { Content } from "../../generated/Content";
import type { ReviewView } from "../../generated/ReviewView";
import type { Platform } from "../../platform";
import { stumbles } from "../../testing/access";
import { fakePlatform } from "../../testing/fake";
import * as fix from "../../testing/fixtures";
import { batchReview } from "../../testing/outreach";
import { renderScreen, withAnswer } from "../../testing/render";
import ReviewPage from "./ReviewPage";

// jsdom draws no PDF: a page is drawn at once, or never.
let draws = true;
vi.mock("../../lib/pdf", async (original) => ({
  ...(await original<object>()),
  openPdf: async () => ({
    numPages: 1,
    loadingTask: { destroy: async () => {} },
    getPage: async () => ({
      getViewport: () => ({ width: 595, height: 842 }),
      render: () => ({ cancel: () => {}, promise: draws ? Promise.resolve() : new Promise(() => {}) }),
      getTextContent: async () => ({ items: [] }),
    }),
  }),
}));
beforeEach(() => void (draws = true));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const SHA = "7c41e09b2f6d88a1";
const proof = (change: Partial<Content> = {}): Content => ({
  name: "sample.pdf",
  media_type: "application/pdf",
  sha256: SHA,
  size: 1,
  base64: "JVBERi0=",
  problem: null,
  ...change,
});
const viewOf = (change: Partial<BatchReview> = {}, more: Partial<ReviewView> = {}, leftOut = 3): ReviewView => {
  const view = batchReview(fix.reviewView("review:1", proof()), leftOut);
  return { ...view, ...more, batch: { ...view.batch!, ...change } };
};

/** The screen over a batch, and which proofs it read. */
function open(view: ReviewView, attachment: (id: string) => unknown = () => proof(), base: Platform = fakePlatform()) {
  const read: string[] = [];
  const answering = withAnswer("get_attachment", ({ id }: { id: string }) => (read.push(id), attachment(id)), base);
  const platform = withAnswer("get_review", () => view, answering);
  return { read, ...renderScreen(<ReviewPage />, { platform, start: { screen: "review", review: "review:1" } }) };
}

const samples = () => screen.findByRole("listbox", { name: "Samples" });
const chosen = () => document.querySelector('[data-kind="samples"] [aria-selected="true"]')?.getAttribute("data-id");
const ticked = () => [...document.querySelectorAll('[data-kind="samples"] [data-looked="true"]')].map((one) => one.getAttribute("data-id"));
const said = () => document.querySelector('[data-field="looked"]')?.textContent;
const signButton = () => document.querySelector<HTMLButtonElement>('[data-command="sign_review"]')!;

describe("a batch under review", () => {
  test("shows_its_samples_and_no_redline", async () => {
    const view = viewOf();
    const { read } = open(view);
    const list = await samples();
    expect(within(list).getAllByRole("option").length).toBe(5);
    const first = within(list).getAllByRole("option")[0]!;
    for (const text of [view.batch!.samples[0]!.name, "N-48204-C-0001-1A2B3C4D", "Largest"]) within(first).getByText(text);
    expect(screen.queryByRole("document", { name: "Changes in words" })).toBeNull();
    await waitFor(() => expect(read).toEqual(["attachment:community:900"]));
    expect(await screen.findByRole("document", { name: "sample.pdf" })).toBeTruthy();
  });

  test("samples_are_gone_through_by_the_keys_of_changes_and_by_arrows_in_the_list", async () => {
    const { read } = open(viewOf());
    const list = await samples();
    const ids = within(list)
      .getAllByRole("option")
      .map((one) => one.getAttribute("data-id"));
    press("n");
    await waitFor(() => expect(chosen()).toBe(ids[1]));
    await waitFor(() => expect(read.at(-1)).toBe("attachment:community:901"));
    press("p");
    press("p");
    await waitFor(() => expect(chosen()).toBe(ids.at(-1)));
    list.focus();
    press("ArrowUp");
    await waitFor(() => expect(chosen()).toBe(ids[3]));
    expect(list.getAttribute("aria-activedescendant")).toBe(`sample-${ids[3]}`);
    await waitFor(() => expect(read.at(-1)).toBe("attachment:community:903"));
  });

  test("says_how_many_samples_were_looked_at_and_lets_sign_without_it", async () => {
    open(viewOf());
    await samples();
    await waitFor(() => expect(said()).toBe("1 of 5 samples looked at"));
    expect(signButton().disabled).toBe(false);
    press("n");
    await waitFor(() => expect(said()).toBe("2 of 5 samples looked at"));
    expect(ticked()).toEqual(["N-48204-C-0001-1A2B3C4D", "N-48204-C-0002-1A2B3C4D"]);
    press("p");
    await waitFor(() => expect(chosen()).toBe("N-48204-C-0001-1A2B3C4D"));
    expect(said()).toBe("2 of 5 samples looked at");
    press("Enter", { ctrlKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Sign" });
    within(dialog).getByText("B-1A2B3C4D, 143 notices, 3 left out");
    within(dialog).getByText("This completes the quorum: the 143 notices of B-1A2B3C4D are released.");
  });

  test("what_was_not_drawn_was_not_looked_at", async () => {
    draws = false;
    open(viewOf());
    await screen.findByRole("document", { name: "sample.pdf" });
    await waitFor(() => expect(document.querySelector('[data-page="1"]')).toBeTruthy());
    expect(said()).toBe("0 of 5 samples looked at");
    expect(ticked()).toEqual([]);
  });

  test("what_one_person_looked_at_another_has_still_to_look_at", async () => {
    const base = fakePlatform();
    open(viewOf(), () => proof(), base);
    await waitFor(() => expect(said()).toBe("1 of 5 samples looked at"));
    press("n");
    await waitFor(() => expect(said()).toBe("2 of 5 samples looked at"));
    draws = false;
    await act(async () => void (await base.call("act_as", { person: "priya.nandakumar" })));
    await waitFor(() => expect(said()).toBe("0 of 5 samples looked at"));
  });

  test("bytes_that_the_manifest_does_not_name_are_not_shown_and_do_not_count", async () => {
    open(viewOf(), () => proof({ sha256: "f".repeat(64) }));
    await screen.findByText("This is not the letter that would be signed.");
    expect(document.querySelector("[data-page]")).toBeNull();
    expect(said()).toBe("0 of 5 samples looked at");
  });

  test("a_sample_that_is_not_attached_is_said_and_nothing_is_read", async () => {
    const { read } = open(viewOf());
    await waitFor(() => expect(said()).toBe("1 of 5 samples looked at"));
    press("p");
    await screen.findByText("Not attached to this review");
    expect(read.length).toBe(1);
    expect(said()).toBe("1 of 5 samples looked at");
  });

  test("while_a_proof_is_read_the_screen_says_so_and_then_what_is_wrong_with_it", async () => {
    let answer = (_: unknown) => {};
    open(viewOf(), () => new Promise((resolve) => (answer = resolve)));
    await screen.findByText("The proof is being read");
    const problem = { code: "E_OFFLINE", message: "No proof now", detail: "It is read when the network is back." };
    await act(async () => answer(proof({ base64: null, problem })));
    await screen.findByText("No proof now");
    expect(screen.queryByText("The proof is being read")).toBeNull();
    expect(said()).toBe("0 of 5 samples looked at");
  });

  test("a_proof_that_cannot_be_read_is_said", async () => {
    open(viewOf(), () => Promise.reject({ code: "E_NOT_FOUND", message: "The attachment is gone", detail: null }));
    expect((await screen.findByRole("alert")).textContent).toContain("The attachment is gone");
  });

  test("says_how_many_which_ways_and_who_was_left_out_why_and_by_whom", async () => {
    open(viewOf());
    await screen.findByRole("heading", { name: "Batch B-1A2B3C4D" });
    expect(document.querySelector('[data-figure="notices"]')?.getAttribute("data-value")).toBe("143");
    const volumes = screen.getByRole("group", { name: "Volumes" });
    expect(
      within(volumes)
        .getAllByRole("row")
        .slice(1)
        .map((row) => row.textContent),
    ).toEqual(["E-mailde58", "E-mailen37", "Letterde31", "Letterfr17"]);
    const grid = screen.getByRole("grid", { name: "Left out" });
    const rows = [...grid.querySelectorAll("[data-row]")].map((row) => row.textContent);
    expect(rows[0]).toMatch(/No address knowna rule$/);
    expect(rows[1]).toMatch(/Told by phone on 19 November; asked for no letterLena Kovář$/);
  });

  test("thousands_left_out_are_drawn_as_they_come_into_sight", async () => {
    open(viewOf({}, {}, 5000));
    const grid = await screen.findByRole("grid", { name: "Left out" });
    expect(grid.getAttribute("aria-rowcount")).toBe("5000");
    expect(grid.querySelectorAll("[data-row]").length).toBeLessThan(60);
  });

  test("where_nobody_was_left_out_it_says_so", async () => {
    open(viewOf({ left_out: [] }));
    await screen.findByText("Nobody was left out");
    expect(screen.queryByRole("grid", { name: "Left out" })).toBeNull();
  });

  test("the_data_told_is_shown_where_the_review_has_it", async () => {
    const blocks = [fix.BLOCKS[2]!, fix.BLOCKS[4]!];
    open(viewOf({}, { blocks }));
    const told = await screen.findByRole("group", { name: "What they are told" });
    expect(told.textContent).toContain("dock 4 on 20 November 2025");
    expect(told.textContent).not.toContain("the warehouse");
    expect(told.textContent).not.toContain("Shipment discrepancy and debit");
  });

  test("a_manifest_that_proves_nothing_is_said_first_and_cannot_be_signed", async () => {
    const problem = { code: "E_HASH", message: "The manifest is of another batch or another maker.", detail: null };
    open(
      viewOf(
        { problem, notices: 0, samples: [], volumes: [], left_out: [] },
        { may_sign: false, may_not_reason: problem.message, may_prepare: false, proof: proof({ base64: null, problem }) },
      ),
    );
    expect((await screen.findByRole("alert")).textContent).toContain(problem.message);
    expect(signButton().disabled).toBe(true);
    expect(document.getElementById(signButton().getAttribute("aria-describedby")!)?.textContent).toBe(problem.message);
    press("Enter", { ctrlKey: true });
    expect(screen.queryByRole("dialog")).toBeNull();
    screen.getByText("No sample to look at");
    expect(said()).toBeUndefined();
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    const { container } = open(viewOf());
    await samples();
    await waitFor(() => expect(said()).toBe("1 of 5 samples looked at"));
    expect(stumbles(container)).toEqual([]);
  });
});

describe("a letter under review", () => {
  test("has_changes_and_neither_samples_nor_a_count_of_them", async () => {
    open(fix.reviewView("review:community:1", proof()));
    await screen.findByRole("document", { name: "Changes in words" });
    await screen.findByText(/1 of 8/);
    press("n");
    await screen.findByText(/2 of 8/);
    expect(screen.queryByRole("listbox", { name: "Samples" })).toBeNull();
    expect(said()).toBeUndefined();
  });
});
