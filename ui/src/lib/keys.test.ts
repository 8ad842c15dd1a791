import { describe, expect, test } from "vitest";
import { type KeyLike, caps, isField, liveInField, matches, parseBinding, parseStroke } from "./keys";

const press = (key: string, more: Partial<KeyLike> = {}): KeyLike => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

describe("keys", () => {
  test("mod_is_ctrl_here_and_command_on_a_mac", () => {
    const stroke = parseStroke("Mod+Enter");
    expect(matches(stroke, press("Enter", { ctrlKey: true }), false)).toBe(true);
    expect(matches(stroke, press("Enter", { metaKey: true }), true)).toBe(true);
    expect(matches(stroke, press("Enter", { ctrlKey: true }), true)).toBe(false);
    expect(matches(stroke, press("Enter"), false)).toBe(false);
  });

  test("a_letter_with_shift_is_another_key_than_without", () => {
    expect(matches(parseStroke("n"), press("n"), false)).toBe(true);
    expect(matches(parseStroke("n"), press("N", { shiftKey: true }), false)).toBe(false);
    expect(matches(parseStroke("Shift+N"), press("N", { shiftKey: true }), false)).toBe(true);
  });

  test("a_sign_that_needs_shift_on_this_keyboard_still_matches", () => {
    expect(matches(parseStroke("?"), press("?", { shiftKey: true }), false)).toBe(true);
    expect(matches(parseStroke("/"), press("/", { shiftKey: true }), false)).toBe(true);
  });

  test("alt_with_a_digit_is_found_by_place", () => {
    expect(matches(parseStroke("Alt+1"), press("¡", { altKey: true, code: "Digit1" }), false)).toBe(true);
  });

  test("a_chord_has_two_strokes", () => {
    expect(parseBinding("g q").map((stroke) => stroke.key)).toEqual(["g", "q"]);
    expect(caps("g q", false)).toEqual([["g"], ["q"]]);
    expect(caps("Mod+Shift+D", false)).toEqual([["Ctrl", "⇧", "D"]]);
  });

  test("single_keys_are_dead_in_fields", () => {
    expect(liveInField(parseStroke("n"))).toBe(false);
    expect(liveInField(parseStroke("Shift+N"))).toBe(false);
    expect(liveInField(parseStroke("Mod+Enter"))).toBe(true);
    expect(liveInField(parseStroke("F6"))).toBe(true);
    const box = document.createElement("input");
    box.type = "checkbox";
    expect(isField(box)).toBe(false);
    expect(isField(document.createElement("textarea"))).toBe(true);
  });
});
