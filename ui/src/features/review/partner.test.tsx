import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { PartnerReviewView } from "../../generated/PartnerReviewView";
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
const at = base().row.due_at!;
const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

const partner: PartnerReviewView = {
  name: "Agreed with the partner",
  weight: "required",
  word: "Nothing leaves before 1 of them approve.",
  shown: true,
  persons: [
    { id: "rhea@p.example", name: "Rhea Lindqvist", status: { tone: "wait", state: "opened", word: "Opened it" }, at },
    { id: "otto@p.example", name: "Otto Brandt", status: { tone: "fail", state: "rejected", word: "Rejected" }, at },
  ],
  quarantined: [
    {
      id: "i-1",
      person: "bot@p.example",
      verdict: "approve",
      hash: "aa".repeat(32),
      at,
      why: "stranger",
      word: "by somebody who was not asked",
    },
  ],
  data_sets: [{ attachment: "attachment:community:at-9", person: "Rhea Lindqvist", at, may_take: true, may_not_reason: null }],
};

/** The screen over a review, and what was sent by a command. */
function open(change: Partial<ReviewView>, command: string, more = fakePlatform()) {
  const sent: unknown[] = [];
  const platform = withAnswer(
    "get_review",
    () => ({ ...base(), ...change }),
    withAnswer(command as "share_comment", (args: unknown) => (sent.push(args), { text: "Done" }), more),
  );
  return { sent, ...renderScreen(<ReviewPage />, { platform, start: { screen: "review", review: "review:1" } }) };
}

describe("reviewers at the partner", () => {
  test("are_shown_with_how_far_each_has_come_and_what_does_not_count", async () => {
    open({ partner }, "sign_review");
    const list = await screen.findByRole("list", { name: "At the partner" });
    const states = within(list)
      .getAllByRole("listitem")
      .map((one) => [one.dataset.state, one.textContent?.split(",")[0]]);
    expect(states).toEqual([
      ["opened", "Rhea Lindqvistopened it"],
      ["rejected", "Otto Brandtrejected"],
    ]);
    const quarantined = document.querySelector('[data-field="quarantined"]')!;
    expect(quarantined.textContent).toContain("Approved by bot@p.example: by somebody who was not asked");
    expect(await stumbles(document.body)).toEqual([]);
  });

  test("a_version_that_does_not_lie_before_them_yet_says_so", async () => {
    open({ partner: { ...partner, shown: false } }, "sign_review");
    expect(await screen.findByText("This version does not lie before them yet.")).toBeTruthy();
  });

  test("their_comments_are_marked_and_never_taken_for_one_s_own_and_ours_are_shared_by_a_person", async () => {
    const [first, second] = base().comments;
    const comments = [
      { ...first!, id: "theirs", author: "Lena Kovář", partner: true, text: "<b>Thirteen</b>" },
      { ...second!, id: "ours", may_share: true },
    ];
    const { sent } = open({ partner, comments }, "share_comment");
    const list = await screen.findByRole("list", { name: "Comments" });
    const theirs = list.querySelector<HTMLElement>('[data-id="theirs"]')!;
    expect(within(theirs).getByText("Partner")).toBeTruthy();
    expect(within(theirs).getByText("<b>Thirteen</b>")).toBeTruthy();
    expect(theirs.querySelector('[data-command="share_comment"]')).toBeNull();
    fireEvent.click(list.querySelector('[data-id="ours"] [data-command="share_comment"]')!);
    const dialog = await screen.findByRole("dialog", { name: "Share with the partner" });
    expect(dialog.querySelector('[data-field="text"]')?.textContent).toBe(second!.text);
    expect(dialog.textContent).not.toContain(second!.author);
    expect(sent).toEqual([]);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: base().row.id, comment: "ours" }]));
  });

  test("a_comment_with_personal_data_is_shared_only_for_a_reason", async () => {
    const [first] = base().comments;
    const comments = [{ ...first!, id: "ours", may_share: true, text: "Ask rhea@private.example" }];
    const { sent } = open({ partner, comments }, "share_comment");
    const list = await screen.findByRole("list", { name: "Comments" });
    fireEvent.click(list.querySelector('[data-id="ours"] [data-command="share_comment"]')!);
    const dialog = await screen.findByRole("dialog", { name: "Share with the partner" });
    const found = await within(dialog).findByRole("list", { name: "Personal data in this comment" });
    expect(found.textContent).toContain("e-mail address");
    expect(await stumbles(document.body)).toEqual([]);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    fireEvent.change(dialog.querySelector('[data-field="personal"]')!, { target: { value: "They asked for it" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: base().row.id, comment: "ours", personal: "They asked for it" }]));
  });

  test("their_changes_are_shown_field_by_field_and_taken_as_they_were_shown", async () => {
    const sha256 = "5f".repeat(32);
    const changes = [{ title: "Required action", before: "Please pay", after: "Please send the goods" }];
    const more = withAnswer("get_partner_changes", ({ attachment }) => ({ attachment, sha256, person: "Rhea Lindqvist", changes }));
    const { sent } = open({ partner }, "take_partner_changes", more);
    await screen.findByRole("button", { name: /Take their changes/ });
    press("T", { shiftKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Take their changes" });
    const list = await within(dialog).findByRole("list", { name: "Their changes" });
    expect(list.querySelector("del")?.textContent).toBe("Please pay");
    expect(list.querySelector("ins")?.textContent).toBe("Please send the goods");
    expect(await stumbles(document.body)).toEqual([]);
    expect(sent).toEqual([]);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: base().row.id, attachment: "attachment:community:at-9", sha256 }]));
  });

  test("a_data_set_that_does_not_read_cannot_be_taken", async () => {
    const refuse = (): never => {
      throw { code: "E_FIELD", message: "The data set does not read.", detail: null };
    };
    const { sent } = open({ partner }, "take_partner_changes", withAnswer("get_partner_changes", refuse));
    fireEvent.click(await screen.findByRole("button", { name: /Take their changes/ }));
    expect(await screen.findByText("The data set does not read.")).toBeTruthy();
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
  });
});
