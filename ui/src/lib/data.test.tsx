import { act, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Changed } from "../generated/Changed";
import { fakePlatform } from "../testing/fake";
import { renderScreen } from "../testing/render";
import { useRead } from "./data";

function Verdict() {
  const verdict = useRead("get_case", { id: "case:community:48213" });
  return <p>{verdict.data?.subject ?? "nothing"}</p>;
}

test("an_answer_under_way_is_shown_and_asked_for_once_more_after_a_change", async () => {
  const base = fakePlatform();
  const waiting: ((subject: string) => void)[] = [];
  let tell = (_: Changed) => {};
  renderScreen(<Verdict />, {
    platform: {
      ...base,
      onChanged: (listener) => ((tell = listener), () => {}),
      call: (async (name, args) => {
        const answer = await base.call(name, args);
        if (name !== "get_case") return answer;
        return await new Promise((resolve) => waiting.push((subject) => resolve({ ...(answer as object), subject } as never)));
      }) as typeof base.call,
    },
  });
  await waitFor(() => expect(waiting).toHaveLength(1));
  act(() => {
    tell({ topics: ["cases"] });
    tell({ topics: ["cases"] });
  });
  act(() => waiting[0]!("first"));
  await screen.findByText("first");
  await waitFor(() => expect(waiting).toHaveLength(2));
  act(() => waiting[1]!("second"));
  await screen.findByText("second");
  expect(waiting).toHaveLength(2);
});
