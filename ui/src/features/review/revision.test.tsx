import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { stumbles } from "../../testing/access";
import * as fix from "../../testing/fixtures";
import { lettered, openLettered } from "../../testing/pages";
import { renderScreen, withAnswer } from "../../testing/render";
import ReviewPage from "./ReviewPage";

vi.mock("../../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: openLettered }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

/** The screen of a review, by its maker or somebody else, and what was sent. */
function open(mine: boolean, answer: (args: unknown) => unknown = () => ({ text: "The next version goes to review." })) {
  const sent: unknown[] = [];
  const view = { ...fix.reviewView("review:1", lettered([["One line of the letter"]])), may_revise: mine, may_sign: !mine };
  const platform = withAnswer(
    "get_review",
    () => view,
    withAnswer("revise_review", (args: unknown) => (sent.push(args), answer(args))),
  );
  return { sent, view, ...renderScreen(<ReviewPage />, { platform, start: { screen: "review", review: "review:1" } }) };
}

/** What the foot of the dialog says. */
const says = (dialog: HTMLElement, text: string) =>
  waitFor(() => expect(dialog.querySelector('footer [role="status"]')?.textContent).toContain(text));

async function openDialog() {
  await screen.findByRole("list", { name: "Comments" });
  press("v");
  const dialog = await screen.findByRole("dialog", { name: "Version 4" });
  await says(dialog, "Nothing is written otherwise yet.");
  return dialog;
}

function write(dialog: HTMLElement, field: string, value: string) {
  fireEvent.click(dialog.querySelector(`button[data-field="${field}"]`)!);
  const editor = dialog.querySelector(`input[data-field="${field}"]`)!;
  fireEvent.change(editor, { target: { value } });
  fireEvent.keyDown(editor, { key: "Enter" });
}

const submit = (dialog: HTMLElement) => dialog.querySelector<HTMLButtonElement>('[data-command="submit"]')!;

describe("the next version of a letter under review", () => {
  test("is_sent_by_keyboard_with_what_is_written_otherwise_and_nothing_else", async () => {
    const { sent, view } = open(true);
    const dialog = await openDialog();
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    write(dialog, "issue", "We count nine units at dock four today");
    const words = within(dialog).getByRole("document", { name: "Words of version 4" });
    await waitFor(() => expect(words.querySelector("ins")?.textContent).toContain("dock four"));
    expect(words.querySelector("del")?.textContent).toContain("the warehouse");
    await says(dialog, "the signature of version 3 counts for nothing");
    expect(stumbles(dialog)).toEqual([]);
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ id: view.row.id, fields: { issue: "We count nine units at dock four today" } }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("shows_which_comments_are_carried_and_which_would_lose_their_words", async () => {
    open(true);
    const dialog = await openDialog();
    const comments = within(dialog).getByRole("list", { name: "Comments" });
    expect(comments.querySelector("[data-lost]")).toBeNull();
    expect(dialog.querySelector("mark[data-comment]")?.textContent).toBe("hold the amount back");
    write(dialog, "next_steps", "We pay in full");
    await within(dialog).findByText(/would lose their words/);
    expect(comments.querySelector("[data-lost]")?.textContent).toContain("Was about hold the amount back");
    expect(dialog.querySelector("[data-comment]")).toBeNull();
  });

  test("says_what_is_missing_and_is_not_sent", async () => {
    const { sent } = open(true);
    const dialog = await openDialog();
    write(dialog, "issue", "");
    await says(dialog, "What happened is missing.");
    expect(submit(dialog).disabled).toBe(true);
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
  });

  test("keeps_what_was_typed_when_it_is_refused_or_closed", async () => {
    const { sent } = open(true, () => {
      throw { code: "E_STATE", message: "This review is approved.", detail: null };
    });
    const dialog = await openDialog();
    write(dialog, "note", "With kind regards");
    await waitFor(() => expect(submit(dialog).disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await within(dialog).findByText("This review is approved.");
    expect(sent.length).toBe(1);
    press("Escape");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    press("v");
    const again = await screen.findByRole("dialog", { name: "Version 4" });
    await waitFor(() => expect(again.querySelector('button[data-field="note"]')?.textContent).toBe("With kind regards"));
  });

  test("is_written_by_nobody_but_its_maker", async () => {
    open(false);
    await screen.findByRole("list", { name: "Comments" });
    expect(document.querySelector('[data-command="revise_review"]')).toBeNull();
    press("v");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
