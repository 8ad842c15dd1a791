import type { ReactNode } from "react";

/** Line icons on a 16 px grid, drawn with the current colour. */
const SHAPES = {
  desk: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1.6" />
      <path d="M6.2 3v10M10.2 3v10" />
    </>
  ),
  review: (
    <>
      <path d="M12.5 7V5.2L9.3 2H4.5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h2.7" />
      <path d="M9.2 2v3.3h3.3" />
      <path d="m9.2 12.2 1.6 1.6 3-3.4" />
    </>
  ),
  doc: (
    <>
      <path d="M4.5 2h4.8l3.2 3.2V13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1z" />
      <path d="M9.2 2v3.3h3.3M5.8 8.3h4.4M5.8 10.9h4.4" />
    </>
  ),
  outbox: (
    <>
      <path d="M2.5 9.5v3a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-3" />
      <path d="M8 10V2.6M5.2 5.2 8 2.5l2.8 2.7" />
    </>
  ),
  campaign: (
    <>
      <path d="M2.5 6.2v3.6h2.3l6 3V3.2l-6 3zM13.2 6.2a2.6 2.6 0 0 1 0 3.6M5 9.8l.8 3.4h1.6L6.8 10.6" />
    </>
  ),
  loop: (
    <>
      <path d="M3.2 6.9A5 5 0 0 1 12.4 5M12.8 9.1A5 5 0 0 1 3.6 11" />
      <path d="M12.7 2.3V5H10M3.3 13.7V11H6" />
    </>
  ),
  batch: (
    <>
      <rect x="5" y="2.5" width="8.5" height="9" rx="1.2" />
      <path d="M7.6 5.5h3.3M7.6 8.2h3.3M2.5 5.2v7.3a1.2 1.2 0 0 0 1.2 1.2h6.8" />
    </>
  ),
  audit: (
    <>
      <path d="M8 1.8 3 3.6v4c0 3 2.1 5.4 5 6.6 2.9-1.2 5-3.6 5-6.6v-4z" />
      <path d="m5.8 8 1.6 1.6L10.3 6.5" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.3 10.3 3.2 3.2" />
    </>
  ),
  community: (
    <>
      <path d="M9.8 2.5H3.3a.8.8 0 0 0-.8.8v5.4l2-1.5h5.3a.8.8 0 0 0 .8-.8V3.3a.8.8 0 0 0-.8-.8z" />
      <path d="M5.8 9.4v.9a.8.8 0 0 0 .8.8h4.9l2 1.6V6.6a.8.8 0 0 0-.8-.8h-.6" />
    </>
  ),
  edi: (
    <>
      <path d="M2.5 5.2h10.2M10 2.5l2.7 2.7L10 7.9M13.5 10.8H3.3M6 8.1l-2.7 2.7L6 13.5" />
    </>
  ),
  exstream: (
    <>
      <rect x="2" y="3.5" width="12" height="9" rx="1.2" />
      <path d="m2.5 4.5 5.5 4.3 5.5-4.3" />
    </>
  ),
  workflow: (
    <>
      <circle cx="4" cy="3.8" r="1.7" />
      <circle cx="4" cy="12.2" r="1.7" />
      <circle cx="12" cy="8" r="1.7" />
      <path d="M5.7 3.8h1.1A1.8 1.8 0 0 1 8.6 5.6v.6A1.8 1.8 0 0 0 10.3 8M5.7 12.2h1.1a1.8 1.8 0 0 0 1.8-1.8v-.6A1.8 1.8 0 0 1 10.3 8" />
    </>
  ),
  workspace: (
    <>
      <path d="M2 12.2V4a1 1 0 0 1 1-1h3l1.5 1.7H13a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z" />
    </>
  ),
  tracker: (
    <>
      <path d="M6.2 2.5 4.8 13.5M11.2 2.5 9.8 13.5M2.8 6h10.8M2.4 10H13.2" />
    </>
  ),
  filter: (
    <>
      <path d="M2.5 4h11M4.5 8h7M6.5 12h3" />
    </>
  ),
  chev: (
    <>
      <path d="m4.5 6.3 3.5 3.5 3.5-3.5" />
    </>
  ),
  chevr: (
    <>
      <path d="m6.3 4.5 3.5 3.5-3.5 3.5" />
    </>
  ),
  plus: (
    <>
      <path d="M8 3v10M3 8h10" />
    </>
  ),
  check: (
    <>
      <path d="m3.5 8.3 3 3 6-6.6" />
    </>
  ),
  x: (
    <>
      <path d="m4 4 8 8M12 4l-8 8" />
    </>
  ),
  reply: (
    <>
      <path d="M6.5 3.5 2.5 7.5l4 4M2.8 7.5H9a4.5 4.5 0 0 1 4.5 4.5v.5" />
    </>
  ),
  phone: (
    <>
      <path d="M5.4 2.6 3.6 3a1.3 1.3 0 0 0-1 1.4c.5 4.6 4.4 8.5 9 9a1.3 1.3 0 0 0 1.4-1l.4-1.8-2.9-1.5-1.3 1.3A7.6 7.6 0 0 1 5.6 6.8l1.3-1.3z" />
    </>
  ),
  note: (
    <>
      <path d="M3.5 2.5h9a1 1 0 0 1 1 1v6l-4 4h-6a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z" />
      <path d="M13.4 9.5H9.5v3.9" />
    </>
  ),
  send: (
    <>
      <path d="M13.8 2.2 2.2 6.6l4.6 2.6 2.6 4.6zM6.9 9.1l3.4-3.4" />
    </>
  ),
  undo: (
    <>
      <path d="M5.5 3 2.5 6l3 3M2.7 6H9.5a3.7 3.7 0 0 1 0 7.4H6" />
    </>
  ),
  esc: (
    <>
      <path d="M8 13V3.5M4 7.3l4-4 4 4" />
    </>
  ),
  pin: (
    <>
      <path d="M10 2.3 13.7 6l-2.3.6-2.6 2.6-.3 3L3.8 7.5l3-.3 2.6-2.6zM5.8 10.2 2.5 13.5" />
    </>
  ),
  lock: (
    <>
      <rect x="3.5" y="7" width="9" height="6.5" rx="1" />
      <path d="M5.3 7V5.2a2.7 2.7 0 0 1 5.4 0V7" />
    </>
  ),
  eye: (
    <>
      <path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z" />
      <circle cx="8" cy="8" r="1.9" />
    </>
  ),
  clip: (
    <>
      <path d="m12.8 7.3-5 5a3 3 0 0 1-4.2-4.2l5.3-5.3a2 2 0 0 1 2.8 2.8L6.5 10.8a1 1 0 0 1-1.4-1.4l4.6-4.6" />
    </>
  ),
  image: (
    <>
      <rect x="2.5" y="3" width="11" height="10" rx="1" />
      <circle cx="6" cy="6.5" r="1.1" />
      <path d="m3 12 3.5-3.3L9 11l2-1.8 2.3 2.2" />
    </>
  ),
  dots: (
    <>
      <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />
    </>
  ),
  link: (
    <>
      <path d="M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.3-2.3A2.6 2.6 0 0 0 9 3.3l-.8.8M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8" />
    </>
  ),
  rows: (
    <>
      <path d="M2.5 4h11M2.5 8h11M2.5 12h11" />
    </>
  ),
  arrow: (
    <>
      <path d="M3 8h10M9.3 4.3 13 8l-3.7 3.7" />
    </>
  ),
  play: (
    <>
      <path d="M5 3.3v9.4L12.5 8z" />
    </>
  ),
  offl: (
    <>
      <path d="M2 2l12 12M5 6.2A3.6 3.6 0 0 0 4.8 13h6.7M7 3.9a4.3 4.3 0 0 1 4.9 3.5A2.9 2.9 0 0 1 13.5 11.7" />
    </>
  ),
  expand: (
    <>
      <path d="M9.5 2.5h4v4M6.5 13.5h-4v-4M13.3 2.7 9.5 6.5M2.7 13.3l3.8-3.8" />
    </>
  ),
  hash: (
    <>
      <path d="M6.2 2.5 4.8 13.5M11.2 2.5 9.8 13.5M2.8 6h10.8M2.4 10H13.2" />
    </>
  ),
  table: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1.2" />
      <path d="M2 6.5h12M2 10h12M7 6.5V13" />
    </>
  ),
  sum: (
    <>
      <path d="M12 4.6V2.8H4l4.2 5.2L4 13.2h8v-1.8" />
    </>
  ),
  sun: (
    <>
      <circle cx="8" cy="8" r="2.7" />
      <path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1" />
    </>
  ),
  plug: (
    <>
      <path d="M5.5 2.5v3M10.5 2.5v3M4 5.5h8v2.3a4 4 0 0 1-8 0zM8 11.8v2.2" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 14, className }: { name: IconName; size?: 10 | 11 | 12 | 14 | 16; className?: string | undefined }) {
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={size === 10 ? 2 : size === 11 ? 1.6 : 1.35}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[name]}
    </svg>
  );
}
