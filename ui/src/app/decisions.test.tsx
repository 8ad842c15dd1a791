import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { FileInput } from "../generated/FileInput";
import { fakePlatform } from "../testing/fake";
import * as fix from "../testing/fixtures";
import { withAnswer } from "../testing/render";
import { App } from "./App";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

/** A platform that answers one command after another person acts. */
async function acting(person: string, ...answer: Parameters<typeof withAnswer>) {
  const base = fakePlatform();
  await base.call("act_as", { person });
  return withAnswer(answer[0], answer[1], base);
}

const proof = { name: "N-3127.pdf", media_type: "application/pdf", sha256: "7c41", size: 1, base64: null, problem: null };

function preparedReview(valid: boolean) {
  const view = fix.reviewView(fix.REVIEWS[0]!.id, proof);
  const hash = valid ? view.hash : view.previous!.hash;
  return { ...view, prepared: { id: "p1", verdict: "approve", hash, at: fix.at("14:12"), valid, checked: true } };
}

describe("a prepared decision", () => {
  test("takes_one_pin_while_the_letter_is_the_same", async () => {
    const committed = vi.fn();
    const base = await acting("priya.nandakumar", "get_review", () => preparedReview(true));
    const platform = withAnswer("commit_prepared", (args) => (committed(args), { committed: true, text: "Signed", changes: [] }), base);
    render(<App platform={platform} />);
    await screen.findByText("PC-48213");
    press("g");
    press("a");
    await screen.findByText(/It needs your PIN/);
    press("Enter", { ctrlKey: true });
    const dialog = await screen.findByRole("dialog", { name: "Commit the prepared decision" });
    fireEvent.change(within(dialog).getByLabelText("PIN"), { target: { value: "1234" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(committed).toHaveBeenCalledWith({ id: "p1", pin: "1234" }));
  });

  test("over_a_letter_that_changed_is_invalid_and_the_new_letter_is_signed_anew", async () => {
    render(<App platform={await acting("priya.nandakumar", "get_review", () => preparedReview(false))} />);
    await screen.findByText("PC-48213");
    press("g");
    press("a");
    await screen.findByText("The letter changed after you prepared your decision.");
    await screen.findByText("Prepared decision invalidated");
    expect(screen.queryByRole("button", { name: /Commit/ })).toBeNull();
    press("Enter", { ctrlKey: true });
    await screen.findByRole("dialog", { name: "Sign" });
  });
});

describe("an approved letter", () => {
  const approved = (state: string) => {
    const view = fix.reviewView(fix.REVIEWS[0]!.id, proof);
    return { ...view, row: { ...view.row, status: { ...view.row.status, state } } };
  };

  test("gives_its_evidence_and_says_where_it_lies", async () => {
    const exported = vi.fn();
    const base = await acting("priya.nandakumar", "get_review", () => approved("approved"));
    const platform = withAnswer(
      "export_evidence",
      (args) => (exported(args), { folder: "Downloads/Evidence N-3127", sealed_by: "8f2a 41c0" }),
      base,
    );
    render(<App platform={platform} />);
    await screen.findByText("PC-48213");
    press("g");
    press("a");
    await screen.findByRole("button", { name: /Export evidence/ });
    press("E", { shiftKey: true });
    await screen.findByText("Evidence in Downloads/Evidence N-3127, sealed with 8f2a 41c0");
    expect(exported).toHaveBeenCalledExactlyOnceWith({ id: fix.REVIEWS[0]!.id });
  });

  test("is_the_only_one_that_has_evidence", async () => {
    render(<App platform={await acting("priya.nandakumar", "get_review", () => approved("requested"))} />);
    await screen.findByText("PC-48213");
    press("g");
    press("a");
    await screen.findByRole("button", { name: /Sign/ });
    expect(screen.queryByRole("button", { name: /Export evidence/ })).toBeNull();
  });
});

describe("the sandbox", () => {
  test("another_person_is_taken_from_the_palette", async () => {
    render(<App platform={fakePlatform()} />);
    await screen.findByText("PC-48213");
    press("k", { ctrlKey: true });
    const field = await screen.findByRole("combobox");
    fireEvent.change(field, { target: { value: "act as priya" } });
    fireEvent.keyDown(field, { key: "Enter" });
    expect(await screen.findByRole("button", { name: /Acting as Priya Nandakumar/ })).toBeTruthy();
  });
});

describe("filing", () => {
  test("only_what_is_ticked_is_filed_and_the_plan_is_of_the_choice", async () => {
    const base = fakePlatform();
    const asked: FileInput[] = [];
    const filed = vi.fn();
    const listening = withAnswer("open_filing", (args: FileInput) => (asked.push(args), base.call("open_filing", args)), base);
    const platform = withAnswer("file_case", (args) => (filed(args), { ...fix.PLAN, action_id: "a" }), listening);
    render(<App platform={platform} />);
    await screen.findByText("PC-48213");
    press("f");
    const dialog = await screen.findByRole("dialog", { name: "File into workspace" });
    fireEvent.click(await within(dialog).findByRole("checkbox", { name: /Thread to 13:40/ }));
    fireEvent.click(within(dialog).getByRole("radio", { name: /Partners \/ Bramblewick/ }));
    const choice = { workspace: "workspace:workspaces:2", items: ["attachment:community:71"] };
    await waitFor(() => expect(asked.at(-1)).toEqual({ case: "case:community:48213", ...choice }));
    await waitFor(() => expect(within(dialog).getByRole("button", { name: /^File/ }).hasAttribute("disabled")).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(filed).toHaveBeenCalledWith({ case: "case:community:48213", ...choice }));
  });
});

describe("the composer", () => {
  test("asks_anew_each_time_it_is_opened", async () => {
    const base = fakePlatform();
    const opened = vi.fn();
    render(<App platform={withAnswer("open_composer", (args: { case: string }) => (opened(), base.call("open_composer", args)), base)} />);
    await screen.findByText("PC-48213");
    for (const times of [1, 2]) {
      press("n");
      await screen.findByRole("dialog", { name: "New notice" });
      await waitFor(() => expect(opened).toHaveBeenCalledTimes(times));
      press("Escape");
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    }
  });

  test("says_what_happens_without_a_proof", async () => {
    const base = fakePlatform({ offline: true });
    const problem = { code: "E_OFFLINE", message: "No proof now: Exstream cannot be reached.", detail: null };
    const platform = withAnswer(
      "preview_notice",
      async (args) => ({ ...(await base.call("preview_notice", args)), proof: null, hash: null, problem }),
      base,
    );
    render(<App platform={platform} />);
    await screen.findByText("PC-48213");
    press("n");
    const dialog = await screen.findByRole("dialog", { name: "New notice" });
    await within(dialog).findByText("No proof now: Exstream cannot be reached.");
    expect(within(dialog).getByText("The letter is rendered when the network is back, from these values")).toBeTruthy();
  });
});

describe("the outbox", () => {
  test("a_gate_says_what_it_waits_for_and_leads_to_the_review", async () => {
    const base = fakePlatform();
    const waits = (row: { number: number | null; status: { tone: string } }) => row.number === null && row.status.tone === "wait";
    const group = fix.OUTBOX.find((one) => one.rows.some(waits))!;
    const gate = { ...group.rows.find(waits)!, operation: "review", effect: "Review" };
    const platform = withAnswer(
      "list_outbox",
      async (args) => ({ ...(await base.call("list_outbox", args)), groups: [{ ...group, rows: [gate] }] }),
      base,
    );
    render(<App platform={platform} />);
    await screen.findByText("PC-48213");
    press("g");
    press("o");
    await screen.findByText(/have signed this content/);
    press("Enter");
    expect(await screen.findByRole("heading", { name: "Review" })).toBeTruthy();
  });
});
