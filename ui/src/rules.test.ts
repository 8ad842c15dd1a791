import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(tsx?|css)$/.test(name) && !name.startsWith("generated"))
  .map((name) => ({ name: name.replaceAll("\\", "/"), text: readFileSync(join("src", name), "utf8") }));
const code = files.filter((file) => !file.name.endsWith(".css") && !/\.test\.tsx?$/.test(file.name) && !file.name.startsWith("testing/"));
const imports = (text: string) => [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
const names = (found: typeof files) => found.map((file) => file.name);

describe("rules of this folder", () => {
  test("no_feature_imports_another", () => {
    const crossing = code.filter(
      ({ name, text }) =>
        name.startsWith("features/") && imports(text).some((path) => path.startsWith("../") && !path.startsWith("../../")),
    );
    expect(names(crossing)).toEqual([]);
  });

  test("lib_and_components_know_no_feature_and_no_frame", () => {
    const upwards = code.filter(
      ({ name, text }) => /^(lib|components|platform)\//.test(name) && imports(text).some((path) => /\/(features|app)\//.test(path)),
    );
    expect(names(upwards)).toEqual([]);
  });

  test("the_shell_is_named_in_platform_only", () => {
    expect(
      names(
        code.filter(({ name, text }) => !name.startsWith("platform/") && imports(text).some((path) => path.startsWith("@tauri-apps/"))),
      ),
    ).toEqual([]);
  });

  test("what_strangers_wrote_becomes_html_in_one_place", () => {
    expect(names(code.filter(({ text }) => text.includes("dangerouslySetInnerHTML")))).toEqual(["components/RemoteHtml.tsx"]);
  });

  test("the_fake_is_reached_by_the_development_switch_only", () => {
    expect(names(code.filter(({ text }) => imports(text).some((path) => path.includes("testing/"))))).toEqual(["platform/index.ts"]);
  });

  test("colours_are_named_in_the_tokens_only", () => {
    const coloured = files.filter(({ name, text }) => name.endsWith(".module.css") && /#[0-9a-f]{3,8}\b/i.test(text));
    expect(names(coloured)).toEqual([]);
  });

  test("no_file_is_longer_than_an_idea", () => {
    expect(names(files.filter(({ name, text }) => !name.startsWith("testing/") && text.split("\n").length > 420))).toEqual([]);
  });
});
