import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { CaseView } from "../../generated/CaseView";
import type { ResolutionRow } from "../../generated/ResolutionRow";
import { useNav } from "../../lib/nav";
import { stumbles } from "../../testing/access";
import { fakePlatform } from "../../testing/fake";
import { CASES, at, word } from "../../testing/fixtures";
import { renderScreen, withAnswer } from "../../testing/render";
import { CasePane } from "./CasePane";

const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });
const chip = () => document.querySelector<HTMLElement>('[data-command="open_resolutions"]');
const card = () => screen.queryByRole("region", { name: "Resolution" });

function Where() {
  const { screen: name, resolution, dialog } = useNav();
  return <output data-testid="where">{`${name} ${resolution ?? ""} ${dialog?.name ?? ""}`.trim()}</output>;
}

async function open(id = CASES[0]!.id, change: (view: CaseView) => Partial<CaseView> = () => ({}), offline = false) {
  const base = fakePlatform({ offline });
  const platform = withAnswer(
    "get_case",
    async (args) => {
      const view = await base.call("get_case", args);
      return { ...view, ...change(view) };
    },
    base,
  );
  const shown = renderScreen(
    <>
      <CasePane id={id} />
      <Where />
    </>,
    { platform },
  );
  await screen.findByRole("toolbar", { name: "Actions of the case" });
  return shown;
}

const row = (more: Partial<ResolutionRow> = {}): ResolutionRow => ({
  notice: "N-3131",
  title: "Resolution letter",
  channel: "letter",
  status: { ...word("wait", "Letter pending"), state: "pending" },
  by: "Lena Kovář",
  at: at("13:32"),
  exceptions: ["1", "2"],
  ...more,
});
const SENT = { ...word("ok", "Told"), state: "sent" };
const NOT_SENT = { ...word("fail", "Letter not sent"), state: "not_sent" };
const resolve = {
  command: "resolve",
  playbook: "resolve_case",
  title: "Resolve",
  offline_class: "queue",
  available: true,
  reason: null,
} as const;

describe("the resolution on its case", () => {
  test("the_chip_says_that_the_letter_is_pending", async () => {
    const { container } = await open(CASES[1]!.id);
    expect(chip()?.textContent).toBe("Letter pending");
    expect(chip()?.title).toBe("Resolution letter N-3131: the case is resolved once it has gone out");
    fireEvent.click(chip()!);
    expect(document.activeElement).toBe(card());
    expect(stumbles(container)).toEqual([]);
  });

  test("the_chip_says_that_the_letter_was_not_sent_and_the_card_offers_to_tell_again", async () => {
    await open(CASES[6]!.id);
    expect(chip()?.textContent).toBe("Letter not sent");
    fireEvent.click(within(card()!).getByRole("button", { name: /Tell again/ }));
    await waitFor(() => expect(screen.getByTestId("where").textContent).toBe(`resolution ${CASES[6]!.id}`));
  });

  test("the_card_says_what_was_told_by_whom_and_when", async () => {
    await open(undefined, () => ({ resolutions: [row({ channel: "edi", title: "Updated invoice" })] }));
    const text = card()!.textContent;
    expect(text).toContain("Updated invoice");
    expect(text).toContain("N-3131, EDI, 2 exceptions");
    expect(text).toMatch(/Lena Kovář, 1 h ago/);
    expect(text).toContain("Letter pending");
  });

  test("what_has_gone_out_asks_for_nothing_whatever_was_before_it", async () => {
    await open(undefined, () => ({ resolutions: [row({ notice: "N-3140", status: SENT }), row({ status: NOT_SENT })] }));
    expect(chip()).toBeNull();
    expect(within(card()!).getAllByRole("listitem")).toHaveLength(2);
    expect(within(card()!).queryByRole("button")).toBeNull();
  });

  test("a_case_that_told_nothing_has_neither_chip_nor_card", async () => {
    await open();
    expect(chip()).toBeNull();
    expect(card()).toBeNull();
  });

  test("the_key_opens_the_letter_and_resolving_without_one_has_no_key", async () => {
    await open(undefined, (view) => ({ actions: [...view.actions, resolve] }));
    const bar = screen.getByRole("toolbar", { name: "Actions of the case" });
    expect(within(bar).getAllByRole("button", { name: /^Resolve/ })).toHaveLength(1);
    press("e");
    await waitFor(() => expect(screen.getByTestId("where").textContent).toBe(`resolution ${CASES[0]!.id}`));
  });

  test("offline_the_button_says_that_it_queues", async () => {
    await open(undefined, undefined, true);
    expect(document.querySelector('[data-command="open_resolution"]')!.textContent).toContain("queue");
  });
});
