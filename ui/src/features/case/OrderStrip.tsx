import type { OrderNode } from "../../generated/OrderNode";
import type { SlaClock } from "../../generated/SlaClock";
import { Glyph } from "../../components/Glyph";
import { toneText } from "../../components/ui";
import { useClock, useNow } from "../../lib/clock";
import { cx } from "../../lib/text";
import { iso, openBetween, workingLeft, workingSpan } from "../../lib/time";
import css from "./Case.module.css";

/** Order, acknowledgement, ship notice, invoice: what each says and where they part. */
export function OrderStrip({ nodes, onOpen }: { nodes: OrderNode[]; onOpen: (id: string) => void }) {
  if (nodes.length === 0) {
    return (
      <p className="t3 s12" style={{ alignSelf: "center", paddingLeft: 16 }}>
        No order belongs to this case.
      </p>
    );
  }
  return (
    <ol className={css.life} aria-label="Order, acknowledgement, ship notice, invoice">
      {nodes.map((node) => {
        const body = (
          <>
            <span className={css.nodeHead}>
              <span className="b">{node.title}</span>
              <span className="t3 s12">{node.code}</span>
            </span>
            <div className={cx("s12 cut", toneText(node.tone))}>{node.fact}</div>
            <div className="s11 t3 cut">{node.detail}</div>
          </>
        );
        return (
          <li key={node.code + node.title} data-broken={node.broken_after || undefined}>
            <span className={css.ball}>
              <Glyph tone={node.tone} size={14} />
            </span>
            {node.id === null ? (
              <div className={css.node}>{body}</div>
            ) : (
              <NodeButton id={node.id} onOpen={onOpen}>
                {body}
              </NodeButton>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function NodeButton({ id, onOpen, children }: { id: string; onOpen: (id: string) => void; children: React.ReactNode }) {
  return (
    <button type="button" style={{ display: "block" }} className={css.node} data-id={id} onClick={() => onOpen(id)}>
      {children}
    </button>
  );
}

export function Clocks({ clocks }: { clocks: SlaClock[] }) {
  return (
    <div className={css.clocks} role="group" aria-label="Clocks">
      {clocks.map((clock) => (
        <ClockFace key={clock.title} clock={clock} />
      ))}
    </div>
  );
}

/** Working time left, counted on the partner's calendar by the desk and carried on here. */
function ClockFace({ clock }: { clock: SlaClock }) {
  const now = useNow(60_000);
  const desk = useClock();
  const running = clock.state === "running" || clock.state === "late" || clock.state === "breached";
  // Nights, weekends and holidays of the partner use nothing up.
  const remaining = clock.left_ms === null ? null : clock.left_ms - openBetween(clock.open, clock.read_at, now);
  const used = remaining === null ? 100 : Math.max(0, Math.min(100, 100 - (remaining / Math.max(1, clock.allowed_ms)) * 100));
  const breached = clock.state === "breached" || (running && remaining !== null && remaining < 0);
  const late = clock.state === "running" && remaining !== null && remaining <= clock.late_ms;
  const tone = breached ? "fail" : late ? "late" : clock.tone;
  const words =
    clock.state === "met"
      ? "met"
      : clock.state === "paused"
        ? "paused"
        : remaining === null
          ? ""
          : breached
            ? workingLeft(Math.abs(remaining))
            : workingLeft(remaining);
  const small = clock.state === "met" || clock.state === "paused" ? "" : breached ? "over" : `left of ${workingSpan(clock.allowed_ms)}`;
  return (
    <div
      className={css.clock}
      title={`${clock.calendar}${clock.due_at !== null ? `. Ends ${iso(clock.due_at)} (${desk.zone})` : ""}${clock.note ? `. ${clock.note}` : ""}`}
      data-state={breached ? "breached" : late ? "late" : clock.state}
    >
      <div className={css.label}>{clock.title}</div>
      <div className={cx(css.value, tone === "late" && "late", tone === "fail" && "fail")}>
        {clock.state === "met" && <Glyph tone="ok" size={10} label={null} className="" />} {words} <small>{small}</small>
      </div>
      <div className={css.meter} data-tone={tone}>
        <i style={{ width: `${used}%` }} />
      </div>
    </div>
  );
}
