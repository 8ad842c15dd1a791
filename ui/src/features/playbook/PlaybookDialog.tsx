import { useState } from "react";
import type { FieldRow } from "../../generated/FieldRow";
import type { PlaybookRow } from "../../generated/PlaybookRow";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { PlanRows } from "../../components/Plan";
import { Button, Empty, Note, Tag, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { undoable, useEcho } from "../../lib/echo";
import { useOffline, useStatus } from "../../lib/status";
import { plural } from "../../lib/text";

/** Any playbook on any case: its fields, its plan, one confirmation. */
export function PlaybookDialog({ caseId, playbook, onClose }: { caseId: string; playbook: string; onClose: () => void }) {
  const list = useRead("list_playbooks", { case: caseId });
  const found = list.data?.find((one) => one.id === playbook || one.use_case === playbook);
  return (
    <Dialog
      title={found?.title ?? "Playbook"}
      screen="playbook"
      icon="play"
      width={640}
      onClose={onClose}
      head={
        found ? (
          <>
            <Tag>{found.use_case}</Tag>
            <span className="t2 s12 cut">{found.why}</span>
            <span className="grow" />
          </>
        ) : undefined
      }
    >
      {list.error && <Note tone="fail">{list.error.message}</Note>}
      {list.data && !found && <Empty title="This playbook is not known here" />}
      {found && <Loaded caseId={caseId} playbook={found} onClose={onClose} />}
    </Dialog>
  );
}

function Loaded({ caseId, playbook, onClose }: { caseId: string; playbook: PlaybookRow; onClose: () => void }) {
  const [fields, setFields] = useState<Record<string, string>>({});
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const plan = useRead("plan_action", { playbook: playbook.id, case: caseId, fields }, { keep: true, anew: true });
  const submit = useSend("submit_action");
  const duplicate = submit.error?.code === "E_DUP";
  const value = (field: FieldRow) => fields[field.name] ?? field.value ?? "";
  const missing = playbook.fields.find((field) => field.required && !value(field));
  const blocked = read_only ?? (!playbook.applies ? playbook.why : missing ? `${missing.title} is missing` : (plan.error?.message ?? null));
  const run = () => {
    if (blocked || submit.isPending) return;
    submit.mutate(
      {
        playbook: playbook.id,
        case: caseId,
        fields,
        ...(plan.data ? { intent: plan.data.intent } : {}),
        ...(duplicate ? { again: true } : {}),
      },
      {
        onSuccess: (done) => {
          const steps = plural(done.rows.filter((row) => row.number !== null).length, "step");
          echo.say(
            `${playbook.title}: ${steps} ${offline ? "wait for the network" : "on their way"}`,
            undoable(playbook.title.toLowerCase(), done),
          );
          onClose();
        },
      },
    );
  };
  return (
    <>
      <DialogCommands of={[{ id: "submit", title: playbook.title, keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {playbook.fields.map((field, index) => (
          <label key={field.name} className={dialogCss.field}>
            <span>
              {field.title}
              <span className="t3">{field.required ? "" : "optional"}</span>
              <span className="grow" />
              <span className="t3">{fields[field.name] !== undefined ? "You" : field.source}</span>
            </span>
            {field.input === "choice" ? (
              <select
                className={ui.select}
                data-field={field.name}
                autoFocus={index === 0}
                value={value(field)}
                onChange={(event) => setFields({ ...fields, [field.name]: event.target.value })}
              >
                <option value="" />
                {field.choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            ) : field.input === "multiline" ? (
              <textarea
                className={ui.area}
                rows={4}
                data-field={field.name}
                autoFocus={index === 0}
                aria-invalid={field.required && !value(field)}
                value={value(field)}
                onChange={(event) => setFields({ ...fields, [field.name]: event.target.value })}
              />
            ) : (
              <input
                className={ui.input}
                data-field={field.name}
                autoFocus={index === 0}
                aria-invalid={field.required && !value(field)}
                value={value(field)}
                onChange={(event) => setFields({ ...fields, [field.name]: event.target.value })}
              />
            )}
          </label>
        ))}
        {plan.data && <PlanRows plan={plan.data} />}
        {(submit.error ?? plan.error) && (
          <Note tone="fail">
            <b>{(submit.error ?? plan.error)?.message}</b> {(submit.error ?? plan.error)?.detail}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow cut">{blocked ?? plan.data?.rule}</span>
        <Button
          kind="primary"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={submit.isPending}
          onPress={run}
        >
          {duplicate ? "Run again" : "Run"}
        </Button>
      </footer>
    </>
  );
}
