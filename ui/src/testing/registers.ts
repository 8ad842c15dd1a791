import type { ApprovalRow } from "../generated/ApprovalRow";
import type { DeliveryRow } from "../generated/DeliveryRow";
import type { ExportRegister } from "../generated/ExportRegister";
import type { GetRegister } from "../generated/GetRegister";
import type { GetRegisterTrend } from "../generated/GetRegisterTrend";
import type { RegisterFilterArgs } from "../generated/RegisterFilterArgs";
import type { RegisterPage } from "../generated/RegisterPage";
import type { RegisterTrend } from "../generated/RegisterTrend";
import { NOW, REVIEWS, at, source, word } from "./fixtures";

const DAY = 86_400_000;
const HASH = "b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b2f6d88a1";

const APPROVED = { ...word("ok", "Approved"), state: "approved" };
const REQUESTED = { ...word("wait", "1 of 2 signed"), state: "requested" };
const REJECTED = { ...word("fail", "Rejected"), state: "rejected" };

const signature = (by: string, when: number, verdict = "approved") => ({
  by,
  verdict,
  meaning: verdict === "approved" ? "Approved for sending" : "The clause is the old one",
  at: when,
  zone: "Europe/Amsterdam",
  sealed_with: "8f2a 41c0 9b17 d3e4 77aa 0c1d 5e6f 9b2c",
});

/** The first two are reviews of the drawings; the others are as many as a person scrolls through. */
export const APPROVALS: ApprovalRow[] = Array.from({ length: 230 }, (_, i) => {
  const asked = at("09:00", -i);
  const status = i === 0 ? REQUESTED : i % 17 === 5 ? REJECTED : APPROVED;
  const approved = status === APPROVED ? asked + (2 + (i % 30)) * 3_600_000 : null;
  return {
    id: REVIEWS[i]?.id ?? `review:community:r-${i}`,
    notice: REVIEWS[i]?.notice_number ?? `N-${3000 - i}`,
    title: REVIEWS[i]?.title ?? "Shipment discrepancy",
    case: "case:community:48213",
    case_number: "48213",
    partner: i % 2 ? "Fernhollow" : "Bramblewick Stores plc",
    template: i % 3 ? "SDN-04" : "TRM-01",
    release: "7",
    hash: HASH,
    maker: "Lena Kovář",
    asked_at: asked,
    status,
    needed: 2,
    signatures:
      status === REQUESTED
        ? [signature("Priya Nair", asked + 1)]
        : status === REJECTED
          ? [signature("Priya Nair", asked + 1, "rejected")]
          : [signature("Priya Nair", asked + 1), signature("Tomas Berg", approved ?? 0)],
    approved_at: approved,
    released_at: approved && approved + 60_000,
    first_used_at: i % 7 === 3 ? null : approved && approved + 120_000,
    first_use_note: i % 7 === 3 && approved ? "The manifest of the batch is not on this machine" : null,
  };
});

const DELIVERED = [
  { ...word("ok", "Delivered"), state: "delivered" },
  { ...word("fail", "Bounced"), state: "bounced" },
  { ...word("wait", "Sent"), state: "sent" },
];

export const DELIVERIES: DeliveryRow[] = Array.from({ length: 130 }, (_, i) => {
  const status = DELIVERED[i % 5 === 1 ? 1 : i % 5 === 2 ? 2 : 0]!;
  return {
    id: `notice:exstream:N-${4000 - i}`,
    notice: `N-${4000 - i}`,
    job: `J-${900 - i}`,
    case: i === 3 ? null : "case:community:48213",
    case_number: i === 3 ? "" : "48213",
    partner: i === 3 ? "" : "Bramblewick Stores plc",
    template: "SDN-04@7",
    channel: i % 2 ? "letter" : "email",
    recipient: i === 4 ? '=HYPERLINK("http://x")' : "ines.okafor@bramblewick.example",
    status,
    told: status.state.toUpperCase(),
    reason: status.state === "bounced" ? "mailbox is full" : null,
    released_at: i === 6 ? null : at("10:00", -i),
    at: at("10:05", -i),
    sha256: i === 6 ? "" : HASH,
  };
});

interface Row {
  template: string;
  partner: string;
  status: { state: string };
}

function narrowed<T extends Row>(
  rows: T[],
  filter: RegisterFilterArgs | undefined,
  when: (row: T) => number,
  said: (row: T) => string,
): T[] {
  const { text, states, templates, partners, from, until } = filter ?? {};
  return rows.filter(
    (row) =>
      (!text || said(row).toLowerCase().includes(text.toLowerCase())) &&
      (!states?.length || states.includes(row.status.state)) &&
      (!templates?.length || templates.some((key) => row.template.startsWith(key))) &&
      (!partners?.length || partners.includes(row.partner)) &&
      when(row) >= (from ?? -Infinity) &&
      when(row) < (until ?? Infinity),
  );
}

/** Registers as the core gives them: parts from where the one before ended, and for approvals no more rows looked at than a few. */
export function fakeRegisters({ offline, empty }: { offline: () => boolean; empty: boolean }) {
  const rowsOf = ({ register, filter }: Pick<ExportRegister, "register" | "filter">) => ({
    approvals:
      register === "approval" && !empty
        ? narrowed(
            APPROVALS,
            filter,
            (row) => row.asked_at,
            (row) => `${row.title} ${row.notice} ${row.partner} ${row.maker}`,
          )
        : [],
    deliveries:
      register === "delivery" && !empty
        ? narrowed(
            DELIVERIES,
            filter,
            (row) => row.at,
            (row) => `${row.notice} ${row.recipient}`,
          )
        : [],
  });
  const sources = () => [source("community", offline()), source("exstream", offline())];
  return {
    page(args: GetRegister): RegisterPage {
      const { register, after, limit } = args;
      const found = rowsOf(args);
      const begin = after ? Number(after.split(".")[1]) : 0;
      const end = begin + (limit ?? 100);
      const all = register === "approval" ? found.approvals.length : found.deliveries.length;
      const of = empty ? 0 : register === "approval" ? APPROVALS.length : DELIVERIES.length;
      return {
        register,
        approvals: found.approvals.slice(begin, end),
        deliveries: found.deliveries.slice(begin, end),
        of,
        fits: register === "delivery" ? all : null,
        looked_at: Math.min(end, all) - begin,
        truncated: end < all,
        next: end < all ? `0.${end}` : null,
        sources: sources(),
        choices: after
          ? null
          : {
              states: (register === "approval" ? ["requested", "approved", "rejected"] : ["delivered", "bounced", "sent"]).map((value) => ({
                value,
                title: value.charAt(0).toUpperCase() + value.slice(1),
              })),
              templates: [
                { value: "SDN-04", title: "Shipment discrepancy notice" },
                { value: "TRM-01", title: "Change of terms" },
              ],
              partners: ["Bramblewick Stores plc", "Fernhollow"].map((name) => ({ value: name, title: name })),
            },
      };
    },
    trend({ register, days }: GetRegisterTrend): RegisterTrend {
      const day = (back: number) => new Date(NOW - back * DAY).toISOString().slice(0, 10);
      return {
        register,
        weeks:
          register === "approval" && !empty
            ? Array.from({ length: Math.min(13, Math.floor(days / 7)) }, (_, i) => ({
                week: day((12 - i) * 7),
                approved: i === 4 ? 0 : 3 + (i % 5),
                median_ms: i === 4 ? null : (6 + (i % 6) * 5) * 3_600_000,
                p90_ms: i === 4 ? null : (20 + (i % 4) * 14) * 3_600_000,
              }))
            : [],
        states: register === "delivery" && !empty ? DELIVERED : [],
        days:
          register === "delivery" && !empty
            ? Array.from({ length: days }, (_, i) => ({ day: day(days - 1 - i), counts: [4 + (i % 9), i % 6 === 0 ? 2 : 0, i % 4] }))
            : [],
        truncated: false,
        sources: sources(),
      };
    },
    write(args: ExportRegister) {
      const { approvals, deliveries } = rowsOf(args);
      const name = args.register === "approval" ? "Approval register" : "Delivery register";
      return { file: `Downloads/${name} 2025-11-17.${args.format}`, rows: approvals.length + deliveries.length };
    },
  };
}
