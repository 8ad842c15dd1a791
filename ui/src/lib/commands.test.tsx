import { fireEvent, render } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { CommandLayer, CommandProvider, type Command, useCommands } from "./commands";

function Offer({ commands }: { commands: Command[] }) {
  useCommands(commands);
  return null;
}
const command = (id: string, keys: string, run: () => void, more: Partial<Command> = {}): Command => ({
  id,
  title: id,
  keys: [keys],
  run,
  ...more,
});

describe("commands", () => {
  test("a_single_key_is_dead_while_text_is_written", () => {
    const run = vi.fn();
    const { container } = render(
      <CommandProvider>
        <Offer commands={[command("note", "n", run)]} />
        <input />
      </CommandProvider>,
    );
    fireEvent.keyDown(container.querySelector("input")!, { key: "n" });
    expect(run).not.toHaveBeenCalled();
    fireEvent.keyDown(document.body, { key: "n" });
    expect(run).toHaveBeenCalledOnce();
  });

  test("a_chord_runs_though_the_focused_element_has_its_second_key", () => {
    const run = vi.fn();
    const own = vi.fn();
    const { container } = render(
      <CommandProvider>
        <Offer commands={[command("go", "g o", run)]} />
        <div tabIndex={0} onKeyDown={(event) => event.key === "o" && own()} />
      </CommandProvider>,
    );
    const pane = container.querySelector("div")!;
    fireEvent.keyDown(pane, { key: "g" });
    fireEvent.keyDown(pane, { key: "o" });
    expect(run).toHaveBeenCalledOnce();
    expect(own).not.toHaveBeenCalled();
  });

  test("a_pane_keeps_its_keys_to_itself", () => {
    const run = vi.fn();
    const { getByTestId } = render(
      <CommandProvider>
        <Offer commands={[command("waive", "2", run, { pane: "exceptions" })]} />
        <div data-pane="exceptions">
          <button type="button" data-testid="in" />
        </div>
        <div data-pane="cases">
          <button type="button" data-testid="out" />
        </div>
      </CommandProvider>,
    );
    fireEvent.keyDown(getByTestId("out"), { key: "2" });
    expect(run).not.toHaveBeenCalled();
    fireEvent.keyDown(getByTestId("in"), { key: "2" });
    expect(run).toHaveBeenCalledOnce();
  });

  test("what_lies_under_a_dialog_hears_nothing", () => {
    const under = vi.fn();
    const over = vi.fn();
    const tree = (open: boolean) => (
      <CommandProvider>
        <Offer commands={[command("reply", "r", under), command("send", "Mod+Enter", under)]} />
        {open && (
          <CommandLayer>
            <Offer commands={[command("submit", "Mod+Enter", over)]} />
          </CommandLayer>
        )}
      </CommandProvider>
    );
    const { rerender } = render(tree(true));
    fireEvent.keyDown(document.body, { key: "r" });
    fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true });
    expect(under).not.toHaveBeenCalled();
    expect(over).toHaveBeenCalledOnce();
    rerender(tree(false));
    fireEvent.keyDown(document.body, { key: "r" });
    expect(under).toHaveBeenCalledOnce();
  });

  test("a_shortcut_goes_before_the_focused_button", () => {
    const run = vi.fn();
    const pressed = vi.fn();
    const { container } = render(
      <CommandProvider>
        <Offer commands={[command("submit", "Mod+Enter", run)]} />
        <button
          type="button"
          onKeyDown={(event) => {
            event.stopPropagation();
            pressed();
          }}
        />
      </CommandProvider>,
    );
    fireEvent.keyDown(container.querySelector("button")!, { key: "Enter", ctrlKey: true });
    expect(run).toHaveBeenCalledOnce();
    expect(pressed).not.toHaveBeenCalled();
  });

  test("a_disabled_command_does_nothing", () => {
    const run = vi.fn();
    render(
      <CommandProvider>
        <Offer commands={[command("sign", "Mod+Enter", run, { disabled: "You made this letter" })]} />
      </CommandProvider>,
    );
    fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
  });

  test("a_key_right_after_a_modifier_is_not_a_wish", () => {
    const run = vi.fn();
    render(
      <CommandProvider>
        <Offer commands={[command("next", "n", run)]} />
      </CommandProvider>,
    );
    fireEvent.keyUp(document.body, { key: "Control" });
    fireEvent.keyDown(document.body, { key: "n" });
    expect(run).not.toHaveBeenCalled();
  });
});
