import { useDeferredValue, useState } from "react";
import type { Visibility } from "../../generated/Visibility";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Button, Note, Tag, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { undoable, useEcho } from "../../lib/echo";
import { useOffline } from "../../lib/status";
import { Personal } from "./Personal";

/** Two composers that cannot be mistaken for each other: to the partner, or for us alone. */
export function ReplyDialog({ caseId, visibility, onClose }: { caseId: string; visibility: Visibility; onClose: () => void }) {
  const view = useRead("get_case", { id: caseId });
  const [body, setBody] = useState("");
  const echo = useEcho();
  const offline = useOffline();
  const send = useSend("reply_to_case");
  const toPartner = visibility === "partner";
  const [reason, setReason] = useState("");
  // What was written before personal data was hidden, for as long as nothing else was written.
  const [shown, setShown] = useState<{ before: string; hidden: string } | null>(null);
  const text = useDeferredValue(body.trim());
  const check = useRead("check_text", { case: caseId, text }, { enabled: toPartner && text !== "", keep: true });
  const found = toPartner && text !== "" && check.data && check.data.found.length > 0 ? check.data : null;
  const waits = found && !reason.trim() ? "Hide the personal data, or say why they are to have it" : null;
  const blocked = body.trim() ? waits : "Nothing written yet";
  const hide = () => {
    if (!found) return;
    setShown({ before: body, hidden: found.redacted });
    setBody(found.redacted);
  };
  const putBack = shown && shown.hidden === body ? shown.before : null;
  const run = () => {
    if (blocked || send.isPending) return;
    send.mutate(
      { case: caseId, body: body.trim(), visibility, ...(found ? { personal: reason.trim() } : {}) },
      {
        onSuccess: (plan) => {
          echo.say(
            offline
              ? `${toPartner ? "Reply" : "Note"} queued, goes when the network is back`
              : `${toPartner ? "Reply" : "Note"} on its way`,
            undoable(toPartner ? "reply" : "note", plan),
          );
          onClose();
        },
      },
    );
  };
  const title = toPartner ? "Reply to partner" : "Internal note";
  return (
    <Dialog
      title={title}
      screen={toPartner ? "reply" : "note"}
      icon={toPartner ? "reply" : "note"}
      width={620}
      onClose={onClose}
      head={
        <>
          {toPartner ? <Tag line>Partner</Tag> : <Tag icon="lock">Internal</Tag>}
          <span className="t2 s12 cut">{view.data ? `${view.data.number}, ${view.data.partner}` : ""}</span>
          <span className="grow" />
        </>
      }
    >
      <DialogCommands
        of={[
          { id: "submit", title, keys: ["Mod+Enter"], disabled: blocked, run },
          { id: "hide_personal", title: "Hide personal data", keys: ["Mod+Shift+H"], disabled: found ? null : "There is none", run: hide },
        ]}
      />
      <div className={dialogCss.body}>
        <textarea
          className={ui.area}
          rows={8}
          autoFocus
          aria-label={title}
          data-field="body"
          value={body}
          onChange={(event) => setBody(event.target.value)}
        />
        {found && <Personal view={found} reason={reason} onReason={setReason} onHide={hide} />}
        {putBack !== null && (
          <Note>
            Personal data is hidden.{" "}
            <Button kind="ghost" onPress={() => setBody(putBack)}>
              Put it back
            </Button>
          </Note>
        )}
        {check.error && (
          <Note tone="fail">
            <b>{check.error.message}</b> {check.error.detail}
          </Note>
        )}
        {send.error && (
          <Note tone="fail">
            <b>{send.error.message}</b> {send.error.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow">
          {toPartner ? `${view.data?.partner ?? "The partner"} reads this.` : "No partner ever sees this."}
        </span>
        <Button
          kind="primary"
          icon={toPartner ? "send" : "lock"}
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          {toPartner ? "Send reply" : "Save note"}
        </Button>
      </footer>
    </Dialog>
  );
}
