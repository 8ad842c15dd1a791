import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { ReplyInput } from "../../generated/ReplyInput";
import type { Platform } from "../../platform";
import { stumbles } from "../../testing/access";
import { fakePlatform } from "../../testing/fake";
import { renderScreen } from "../../testing/render";
import { ReplyDialog } from "./ReplyDialog";

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const send = () => document.querySelector<HTMLButtonElement>('[data-command="submit"]')!;
const field = (name: string) => document.querySelector<HTMLInputElement>(`[data-field="${name}"]`)!;
const write = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const found = () => screen.findByRole("list", { name: "Personal data in this reply" });

async function open(visibility: "partner" | "internal" = "partner", refuse: object | null = null) {
  const fake = fakePlatform();
  const sent: ReplyInput[] = [];
  const checked: string[] = [];
  const call = (async (command: string, args: never) => {
    if (command === "check_text") {
      checked.push((args as { text: string }).text);
      if (refuse) throw refuse;
    }
    if (command === "reply_to_case") sent.push(args);
    return fake.call(command as "reply_to_case", args);
  }) as Platform["call"];
  const shown = renderScreen(<ReplyDialog caseId="case:community:48213" visibility={visibility} onClose={() => undefined} />, {
    platform: { ...fake, call },
  });
  await screen.findByRole("dialog");
  return { ...shown, sent, checked };
}

describe("A reply to the partner", () => {
  test("without personal data goes with one press", async () => {
    const { sent } = await open();
    write("body", "We count again on Monday.");
    await waitFor(() => expect(send().disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toEqual([{ case: "case:community:48213", body: "We count again on Monday.", visibility: "partner" }]));
  });

  test("with personal data waits until it is hidden, and what was hidden can be put back", async () => {
    const { sent, container } = await open();
    write("body", "Ask lena@private.example.");
    expect((await found()).textContent).toContain("e-mail address");
    expect(send().disabled).toBe(true);
    expect(await stumbles(container)).toEqual([]);
    press("H", { ctrlKey: true, shiftKey: true });
    await waitFor(() => expect(field("body").value).toBe("Ask [e-mail address]."));
    fireEvent.click(screen.getByRole("button", { name: "Put it back" }));
    expect(field("body").value).toBe("Ask lena@private.example.");
    await found();
    press("H", { ctrlKey: true, shiftKey: true });
    await waitFor(() => expect(send().disabled).toBe(false));
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.map((s) => [s.body, s.personal])).toEqual([["Ask [e-mail address].", undefined]]));
  });

  test("with personal data goes for a reason", async () => {
    const { sent } = await open();
    write("body", "Ask lena@private.example.");
    await found();
    write("personal", "They asked for her address");
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent.map((s) => s.personal)).toEqual(["They asked for her address"]));
  });

  test("that cannot be looked through says so", async () => {
    await open("partner", { code: "E_NOT_FOUND", message: "There is no case 1.", detail: null });
    write("body", "Hello");
    expect((await screen.findByRole("alert")).textContent).toContain("There is no case 1.");
  });

  test("is not looked through where only we read it", async () => {
    const { sent, checked } = await open("internal");
    write("body", "Ask lena@private.example.");
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(checked).toEqual([]);
  });
});
