import { type ReactNode, useId } from "react";
import { Button as AriaButton, type ButtonProps, Radio, RadioGroup } from "react-aria-components";
import type { OfflineClass } from "../generated/OfflineClass";
import type { Owner } from "../generated/Owner";
import type { SourceAge } from "../generated/SourceAge";
import type { StatusWord } from "../generated/StatusWord";
import type { Tone } from "../generated/Tone";
import { useClock, useNow } from "../lib/clock";
import { caps } from "../lib/keys";
import { SYSTEM_TITLES, useLastRead } from "../lib/status";
import { cx } from "../lib/text";
import { age, freshness, iso } from "../lib/time";
import { Glyph } from "./Glyph";
import { Icon, type IconName } from "./Icon";
import css from "./ui.module.css";

/** Key caps of a binding. */
export function Keys({ of, className }: { of: string; className?: string }) {
  return (
    <span className={cx(css.keys, className)} aria-hidden="true">
      {caps(of).flatMap((stroke, s) =>
        stroke.map((cap, c) => (
          <kbd key={`${s}.${c}`} className={css.kbd}>
            {cap}
          </kbd>
        )),
      )}
    </span>
  );
}

/** What a button does without a network, said on the button itself. */
export type Mode = "queue" | "prepare" | "needs network";
export const MODES: Record<OfflineClass, Mode> = { queue: "queue", prepare: "prepare", refuse: "needs network" };

interface PressProps extends Omit<ButtonProps, "children" | "className" | "style"> {
  icon?: IconName;
  keys?: string;
  kind?: "default" | "primary" | "ghost";
  small?: boolean;
  mode?: Mode | undefined;
  command?: string;
  /** Why it is off; a button without reason is never off. */
  reason?: string | null | undefined;
  title?: string;
  className?: string | undefined;
  children: ReactNode;
}

export function Button({ icon, keys, kind = "default", small, mode, command, reason, className, children, ...rest }: PressProps) {
  const off = Boolean(reason) || rest.isDisabled || mode === "needs network";
  const describedBy = useId();
  // The reason describes the button; inside it, it would become part of its name.
  return (
    <>
      <AriaButton
        {...rest}
        isDisabled={off}
        data-command={command}
        aria-describedby={reason ? describedBy : undefined}
        className={cx(
          css.btn,
          kind === "primary" && css.primary,
          kind === "ghost" && css.ghost,
          small && css.small,
          mode === "queue" && kind !== "primary" && css.dash,
          className,
        )}
      >
        {icon && !(mode && !small) && <Icon name={icon} size={small ? 12 : 14} />}
        {children}
        {mode && <span className={css.mode}>{mode}</span>}
        {keys && <Keys of={keys} />}
      </AriaButton>
      {reason && (
        <span id={describedBy} className="sr">
          {reason}
        </span>
      )}
    </>
  );
}

export function IconButton({
  icon,
  label,
  command,
  on,
  ...rest
}: Omit<ButtonProps, "children" | "className"> & { icon: IconName; label: string; command?: string; on?: boolean }) {
  return (
    <AriaButton {...rest} aria-label={label} aria-pressed={on} data-command={command} data-on={on} className={css.icon!}>
      <Icon name={icon} />
    </AriaButton>
  );
}

export function Tag({ children, line, icon }: { children: ReactNode; line?: boolean; icon?: IconName }) {
  return (
    <span className={cx(css.tag, line && css.line)}>
      {icon && <Icon name={icon} size={11} />}
      {children}
    </span>
  );
}

export function Avatar({ owner, title }: { owner: Pick<Owner, "initials" | "name" | "me"> | null; title?: string }) {
  if (!owner) return <span className={cx(css.avatar, css.nobody)} role="img" aria-label={title ?? "Nobody"} />;
  return (
    <span className={cx(css.avatar, owner.me && css.me)} role="img" aria-label={title ?? owner.name} title={owner.name}>
      {owner.initials}
    </span>
  );
}

const TONE_TEXT: Partial<Record<Tone, string>> = { late: "late", fail: "fail", conflict: "conf" };
/** Only the worst facts take a colour; everything else stays neutral. */
export const toneText = (tone: Tone) => TONE_TEXT[tone] ?? "t2";

export function StatusText({ status, plain, className }: { status: StatusWord; plain?: boolean; className?: string }) {
  return (
    <span className={cx(css.st, className)} data-state={status.state}>
      <Glyph tone={status.tone} label={null} />
      <span className={plain ? undefined : toneText(status.tone)}>{status.word}</span>
    </span>
  );
}

/** Age of what a pane shows: always there, a clock face once it is old. */
export function Fresh({ source: asked, name = true }: { source: SourceAge | undefined; name?: boolean }) {
  const now = useNow();
  const source = useLastRead(asked);
  if (!source) return null;
  const title = SYSTEM_TITLES[source.system];
  if (source.fetched_at === null) {
    return (
      <span className={css.fresh} title={source.problem ?? undefined}>
        <Glyph tone="none" label={null} size={10} /> {title} not fully read
      </span>
    );
  }
  const word = freshness(now - source.fetched_at, source.stale);
  return (
    <span className={css.fresh} title={`${title}, read ${iso(source.fetched_at)}${source.problem ? `. ${source.problem}` : ""}`}>
      {source.stale ? <Glyph tone="stale" label="Old" size={10} /> : name && `${title} `}
      {source.problem && !source.stale && <Glyph tone="late" label={source.problem} size={10} />}
      {word}
    </span>
  );
}

export function Age({ at, empty = "" }: { at: number | null; empty?: string }) {
  const now = useNow();
  return at === null ? <>{empty}</> : <time dateTime={iso(at)}>{age(now - at)}</time>;
}

/** A moment in words chosen by `say`, redrawn every minute. */
export function Moment({
  at,
  say,
  className,
}: {
  at: number;
  say: (at: number, now: number, zone: string) => string;
  className?: string | undefined;
}) {
  const now = useNow(60_000);
  const { zone } = useClock();
  return (
    <time className={className} dateTime={iso(at)} title={iso(at)}>
      {say(at, now, zone)}
    </time>
  );
}

export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  wide,
}: {
  label: string;
  value: T;
  options: { id: T; title: string }[];
  onChange: (value: T) => void;
  wide?: boolean;
}) {
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      onChange={(next) => onChange(next as T)}
      orientation="horizontal"
      className={cx(css.seg, wide && css.wide)}
    >
      {options.map((option) => (
        <Radio key={option.id} value={option.id} data-id={option.id}>
          {option.title}
        </Radio>
      ))}
    </RadioGroup>
  );
}

export function Note({ tone, children }: { tone?: "fail" | "late" | "wait"; children: ReactNode }) {
  return (
    <div className={css.note} data-tone={tone} role={tone === "fail" ? "alert" : undefined}>
      {tone && <Glyph tone={tone} label={null} />}
      <span className="grow">{children}</span>
    </div>
  );
}

/** Nothing to show, and why. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty} role="status">
      <b>{title}</b>
      {children && <span>{children}</span>}
      {action}
    </div>
  );
}

export { css as ui };
