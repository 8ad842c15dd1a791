import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { CaseView } from "../generated/CaseView";
import type { LoopRow } from "../generated/LoopRow";
import type { OutcomeInput } from "../generated/OutcomeInput";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";
import { withAnswer } from "../testing/render";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const CASE = "case:community:48213";

/** Remembers what was decided; `refuse` says no to it. */
function watched(fake = fakePlatform(), refuse: (input: OutcomeInput) => object | null = () => null) {
  const decided: OutcomeInput[] = [];
  const platform = withAnswer(
    "confirm_outcome",
    (input: OutcomeInput) => {
      decided.push(input);
      const problem = refuse(input);
      if (problem) throw problem;
      return fake.call("confirm_outcome", input);
    },
    fake,
  );
  return { platform, decided };
}

/** The desk with its case changed. */
function withCase(change: (view: CaseView) => Partial<CaseView>, base = fakePlatform()): Platform {
  return withAnswer(
    "get_case",
    async (args) => {
      const view = await base.call("get_case", args);
      return { ...view, ...change(view) };
    },
    base,
  );
}

async function openCase(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  return screen.getByRole("region", { name: "Case PC-48213" });
}
const card = () => screen.getByRole("region", { name: "Communications" });
const told = (notice: string) => card().querySelector<HTMLElement>(`li[data-id="${notice}"]`)!;
const chip = () => document.querySelector<HTMLElement>('[data-command="open_communications"]');
const reason = (dialog: HTMLElement) => within(dialog).getByRole<HTMLTextAreaElement>("textbox", { name: "Reason" });
const write = (dialog: HTMLElement, text: string) => fireEvent.change(reason(dialog), { target: { value: text } });
const send = () => press("Enter", { ctrlKey: true });

/** To the first row by keys alone: what asks stands before it. */
async function toCard() {
  press("L", { shiftKey: true });
  expect(document.activeElement?.closest("section")).toBe(card());
  told("N-3104").focus();
}

describe("the communications of a case", () => {
  test("stand_with_delivery_answer_and_all_their_times", async () => {
    await openCase();
    const late = told("N-3071");
    expect(late.dataset.state).toBe("acted");
    for (const text of [
      "Shipment discrepancy",
      "Answered",
      "Delivered",
      "b90a117e",
      /N-3071 release 5/,
      /E-mail to Ines Okafor/,
      /credit note for N-3071/,
    ])
      expect(within(late).getByText(text)).toBeTruthy();
    // A late answer takes nothing back: both times stay.
    expect(late.textContent).toContain(
      "E-mail to Ines Okafor, released 15 Oct 12:15, due 29 Oct 09:00, no answer by 29 Oct 09:00, answered 31 Oct 15:40",
    );
    expect(told("N-3119").textContent).toMatch(/No answer asked for.*Bounced/);
  });

  test("say_who_decided_and_why", async () => {
    const waived = (row: LoopRow): LoopRow => ({ ...row, decided: "Mara Tindal: Settled by phone." });
    await openCase(withCase(({ loops }) => ({ loops: loops.map(waived) })));
    expect(within(told("N-3088")).getByText("Mara Tindal: Settled by phone.")).toBeTruthy();
  });

  test("say_that_an_answer_is_not_here", async () => {
    const away = { id: "comment:community:9", at: 0, author: "", excerpt: "" };
    await openCase(withCase(({ loops }) => ({ loops: loops.map((row) => ({ ...row, answer: away })) })));
    expect(within(told("N-3071")).getByText("The message is not on this machine.")).toBeTruthy();
  });

  test("are_summed_up_in_a_chip_by_the_worst_of_them", async () => {
    await openCase();
    expect(chip()?.textContent).toBe("No answer");
    expect(chip()?.title).toBe("Communications: 1 no answer, 1 open, 1 answered");
  });

  test.each([
    ["Open 1", (row: LoopRow) => row.status.state !== "no_response"],
    ["Answered", (row: LoopRow) => row.status.state === "acted"],
    [undefined, (row: LoopRow) => !row.required],
  ])("the_chip_says_%s", async (said, kept) => {
    await openCase(withCase(({ loops }) => ({ loops: loops.filter(kept), unclear: [] })));
    expect(chip()?.textContent).toBe(said);
  });

  test("are_left_out_where_nothing_went_out", async () => {
    await openCase(withCase(() => ({ loops: [], unclear: [] })));
    expect(screen.queryByRole("region", { name: "Communications" })).toBeNull();
  });

  test("are_gone_through_by_arrows_with_one_tab_stop", async () => {
    await openCase();
    fireEvent.click(chip()!);
    await toCard();
    press("j");
    expect(document.activeElement).toBe(told("N-3088"));
    press("End");
    expect(document.activeElement).toBe(told("N-3119"));
    press("ArrowUp");
    press("ArrowUp");
    await waitFor(() => expect(told("N-3088").getAttribute("aria-current")).toBe("true"));
    expect([...card().querySelectorAll('li[tabindex="0"]')]).toEqual([told("N-3088")]);
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await openCase();
    expect(stumbles(card())).toEqual([]);
    await toCard();
    press("y");
    expect(stumbles(await screen.findByRole("dialog", { name: "Confirm outcome" }))).toEqual([]);
  });
});

describe("what came of a notice", () => {
  test("is_confirmed_by_keys_once_with_a_reason", async () => {
    const { platform, decided } = watched();
    await openCase(platform);
    await toCard();
    press("y");
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    await within(dialog).findByText("Request for proof of loading");
    expect(within(dialog).getByText("b90a117e")).toBeTruthy();
    write(dialog, "  They called; the papers are here.  ");
    send();
    send();
    await screen.findByText("The outcome is noted.");
    const intent = expect.stringMatching(/^[0-9a-f]{8}-/);
    expect(decided).toEqual([{ case: CASE, notice: "N-3104", outcome: "acted", reason: "They called; the papers are here.", intent }]);
    await waitFor(() => expect(told("N-3104").dataset.state).toBe("acted"));
    await waitFor(() => expect(document.activeElement).toBe(told("N-3104")));
  });

  test("is_waived_by_keys", async () => {
    const { platform, decided } = watched();
    await openCase(platform);
    await toCard();
    press("j");
    await waitFor(() => expect(told("N-3088").getAttribute("aria-current")).toBe("true"));
    press("w");
    const dialog = await screen.findByRole("dialog", { name: "Waive" });
    write(dialog, "Settled by phone");
    send();
    await waitFor(() => expect(told("N-3088").dataset.state).toBe("waived"));
    expect(decided).toMatchObject([{ notice: "N-3088", outcome: "waived", reason: "Settled by phone" }]);
    expect(within(told("N-3088")).getByText("Lena Kovář: Settled by phone")).toBeTruthy();
  });

  test("without_a_reason_nothing_is_sent_and_the_field_says_so", async () => {
    const { platform, decided } = watched();
    await openCase(platform);
    await toCard();
    press("w");
    const dialog = await screen.findByRole("dialog", { name: "Waive" });
    write(dialog, "   ");
    expect(reason(dialog).getAttribute("aria-invalid")).toBe("false");
    send();
    await waitFor(() => expect(reason(dialog).getAttribute("aria-invalid")).toBe("true"));
    const said = document.getElementById(reason(dialog).getAttribute("aria-describedby")!);
    expect(said?.textContent).toBe("Say why no answer is needed.");
    expect(document.activeElement).toBe(reason(dialog));
    expect(decided).toEqual([]);
    write(dialog, "Settled");
    expect(reason(dialog).getAttribute("aria-invalid")).toBe("false");
  });

  test("a_refused_reason_stands_at_its_field_and_is_kept", async () => {
    const { platform, decided } = watched(fakePlatform(), ({ reason: given }) =>
      given === "ok" ? { code: "E_FIELD", message: "Say how you know.", detail: null } : null,
    );
    await openCase(platform);
    await toCard();
    press("y");
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    write(dialog, "ok");
    send();
    const said = await within(dialog).findByText("Say how you know.");
    expect(reason(dialog).getAttribute("aria-describedby")).toBe(said.id);
    expect(reason(dialog).value).toBe("ok");
    write(dialog, "They called");
    await waitFor(() => expect(within(dialog).queryByText("Say how you know.")).toBeNull());
    send();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    // What was refused was not decided: the number of the dialog stays the same.
    expect(new Set(decided.map(({ intent }) => intent)).size).toBe(1);
  });

  test("another_refusal_stands_in_the_dialog_and_not_at_the_field", async () => {
    const { platform } = watched(fakePlatform(), () => ({ code: "E_STATE", message: "N-3104 is answered already.", detail: null }));
    await openCase(platform);
    await toCard();
    press("y");
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    write(dialog, "They called");
    send();
    await within(dialog).findByText("N-3104 is answered already.");
    expect(reason(dialog).getAttribute("aria-invalid")).toBe("false");
  });

  test("offline_it_is_said_to_wait_in_the_outbox", async () => {
    const { platform, decided } = watched(fakePlatform({ offline: true }));
    await openCase(platform);
    await toCard();
    press("y");
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    expect(within(dialog).getByText("It waits in the outbox until the network is back.")).toBeTruthy();
    expect(within(dialog).getByRole("button", { name: /Confirm outcome/ }).textContent).toContain("queue");
    write(dialog, "They called");
    send();
    await screen.findByText("Confirm outcome of N-3104 queued, goes when the network is back");
    expect(decided).toHaveLength(1);
  });

  test("nothing_is_decided_about_what_is_answered_or_asks_nothing", async () => {
    await openCase();
    await toCard();
    press("End");
    await waitFor(() => expect(told("N-3119").getAttribute("aria-current")).toBe("true"));
    press("y");
    press("w");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(within(card()).queryByRole("button", { name: /Waive/ })).toBeNull();
  });

  test("a_notice_is_chased_with_another_one", async () => {
    await openCase();
    await toCard();
    press("n");
    expect(await screen.findByRole("dialog", { name: "New notice" })).toBeTruthy();
  });
});

describe("an answer nobody can assign", () => {
  test("asks_above_all_rows_and_is_assigned_with_a_reason", async () => {
    const { platform, decided } = watched();
    await openCase(platform);
    const asks = within(card()).getByRole("group", { name: "May answer N-3104 or N-3088" });
    expect(asks.compareDocumentPosition(told("N-3104")) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    expect(
      within(asks)
        .getAllByRole("button")
        .map((button) => button.textContent),
    ).toEqual(["Answers N-3104", "Answers N-3088"]);
    press("L", { shiftKey: true });
    expect(document.activeElement?.textContent).toBe("Answers N-3104");
    within(asks).getByRole("button", { name: "Answers N-3088" }).focus();
    press("Enter");
    fireEvent.keyUp(document.activeElement!, { key: "Enter" });
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    await within(dialog).findByText(/Both agreed on our side/);
    write(dialog, "The order is named in the papers");
    send();
    await waitFor(() => expect(told("N-3088").dataset.state).toBe("acted"));
    expect(decided).toMatchObject([{ notice: "N-3088", outcome: "acted", answer: "comment:community:81" }]);
    expect(screen.queryByRole("group", { name: /May answer/ })).toBeNull();
  });

  test("that_was_assigned_elsewhere_is_no_fault_of_the_reason", async () => {
    const message = "No message comment:community:81 of this case may answer N-3104.";
    const { platform } = watched(fakePlatform(), () => ({ code: "E_FIELD", message, detail: null }));
    await openCase(platform);
    fireEvent.click(within(card()).getByRole("button", { name: "Answers N-3104" }));
    const dialog = await screen.findByRole("dialog", { name: "Confirm outcome" });
    write(dialog, "Named in the papers");
    send();
    await within(dialog).findByText(message);
    expect(reason(dialog).getAttribute("aria-invalid")).toBe("false");
  });
});

describe("closing a case", () => {
  const close = {
    command: "close",
    playbook: "close_case",
    title: "Close",
    offline_class: "queue",
    available: true,
    reason: null,
  } as const;

  test("starts_with_its_plan_as_resolving_does", async () => {
    const base = fakePlatform();
    const known = [{ id: "close_case", use_case: "S0.8", title: "Close 48213", applies: true, why: "Resolved", fields: [] }];
    await openCase(
      withAnswer(
        "list_playbooks",
        () => known,
        withCase(() => ({ actions: [close], close_waits_for: null }), base),
      ),
    );
    press("C", { shiftKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Close 48213" });
    expect(await within(dialog).findByText("Release letter")).toBeTruthy();
  });

  test("waits_for_answers_and_says_for_which", async () => {
    const refused = { ...close, available: false, reason: "A notice of this case is still open" };
    await openCase(withCase(() => ({ actions: [refused] })));
    const bar = screen.getByRole("toolbar", { name: "Actions of the case" });
    expect(within(bar).getByText("Close waits for an answer to N-3088, N-3104")).toBeTruthy();
    expect(within(bar).queryByText(/Resolve waits/)).toBeNull();
    press("C", { shiftKey: true });
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
