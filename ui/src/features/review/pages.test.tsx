import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { ReviewView } from "../../generated/ReviewView";
import { stumbles } from "../../testing/access";
import * as fix from "../../testing/fixtures";
import { drawnPages, lettered, openLettered } from "../../testing/pages";
import { renderScreen, withAnswer } from "../../testing/render";
import ReviewPage from "./ReviewPage";

vi.mock("../../lib/pdf", async (original) => ({
  ...(await original<object>()),
  openPdf: async (bytes: Uint8Array) => {
    if (bytes.length < 4) throw new Error("Invalid PDF structure.");
    return openLettered(bytes);
  },
}));

const NOW = [
  [
    "Shipment discrepancy and debit",
    "We count nine units at dock four today",
    "The amount of 120.00 EUR is held back from the invoice",
    "Kind regards of the settlement team",
  ],
];
const BEFORE = [
  [
    "Shipment discrepancy and debit",
    "We count nine units at the warehouse today",
    "The amount of 120.00 EUR is held back from the invoice",
    "Yours truly of the settlement team",
  ],
];
const BLOCKS: RedlineBlock[] = [
  { number: null, kind: "heading", runs: [{ op: "equal", text: "Shipment discrepancy and debit", change: null }] },
  {
    number: 1,
    kind: "paragraph",
    runs: [
      { op: "equal", text: "We count nine units at ", change: null },
      { op: "delete", text: "the warehouse", change: 1 },
      { op: "insert", text: "dock four", change: 1 },
      { op: "equal", text: " today", change: null },
    ],
  },
  { number: 2, kind: "paragraph", runs: [{ op: "equal", text: "The amount of 120.00 EUR is held back from the invoice", change: null }] },
];

const base = () => fix.reviewView("review:1", lettered(NOW));
const letter = (change: Partial<ReviewView> = {}): ReviewView => ({
  ...base(),
  blocks: BLOCKS,
  data_changes: [
    { title: "Issue", before: "We count nine units at the warehouse today", after: "We count nine units at dock four today" },
    { title: "Channel", before: "email", after: "letter" },
  ],
  comments: [],
  previous: { version: "2", hash: "b90a117e51d0c2aa", proof: lettered(BEFORE), changes: 1 },
  ...change,
});
const comment = (change: Partial<ReviewCommentRow>): ReviewCommentRow => ({ ...base().comments[0]!, ...change });
const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

/** The screen over a review, and what was sent by a command. */
function open(view: ReviewView, command = "comment_review") {
  const sent: unknown[] = [];
  const platform = withAnswer(
    "get_review",
    () => view,
    withAnswer(command, (args: unknown) => (sent.push(args), { text: "Done" })),
  );
  return { sent, ...renderScreen(<ReviewPage />, { platform, start: { screen: "review", review: "review:1" } }) };
}
const showPages = () => fireEvent.click(screen.getByRole("radio", { name: "Page" }));
const proof = () => document.querySelector<HTMLElement>('[data-pane="proof"]')!;
const changes = () => document.querySelector<HTMLElement>('[data-pane="changes"]')!;
const marks = (root: HTMLElement, kind: string) => [...root.querySelectorAll<HTMLElement>(`[data-mark="${kind}"]`)];
const place = () => document.querySelector('[data-field="change"]')?.textContent;

beforeEach(() => drawnPages.clear());
afterEach(() => vi.unstubAllGlobals());

describe("the page redline", () => {
  test("marks_what_went_on_the_version_before_and_what_came_on_the_proof", async () => {
    open(letter());
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await waitFor(() =>
      expect(document.querySelector('[data-field="compared"]')?.textContent).toBe("1 page · 2 changes · 1 on the page only"),
    );
    expect(marks(proof(), "insert").length).toBe(2);
    expect(marks(changes(), "delete").length).toBe(2);
    // The number is the one the words have; the other change has none there.
    expect(marks(proof(), "insert").map((mark) => mark.textContent)).toEqual(["1", ""]);
    const [dock] = marks(proof(), "insert");
    expect(parseFloat(dock!.style.left)).toBeGreaterThan(20);
    expect(parseFloat(dock!.style.top)).toBeCloseTo(((842 - 680 - 8.5) / 842) * 100, 0);
  });

  test("words_pages_and_data_are_gone_through_in_step", async () => {
    open(letter());
    // A change of words with its field, a field no word shows, and one that is on the page only.
    await waitFor(() => expect(place()).toMatch(/^1 of 3/));
    const fields = () => [...document.querySelectorAll('[data-current][class*="data"]')].map((row) => row.firstElementChild?.textContent);
    expect(document.querySelector('ins[data-change="1"]')?.hasAttribute("data-current")).toBe(true);
    expect(fields()).toEqual(["Issue"]);
    await waitFor(() => expect(marks(proof(), "insert").length).toBe(1));
    press("n");
    await waitFor(() => expect(place()).toMatch(/^2 of 3, in the data only/));
    expect(fields()).toEqual(["Channel"]);
    expect(document.querySelector("ins[data-current]")).toBeNull();
    press("n");
    await waitFor(() => expect(place()).toMatch(/^3 of 3, on the page only/));
    showPages();
    await waitFor(() => expect(marks(changes(), "delete").filter((mark) => mark.hasAttribute("data-current")).length).toBe(1));
    press("n");
    await waitFor(() => expect(place()).toMatch(/^1 of 3/));
    press("p");
    await waitFor(() => expect(place()).toMatch(/^3 of 3/));
  });

  test("pages_that_came_are_named", async () => {
    open(letter({ proof: lettered([...NOW, ["An annex with terms nobody has seen"]]) }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await screen.findByText(/2 pages, was 1 .* Page 2 added/);
  });

  test("without_a_version_before_it_says_so", async () => {
    open(letter({ previous: null, data_changes: [] }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    within(changes()).getByText("This is the first version");
  });

  test("a_version_before_that_cannot_be_read_is_said_and_the_words_are_still_compared", async () => {
    open(letter({ previous: { version: "2", hash: "b90a", proof: { ...lettered(BEFORE), base64: btoa("%P") }, changes: 1 } }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await within(changes()).findByText("This is not a readable PDF.");
    expect(place()).toMatch(/^1 of 2/);
  });

  test("a_proof_that_is_not_here_is_said_with_its_reason", async () => {
    const problem = { code: "E_SIZE", message: "The proof is too large", detail: "It has 300 MB." };
    open(letter({ previous: { version: "2", hash: "b90a", proof: { ...lettered(BEFORE), base64: null, problem }, changes: 1 } }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await within(changes()).findByText("The proof is too large");
  });

  test("a_letter_of_too_many_pages_is_shown_as_far_as_it_goes_and_not_compared", async () => {
    open(letter({ proof: lettered(Array.from({ length: 203 }, () => ["One line"])) }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await screen.findByText("3 pages are not shown.");
    await screen.findByText("The pages cannot be compared.");
    expect(proof().querySelectorAll("[data-page]").length).toBe(200);
  });

  test("a_letter_of_more_words_than_any_is_not_compared", async () => {
    open(letter({ proof: lettered(Array.from({ length: 4 }, () => ["word ".repeat(20_000)])) }));
    await screen.findByRole("radio", { name: "Page" });
    showPages();
    await screen.findByText(/It has more than 60,000 words/);
  });

  test("of_fifty_pages_only_those_near_are_drawn_though_all_are_compared", async () => {
    const observers: { element: Element; tell: (near: boolean) => void }[] = [];
    vi.stubGlobal(
      "IntersectionObserver",
      class {
        constructor(private told: (seen: { isIntersecting: boolean }[]) => void) {}
        observe(element: Element) {
          observers.push({ element, tell: (near) => this.told([{ isIntersecting: near }]) });
        }
        disconnect() {}
      },
    );
    const many = (word: string) =>
      Array.from({ length: 50 }, (_, index) => [
        `Clause ${"abcdefghij"[index % 10]}${index} of the terms`,
        `${index === 41 ? word : "as before"} for number ${index}`,
      ]);
    open(
      letter({
        proof: lettered(many("otherwise now")),
        previous: { version: "2", hash: "b90a", proof: lettered(many("as before")), changes: 0 },
        blocks: [],
        data_changes: [],
      }),
    );
    await waitFor(() => expect(proof()?.querySelectorAll("[data-page]").length).toBe(50));
    showPages();
    await screen.findByText("50 pages · 1 change · 1 on the page only");
    expect([...drawnPages]).toEqual([]);
    act(() => observers.find(({ element }) => proof().contains(element) && element.getAttribute("data-page") === "42")!.tell(true));
    await waitFor(() => expect([...drawnPages]).toEqual([42]));
    expect(marks(proof(), "insert").length).toBe(1);
    expect(marks(proof(), "insert")[0]!.closest("[data-page]")?.getAttribute("data-page")).toBe("42");
  });
});

describe("words that comments are about", () => {
  const held = comment({ id: "c-held", block: 2, quote: "held back", place: { start: 28, end: 37, certainty: "exact" } });
  const lost = comment({ id: "c-lost", block: null, quote: "by Friday", lost: true });

  test("are_marked_in_the_redline_and_in_the_proof_and_what_lost_its_words_is_not", async () => {
    open(letter({ comments: [held, lost] }));
    await waitFor(() => expect(marks(proof(), "comment").length).toBe(1));
    const marked = [...document.querySelectorAll("[data-comment]")];
    expect(marked.map((mark) => [mark.getAttribute("data-comment"), mark.textContent])).toEqual([["c-held", "held back"]]);
    expect(stumbles(document.body)).toEqual([]);
  });

  test("a_comment_is_gone_to_and_said_more_about_by_keyboard", async () => {
    const { sent } = open(letter({ comments: [lost, held] }));
    const list = await screen.findByRole("list", { name: "Comments" });
    list.focus();
    press("ArrowDown");
    const passage = within(list).getByRole("button", { name: "Block 2, “held back”" });
    expect(document.activeElement).toBe(passage);
    // Enter on a button is a click.
    fireEvent.click(passage);
    await waitFor(() => expect(document.querySelector("mark[data-comment]")?.hasAttribute("data-current")).toBe(true));
    expect(window.getSelection()?.toString()).toBe("held back");
    press("c");
    const dialog = await screen.findByRole("dialog", { name: "Comment" });
    within(dialog).getByText("Block 2, “held back”");
    fireEvent.change(dialog.querySelector('[data-field="comment"]')!, { target: { value: "By which clause?" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: base().row.id, text: "By which clause?", block: 2, quote: "held back", near: 28 }]));
  });

  test("a_selection_across_a_change_is_said_in_the_words_as_they_read_now", async () => {
    const { sent } = open(letter());
    await screen.findByRole("document", { name: "Changes in words" });
    const block = document.querySelector('[data-block="1"]')!;
    const range = document.createRange();
    range.setStart(block.querySelector("[data-at]")!.firstChild!, 14);
    range.setEnd(block.querySelector("ins")!.firstChild!, 4);
    window.getSelection()!.removeAllRanges();
    window.getSelection()!.addRange(range);
    press("c");
    const dialog = await screen.findByRole("dialog", { name: "Comment" });
    fireEvent.change(dialog.querySelector('[data-field="comment"]')!, { target: { value: "Which?" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toMatchObject([{ block: 1, quote: "units at dock", near: 14 }]));
  });

  test("places_are_counted_in_characters_though_some_take_two_units", async () => {
    const blocks: RedlineBlock[] = [{ number: 1, kind: "paragraph", runs: [{ op: "equal", text: "🍯 honey is held back", change: null }] }];
    const at = comment({ id: "c", block: 1, quote: "honey", place: { start: 2, end: 7, certainty: "exact" } });
    open(letter({ blocks, comments: [at] }));
    await waitFor(() => expect(document.querySelector("mark[data-comment]")?.textContent).toBe("honey"));
  });
});
