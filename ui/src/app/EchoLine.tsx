import { Glyph } from "../components/Glyph";
import { IconButton } from "../components/ui";
import { useEcho } from "../lib/echo";
import css from "./Frame.module.css";

export function EchoLine() {
  const { current, hold, clear } = useEcho();
  if (!current) return <div role="status" aria-live="polite" className="sr" />;
  return (
    <div
      className={css.echo}
      role={current.failed ? "alert" : "status"}
      data-echo={current.failed ? "failed" : "done"}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <Glyph tone={current.failed ? "fail" : "ok"} label={null} />
      <span className="grow">
        {current.text}
        {current.detail && <small>{current.detail}</small>}
      </span>
      <IconButton icon="x" label="Close message" onPress={clear} />
    </div>
  );
}
