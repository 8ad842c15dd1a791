import type { NoticeRow } from "../../generated/NoticeRow";
import { Glyph } from "../../components/Glyph";
import { Button } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useStatus } from "../../lib/status";
import css from "./Case.module.css";

/** What came back is proposed by another channel, as a notice of its own: never sent again without a word. */
export function Fallback({ notice }: { notice: NoticeRow }) {
  if (!notice.fallback) return null;
  return <Proposal notice={notice} fallback={notice.fallback} />;
}

function Proposal({ notice, fallback }: { notice: NoticeRow; fallback: NonNullable<NoticeRow["fallback"]> }) {
  const echo = useEcho();
  const { read_only } = useStatus();
  const send = useSend("fall_back");
  const blocked = read_only ?? (send.isPending || send.isSuccess ? "It is on its way" : null);
  const run = () =>
    send.mutate(
      { notice: notice.number, channel: fallback.channel },
      {
        onSuccess: (done) =>
          echo.say(
            done.review
              ? `${done.notice} waits for its review; it takes the place of ${done.replaces}`
              : `${done.notice} takes the place of ${done.replaces}`,
          ),
        onError: echo.fail,
      },
    );
  const id = `fall_back_${notice.number.toLowerCase().replace(/[^a-z0-9]+/g, "_")}`;
  useCommands([{ id, title: `${fallback.command}: ${notice.number}`, group: "Case", disabled: blocked, run }]);
  return (
    <div className={css.item} data-fallback={notice.number} role="group" aria-label={`${notice.number} came back`}>
      <Glyph tone="late" label={null} />
      <div className="cut">{fallback.title}</div>
      <Button small command={id} reason={blocked} onPress={run}>
        {fallback.command}
      </Button>
    </div>
  );
}
