import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { App } from "./App";
import type { CampaignInput } from "../generated/CampaignInput";
import type { CampaignLaunch } from "../generated/CampaignLaunch";
import type { CampaignPlan } from "../generated/CampaignPlan";
import type { Platform } from "../platform";
import { stumbles } from "../testing/access";
import { fakePlatform } from "../testing/fake";

// jsdom draws no PDF.
vi.mock("../lib/pdf", async (original) => ({ ...(await original<object>()), openPdf: () => new Promise(() => {}) }));

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const field = (name: string) => document.querySelector<HTMLInputElement>(`[data-screen="new_campaign"] [name="${name}"]`)!;
const type = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const letter = (id: string) => document.querySelector<HTMLInputElement>(`[name="document"][value="${id}"]`)!;
const chip = (fact: string, value: string) => document.querySelector<HTMLElement>(`[data-fact="${fact}"] [data-value="${value}"]`)!;
const figure = (name: string) => Number(document.querySelector(`[data-figure="${name}"]`)?.textContent);
const dryRun = () => screen.getByRole("region", { name: "Dry run" });
const settled = () => waitFor(() => expect(dryRun().getAttribute("aria-busy")).toBe("false"));
const launchButton = () => document.querySelector<HTMLButtonElement>('[data-command="launch_campaign"]')!;
const pane = () => document.querySelector<HTMLElement>('[data-pane="campaign_launch"]')!;

/** Remembers what was asked; `now` changes the world between a plan and its launch. */
function watched(fake = fakePlatform(), now: { plan?: (plan: CampaignPlan) => CampaignPlan } = {}) {
  const plans: { input: CampaignInput; plan: CampaignPlan }[] = [];
  const launched: CampaignLaunch[] = [];
  const call = (async (command: string, args: never) => {
    if (command === "launch_campaign") launched.push(args);
    const answer = await fake.call(command as "plan_campaign", args);
    if (command !== "plan_campaign") return answer;
    const plan = now.plan ? now.plan(answer) : answer;
    plans.push({ input: args, plan });
    return plan;
  }) as Platform["call"];
  return { platform: { ...fake, call }, plans, launched };
}

/** From a case to its first plan, by keys alone. */
async function open(platform: Platform = fakePlatform()) {
  render(<App platform={platform} />);
  await screen.findByText("PC-48213");
  press("K", { shiftKey: true });
  await screen.findByRole("heading", { level: 1, name: "New campaign" });
  await waitFor(() => expect(letter("N-3140")).toBeTruthy());
  await settled();
}

/** Everything but those who block: 42 partners in Germany, three of them without an address. */
async function fill(country = "DE") {
  fireEvent.click(letter("N-3140"));
  fireEvent.click(chip("country", country));
  type("due", "2025-12-12");
  await settled();
}

const rowOf = (name: string) => screen.findByRole("grid", { name }).then((grid) => [...grid.querySelectorAll<HTMLElement>("[data-row]")]);

describe("a new campaign", () => {
  test("what_is_missing_is_said_and_nothing_can_be_launched", async () => {
    const { platform, launched } = watched();
    await open(platform);
    expect(document.activeElement).toBe(letter("N-3140"));
    expect(pane().textContent).toContain("Choose the document that is to be acknowledged.");
    fireEvent.click(letter("N-3140"));
    await waitFor(() => expect(pane().textContent).toContain("Say until when it is to be acknowledged."));
    // A field nobody filled in yet is not wrong.
    expect(field("due").getAttribute("aria-invalid")).toBeNull();
    type("due", "2025-11-20");
    await waitFor(() => expect(field("due").getAttribute("aria-invalid")).toBe("true"));
    expect(document.getElementById(field("due").getAttribute("aria-describedby")!)?.textContent).toMatch(/leaves nobody a day/);
    press("Enter", { ctrlKey: true });
    expect(launched).toEqual([]);
  });

  test("the_version_and_the_hash_of_the_document_are_shown", async () => {
    await open();
    fireEvent.click(letter("N-3140"));
    const shown = await screen.findByLabelText("What is acknowledged");
    expect(shown.textContent).toContain("Version1");
    expect(shown.textContent).toContain("7c41 e09b 2f6d 88a1 … 88a1");
    expect(shown.querySelector("[title]")!.getAttribute("title")).toMatch(/^[0-9a-f]{64}$/);
  });

  test("who_has_no_address_blocks_and_is_named_until_left_out_with_a_reason", async () => {
    const { platform, plans, launched } = watched();
    await open(platform);
    await fill();
    await waitFor(() => expect(figure("blocking")).toBe(3));
    const blocking = await rowOf("Missing an address");
    expect(blocking.length).toBe(3);
    const names = blocking.map((row) => row.querySelector(".b")!.textContent!);
    for (const name of names) expect(pane().textContent).toContain(name);
    expect(launchButton().disabled).toBe(true);
    press("Enter", { ctrlKey: true });
    expect(launched).toEqual([]);

    for (let left = 3; left > 0; left -= 1) {
      (await screen.findByRole("grid", { name: "Missing an address" })).focus();
      press("x");
      const dialog = await screen.findByRole("dialog");
      press("Enter", { ctrlKey: true });
      expect(screen.getByRole("dialog")).toBe(dialog);
      fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Told by phone" } });
      press("Enter", { ctrlKey: true });
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
      await waitFor(() => expect(figure("blocking")).toBe(left - 1));
      await settled();
    }
    expect(Object.values(plans.at(-1)!.input.exclude)).toEqual(Array(3).fill("Told by phone"));
    // With nobody in the way those who are asked are shown again.
    await screen.findByRole("grid", { name: "Recipients" });
    expect(figure("recipients")).toBe(39);
    expect(figure("excluded")).toBe(3);
    await waitFor(() => expect(launchButton().disabled).toBe(false));

    const kept = screen.getByRole("list", { name: "Left out by you" });
    fireEvent.click(within(kept).getByRole("button", { name: `Ask ${names[0]} after all` }));
    await waitFor(() => expect(figure("blocking")).toBe(1));
  });

  test("who_was_left_out_and_is_of_the_segment_no_more_can_still_be_taken_back", async () => {
    await open();
    await fill("FR");
    await screen.findByRole("grid", { name: "Recipients" });
    const [row] = await rowOf("Recipients");
    const name = row!.querySelector(".b")!.textContent!;
    screen.getByRole("grid", { name: "Recipients" }).focus();
    press("x");
    fireEvent.change(within(await screen.findByRole("dialog")).getByLabelText("Reason"), { target: { value: "Told by phone" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(figure("excluded")).toBe(1));
    fireEvent.click(chip("country", "FR"));
    fireEvent.click(chip("country", "GB"));
    await screen.findByText(/is not among the partners selected/, { selector: "b" });
    expect(launchButton().disabled).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: `Ask ${name} after all` }));
    await waitFor(() => expect(launchButton().disabled).toBe(false));
  });

  test("segments_narrow_each_other_and_named_partners_come_on_top", async () => {
    const { platform, plans } = watched();
    await open(platform);
    fireEvent.click(chip("country", "FR"));
    await waitFor(() => expect(figure("recipients")).toBe(28));
    fireEvent.click(chip("tier", "A"));
    await waitFor(() => expect(figure("recipients")).toBeLessThan(28));
    const some = figure("recipients");
    type("partner", "P7000");
    press("Enter");
    fireEvent.keyDown(field("partner"), { key: "Enter" });
    await waitFor(() => expect(figure("recipients")).toBe(some + 1));
    expect(plans.at(-1)!.input).toMatchObject({ segment: { country: ["FR"], tier: ["A"] }, partners: ["P7000"] });
    expect(chip("country", "FR").getAttribute("aria-pressed")).toBe("true");
    type("partner", "P1");
    fireEvent.keyDown(field("partner"), { key: "Enter" });
    await screen.findByText("There is no partner P1.", { selector: "b" });
    fireEvent.click(screen.getByRole("button", { name: "P1, take it back" }));
    await waitFor(() => expect(screen.queryByText("There is no partner P1.", { selector: "b" })).toBeNull());
  });

  test("reminders_are_planned_by_day_and_half_a_number_is_not_the_policy", async () => {
    const { platform, plans } = watched();
    await open(platform);
    await fill("FR");
    const days = () => within(screen.getByRole("list", { name: "Days of reminders" })).getAllByRole("listitem");
    await waitFor(() => expect(days()[0]!.textContent).toBe("Sun 23 NovBy interval"));
    expect(days().some((row) => row.textContent === "Wed 10 DecBefore due")).toBe(true);
    expect(within(dryRun()).getByText(/reminded by the clock of Europe\/Paris/)).toBeTruthy();
    const asked = plans.length;
    type("remind_every_days", "x");
    expect(field("remind_every_days").getAttribute("aria-invalid")).toBe("true");
    expect(launchButton().disabled).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(plans.length).toBe(asked);
    type("remind_every_days", "0");
    await waitFor(() => expect(days().length).toBe(1));
    expect(plans.at(-1)!.input.remind_every_days).toBe(0);
    expect(plans.at(-1)!.input.remind_before_due_days).toBeUndefined();
  });

  test("the_root_shown_is_the_root_launched_with_the_input_it_was_made_of", async () => {
    const { platform, plans, launched } = watched();
    await open(platform);
    await fill("FR");
    fireEvent.click(field("signed"));
    await settled();
    await waitFor(() => expect(launchButton().disabled).toBe(false));
    expect(launchButton().textContent).toMatch(/^Launch to 28 recipients/);
    const shown = plans.at(-1)!;
    expect(screen.getByText(shown.plan.root.slice(0, 8))).toBeTruthy();
    const { list: _list, offset: _offset, limit: _limit, ...input } = shown.input;
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(document.querySelector('[data-screen="campaign"]')).toBeTruthy());
    expect(launched).toEqual([{ input, intent: shown.plan.intent, root: shown.plan.root }]);
    expect(input).toMatchObject({ document: "N-3140", due: "2025-12-12", view_first: true, signed: true, segment: { country: ["FR"] } });
    expect(await screen.findByText("0 of 28 answered")).toBeTruthy();
  });

  test("a_launch_is_refused_when_recipients_changed_and_says_what_changed", async () => {
    // Somebody else finds one recipient more after the first plan was shown.
    let more = 0;
    const { platform, launched } = watched(fakePlatform(), {
      plan: (plan) => ({
        ...plan,
        root: plan.root && (more ? "f" : "e").repeat(64),
        counts: { ...plan.counts, recipients: plan.counts.recipients + more },
      }),
    });
    await open(platform);
    await fill("FR");
    await waitFor(() => expect(launchButton().disabled).toBe(false));
    more = 1;
    press("Enter", { ctrlKey: true });
    await screen.findByText("Nothing was launched: what would be asked, or of whom, has changed.");
    expect(launched.length).toBe(1);
    const changed = await screen.findByRole("list", { name: "What changed" });
    expect(changed.textContent).toBe("Recipients: 29, were 28");
    expect(field("due").value).toBe("2025-12-12");
    await waitFor(() => expect(launchButton().textContent).toMatch(/^Launch to 29 recipients/));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(launched.length).toBe(2));
    expect(launched[1]!.root).toBe("f".repeat(64));
  });

  test("where_others_sign_it_goes_to_review", async () => {
    await open();
    fireEvent.click(letter("N-3122"));
    fireEvent.click(chip("country", "FR"));
    type("due", "2025-12-12");
    await waitFor(() => expect(launchButton().textContent).toMatch(/^Send 28 recipients to review/));
    expect(pane().textContent).toContain("Nobody is asked until 2 others sign");
  });

  test("a_file_of_this_machine_takes_the_place_of_a_letter", async () => {
    const { platform, plans } = watched();
    await open(platform);
    fireEvent.click(letter("N-3140"));
    const file = new File(["%PDF-1.7"], "terms.pdf", { type: "application/pdf" });
    fireEvent.change(field("file"), { target: { files: [file] } });
    await waitFor(() => expect(plans.at(-1)!.input.file).toEqual({ name: "terms.pdf", base64: btoa("%PDF-1.7") }));
    expect(plans.at(-1)!.input.document).toBeUndefined();
    expect(letter("N-3140").checked).toBe(false);
  });

  test("offline_it_can_be_planned_is_not_launched_and_what_was_entered_is_kept", async () => {
    const { platform, launched } = watched(fakePlatform({ offline: true }));
    await open(platform);
    await fill("FR");
    await waitFor(() => expect(pane().textContent).toContain("The recipients have to be read again before they are asked."));
    expect(pane().textContent).toContain("What you entered is kept; recipients are looked at again before the launch.");
    expect(figure("recipients")).toBe(28);
    expect(launchButton().textContent).toContain("needs network");
    press("Enter", { ctrlKey: true });
    expect(launched).toEqual([]);
    screen.getByRole("grid", { name: "Recipients" }).focus();
    press("u");
    await screen.findByText("PC-48213");
    press("K", { shiftKey: true });
    await waitFor(() => expect(field("due")?.value).toBe("2025-12-12"));
    await waitFor(() => expect(letter("N-3140")?.checked).toBe(true));
  });

  test("once_the_network_is_back_it_is_planned_anew", async () => {
    const { platform, launched } = watched(fakePlatform({ offline: true }));
    await open(platform);
    await fill("FR");
    expect(launchButton().disabled).toBe(true);
    await platform.call("set_offline", { on: false });
    await waitFor(() => expect(launchButton().disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(launched.length).toBe(1));
  });

  test("from_the_list_the_case_is_chosen_by_keyboard", async () => {
    render(<App platform={fakePlatform()} />);
    await screen.findByText("PC-48213");
    press("g");
    press("k");
    await screen.findByRole("grid", { name: "Campaigns" });
    press("n", { ctrlKey: true });
    const find = await screen.findByRole("combobox", { name: "Case the campaign belongs to" });
    expect(document.activeElement).toBe(find);
    await waitFor(() => expect(screen.getAllByRole("option").length).toBe(12));
    fireEvent.change(find, { target: { value: "48204" } });
    await waitFor(() => expect(screen.getAllByRole("option").length).toBe(1));
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="new_campaign"]')!)).toEqual([]);
    press("Enter");
    await screen.findByText("for case 48204");
  });

  test("the_palette_starts_one_from_anywhere", async () => {
    render(<App platform={fakePlatform()} />);
    await screen.findByText("PC-48213");
    press("k", { ctrlKey: true });
    fireEvent.change(await screen.findByRole("combobox", { name: "Find a command or a case" }), { target: { value: "New campaign" } });
    press("Enter");
    await screen.findByRole("combobox", { name: "Case the campaign belongs to" });
  });

  test("who_acknowledged_the_version_before_is_listed_as_having_to_repeat", async () => {
    await open();
    await fill("FR");
    type("supersedes", "K-1A2B3C4D");
    await waitFor(() => expect(figure("must_repeat")).toBeGreaterThan(0));
    fireEvent.click(screen.getByRole("tab", { name: /^Must repeat/ }));
    const grid = await screen.findByRole("grid", { name: "Must repeat" });
    await waitFor(() => expect(within(grid).getAllByText("Must repeat").length).toBe(figure("must_repeat")));
    expect(screen.getByLabelText("What is acknowledged").textContent).toContain("Version4");
  });

  test("an_assistive_tool_finds_a_name_for_everything", async () => {
    await open();
    await fill();
    await screen.findByRole("grid", { name: "Missing an address" });
    expect(stumbles(document.querySelector<HTMLElement>('[data-screen="new_campaign"]')!)).toEqual([]);
  });
});
