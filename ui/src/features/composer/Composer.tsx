import { useEffect, useMemo, useRef, useState } from "react";
import { Radio, RadioGroup } from "react-aria-components";
import type { ComposerView } from "../../generated/ComposerView";
import type { NoticeInput } from "../../generated/NoticeInput";
import type { TemplateChoice } from "../../generated/TemplateChoice";
import { Dialog, DialogCommands } from "../../components/Dialog";
import { ReasonDialog } from "../../components/ReasonDialog";
import { Fields } from "../../components/Fields";
import { PdfView } from "../../components/PdfView";
import { PlanStrip } from "../../components/Plan";
import { Avatar, Button, Keys, MODES, Moment, Note, Segments, StatusText, Tag, ui } from "../../components/ui";
import { useNow } from "../../lib/clock";
import { usePlatform, useRead, useSend } from "../../lib/data";
import { undoable, useEcho } from "../../lib/echo";
import { useSettled } from "../../lib/settled";
import { useOffline, useStatus } from "../../lib/status";
import { cx, initials, plural, shortHash } from "../../lib/text";
import { age, dateTime, hourMinute } from "../../lib/time";
import css from "./Composer.module.css";

const CHANNELS: Record<string, string> = { letter: "Letter", email: "E-mail", statement_insert: "Statement insert" };

/** From a case to a notice, with every value's source and the whole plan in sight before anything is sent. */
export function Composer({ caseId, onClose }: { caseId: string; onClose: () => void }) {
  const view = useRead("open_composer", { case: caseId }, { anew: true });
  // Each kind of notice on a case has a number of its own.
  const [number, setNumber] = useState<string | null>(null);
  return (
    <Dialog
      title="New notice"
      screen="composer"
      icon="exstream"
      width="min(1272px, calc(100vw - 56px))"
      height="min(812px, calc(100vh - 64px))"
      onClose={onClose}
      head={
        view.data ? (
          <>
            <span className="t3">{number ?? view.data.preview.notice}</span>
            {view.data.draft && <Tag>Draft</Tag>}
            <span className="t2 s12 cut">
              for case {view.data.case_number}, {view.data.partner}
            </span>
            <span className="grow" />
            <span className="t3 s12">Maker</span>
            <Avatar owner={{ name: view.data.maker, initials: initials(view.data.maker), me: true }} />
            <span className="s12">{view.data.maker}</span>
          </>
        ) : undefined
      }
    >
      {view.error && (
        <Note tone="fail">
          <b>{view.error.message}</b> {view.error.detail}
        </Note>
      )}
      {view.data && view.data.templates.length === 0 && (
        <Note tone="late">No template fits this case. The policy names which templates suit which type.</Note>
      )}
      {view.data && view.data.templates.length > 0 && <Loaded view={view.data} onNumber={setNumber} onClose={onClose} />}
    </Dialog>
  );
}

function Loaded({ view, onNumber, onClose }: { view: ComposerView; onNumber: (number: string) => void; onClose: () => void }) {
  const echo = useEcho();
  const offline = useOffline();
  const { read_only } = useStatus();
  const now = useNow(60_000);
  const offered = view.templates.filter((one) => one.hidden === null);
  const folded = view.templates.filter((one) => one.hidden !== null);
  const [all, setAll] = useState(false);
  const first = view.templates.find((one) => one.id === view.draft?.template) ?? offered[0] ?? view.templates[0]!;
  const [templateId, setTemplate] = useState(first.id);
  const template = view.templates.find((one) => one.id === templateId) ?? first;
  const [channel, setChannel] = useState(view.draft?.channel ?? template.channels[0] ?? "letter");
  const [fields, setFields] = useState<Record<string, string>>((view.draft?.fields as Record<string, string> | undefined) ?? {});
  const [confirmed, setConfirmed] = useState<string[]>([]);
  const [savedAt, setSavedAt] = useState<number | null>(view.draft?.saved_at ?? null);
  const [pages, setPages] = useState(0);
  const [proofShown, setProofShown] = useState(false);

  const input = useMemo<NoticeInput>(
    () => ({ case: view.case, template: template.id, channel, fields, confirmed }),
    [view.case, template.id, channel, fields, confirmed],
  );
  const asked = useSettled(input, 250);
  const preview = useRead("preview_notice", asked, { keep: true, anew: true });
  // A proof that could not be rendered is tried again when the network is back.
  const { refetch } = preview;
  const triedOffline = useRef(offline);
  useEffect(() => {
    if (triedOffline.current === offline) return;
    triedOffline.current = offline;
    void refetch();
  }, [offline, refetch]);
  const shown = preview.data ?? view.preview;
  useEffect(() => onNumber(shown.notice), [onNumber, shown.notice]);
  const settled = asked === input && !preview.isFetching;

  const save = useSend("save_draft");
  const discard = useSend("discard_draft");
  const submit = useSend("submit_action");
  const platform = usePlatform();
  const [asking, setAsking] = useState(false);
  const duplicate = submit.error?.code === "E_DUP";
  const blocked = read_only ?? shown.blocked ?? (settled ? null : "The proof is being read");

  const { leaves } = shown;
  const send = (again: boolean, urgent?: string) =>
    submit.mutate(
      {
        playbook: template.playbook,
        case: view.case,
        fields: { ...fields, template: template.id, channel },
        confirmed,
        intent: shown.plan.intent,
        ...(again ? { again: true } : {}),
        ...(urgent ? { urgent } : {}),
      },
      {
        onSuccess: async (plan) => {
          const steps = plural(plan.rows.filter((row) => row.number !== null).length, "step");
          const held = leaves.held && !urgent && !template.regulated ? `. ${leaves.text}` : "";
          const said = `${shown.notice}: ${steps} ${offline ? "wait in the outbox until the network is back" : "on their way"}${held}`;
          // What it is undone by is asked for at once: its time is counted from now.
          const notice =
            template.regulated || plan.action_id === null
              ? null
              : await platform.call("get_undo", { id: plan.action_id }).catch(() => null);
          const undo = template.regulated ? undefined : undoable(shown.notice, plan);
          echo.say(said, undo && notice && notice.until !== null ? { ...undo, notice } : undo);
          onClose();
        },
      },
    );
  const saveDraft = () => save.mutate(input, { onSuccess: (done) => setSavedAt(done.saved_at), onError: echo.fail });
  const discardDraft = () =>
    discard.mutate(
      { case: view.case },
      {
        onSuccess: (done) => {
          echo.say(done.text);
          onClose();
        },
        onError: echo.fail,
      },
    );
  const choose = (id: string) => {
    const next = view.templates.find((one) => one.id === id);
    setTemplate(id);
    if (next && !next.channels.includes(channel)) setChannel(next.channels[0] ?? "letter");
  };
  // What happens at once without a network is what happens to the first step.
  const firstStep = shown.plan.rows.find((row) => row.number !== null)?.offline_class ?? "queue";
  const required = shown.fields.filter((field) => field.required);
  const { recipient } = view;

  return (
    <div className={css.dialog}>
      <DialogCommands
        of={[
          { id: "submit", title: shown.submit_title, keys: ["Mod+Enter"], disabled: blocked, run: () => send(duplicate) },
          ...(leaves.held
            ? [
                {
                  id: "send_anyway",
                  title: "Send anyway, with a reason",
                  keys: ["Alt+N"],
                  disabled: blocked,
                  run: () => setAsking(true),
                },
              ]
            : []),
          { id: "save_draft", title: "Save draft", keys: ["Mod+S"], run: saveDraft },
          { id: "discard_draft", title: "Discard", keys: ["Mod+Shift+D"], run: discardDraft },
          { id: "toggle_proof", title: "Show or hide the proof", keys: ["Alt+P"], run: () => setProofShown(!proofShown) },
          { id: "all_templates", title: "All templates", keys: ["Alt+A"], run: () => setAll(!all) },
        ]}
      />
      <div className={css.body} data-proof={proofShown || undefined}>
        <div data-pane="template">
          <div className={ui.sectionHead}>
            <h3>Template</h3>
            <span className={ui.r}>by exception type</span>
          </div>
          <RadioGroup aria-label="Template" value={template.id} onChange={choose} data-kind="templates">
            {(all ? [...offered, ...folded] : offered).map((one) => (
              <TemplateRow key={one.id} template={one} on={one.id === template.id} />
            ))}
          </RadioGroup>
          {folded.length > 0 && (
            <div className={cx(css.small, css.hidden)}>
              <button type="button" onClick={() => setAll(!all)}>
                {all ? "Fewer" : `${folded.length} hidden, ${folded[0]?.hidden}`} <Keys of="Alt+A" />
              </button>
            </div>
          )}
          <div className={ui.section}>
            <div className={ui.sectionHead}>
              <h3>Recipient</h3>
              {recipient.checked_at !== null && <span className={ui.r}>checked {age(now - recipient.checked_at)} ago</span>}
            </div>
            <dl className={css.facts}>
              <dt>Company</dt>
              <dd className="cut">{recipient.company}</dd>
              {recipient.person && (
                <>
                  <dt>Person</dt>
                  <dd className="cut">{recipient.person}</dd>
                </>
              )}
              {recipient.language && (
                <>
                  <dt>Language</dt>
                  <dd>{recipient.language}</dd>
                </>
              )}
              {recipient.zone && (
                <>
                  <dt>Their time</dt>
                  <dd className="tn cut">
                    {hourMinute(now, recipient.zone)}, {recipient.zone}
                  </dd>
                </>
              )}
            </dl>
          </div>
          <div className={ui.section}>
            <div className={ui.sectionHead}>
              <h3>Channel</h3>
            </div>
            <div className={css.channel}>
              <Segments
                wide
                label="Channel"
                value={channel}
                onChange={setChannel}
                options={template.channels.map((id) => ({ id, title: CHANNELS[id] ?? id }))}
              />
            </div>
            <p className={cx(css.small, css.leaves, leaves.held && "late")} data-leaves={leaves.held ? "held" : "now"} role="status">
              {leaves.text}
              {leaves.undo_seconds > 0 && !leaves.held && `; can be undone for ${leaves.undo_seconds} s`}
            </p>
          </div>
        </div>
        <div className={css.fields} data-pane="fields">
          <div className={ui.sectionHead}>
            <h3>Fields</h3>
            <span className={ui.n}>
              {required.filter((field) => !field.missing).length} of {required.length} required filled
            </span>
          </div>
          <Fields
            fields={shown.fields}
            onEdit={(name, value) => setFields((before) => ({ ...before, [name]: value }))}
            onConfirm={(name) => setConfirmed((before) => [...before, name])}
          />
          <div className={css.checks} role="status">
            {shown.checks.map((check) => (
              <StatusText key={check.state} status={check} plain className="s12 t2" />
            ))}
          </div>
        </div>
        <div className={css.proof} data-pane="proof">
          <div className={cx(ui.sectionHead, css.proofHead)}>
            <h3>Proof</h3>
            {shown.hash && <span className={cx(ui.n, "mono")}>{shortHash(shown.hash)}</span>}
            <span className={ui.r}>
              {pages > 0 && shown.proof && plural(pages, "page")} <Keys of="Alt+P" />
            </span>
          </div>
          {shown.problem ? (
            <>
              <Note tone="late">
                <b>{shown.problem.message}</b> {shown.problem.detail}
              </Note>
              <PdfView
                content={shown.proof}
                empty={
                  shown.problem.code === "E_OFFLINE"
                    ? "The letter is rendered when the network is back, from these values"
                    : "The proof follows when this is filled"
                }
              />
            </>
          ) : (
            <PdfView
              content={shown.proof}
              watermark="PROOF"
              onPages={setPages}
              empty={preview.isFetching ? "" : offline ? "The proof is rendered when the network is back" : "No proof yet"}
            />
          )}
        </div>
      </div>
      <PlanStrip plan={shown.plan} />
      {submit.error && (
        <Note tone="fail">
          <b>{submit.error.message}</b> {submit.error.detail} {duplicate && "Ctrl+Enter once more sends it again on purpose."}
        </Note>
      )}
      <footer className={css.foot}>
        <Button kind="ghost" keys="Mod+Shift+D" command="discard_draft" onPress={discardDraft}>
          Discard
        </Button>
        {savedAt !== null && (
          <span className="s12 t2">
            Draft saved <Moment at={savedAt} say={dateTime} />
          </span>
        )}
        <span className="grow" />
        <span className="s12 t2 cut" role="status">
          {blocked && settled ? blocked : shown.effect}
        </span>
        <Button keys="Mod+S" command="save_draft" onPress={saveDraft}>
          Save draft
        </Button>
        {leaves.held && (
          <Button keys="Alt+N" command="send_anyway" reason={blocked} onPress={() => setAsking(true)}>
            Send anyway…
          </Button>
        )}
        <Button
          kind="primary"
          icon={template.regulated ? "review" : "send"}
          keys="Mod+Enter"
          command="submit"
          mode={offline ? MODES[firstStep] : undefined}
          reason={blocked}
          isDisabled={submit.isPending}
          onPress={() => send(duplicate)}
        >
          {duplicate ? "Send again" : shown.submit_title}
        </Button>
      </footer>
      {asking && (
        <ReasonDialog
          title="Send in quiet hours"
          icon="send"
          effect={`It is quiet for ${recipient.company}; otherwise it would wait until ${leaves.local}.`}
          submit="Send anyway"
          onSubmit={(reason) => {
            setAsking(false);
            send(duplicate, reason);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function TemplateRow({ template, on }: { template: TemplateChoice; on: boolean }) {
  return (
    <Radio value={template.id} className={css.template!} data-id={template.id}>
      <span className={ui.radio} data-on={on} />
      <span className="grow">
        <span className={cx("cut", on ? "bb" : "b")} style={{ display: "block" }}>
          {template.title}
        </span>
        <span className={css.small}>{template.reason}</span>
        <span className={css.small}>
          {template.id}, {template.version}
          {template.regulated && ", regulated"}
        </span>
      </span>
    </Radio>
  );
}
