import { useState } from "react";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Moment, Note, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import { dateTime } from "../../lib/time";

/** Lets somebody else sign for a time, and ends that again. */
export function DelegateDialog({ onClose }: { onClose: () => void }) {
  const echo = useEcho();
  const offline = useOffline();
  const list = useRead("list_delegations", null);
  const people = list.data?.people ?? [];
  const [chosen, setChosen] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState("");
  const give = useSend("delegate_signing");
  const revoke = useSend("revoke_delegation");
  const to = chosen || (people[0]?.id ?? "");
  const problem = list.error ?? give.error ?? revoke.error;
  const blocked = !to
    ? "There is nobody to delegate to"
    : !from || !until
      ? "Say from when until when"
      : until < from
        ? "It ends before it begins"
        : reason.trim()
          ? null
          : "Say why";
  const run = () => {
    if (blocked || give.isPending) return;
    give.mutate(
      { to, from, until, reason: reason.trim() },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title="Delegate signing" screen="delegate" icon="lock" width={520} onClose={onClose}>
      <DialogCommands of={[{ id: "submit", title: "Delegate", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {(list.data?.items ?? []).map((one) => (
          <div key={one.id} className="fx s12" style={{ gap: 8 }} data-id={one.id}>
            <span className="grow cut">
              {one.to?.name} signs for {one.from?.name} until <Moment at={one.ends_at} say={dateTime} />
            </span>
            {one.may_revoke && (
              <Button
                small
                command="revoke_delegation"
                isDisabled={revoke.isPending}
                onPress={() => revoke.mutate({ id: one.id }, { onSuccess: (done) => echo.say(done.text) })}
              >
                Revoke
              </Button>
            )}
          </div>
        ))}
        <label className={dialogCss.field}>
          <span>Who signs</span>
          <select className={ui.select} autoFocus data-field="to" value={to} onChange={(event) => setChosen(event.target.value)}>
            {people.map((one) => (
              <option key={one.id} value={one.id ?? ""}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <label className={dialogCss.field}>
          <span>First day</span>
          <input className={ui.input} type="date" data-field="from" value={from} onChange={(event) => setFrom(event.target.value)} />
        </label>
        <label className={dialogCss.field}>
          <span>Last day</span>
          <input className={ui.input} type="date" data-field="until" value={until} onChange={(event) => setUntil(event.target.value)} />
        </label>
        <label className={dialogCss.field}>
          <span>Reason</span>
          <input className={ui.input} data-field="reason" value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
        {problem && (
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">Both names stand on what is signed. Nobody signs for the maker of a letter.</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={give.isPending}
          onPress={run}
        >
          Delegate
        </Button>
      </footer>
    </Dialog>
  );
}
