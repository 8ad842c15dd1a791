import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ExceptionInput } from "../../generated/ExceptionInput";
import type { ExceptionRow } from "../../generated/ExceptionRow";
import { useNav } from "../../lib/nav";
import { stumbles } from "../../testing/access";
import { EXCEPTIONS } from "../../testing/fixtures";
import { fakePlatform } from "../../testing/fake";
import { renderScreen, withAnswer } from "../../testing/render";
import { ExceptionActions } from "./ExceptionActions";

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const TOLD = EXCEPTIONS[0]!;
const UNTOLD = "The partner is told first how it was resolved; without that it can be waived.";

function Where() {
  const { screen: name, resolution } = useNav();
  return <output data-testid="where">{`${name} ${resolution ?? ""}`.trim()}</output>;
}

async function open(row: ExceptionRow = TOLD) {
  const asked: ExceptionInput[] = [];
  const base = fakePlatform();
  const platform = withAnswer(
    "exception_action",
    (input: ExceptionInput) => (asked.push(input), base.call("exception_action", input)),
    base,
  );
  renderScreen(
    <>
      <ExceptionActions row={row} />
      <Where />
    </>,
    { platform },
  );
  await screen.findByTestId("where");
  return asked;
}

async function close() {
  press("4");
  const dialog = await screen.findByRole("dialog", { name: "Close exception" });
  fireEvent.change(within(dialog).getByLabelText("Reason"), { target: { value: "Counted again" } });
  press("Enter", { ctrlKey: true });
  return dialog;
}

test("a_refused_close_says_why_and_leads_to_the_resolution", async () => {
  await open();
  const dialog = await close();
  expect(within(dialog).queryByRole("button", { name: /^Resolve with a letter/ })).toBeNull();
  await within(dialog).findByText(UNTOLD);
  expect(within(dialog).getByRole("button", { name: /^Resolve with a letter/ })).toBeTruthy();
  expect(stumbles(dialog)).toEqual([]);
  press("e", { altKey: true });
  await waitFor(() => expect(screen.getByTestId("where").textContent).toBe(`resolution ${TOLD.case}`));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("a_refusal_is_not_shown_to_the_next_question", async () => {
  await open();
  const dialog = await close();
  await within(dialog).findByText(UNTOLD);
  fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  press("2");
  const next = await screen.findByRole("dialog", { name: "Waive exception" });
  expect(within(next).queryByText(UNTOLD)).toBeNull();
});

test("what_rides_on_no_case_is_closed_without_a_word", async () => {
  const asked = await open(EXCEPTIONS[2]!);
  await close();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked).toEqual([{ id: EXCEPTIONS[2]!.id, kind: "close", reason: "Counted again" }]);
});

test("a_correction_is_verified_where_it_can_be", async () => {
  const asked = await open({ ...TOLD, state: "corrected", actions: ["verify", "close"] });
  press("5");
  await waitFor(() => expect(asked).toEqual([{ id: TOLD.id, kind: "verify" }]));
});
