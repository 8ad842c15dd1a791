import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync("src/styles/tokens.css", "utf8");

const values = (block: string) => new Map([...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2]]));

describe("tokens", () => {
  test("dark_by_choice_and_dark_by_system_are_the_same_dark", () => {
    const chosen = /:root\[data-theme="dark"\]\s*\{([\s\S]*?)\n\}/.exec(css)?.[1] ?? "";
    const system = /:root:not\(\[data-theme\]\)\s*\{([\s\S]*?)\n {2}\}/.exec(css)?.[1] ?? "";
    expect(values(chosen).size).toBeGreaterThan(40);
    expect(values(system)).toEqual(values(chosen));
  });
});
