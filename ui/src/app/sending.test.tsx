import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { fakePlatform } from "../testing/fake";
import * as fix from "../testing/fixtures";
import { withAnswer } from "../testing/render";
import { App } from "./App";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

/** The composer on a notice that needs no review, with everything filled. */
async function openNotice(platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("n");
  const dialog = await screen.findByRole("dialog", { name: "New notice" });
  fireEvent.click(await within(dialog).findByRole("radio", { name: /SDN-02/ }));
  fireEvent.click(await within(dialog).findByRole("button", { name: /Confirm Contract clause/ }));
  const send = () => dialog.querySelector('[data-command="submit"]')!;
  await waitFor(() => expect(send().hasAttribute("disabled")).toBe(false));
  return dialog;
}

const quiet = (base = fakePlatform()) =>
  withAnswer(
    "preview_notice",
    async (args) => {
      const shown = await base.call("preview_notice", args);
      const leaves = { ...shown.leaves, held: true, local: "Mon 07:00 in Tokyo", text: "Leaves Mon 07:00 in Tokyo, in 9 h" };
      return { ...shown, leaves };
    },
    base,
  );

/** Time enough for the slowest machine. */
const undoable = (base = fakePlatform()) =>
  withAnswer("get_undo", async (args) => ({ ...(await base.call("get_undo", args)), until: fix.NOW + 3_600_000 }), base);

describe("a notice that is not regulated", () => {
  test("is_undone_by_its_hash_and_the_composer_opens_again", async () => {
    const undone = vi.fn();
    const base = undoable();
    await openNotice(withAnswer("undo_notice", (args) => (undone(args), base.call("undo_notice", args)), base));
    press("Enter", { ctrlKey: true });
    const undo = await screen.findByRole("button", { name: /^Undo, \d+ s/ });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    fireEvent.click(undo);
    await waitFor(() => expect(undone).toHaveBeenCalledWith({ action_id: "action-9", content: "c0ffee" }));
    await screen.findByRole("dialog", { name: "New notice" });
  });

  test("that_has_left_says_so_when_it_is_undone", async () => {
    const left = () => Promise.reject({ code: "E_STATE", message: "It has left.", detail: null });
    await openNotice(withAnswer("undo_notice", left, undoable()));
    press("Enter", { ctrlKey: true });
    fireEvent.click(await screen.findByRole("button", { name: /^Undo, \d+ s/ }));
    await screen.findByText("It has left.");
  });
});

describe("quiet hours", () => {
  test("are_said_before_sending_and_passed_over_only_with_a_reason", async () => {
    const submitted = vi.fn();
    const base = quiet();
    const platform = withAnswer("submit_action", (args) => (submitted(args), base.call("submit_action", args)), base);
    const dialog = await openNotice(platform);
    await within(dialog).findByText("Leaves Mon 07:00 in Tokyo, in 9 h");
    fireEvent.click(within(dialog).getByRole("button", { name: /Send anyway/ }));
    const asked = await screen.findByRole("dialog", { name: "Send in quiet hours" });
    const submit = asked.querySelector('[data-command="submit"]')!;
    expect(submit.hasAttribute("disabled") || submit.getAttribute("aria-disabled") === "true").toBe(true);
    fireEvent.change(within(asked).getByLabelText("Reason"), { target: { value: "urgent: the truck waits" } });
    fireEvent.click(within(asked).getByRole("button", { name: /Send anyway/ }));
    await waitFor(() => expect(submitted).toHaveBeenCalledWith(expect.objectContaining({ urgent: "urgent: the truck waits" })));
  });

  test("hold_a_step_in_sight_of_the_outbox_and_a_person_sends_it_with_a_reason", async () => {
    const sent = vi.fn();
    const base = fakePlatform();
    const group = fix.OUTBOX[1]!;
    const row = {
      ...group.rows[2]!,
      id: "a-1.2",
      status: { tone: "wait" as const, state: "waiting", word: "Held until 07:00 Tokyo (23:00 here), quiet hours" },
      actions: ["cancel", "send_now"],
    };
    const listed = withAnswer(
      "list_outbox",
      async (args) => ({ ...(await base.call("list_outbox", args)), groups: [{ ...group, rows: [row] }] }),
      base,
    );
    const opened = withAnswer("get_step", () => ({ ...fix.stepView("s6"), row, reason: null }), listed);
    render(<App platform={withAnswer("send_now", (args) => (sent(args), { text: "It leaves now.", undo_step: null }), opened)} />);
    await screen.findByText("PC-48213");
    press("g");
    press("o");
    expect((await screen.findAllByText(/Held until 07:00 Tokyo/)).length).toBeGreaterThan(0);
    fireEvent.click(await screen.findByRole("button", { name: /Send now/ }));
    const asked = await screen.findByRole("dialog", { name: "Send in quiet hours" });
    fireEvent.change(within(asked).getByLabelText("Reason"), { target: { value: "they asked for it" } });
    fireEvent.click(within(asked).getByRole("button", { name: /Send now/ }));
    await waitFor(() => expect(sent).toHaveBeenCalledWith({ id: "a-1.2", reason: "they asked for it" }));
    await screen.findByText("It leaves now.");
  });
});

describe("a notice that came back", () => {
  test("is_proposed_by_another_channel_on_its_case", async () => {
    const fell = vi.fn();
    const base = fakePlatform();
    render(<App platform={withAnswer("fall_back", (args) => (fell(args), base.call("fall_back", args)), base)} />);
    await screen.findByText("Bounced by e-mail: send as letter");
    fireEvent.click(screen.getByRole("button", { name: "Retry by letter" }));
    await waitFor(() => expect(fell).toHaveBeenCalledWith({ notice: "N-3119", channel: "letter" }));
    await screen.findByText("N-9001 takes the place of N-3119");
    expect(screen.getByRole("button", { name: "Retry by letter" }).hasAttribute("disabled")).toBe(true);
  });

  test("names_what_replaced_it_and_is_not_proposed_again", async () => {
    const base = fakePlatform();
    const platform = withAnswer(
      "get_case",
      async (args) => {
        const view = await base.call("get_case", args);
        const links: Record<string, object> = {
          "N-3119": { fallback: null, replaced_by: "N-3098" },
          "N-3098": { replaces: "N-3119" },
        };
        return { ...view, notices: view.notices.map((one) => ({ ...one, ...links[one.number] })) };
      },
      base,
    );
    render(<App platform={platform} />);
    await screen.findByText(/replaced by N-3098/);
    await screen.findByText(/in the place of N-3119/);
    expect(screen.queryByRole("button", { name: /Retry by/ })).toBeNull();
  });
});
