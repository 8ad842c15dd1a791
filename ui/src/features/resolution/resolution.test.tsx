import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { ResolutionInput } from "../../generated/ResolutionInput";
import type { ResolutionPlan } from "../../generated/ResolutionPlan";
import type { ResolutionSend } from "../../generated/ResolutionSend";
import { useNav } from "../../lib/nav";
import type { Platform } from "../../platform";
import { stumbles } from "../../testing/access";
import { fakePlatform } from "../../testing/fake";
import { CASES } from "../../testing/fixtures";
import { renderScreen } from "../../testing/render";
import ResolutionPage from "./ResolutionPage";

// jsdom draws no PDF.
vi.mock("../../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const MAIN = "case:community:48213";
const OTHER = CASES[3]!.id;
const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const button = () => document.querySelector<HTMLButtonElement>('[data-command="send_resolution"]')!;
const ready = () => waitFor(() => expect(button().disabled).toBe(false));
const reason = () => document.getElementById(button().getAttribute("aria-describedby") ?? "")?.textContent;
const stopped = (why: string | RegExp) => waitFor(() => expect(reason()).toMatch(why));
const figure = (name: string) => document.querySelector(`[data-figure="${name}"]`)?.textContent;
const radio = (name: RegExp) => screen.getByRole<HTMLInputElement>("radio", { name });
const text = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^What was found and done/ });
const field = (name: string) => screen.getByRole<HTMLInputElement>("textbox", { name });
const write = (element: HTMLElement, value: string) => fireEvent.change(element, { target: { value } });

/** Where the person is. */
function Where() {
  const { screen: name, selection } = useNav();
  return <output data-testid="where">{`${name} ${selection?.id ?? ""}`}</output>;
}

/** Remembers what was asked; `answer` may change a plan or refuse a command by throwing. */
function watched(answer: (command: string, given: never, real: () => Promise<unknown>) => unknown = (_, __, real) => real()) {
  const fake = fakePlatform();
  const plans: { input: ResolutionInput; view: ResolutionPlan }[] = [];
  const sent: ResolutionSend[] = [];
  const proofs: ResolutionInput[] = [];
  const call = (async (command: string, args: never) => {
    const given = await answer(command, args, () => fake.call(command as "plan_resolution", args) as Promise<unknown>);
    if (command === "plan_resolution") plans.push({ input: args, view: given as ResolutionPlan });
    if (command === "send_resolution") sent.push(args);
    if (command === "preview_resolution") proofs.push(args);
    return given;
  }) as Platform["call"];
  return { platform: { ...fake, call } as Platform, plans, sent, proofs };
}

async function open(platform: Platform = fakePlatform(), id = MAIN) {
  const shown = renderScreen(
    <>
      <ResolutionPage />
      <Where />
    </>,
    { platform, start: { screen: "resolution", resolution: id } },
  );
  await screen.findAllByRole("radio");
  return shown;
}

describe("resolving with a letter", () => {
  test("an_output_that_does_not_fit_cannot_be_chosen_and_says_why", async () => {
    const { platform, plans } = watched();
    await open(platform, OTHER);
    const unfit = radio(/^Updated invoice/);
    expect(unfit.disabled).toBe(true);
    expect(screen.getByText(/The case names no invoice of ours/)).toBeTruthy();
    fireEvent.click(screen.getByText("Updated invoice"));
    expect(unfit.checked).toBe(false);
    expect(radio(/^Resolution letter/).checked).toBe(true);
    expect(radio(/^Corrective notice.*Nothing was told before/).disabled).toBe(true);
    write(text(), "Counted again.");
    await waitFor(() => expect(plans.at(-1)!.input.text).toBe("Counted again."));
    expect(plans.at(-1)!.input.output).toBeUndefined();
  });

  test("a_channel_that_is_not_possible_cannot_be_chosen_and_says_why", async () => {
    await open();
    expect(radio(/^Text message.*They have no address for it/).disabled).toBe(true);
    expect(radio(/^EDI.*No line of the invoice changes/).disabled).toBe(true);
    expect(radio(/^Letter.*2 Orchard Row/).checked).toBe(true);
  });

  test("old_and_new_price_stand_side_by_side_and_the_total_changes", async () => {
    await open();
    const line = () => document.querySelector<HTMLElement>('tr[data-line="2"]')!;
    expect(line().querySelector('[data-old="price"]')?.textContent).toBe("46.50");
    expect(line().textContent).not.toContain("changed");
    expect(figure("after")).toBeUndefined();
    write(field("New price of line 2"), "40.00");
    // What is changed is struck out and named, not only coloured.
    expect(line().querySelector('[data-old="price"] s')?.textContent).toBe("46.50");
    expect(within(line()).getByText("changed")).toBeTruthy();
    expect(line().querySelector('[data-old="quantity"] s')).toBeNull();
    await waitFor(() => expect(figure("after")).toBe("1419.60"));
    expect(figure("before")).toBe("1497.60");
    const told = screen.getByRole("table", { name: "Before and after" });
    const row = within(told).getByRole("row", { name: /^Unit price, line 2/ });
    expect([...row.children].map((cell) => cell.textContent)).toEqual(["Unit price, line 2", "46.50", "40.00"]);
    write(field("New quantity of line 2"), "10");
    await waitFor(() => expect(figure("after")).toBe("1339.60"));
  });

  test("the_same_number_written_otherwise_is_no_change", async () => {
    await open();
    write(field("New price of line 2"), "46.5");
    expect(document.querySelector('tr[data-line="2"] s')).toBeNull();
    await stopped("Nothing on the invoice changes.");
  });

  test("ctrl_enter_sends_exactly_what_was_shown", async () => {
    const { platform, plans, sent } = watched();
    await open(platform);
    expect(document.querySelector('[data-field="way"]')!.textContent).toMatch(/^Updated invoiceLetter/);
    write(field("New price of line 2"), "40.00");
    write(text(), "  The price agreed in June was not used.  ");
    await ready();
    const { view } = plans.at(-1)!;
    // Once a line changes the invoice can go by EDI, which is proposed first.
    expect(document.querySelector('[data-field="way"]')!.textContent).toBe("Updated invoiceEDI, Their invoices go by EDI: ZZ:BRAMBLEWICK");
    text().focus();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual({
      case: MAIN,
      output: "updated_invoice",
      text: "The price agreed in June was not used.",
      lines: [{ line: "2", price: "40.00" }],
      corrections: [],
      intent: plans[0]!.view.plan.intent,
      shown: view.shown,
    });
    expect(view.shown).toMatch(/^[0-9a-f]{64}$/);
    await waitFor(() => expect(screen.getByTestId("where").textContent).toBe(`desk ${MAIN}`));
  });

  test("the_intent_of_the_first_plan_is_kept", async () => {
    const { platform, plans } = watched();
    await open(platform);
    write(text(), "Counted again.");
    await waitFor(() => expect(plans.at(-1)!.input.text).toBe("Counted again."));
    expect(plans[0]!.input.intent).toBeUndefined();
    expect(plans.at(-1)!.input.intent).toBe(plans[0]!.view.plan.intent);
    expect(plans.at(-1)!.view.notice).toBe(plans[0]!.view.notice);
  });

  test("a_blocked_plan_names_its_reason_on_the_button_and_is_not_sent", async () => {
    const { platform, sent } = watched();
    await open(platform, OTHER);
    await stopped("Say what was found and what was done.");
    expect(button().disabled).toBe(true);
    expect(within(screen.getByRole("region", { name: "What the partner reads" })).getByRole("status").textContent).toContain(
      "Say what was found",
    );
    press("Enter", { ctrlKey: true });
    write(text(), "The order was acknowledged on Thursday.");
    // What was typed since the plan was made is not in it yet.
    press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    await ready();
    expect(button().textContent).toContain("Send resolution letter");
  });

  test("a_resolution_on_its_way_blocks_another", async () => {
    await open(fakePlatform(), CASES[1]!.id);
    write(text(), "Sent again.");
    await stopped(/Say what was found|on its way already/);
    await stopped("A resolution of this case is on its way already.");
  });

  test("what_others_have_to_sign_says_why_and_goes_as_a_letter", async () => {
    await open();
    write(field("New price of line 1"), "990");
    await screen.findByText("Others sign it first.");
    expect(screen.getByText(/24436\.80 EUR is 10000\.00 EUR or more/)).toBeTruthy();
    expect(button().textContent).toContain("to review");
    expect(radio(/^EDI.*What others sign is a letter/).disabled).toBe(true);
    expect(document.querySelector('[data-kind="plan"]')!.textContent).toContain("Review gate");
  });

  test("something_else_than_was_shown_is_not_sent_and_is_looked_at_again", async () => {
    let changed = false;
    const { platform, plans, sent } = watched(async (command, _, real) => {
      if (command === "send_resolution" && !changed) {
        changed = true;
        throw { code: "E_HASH", message: "Something else would be sent now.", detail: null };
      }
      const given = await real();
      return command === "plan_resolution" && changed ? { ...(given as ResolutionPlan), then: "Another sentence." } : given;
    });
    await open(platform);
    write(field("New quantity of line 3"), "5");
    await ready();
    const asked = plans.length;
    press("Enter", { ctrlKey: true });
    await screen.findByText("Something else would be sent now.");
    await screen.findByText(/Look again/);
    expect(await screen.findByText(/Another sentence\./)).toBeTruthy();
    expect(plans.length).toBeGreaterThan(asked);
    expect(sent).toEqual([]);
    expect(field("New quantity of line 3").value).toBe("5");
    await ready();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  test("a_lost_answer_is_tried_again_under_the_same_intent", async () => {
    let lost = false;
    const intents: (string | undefined)[] = [];
    const { platform } = watched((command, given: ResolutionSend, real) => {
      if (command !== "send_resolution") return real();
      intents.push(given.intent);
      if (lost) return real();
      lost = true;
      throw { code: "E_INTERNAL", message: "No answer came.", detail: null };
    });
    await open(platform);
    write(field("New quantity of line 3"), "5");
    await ready();
    press("Enter", { ctrlKey: true });
    await screen.findByText("No answer came.");
    await ready();
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(intents).toHaveLength(2));
    expect(intents[0]).toBe(intents[1]);
  });

  test("once_one_is_on_its_way_the_next_is_another_sending", async () => {
    const { platform, plans } = watched(async (command, _, real) => {
      const given = await real();
      if (command === "send_resolution") throw { code: "E_INTERNAL", message: "No answer came.", detail: null };
      return given;
    });
    await open(platform);
    write(field("New quantity of line 3"), "5");
    await ready();
    press("Enter", { ctrlKey: true });
    await stopped("A resolution of this case is on its way already.");
    const asked = plans.length;
    write(field("New quantity of line 3"), "4");
    await waitFor(() => expect(plans.length).toBeGreaterThan(asked));
    expect(plans.at(-1)!.input.intent).toBeUndefined();
  });

  test("a_case_that_is_over_says_so_and_leads_back", async () => {
    const { platform } = watched((command, _, real) => {
      if (command !== "plan_resolution") return real();
      throw { code: "E_STATE", message: "The case is closed: nothing is resolved any more.", detail: null };
    });
    renderScreen(
      <>
        <ResolutionPage />
        <Where />
      </>,
      { platform, start: { screen: "resolution", resolution: MAIN } },
    );
    await screen.findByText("The case is closed: nothing is resolved any more.");
    expect(button()).toBeNull();
    press("u");
    await waitFor(() => expect(screen.getByTestId("where").textContent).toBe(`desk ${MAIN}`));
  });

  test("offline_it_says_that_it_queues_and_the_age_of_what_it_knows", async () => {
    await open(fakePlatform({ offline: true }), OTHER);
    write(text(), "The order was acknowledged on Thursday.");
    await ready();
    expect(button().textContent).toContain("queue");
    expect(screen.getByText("11 min old")).toBeTruthy();
  });

  test("offline_an_invoice_that_is_not_here_is_refused_at_the_button", async () => {
    await open(fakePlatform({ offline: true }));
    write(field("New quantity of line 3"), "5");
    await ready();
    press("Enter", { ctrlKey: true });
    const refusal = await screen.findByText(/The invoice is not on this machine/);
    expect(refusal.closest("footer")!.contains(button())).toBe(true);
    expect(field("New quantity of line 3").value).toBe("5");
  });

  test("the_proof_is_made_when_it_is_asked_for", async () => {
    const { platform, proofs } = watched();
    await open(platform, OTHER);
    press("p", { altKey: true });
    await screen.findByText("The proof follows once nothing is missing");
    expect(proofs).toEqual([]);
    write(text(), "The order was acknowledged on Thursday.");
    await waitFor(() => expect(proofs.map((one) => one.text)).toEqual(["The order was acknowledged on Thursday."]));
    await screen.findByRole("document", { name: "Proof.pdf" });
    press("p", { altKey: true });
    expect(screen.queryByRole("document")).toBeNull();
  });

  test("what_is_put_right_and_which_exceptions_it_resolves_go_with_it", async () => {
    const { platform, plans } = watched();
    await open(platform);
    fireEvent.click(radio(/^Corrective notice/));
    const notice = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Notice that is put right" });
    expect(notice.value).toBe("N-3098");
    write(notice, "N-3071");
    write(screen.getByRole("textbox", { name: "Amount before" }), "120.00");
    write(screen.getByRole("textbox", { name: "Amount now" }), "80.00");
    write(screen.getByRole("textbox", { name: "Currency" }), "eur");
    fireEvent.click(screen.getByRole("checkbox", { name: /^Short 48 CS/ }));
    await waitFor(() =>
      expect(plans.at(-1)!.input).toMatchObject({
        output: "corrective_notice",
        corrects: "N-3071",
        amount: { before: "120.00", after: "80.00", currency: "EUR" },
        exceptions: ["exception:documents:1"],
        lines: [],
      }),
    );
    await waitFor(() => expect(figure("after")).toBe("80.00"));
    await screen.findByText(/one exception is closed/);
  });

  test("what_is_typed_for_one_output_is_not_sent_with_another", async () => {
    const { platform, plans } = watched();
    await open(platform);
    write(field("New price of line 2"), "40.00");
    await waitFor(() => expect(plans.at(-1)!.input.lines).toHaveLength(1));
    fireEvent.click(radio(/^Resolution letter/));
    await waitFor(() => expect(plans.at(-1)!.input).toMatchObject({ output: "resolution_letter", lines: [] }));
    fireEvent.click(radio(/^Updated invoice/));
    expect(field("New price of line 2").value).toBe("40.00");
  });

  test("it_is_worked_by_keyboard_only", async () => {
    const { platform, plans, sent } = watched();
    await open(platform);
    expect(document.activeElement).toBe(text());
    press("a", { altKey: true });
    await waitFor(() => expect(document.activeElement).toBe(field("What, value 1")));
    write(field("What, value 1"), "Delivery date");
    await stopped("A correction says what, how it was and how it is.");
    write(field("Before, value 1"), "1 November");
    write(field("After, value 1"), "8 November");
    press("a", { altKey: true });
    await waitFor(() => expect(document.activeElement).toBe(field("What, value 2")));
    press("Delete", { altKey: true });
    await waitFor(() => expect(document.activeElement).toBe(field("What, value 1")));
    expect(screen.queryByRole("textbox", { name: "What, value 2" })).toBeNull();
    field("New price of line 1").focus();
    press("ArrowDown");
    expect(document.activeElement).toBe(field("New price of line 2"));
    write(field("New price of line 2"), "40.00");
    await ready();
    const { shown } = plans.at(-1)!.view;
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]!.corrections).toEqual([{ what: "Delivery date", before: "1 November", after: "8 November" }]);
    expect(sent[0]!.shown).toBe(shown);
  });

  test("assistive_tools_find_every_control_by_its_name", async () => {
    const { container } = await open();
    press("a", { altKey: true });
    write(field("New price of line 2"), "40.00");
    await waitFor(() => expect(figure("after")).toBe("1419.60"));
    expect(stumbles(container)).toEqual([]);
    fireEvent.click(radio(/^Corrective notice/));
    await screen.findByRole("combobox", { name: "Notice that is put right" });
    expect(stumbles(container)).toEqual([]);
  });
});
