import type { Tone } from "../generated/Tone";
import css from "./Glyph.module.css";
import type { ReactNode } from "react";

/** Ten shapes, told apart without colour. */
const SHAPES: Record<Tone, ReactNode> = {
  ok: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path
        d="m4.9 8.3 2.2 2.2 4.1-4.6"
        stroke="var(--glyph-cut)"
        fill="none"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth="1.9"
      />
    </>
  ),
  wait: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="1.9" />
    </>
  ),
  run: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="1.9" />
      <path d="M8 4.6a3.4 3.4 0 0 1 0 6.8z" fill="currentColor" stroke="currentColor" strokeWidth=".6" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" strokeWidth="1.7" />
      <path
        d="M6.2 6.3c.1-1 .8-1.6 1.8-1.6s1.8.6 1.8 1.5c0 1.2-1.8 1.2-1.8 2.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
      <circle cx="8" cy="11" r=".9" fill="currentColor" />
    </>
  ),
  late: (
    <>
      <path d="M8 1.7c.5 0 .9.2 1.1.7l5.4 10.2c.4.8-.1 1.7-1 1.7h-11c-.9 0-1.4-.9-1-1.7L6.9 2.4c.2-.5.6-.7 1.1-.7z" fill="currentColor" />
      <path d="M8 6v3.4" stroke="var(--glyph-cut)" fill="none" strokeLinecap="round" strokeLinejoin="round" strokeWidth="1.8" />
      <circle cx="8" cy="11.8" r="1" fill="var(--glyph-cut)" />
    </>
  ),
  fail: (
    <>
      <path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z" fill="currentColor" />
      <path
        d="m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8"
        stroke="var(--glyph-cut)"
        fill="none"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth="1.8"
      />
    </>
  ),
  conflict: (
    <>
      <path d="M8 .8 15.2 8 8 15.2.8 8z" fill="currentColor" stroke="currentColor" strokeWidth=".6" strokeLinejoin="round" />
      <path d="M8 4.8v3.8" stroke="var(--glyph-cut)" fill="none" strokeLinecap="round" strokeLinejoin="round" strokeWidth="1.8" />
      <circle cx="8" cy="11" r="1" fill="var(--glyph-cut)" />
    </>
  ),
  queue: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.7" strokeDasharray="2.6 2.27" />
    </>
  ),
  stale: (
    <>
      <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 4.6V8l2.3 1.5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </>
  ),
  none: (
    <>
      <path d="M4.5 8h7" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
    </>
  ),
};

/** What a glyph says when no word stands beside it. */
const WORDS: Record<Tone, string> = {
  ok: "OK",
  wait: "Pending",
  run: "Under way",
  unknown: "Outcome unknown",
  late: "Late",
  fail: "Failed",
  conflict: "To decide",
  queue: "Queued",
  stale: "Old",
  none: "Nothing yet",
};

/** With `label={null}` the word stands beside it and the glyph stays silent. */
export function Glyph({
  tone,
  size = 12,
  label,
  className,
}: {
  tone: Tone;
  size?: 9 | 10 | 12 | 14;
  label?: string | null;
  className?: string | undefined;
}) {
  const named = label === null ? { "aria-hidden": true as const } : { role: "img", "aria-label": label ?? WORDS[tone] };
  return (
    <svg className={`${css[tone]} ${className ?? ""}`} width={size} height={size} viewBox="0 0 16 16" {...named}>
      {SHAPES[tone]}
    </svg>
  );
}
