import type { Problem } from "../../generated/Problem";
import type { StatementsView } from "../../generated/StatementsView";
import { Glyph } from "../../components/Glyph";
import { Button, Note } from "../../components/ui";
import { useOffline } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import css from "./Statements.module.css";

interface Props {
  view: StatementsView | undefined;
  title: string;
  blocked: string | null;
  /** The plan is being made: what blocks is no fault. */
  busy: boolean;
  refused: Problem | null;
  onRun: () => void;
}

/** What happens, why it cannot happen yet, and the button that makes it happen. */
export function Run({ view, title, blocked, busy, refused, onRun }: Props) {
  const offline = useOffline();
  return (
    <footer className={css.run}>
      {refused && <Refused problem={refused} busy={busy} />}
      <p className="s12">
        {view?.effect} {view && <span className="mono t3">{shortHash(view.root)}</span>}
      </p>
      <p className={cx("s12", css.blocked)} role="status">
        {blocked && (
          <>
            <Glyph tone={busy ? "run" : "late"} label={null} />
            {blocked}
          </>
        )}
      </p>
      <Button
        kind="primary"
        icon="send"
        keys="Mod+Enter"
        command="send_statements"
        mode={offline ? "needs network" : undefined}
        reason={blocked}
        onPress={onRun}
      >
        {title}
      </Button>
    </footer>
  );
}

/** After these the plan is read again, and what stands there now is another one. */
export const readsAgain = ({ code }: Problem) => code === "E_HASH" || code === "E_STATE";

function Refused({ problem, busy }: { problem: Problem; busy: boolean }) {
  return (
    <Note tone={problem.code === "E_OFFLINE" ? "late" : "fail"}>
      <b>{problem.message}</b> {problem.detail}
      {readsAgain(problem) && (
        <> {busy ? "The transactions are being read again." : "The plan was read again: what is shown now is what would be stated."}</>
      )}
    </Note>
  );
}
