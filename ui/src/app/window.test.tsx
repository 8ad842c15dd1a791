import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { render } from "@testing-library/react";
import type { Changed } from "../generated/Changed";
import { fakePlatform } from "../testing/fake";
import { withAnswer } from "../testing/render";
import { App } from "./App";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const open = (platform = fakePlatform()) => render(<App platform={platform} />);
const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const chord = (first: string, second: string) => {
  press(first);
  press(second);
};

describe("the window", () => {
  test("selecting_a_case_pins_what_belongs_to_it_in_the_other_lists", async () => {
    open();
    const exceptions = await screen.findByRole("grid", { name: "Exceptions" });
    await within(exceptions).findByText("With case 48213");
    const documents = screen.getByRole("grid", { name: "Documents" });
    expect(within(documents).getByText("Order 4500771820")).toBeTruthy();
    expect(within(documents).getAllByText("INV-90417")).toHaveLength(1);
    expect(screen.getByRole("heading", { name: /Short shipment, invoice bills/ })).toBeTruthy();
  });

  test("the_count_of_a_list_is_what_fits_its_filter_wherever_its_rows_stand", async () => {
    const fake = fakePlatform();
    const call = async (name: string, args: never) => {
      const answer = await fake.call(name as "list_documents", args);
      return name === "list_documents" ? { ...answer, fits: 43 } : answer;
    };
    open({ ...fake, call: call as typeof fake.call });
    const documents = await screen.findByRole("grid", { name: "Documents" });
    await within(documents).findByText("Order 4500771820");
    expect(within(documents.closest("section")!).getByText("43")).toBeTruthy();
  });

  test("j_moves_the_selection_and_the_case_follows", async () => {
    open();
    const cases = await screen.findByRole("grid", { name: "Cases" });
    await within(cases).findByText("Short shipment, over-billed");
    await screen.findByText("PC-48213");
    fireEvent.keyDown(cases, { key: "j" });
    await screen.findByText("PC-48209");
    expect(cases.querySelector('[aria-selected="true"]')?.getAttribute("data-id")).toBe("case:community:48209");
  });

  test("a_notice_is_sent_by_keyboard_once_old_values_are_confirmed", async () => {
    const fake = fakePlatform();
    const submitted = vi.fn();
    const platform = {
      ...fake,
      call: ((name, args) => (name === "submit_action" && submitted(args), fake.call(name, args))) as typeof fake.call,
    };
    open(platform);
    await screen.findByText("PC-48213");
    press("n");
    const dialog = await screen.findByRole("dialog", { name: "New notice" });
    await within(dialog).findByText("Render proof");
    press("Enter", { ctrlKey: true });
    expect(submitted).not.toHaveBeenCalled();
    fireEvent.click(within(dialog).getByRole("button", { name: /Confirm Contract clause/ }));
    await waitFor(
      () =>
        expect(
          within(dialog)
            .getByRole("button", { name: /Send to review/ })
            .hasAttribute("disabled"),
        ).toBe(false),
      { timeout: 3000 },
    );
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(submitted).toHaveBeenCalledOnce());
    expect(submitted.mock.calls[0]![0]).toMatchObject({
      playbook: "regulated_letter",
      case: "case:community:48213",
      intent: "intent-1",
      confirmed: ["clause"],
      fields: { template: "SDN-04", channel: "letter" },
    });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("a_duplicate_is_sent_again_only_on_purpose", async () => {
    const again = vi.fn();
    const platform = withAnswer("file_case", (args: { again?: boolean }) => {
      again(args.again);
      if (!args.again) throw { code: "E_DUP", message: "Filed before", detail: null };
      return { action_id: "a", intent: "i", playbook: "p", title: "t", rows: [], rule: "" };
    });
    open(platform);
    await screen.findByText("PC-48213");
    press("f");
    const dialog = await screen.findByRole("dialog", { name: "File into workspace" });
    await within(dialog).findByText("Order number equal, Partner equal");
    press("Enter", { ctrlKey: true });
    await within(dialog).findByText("Filed before");
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(again.mock.calls).toEqual([[undefined], [true]]));
  });

  test("offline_every_button_says_what_it_does_now", async () => {
    open(fakePlatform({ offline: true }));
    await screen.findByText(/Offline since 14:21\./);
    const bar = await screen.findByRole("toolbar", { name: "Actions of the case" });
    expect(within(bar).getByText("Reply").closest("button")?.textContent).toContain("queue");
    expect(within(bar).getByText("New notice").closest("button")?.textContent).toContain("prepare");
    const refused = within(bar).getByText("Reprocess").closest("button")!;
    expect(refused.textContent).toContain("needs network");
    expect(refused.disabled).toBe(true);
  });

  test("an_empty_first_start_shows_progress_and_not_a_wheel", async () => {
    open(fakePlatform({ empty: true }));
    expect((await screen.findAllByText("Being read for the first time")).length).toBe(3);
    expect(screen.getByRole("progressbar", { name: "First sync" }).getAttribute("aria-valuenow")).toBe("14120");
  });

  test("a_list_that_cannot_be_read_says_so_and_the_others_stay", async () => {
    open(
      withAnswer("list_exceptions", () => {
        throw { code: "E_CACHE", message: "Exceptions could not be read", detail: "The cache is being rebuilt." };
      }),
    );
    expect(await screen.findByText("Exceptions could not be read")).toBeTruthy();
    expect(within(await screen.findByRole("grid", { name: "Cases" })).getByText("Short shipment, over-billed")).toBeTruthy();
  });

  test("nothing_fits_the_filter_names_what_lies_outside_it", async () => {
    open();
    await screen.findByText("PC-48213");
    fireEvent.click(screen.getByRole("button", { name: "Filter cases" }));
    fireEvent.change(await screen.findByRole("searchbox", { name: "Search cases" }), { target: { value: "zzz" } });
    expect(await screen.findByText("Nothing fits the filter")).toBeTruthy();
    expect(screen.getByText("23 outside it")).toBeTruthy();
  });

  test("the_maker_finds_no_way_to_sign_and_is_told_why", async () => {
    open();
    await screen.findByText("PC-48213");
    chord("g", "a");
    expect(await screen.findByText("You made this letter.")).toBeTruthy();
    press("Enter", { ctrlKey: true });
    expect(screen.queryByRole("dialog")).toBeNull();
    const bar = screen.getByRole("toolbar", { name: "Decision" });
    expect(within(bar).getByText("Sign").closest("button")?.disabled).toBe(true);
  });

  test("a_signature_takes_a_pin_and_names_the_hash", async () => {
    const fake = fakePlatform();
    await fake.call("act_as", { person: "priya.nandakumar" });
    open(fake);
    await screen.findByText("PC-48213");
    chord("g", "a");
    await screen.findByText(/Your signature covers this letter/);
    press("Enter", { ctrlKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Sign" });
    expect(within(dialog).getByText("7c41 e09b 2f6d 88a1 … 03be")).toBeTruthy();
    const pin = within(dialog).getByLabelText("PIN");
    press("Enter", { ctrlKey: true });
    expect(screen.queryByRole("dialog")).toBeTruthy();
    fireEvent.change(pin, { target: { value: "9999" } });
    press("Enter", { ctrlKey: true });
    await within(dialog).findByText(/The PIN is not right/);
    expect((pin as HTMLInputElement).value).toBe("");
    fireEvent.change(pin, { target: { value: "1234" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("the_result_of_a_conflict_is_what_was_picked_field_by_field", async () => {
    const resolved = vi.fn();
    open(withAnswer("resolve_step", (args) => (resolved(args), { text: "Result queued", undo_step: null })));
    await screen.findByText("PC-48213");
    chord("g", "o");
    const table = await screen.findByRole("table");
    fireEvent.click(within(table).getByRole("radio", { name: /State: theirs/ }));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(resolved).toHaveBeenCalledWith({ id: "s2", fields: { state: "theirs", owner: "theirs" } }));
  });

  test("a_gate_opens_with_who_signed_who_may_and_what_waits_behind_it", async () => {
    open();
    await screen.findByText("PC-48213");
    chord("g", "o");
    fireEvent.mouseDown(await screen.findByText("Second signature, Priya Nandakumar"));
    await screen.findByText(/1 of 2 have signed this content/);
    const pane = screen.getByRole("complementary", { name: "Step" });
    expect(within(pane).getByRole("list", { name: "Signatures" }).textContent).toMatch(/Tomas Lindqvist signed/);
    expect(within(pane).getByText("May sign: Priya Nandakumar")).toBeTruthy();
    expect(within(pane).queryByText("Attempts")).toBeNull();
    expect(within(pane).queryByText("Step key")).toBeNull();
  });

  test("the_palette_finds_commands_and_cases", async () => {
    open();
    await screen.findByText("PC-48213");
    press("k", { ctrlKey: true });
    const field = await screen.findByRole("combobox");
    fireEvent.change(field, { target: { value: "oddf" } });
    await screen.findByText("Invoice INV-7731 sent twice", { selector: "[role=option] *" });
    fireEvent.change(field, { target: { value: "audit" } });
    fireEvent.keyDown(field, { key: "Enter" });
    expect(await screen.findByRole("heading", { name: "Audit" })).toBeTruthy();
  });

  test("a_refused_start_names_the_cause_and_can_be_tried_again", async () => {
    open(
      withAnswer("get_status", () => {
        throw {
          code: "E_LEDGER",
          message: "The ledger is newer than this program",
          detail: "It was opened by a later version; nothing was changed.",
        };
      }),
    );
    expect(await screen.findByText("The ledger is newer than this program")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });

  test("what_is_typed_stays_while_the_folder_is_looked_at_again", async () => {
    const asks = { code: "E_PASSPHRASE", message: "This data folder needs its passphrase.", detail: null };
    const looks = vi.fn();
    let tell: (changed: Changed) => void = () => {};
    const platform = fakePlatform();
    const { call } = platform;
    platform.call = (command, args) => {
      if (command !== "get_status") return call(command, args);
      looks();
      return new Promise((_, reject) => setTimeout(() => reject(asks), 20));
    };
    platform.onChanged = (listener) => ((tell = listener), () => {});
    open(platform);
    fireEvent.change(await screen.findByLabelText("Passphrase"), { target: { value: "half of it" } });
    const before = looks.mock.calls.length;
    act(() => tell({ topics: ["status"] }));
    await waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(before));
    expect(screen.getByLabelText<HTMLInputElement>("Passphrase").value).toBe("half of it");
  });

  test("a_folder_under_a_passphrase_asks_for_it_until_it_opens", async () => {
    let right = false;
    const asks = { code: "E_PASSPHRASE", message: "This data folder needs its passphrase.", detail: null };
    const platform = withAnswer("open_folder", ({ passphrase }: { passphrase: string }) => {
      right = passphrase === "open sesame";
      if (!right) throw { code: "E_PASSPHRASE", message: "The passphrase is wrong.", detail: null };
      return null;
    });
    const { call } = platform;
    platform.call = (command, args) => (command === "get_status" && !right ? Promise.reject(asks) : call(command, args));
    open(platform);
    const field = await screen.findByLabelText("Passphrase");
    expect(screen.queryByRole("alert")).toBeNull();
    for (const [typed, seen] of [
      ["sesame", () => screen.findByText("The passphrase is wrong.")],
      ["open sesame", () => screen.findByText("PC-48213")],
    ] as const) {
      fireEvent.change(field, { target: { value: typed } });
      fireEvent.click(screen.getByRole("button", { name: "Open" }));
      expect(await seen()).toBeTruthy();
    }
  });
});

describe("connections", () => {
  const connect = async (platform = fakePlatform()) => {
    open(platform);
    await screen.findByText("PC-48213");
    fireEvent.click(screen.getByTitle(/This is the sandbox/));
    return screen.findByRole("region", { name: "Tracker" });
  };

  test("a_machine_without_a_keyring_is_asked_for_a_passphrase_and_saves_under_it", async () => {
    const saved = vi.fn();
    const fake = fakePlatform();
    const view = await fake.call("get_connections", null);
    const platform = withAnswer("save_connections", (args: { passphrase: string | null }) => {
      saved(args.passphrase);
      if (args.passphrase === null) throw { code: "E_PASSPHRASE", message: "There is no keyring.", detail: null };
      return view;
    });
    const card = await connect(platform);
    fireEvent.change(within(card).getByLabelText("Address"), { target: { value: "https://tracker.example/" } });
    press("s", { ctrlKey: true });
    const form = await screen.findByRole("form", { name: "Passphrase" });
    const keep = within(form).getByRole("button", { name: /Keep and save/ });
    const type = (label: string, value: string) => fireEvent.change(within(form).getByLabelText(label), { target: { value } });
    type("Passphrase", "short");
    expect(keep.getAttribute("aria-disabled") ?? keep.getAttribute("disabled")).not.toBeNull();
    type("Passphrase", "long enough to keep");
    type("The same again", "long enough to keep");
    fireEvent.submit(form);
    await screen.findByText("Connections saved");
    expect(saved.mock.calls.flat()).toEqual([null, "long enough to keep"]);
    expect(screen.queryByRole("form", { name: "Passphrase" })).toBeNull();
  });

  test("a_kept_secret_is_removed_with_the_next_save_and_not_before", async () => {
    const saved = vi.fn();
    const fake = fakePlatform();
    const view = await fake.call("get_connections", null);
    const platform = withAnswer("save_connections", (args: { connections: { system: string; forget: string[] }[] }) => {
      saved(args.connections.find((one) => one.system === "tracker")?.forget);
      return { ...view, sandbox: false };
    });
    const { call } = platform;
    platform.call = ((command: never, args: never) =>
      command === "get_connections" ? Promise.resolve({ ...view, sandbox: false }) : call(command, args)) as typeof call;
    const card = await connect(platform);
    const field = within(card).getByLabelText<HTMLInputElement>("Client secret");
    expect(field.placeholder).toBe("kept");
    fireEvent.click(within(card).getByRole("button", { name: "Remove Client secret" }));
    expect(field.placeholder).toBe("removed by Save");
    fireEvent.click(within(card).getByRole("button", { name: "Keep Client secret" }));
    expect(field.placeholder).toBe("kept");
    fireEvent.click(within(card).getByRole("button", { name: "Remove Client secret" }));
    press("s", { ctrlKey: true });
    await screen.findByText("Connections saved");
    expect(saved).toHaveBeenCalledExactlyOnceWith(["client_secret"]);
    expect(field.placeholder).toBe("kept");
  });

  test("one_button_leads_back_to_the_sandbox", async () => {
    const left = vi.fn();
    const fake = fakePlatform();
    const view = await fake.call("get_connections", null);
    const platform = withAnswer("use_sandbox", () => (left(), view));
    const { call } = platform;
    platform.call = ((command: never, args: never) =>
      command === "get_connections" && left.mock.calls.length === 0
        ? Promise.resolve({ ...view, sandbox: false })
        : call(command, args)) as typeof call;
    await connect(platform);
    fireEvent.click(await screen.findByRole("button", { name: "Back to the sandbox" }));
    await screen.findByText("Back on the sandbox");
    expect(left).toHaveBeenCalledOnce();
  });
});

describe("undo", () => {
  test("a_reply_is_taken_back_by_its_steps_last_first", async () => {
    const cancelled = vi.fn();
    open(withAnswer("cancel_step", (args: { id: string }) => (cancelled(args.id), { text: "Cancelled", undo_step: null })));
    await screen.findByText("PC-48213");
    press("r");
    const dialog = await screen.findByRole("dialog", { name: "Reply to partner" });
    fireEvent.change(within(dialog).getByRole("textbox"), { target: { value: "Counting again" } });
    press("Enter", { ctrlKey: true });
    await screen.findByText("Reply on its way");
    fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await screen.findByText("Took back: reply");
    expect(cancelled.mock.calls.flat()).toEqual(["step:4", "step:3", "step:2", "step:1"]);
  });

  test("a_regulated_letter_is_not_taken_back_by_a_key", async () => {
    open();
    await screen.findByText("PC-48213");
    press("n");
    const dialog = await screen.findByRole("dialog", { name: "New notice" });
    fireEvent.click(await within(dialog).findByRole("button", { name: /Confirm Contract clause/ }));
    await waitFor(() =>
      expect(
        within(dialog)
          .getByRole("button", { name: /Send to review/ })
          .hasAttribute("disabled"),
      ).toBe(false),
    );
    press("Enter", { ctrlKey: true });
    await screen.findByText(/N-3127: 4 steps on their way/);
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });
});

describe("linked lists", () => {
  const selectedIn = (name: string) => screen.getByRole("grid", { name }).querySelector('[aria-selected="true"]')?.getAttribute("data-id");

  test("a_row_of_a_pinned_group_is_looked_at_where_it_stands", async () => {
    open();
    const documents = await screen.findByRole("grid", { name: "Documents" });
    await within(documents).findByText("Order 4500771820");
    fireEvent.mouseDown(within(documents).getByText("INV-90417"));
    await waitFor(() => expect(selectedIn("Documents")).toBe("document:documents:810-INV-90417"));
    expect(within(documents).getByText("Order 4500771820")).toBeTruthy();
    expect(screen.getByText("PC-48213")).toBeTruthy();
  });

  test("an_exception_drives_the_cases_and_the_documents", async () => {
    open();
    const exceptions = await screen.findByRole("grid", { name: "Exceptions" });
    await within(exceptions).findByText("With case 48213");
    fireEvent.keyDown(screen.getByRole("grid", { name: "Cases" }), { key: "j" });
    await screen.findByText("PC-48209");
    await waitFor(() => expect(within(exceptions).queryByText("With case 48213")).toBeNull());
    fireEvent.mouseDown(await within(exceptions).findByText("Line 6 billed, not shipped"));
    await screen.findByText("PC-48213");
    const cases = screen.getByRole("grid", { name: "Cases" });
    await within(cases).findByText("Case of this exception");
    await within(screen.getByRole("grid", { name: "Documents" })).findByText("Order 4500771820");
  });
});
