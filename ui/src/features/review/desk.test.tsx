import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import type { ReviewView } from "../../generated/ReviewView";
import { stumbles } from "../../testing/access";
import { fakePlatform } from "../../testing/fake";
import * as fix from "../../testing/fixtures";
import { renderScreen, withAnswer } from "../../testing/render";
import ReviewPage from "./ReviewPage";

vi.mock("../../lib/pdf", async (original) => ({
  ...(await original<object>()),
  openPdf: async () => ({
    numPages: 1,
    loadingTask: { destroy: async () => {} },
    getPage: async () => ({
      getViewport: () => ({ width: 595, height: 842 }),
      render: () => ({ cancel: () => {}, promise: Promise.resolve() }),
      getTextContent: async () => ({ items: [] }),
    }),
  }),
}));

const proof = { name: "p.pdf", media_type: "application/pdf", sha256: "7c41e09b", size: 1, base64: "JVBERi0=", problem: null };
const base = () => fix.reviewView("review:1", proof);
const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const comment = (change: Partial<ReviewCommentRow>): ReviewCommentRow => ({ ...base().comments[0]!, ...change });

/** The screen over a review, and what was sent by a command. */
function open(change: Partial<ReviewView>, command: string, more = fakePlatform()) {
  const sent: unknown[] = [];
  const platform = withAnswer(
    "get_review",
    () => ({ ...base(), ...change }),
    withAnswer(command as "resolve_comment", (args: unknown) => (sent.push(args), { text: "Done" }), more),
  );
  return { sent, ...renderScreen(<ReviewPage />, { platform, start: { screen: "review", review: "review:1" } }) };
}

describe("the review desk", () => {
  const lost = comment({
    id: "lost",
    block: null,
    quote: "held this amount back",
    lost: true,
    carried_from: "2",
    may_settle: ["answered", "done"],
  });
  const reason = "1 comment lost its place in the letter and has to be settled first.";

  test("lists_what_lost_its_words_and_settles_it_by_keyboard", async () => {
    const { sent } = open({ comments: [lost], orphans: 1, may_sign: false, may_not_reason: reason }, "resolve_comment");
    const list = await screen.findByRole("list", { name: "Comments" });
    expect(screen.getByText("1 comment lost the words they were about.")).toBeTruthy();
    expect(list.querySelector('[data-field="lost"]')?.textContent).toContain("held this amount back");
    expect(list.querySelector('[data-field="carried"]')?.textContent).toBe("Carried from version 2");
    expect(document.querySelector<HTMLButtonElement>('[data-command="sign_review"]')!.disabled).toBe(true);
    press("C", { shiftKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Settle the comment" });
    fireEvent.click(within(dialog).getByRole("radio", { name: "Done" }));
    fireEvent.change(dialog.querySelector('[data-field="word"]')!, { target: { value: "Said in block 2 now" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: base().row.id, comment: "lost", settled: "done", word: "Said in block 2 now" }]));
  });

  test("says_who_is_left_in_which_order_and_when_the_deputies_may_sign", async () => {
    open(
      {
        rule: "Debits from 10,000 EUR",
        groups: [
          { title: "Approver", needed: 1, given: 1, open: false, word: "Signed" },
          { title: "Compliance", needed: 1, given: 0, open: true, word: "Its turn" },
        ],
        decide_by: base().row.due_at,
        deputies: "Administrator",
        reminded: 50,
      },
      "sign_review",
    );
    const left = await screen.findByRole("list", { name: "Who is left" });
    const said = within(left)
      .getAllByRole("listitem")
      .map((one) => one.textContent);
    expect(said).toEqual(["Approver1 of 1, signed", "Compliance0 of 1, its turn"]);
    expect(document.querySelector('[data-kind="who_is_left"]')?.textContent).toContain("reminded at 50 %");
  });

  test("signs_on_behalf_of_who_delegated_it_and_names_both", async () => {
    const person = { id: "priya.nandakumar", name: "Priya Nandakumar", initials: "PN", me: false };
    const { sent } = open(
      { may_sign: false, may_not_reason: "It is not your turn", signs_for: [{ person, may_sign: true, may_not_reason: null }] },
      "sign_review",
    );
    await screen.findByRole("combobox", { name: "Signing as" });
    press("Enter", { ctrlKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Sign" });
    expect(dialog.querySelector('dd[data-field="on_behalf_of"]')?.textContent).toBe("Priya Nandakumar");
    fireEvent.change(dialog.querySelector('[data-field="pin"]')!, { target: { value: "1234" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toMatchObject([{ on_behalf_of: "priya.nandakumar", pin: "1234" }]));
  });

  test("delegates_signing_for_a_time_with_a_reason", async () => {
    const { sent } = open({}, "delegate_signing");
    await screen.findByRole("list", { name: "Comments" });
    press("D", { shiftKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Delegate signing" });
    await within(dialog).findByRole("option", { name: "Priya Nandakumar" });
    const fill = (field: string, value: string) =>
      fireEvent.change(dialog.querySelector(`[data-field="${field}"]`)!, { target: { value } });
    fill("to", "henrike.solberg");
    fill("from", "2026-12-20");
    fill("until", "2026-12-10");
    fill("reason", "On leave");
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    fill("until", "2026-12-31");
    expect(await stumbles(document.body)).toEqual([]);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ to: "henrike.solberg", from: "2026-12-20", until: "2026-12-31", reason: "On leave" }]));
  });
});
