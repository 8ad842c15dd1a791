import { useState } from "react";
import { Checkbox, Radio, RadioGroup } from "react-aria-components";
import type { FileInput } from "../../generated/FileInput";
import type { FilingView } from "../../generated/FilingView";
import { Dialog, DialogCommands, dialogCss } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { PlanRows } from "../../components/Plan";
import { Button, Empty, Note, ui } from "../../components/ui";
import { useRead, useSend } from "../../lib/data";
import { undoable, useEcho } from "../../lib/echo";
import { bytes } from "../../lib/money";
import { useOffline, useStatus } from "../../lib/status";
import { plural } from "../../lib/text";
import css from "./Filing.module.css";

/** Messages and attachments of a case into the workspace they belong to; a doubtful match is asked, never guessed. */
export function FilingDialog({ caseId, onClose }: { caseId: string; onClose: () => void }) {
  const [choice, setChoice] = useState<Choice>({});
  const view = useRead("open_filing", { case: caseId, ...choice }, { keep: true, anew: true });
  return (
    <Dialog title="File into workspace" screen="filing" icon="workspace" width={680} onClose={onClose}>
      {view.error && (
        <Note tone="fail">
          <b>{view.error.message}</b> {view.error.detail}
        </Note>
      )}
      {view.data && <Loaded view={view.data} choice={choice} onChoose={setChoice} stale={view.isPlaceholderData} onClose={onClose} />}
    </Dialog>
  );
}

/** What differs from the proposal. */
type Choice = Pick<FileInput, "workspace" | "items">;

interface Props {
  view: FilingView;
  choice: Choice;
  onChoose: (choice: Choice) => void;
  /** The plan shown is that of the choice before. */
  stale: boolean;
  onClose: () => void;
}

function Loaded({ view, choice, onChoose, stale, onClose }: Props) {
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const workspace = choice.workspace ?? view.proposed;
  const items = choice.items ?? view.items.map((item) => item.id);
  const send = useSend("file_case");
  const duplicate = send.error?.code === "E_DUP";
  const blocked =
    read_only ??
    (workspace === null && view.candidates.length > 0
      ? "Choose a workspace first"
      : stale
        ? "The plan is being made"
        : (view.problem?.message ?? null));
  const run = () => {
    if (blocked || send.isPending || workspace === null) return;
    send.mutate(
      { case: view.case, ...choice, workspace, ...(duplicate ? { again: true } : {}) },
      {
        onSuccess: (plan) => {
          echo.say(
            offline ? "Filing queued, goes when the network is back" : `Filing ${plural(items.length, "item")}`,
            undoable("filing", plan),
          );
          onClose();
        },
      },
    );
  };
  return (
    <>
      <DialogCommands of={[{ id: "submit", title: "File", keys: ["Mod+Enter"], disabled: blocked, run }]} />
      <div className={dialogCss.body}>
        {view.problem && (
          <Note tone="late">
            <b>{view.problem.message}</b> {view.problem.detail}
          </Note>
        )}
        <div>
          <p className={css.heading}>
            Workspace{view.proposed === null && view.candidates.length > 1 ? ", two or more fit: choose one" : ""}
          </p>
          {view.candidates.length === 0 && (
            <Empty title="No workspace fits">One is created when this is filed, or an owner is asked.</Empty>
          )}
          <RadioGroup
            aria-label="Workspace"
            value={workspace}
            onChange={(id) => onChoose({ ...choice, workspace: id })}
            data-kind="candidates"
          >
            {view.candidates.map((one, index) => (
              <Radio
                key={one.id}
                value={one.id}
                className={css.candidate!}
                data-id={one.id}
                autoFocus={workspace === one.id || (workspace === null && index === 0)}
              >
                <span className={ui.radio} data-on={workspace === one.id} />
                <span className="grow">
                  <span className="b cut" style={{ display: "block" }}>
                    {one.path}
                  </span>
                  <span className="s12 t3">{one.reasons.join(", ")}</span>
                </span>
                <span className="s12 t2 tn">
                  match {one.score}
                  {one.id === view.proposed && ", proposed"}
                </span>
              </Radio>
            ))}
          </RadioGroup>
        </div>
        {view.items.length > 0 && (
          <div role="group" aria-label="What is filed">
            <p className={css.heading}>What is filed</p>
            {view.items.map((item) => {
              const on = items.includes(item.id);
              return (
                <Checkbox
                  key={item.id}
                  className={css.item!}
                  isSelected={on}
                  // Attachments go with the message they came with.
                  isDisabled={item.id === "message"}
                  data-id={item.id}
                  onChange={() => onChoose({ ...choice, items: on ? items.filter((one) => one !== item.id) : [...items, item.id] })}
                >
                  <span className={ui.tick} data-on={on}>
                    <Icon name="check" size={10} />
                  </span>
                  <span className="cut">{item.name}</span>
                  <span className="s12 t3 tn">
                    {item.size !== null && bytes(item.size)}
                    {!item.local && ", fetched first"}
                  </span>
                </Checkbox>
              );
            })}
          </div>
        )}
        {view.plan && (
          <div>
            <p className={css.heading}>What will happen</p>
            <PlanRows plan={view.plan} />
          </div>
        )}
        {send.error && (
          <Note tone="fail">
            <b>{send.error.message}</b> {send.error.detail} {duplicate && "Press once more to file it again on purpose."}
          </Note>
        )}
      </div>
      <footer className={dialogCss.foot}>
        <span className="s12 t2 grow cut">{blocked ?? "Each file is read back and compared by hash."}</span>
        <Button
          kind="primary"
          icon="workspace"
          keys="Mod+Enter"
          command="submit"
          mode={offline ? "queue" : undefined}
          reason={blocked}
          isDisabled={send.isPending}
          onPress={run}
        >
          {duplicate ? "File again" : "File"}
        </Button>
      </footer>
    </>
  );
}
