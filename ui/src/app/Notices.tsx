import { Icon } from "../components/Icon";
import { Glyph } from "../components/Glyph";
import { Button } from "../components/ui";
import { useClock, useNow } from "../lib/clock";
import { useSend } from "../lib/data";
import { useEcho } from "../lib/echo";
import { bytes, count } from "../lib/money";
import { useNav } from "../lib/nav";
import { useStatus } from "../lib/status";
import { plural } from "../lib/text";
import { age, dateTime } from "../lib/time";
import css from "./Frame.module.css";

/** Said once, above the screen, for as long as it holds: offline, read-only, first sync, sign-in, prepared decisions. */
export function Notices() {
  const status = useStatus();
  const nav = useNav();
  const echo = useEcho();
  const now = useNow(60_000);
  const { zone } = useClock();
  const setOffline = useSend("set_offline");
  const syncNow = useSend("sync_now");
  const { outbox, first_sync: first } = status;
  const asking = status.systems.filter((light) => light.needs_sign_in);
  return (
    <div className={css.notices}>
      {status.read_only && (
        <div className={css.banner} role="alert" data-notice="read_only">
          <Icon name="lock" />
          <b>Read only.</b>
          <span className="grow cut">{status.read_only}</span>
        </div>
      )}
      {status.sync === "offline" && (
        <div className={css.banner} role="status" data-notice="offline">
          <Icon name="offl" />
          <b>{status.offline_since !== null ? `Offline since ${dateTime(status.offline_since, now, zone)}.` : "Offline."}</b>
          <span className="grow cut">
            You work on this machine's copy.{" "}
            {outbox.open > 0
              ? `${plural(outbox.open, "step waits", "steps wait")} in the outbox and ${outbox.open === 1 ? "goes" : "go"} out in order. `
              : ""}
            Each button says what it can do now.
          </span>
          <Button
            small
            command="try_now"
            onPress={() =>
              status.offline_by_choice
                ? setOffline.mutate({ on: false }, { onError: echo.fail })
                : syncNow.mutate({}, { onError: echo.fail })
            }
          >
            {status.offline_by_choice ? "Work online" : "Try now"}
          </Button>
          <Button small kind="ghost" keys="g o" command="open_outbox" onPress={() => nav.go({ screen: "outbox" })}>
            Open outbox
          </Button>
        </div>
      )}
      {asking.length > 0 && status.sync !== "offline" && (
        <div className={css.banner} role="status" data-notice="sign_in">
          <Glyph tone="conflict" label={null} />
          <b>{asking.map((light) => light.title).join(", ")} asks for a sign-in.</b>
          <span className="grow cut">Its steps wait; everything else goes on.</span>
          <Button small command="go_connections" onPress={() => nav.go({ screen: "connections" })}>
            Open connections
          </Button>
        </div>
      )}
      {first && (
        <div className={css.banner} role="status" data-notice="first_sync">
          <Glyph tone="run" label={null} />
          <b>First sync.</b>
          <span className="tn">
            {count(first.rows)} {first.rows_expected !== null ? `of ${count(first.rows_expected)} ` : ""}rows
            {first.bytes > 0 && `, ${bytes(first.bytes)}`}
            {first.seconds_left !== null && `, ${age(first.seconds_left * 1000)} left`}
          </span>
          {first.rows_expected !== null && first.rows_expected > 0 && (
            <span
              className={css.bar}
              role="progressbar"
              aria-label="First sync"
              aria-valuemin={0}
              aria-valuemax={first.rows_expected}
              aria-valuenow={first.rows}
            >
              <i style={{ transform: `scaleX(${Math.min(1, first.rows / first.rows_expected)})` }} />
            </span>
          )}
          <span className="grow cut">{first.ready ? "You can start now." : ""}</span>
        </div>
      )}
      {status.counts.prepared > 0 && status.sync !== "offline" && nav.screen !== "review" && (
        <div className={css.banner} role="status" data-notice="prepared">
          <Icon name="lock" />
          <b>{plural(status.counts.prepared, "prepared decision")}.</b>
          <span className="grow cut">Made offline; each needs your PIN before it counts.</span>
          <Button small command="go_review" keys="g a" onPress={() => nav.go({ screen: "review" })}>
            Open review
          </Button>
        </div>
      )}
    </div>
  );
}
