import { useState } from "react";
import type { ReviewView } from "../../generated/ReviewView";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useStatus } from "../../lib/status";
import { groupedHash, plural } from "../../lib/text";
import type { Passage } from "./passage";

export type Ask = "sign" | "reject" | "prepare" | "commit";

interface Props {
  view: ReviewView;
  ask: Ask;
  meaning: string;
  /** Login of who is signed for; empty for oneself. */
  onBehalf: string;
  /** What was marked when the dialog opened: a rejection points at it. */
  passage: Passage;
  onClose: () => void;
}

const TITLES: Record<Ask, string> = {
  sign: "Sign",
  reject: "Reject",
  prepare: "Prepare a decision",
  commit: "Commit the prepared decision",
};

/** States the object, the hash and the effect; asks for the PIN again each time. Never on a single key. */
export function SignDialog({ view, ask, meaning, onBehalf, passage, onClose }: Props) {
  const echo = useEcho();
  const { person, zone } = useStatus();
  const [pin, setPin] = useState("");
  const [reason, setReason] = useState("");
  const [verdict, setVerdict] = useState<"approve" | "reject">("approve");
  const sign = useSend("sign_review");
  const reject = useSend("reject_review");
  const prepare = useSend("prepare_review");
  const commit = useSend("commit_prepared");
  const problem = sign.error ?? reject.error ?? prepare.error ?? commit.error;
  const busy = sign.isPending || reject.isPending || prepare.isPending || commit.isPending;
  const { batch } = view;
  const what = batch ? "batch" : "letter";
  const rejecting = ask === "reject" || (ask === "prepare" && verdict === "reject");
  const needsPin = ask !== "prepare";
  const title = view.meanings.find((one) => one.id === meaning)?.title ?? meaning;
  const blocked = rejecting && !reason.trim() ? "Say why first" : needsPin && !pin ? "Enter your PIN" : null;
  const done = (text: string) => {
    echo.say(text);
    onClose();
  };
  const run = () => {
    if (blocked || busy) return;
    const id = view.row.id;
    const { hash } = view;
    const failed = { onError: () => setPin("") };
    const points = passage.block !== null;
    const about = points
      ? {
          about: {
            block: passage.block!,
            ...(passage.quote ? { quote: passage.quote } : {}),
            ...(passage.near !== undefined ? { near: passage.near } : {}),
          },
        }
      : {};
    const behalf = onBehalf ? { on_behalf_of: onBehalf } : {};
    if (ask === "sign") sign.mutate({ id, hash, meaning, pin, ...behalf }, { onSuccess: (result) => done(result.text), ...failed });
    else if (ask === "reject")
      reject.mutate({ id, hash, reason: reason.trim(), pin, ...about }, { onSuccess: (result) => done(result.text), ...failed });
    else if (ask === "prepare")
      prepare.mutate(
        { id, hash, verdict, ...(verdict === "approve" ? { meaning } : { reason: reason.trim(), ...about }) },
        { onSuccess: (result) => done(result.text) },
      );
    else if (view.prepared) commit.mutate({ id: view.prepared.id, pin }, { onSuccess: (result) => done(result.text), ...failed });
  };
  const effect =
    ask === "prepare"
      ? "Kept on this machine. It counts only after the hash is read again and you enter your PIN."
      : rejecting
        ? `The ${what} goes back to its maker with your reason. Nothing is released.`
        : ask === "commit"
          ? `The hash is compared again; if the ${what} changed, nothing is signed${batch ? "." : " and the changes are shown."}`
          : view.row.signed + 1 >= view.row.needed
            ? `This completes the quorum: ${batch ? `the ${plural(batch.notices, "notice")} of ${batch.number} are` : `the letter to ${view.row.partner} is`} released.`
            : `${view.row.needed - view.row.signed - 1} more signature needed before anything is released.`;
  const button = ask === "sign" ? "Sign" : ask === "reject" ? "Reject" : ask === "prepare" ? "Prepare" : "Commit";
  return (
    <Dialog title={TITLES[ask]} screen={ask} icon={rejecting ? "x" : "lock"} width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: button, keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        <dl className={dialogCss.facts}>
          <dt>{batch ? "Batch" : "Letter"}</dt>
          <dd>
            {batch
              ? `${batch.number}, ${plural(batch.notices, "notice")}, ${batch.left_out.length} left out`
              : `${view.row.notice_number} version ${view.version}, ${view.row.title}, ${view.row.partner}`}
          </dd>
          <dt>Content</dt>
          <dd className="mono" data-selectable>
            {groupedHash(ask === "commit" && view.prepared ? view.prepared.hash : view.hash)}
          </dd>
          {!rejecting && (
            <>
              <dt>Meaning</dt>
              <dd>{title}</dd>
            </>
          )}
          <dt>Signing as</dt>
          <dd>
            {person.name}, {person.title.toLowerCase()}, {zone}
          </dd>
          {!rejecting && ask === "sign" && onBehalf && (
            <>
              <dt>On behalf of</dt>
              <dd data-field="on_behalf_of">{view.signs_for.find((one) => one.person.id === onBehalf)?.person.name ?? onBehalf}</dd>
            </>
          )}
          {rejecting && passage.block !== null && (
            <>
              <dt>About</dt>
              <dd>
                Block {passage.block}
                {passage.quote && `, “${passage.quote}”`}
              </dd>
            </>
          )}
        </dl>
        {ask === "prepare" && (
          <div className={ui.seg} role="radiogroup" aria-label="Decision" style={{ width: "max-content" }}>
            {(["approve", "reject"] as const).map((one) => (
              <button
                key={one}
                type="button"
                role="radio"
                aria-checked={verdict === one}
                data-selected={verdict === one || undefined}
                data-id={one}
                onClick={() => setVerdict(one)}
              >
                {one === "approve" ? "Approve" : "Reject"}
              </button>
            ))}
          </div>
        )}
        {rejecting && (
          <label className={dialogCss.field}>
            <span>Reason</span>
            <textarea
              className={ui.area}
              rows={3}
              autoFocus
              data-field="reason"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
        )}
        {needsPin && (
          <label className={dialogCss.field}>
            <span>PIN</span>
            <input
              className={ui.input}
              type="password"
              inputMode="numeric"
              autoComplete="current-password"
              autoFocus={!rejecting}
              data-field="pin"
              value={pin}
              onChange={(event) => setPin(event.target.value)}
              onKeyDown={(event) => {
                // Enter alone signs nothing; it takes the keys that say so.
                if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
              }}
            />
          </label>
        )}
        {problem && (
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">{effect}</span>
        <Button kind="primary" keys="Mod+Enter" command="submit" reason={blocked} isDisabled={busy} onPress={run}>
          {button}
        </Button>
      </footer>
    </Dialog>
  );
}
