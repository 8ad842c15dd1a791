import type { LoopRow } from "../generated/LoopRow";
import type { OpenLoop } from "../generated/OpenLoop";
import type { OutcomeInput } from "../generated/OutcomeInput";
import type { UnclearAnswer } from "../generated/UnclearAnswer";
import { CASES, at, word } from "./fixtures";

const MAIN = "case:community:48213";
const OPEN = word("wait", "Open");
const SILENT = { ...word("late", "No answer"), state: "no_response" };
const ANSWERED = { ...word("ok", "Answered"), state: "acted" };
const WAIVED = word("none", "Waived");
const INFORMED = { ...word("none", "No answer asked for"), state: "informed" };
const HASH = "b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b2f6d88a1";

const row = (notice: string, title: string, status: LoopRow["status"], more: Partial<LoopRow> = {}): LoopRow => ({
  notice,
  title,
  version: "5",
  sha256: HASH,
  recipient: "Ines Okafor",
  channel: "email",
  required: status.state !== "informed",
  delivery: word("ok", "Delivered"),
  status,
  opened_at: at("10:20", -7),
  due_at: at("18:00", 7),
  no_response_at: null,
  answer: null,
  decided: null,
  may_decide: status.state !== "acted" && status.state !== "informed",
  ...more,
});

/** Of the case of the drawings: one of each kind. */
const OF_MAIN: LoopRow[] = [
  row("N-3104", "Request for proof of loading", OPEN),
  row("N-3088", "Shipment discrepancy", SILENT, {
    channel: "letter",
    opened_at: at("17:02", -22),
    due_at: at("09:00", -8),
    no_response_at: at("09:00", -8),
  }),
  row("N-3071", "Shipment discrepancy", ANSWERED, {
    opened_at: at("11:15", -36),
    due_at: at("09:00", -22),
    no_response_at: at("09:00", -22),
    answer: {
      id: "comment:community:66",
      at: at("15:40", -20),
      author: "Ines Okafor",
      excerpt: "Apologies for the delay. The credit note for N-3071 left us today.",
    },
  }),
  row("N-3119", "Claim received", INFORMED, { version: null, sha256: null, delivery: word("fail", "Bounced"), due_at: null }),
];
const UNCLEAR: UnclearAnswer = {
  answer: { id: "comment:community:81", at: at("12:48"), author: "Ines Okafor", excerpt: "Both agreed on our side, papers follow." },
  candidates: ["N-3104", "N-3088"],
};

const of = (index: number, one: LoopRow): OpenLoop => {
  const found = CASES[index]!;
  return { case: found.id, case_number: found.number, subject: found.subject, partner: found.partner, row: one };
};

/** Loops as the desk keeps them: who decides changes the rows that are listed next. */
export function fakeLoops(empty: boolean) {
  let loops: OpenLoop[] = empty
    ? []
    : [
        ...OF_MAIN.map((one) => of(0, one)),
        of(1, row("N-3110", "Ship notices rejected", OPEN, { due_at: at("16:30"), recipient: "Quillfeather Foods" })),
        of(3, row("N-3090", "Request for proof of loading", SILENT, { due_at: at("09:00", -3), no_response_at: at("09:00", -3) })),
        of(6, row("N-3082", "Invoice sent twice", WAIVED, { decided: "Mara Tindal: Settled by phone." })),
        ...Array.from({ length: 20 }, (_, i) =>
          of(9 + (i % 14), row(`N-${2900 + i}`, "Price list to confirm", OPEN, { due_at: at("12:00", 8 + i) })),
        ),
      ];
  let unclear = empty ? [] : [UNCLEAR];
  const standing = ({ row: { required, status } }: OpenLoop, state: string | undefined) =>
    required && (state ? status.state === state : status.state === "open" || status.state === "no_response");
  return {
    ofCase: (id: string) => ({
      loops: loops.filter((loop) => loop.case === id).map((loop) => loop.row),
      unclear: id === MAIN ? unclear : [],
    }),
    list: (state: string | undefined) =>
      loops.filter((loop) => standing(loop, state)).sort((a, b) => (a.row.due_at ?? Infinity) - (b.row.due_at ?? Infinity)),
    confirm: ({ notice, outcome, reason, answer }: OutcomeInput, by: string) => {
      const message = unclear.find((one) => one.answer.id === answer)?.answer ?? null;
      const acted = outcome === "acted";
      loops = loops.map((loop) =>
        loop.row.notice !== notice
          ? loop
          : {
              ...loop,
              row: {
                ...loop.row,
                status: acted ? ANSWERED : WAIVED,
                answer: message,
                decided: message ? null : `${by}: ${reason}`,
                may_decide: !acted,
              },
            },
      );
      unclear = unclear.filter((one) => one.answer.id !== answer);
    },
  };
}
