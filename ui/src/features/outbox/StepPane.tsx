import { useState } from "react";
import type { ConflictField } from "../../generated/ConflictField";
import type { GateView } from "../../generated/GateView";
import type { StepView } from "../../generated/StepView";
import { Glyph } from "../../components/Glyph";
import { Button, Moment, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useClock } from "../../lib/clock";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { useNav } from "../../lib/nav";
import { cx, groupedHash, plural } from "../../lib/text";
import { dateTime, hourMinuteSecond } from "../../lib/time";
import css from "./Outbox.module.css";

type Side = "base" | "mine" | "theirs";

interface Props {
  id: string;
  onCancel: () => void;
  onRetry: () => void;
  onSendNow: () => void;
  onUndo: () => void;
  openCase: (id: string | null) => void;
}

/** One step or gate: what did not happen, why, and what a person can decide about it. */
export function StepPane({ id, ...acts }: Props) {
  const view = useRead("get_step", { id });
  if (view.error) {
    return (
      <aside className={css.inspect}>
        <Note tone="fail">{view.error.message}</Note>
      </aside>
    );
  }
  if (!view.data) return <aside className={css.inspect} />;
  return <Loaded step={view.data} {...acts} />;
}

/** What a gate waits for: signatures with names, or a comparison. */
function GateFacts({ gate }: { gate: GateView }) {
  return (
    <>
      <div className={cx(ui.group, css.sub)}>
        <span>{gate.kind === "review" ? "Signatures" : "Check"}</span>
        <span>
          since <Moment at={gate.since} say={dateTime} />
        </span>
      </div>
      {gate.check && (
        <p className={css.noteLine} style={{ borderTop: 0 }}>
          {gate.check}
        </p>
      )}
      {gate.kind === "review" && gate.needed !== null && (
        <ul className={css.what} aria-label="Signatures">
          {gate.signed.map((eye, index) => (
            <li key={index} data-signed={eye.person?.id ?? undefined}>
              <Glyph tone={eye.word === "Signed" ? "ok" : "fail"} label={eye.word} />
              <span>
                <b className="b">{eye.person?.name}</b> {eye.word.toLowerCase()}
                {eye.signed_at !== null && (
                  <>
                    {" "}
                    <Moment at={eye.signed_at} say={dateTime} />
                  </>
                )}
                {eye.meaning && <span className="t2">: {eye.meaning}</span>}
              </span>
            </li>
          ))}
          {gate.may_sign.length > 0 && gate.state === "open" && (
            <li>
              <Glyph tone="wait" label={null} />
              <span className="t2">May sign: {gate.may_sign.map((person) => person.name).join(", ")}</span>
            </li>
          )}
        </ul>
      )}
      {gate.hash && (
        <dl className={css.facts} data-selectable>
          <dt>Content hash</dt>
          <dd className="mono">{groupedHash(gate.hash)}</dd>
        </dl>
      )}
    </>
  );
}

const picked = (field: ConflictField): Side | null => {
  if (field.result === null) return null;
  if (field.result === field.mine) return "mine";
  if (field.result === field.theirs) return "theirs";
  return "base";
};

function Loaded({ step, onCancel, onRetry, onSendNow, onUndo, openCase }: { step: StepView } & Omit<Props, "id">) {
  const echo = useEcho();
  const nav = useNav();
  const { zone } = useClock();
  const resolve = useSend("resolve_step");
  const { conflict } = step;
  const deciding = conflict?.fields.filter((field) => field.kind === "decide") ?? [];
  const [picks, setPicks] = useState<Record<string, Side>>(() =>
    Object.fromEntries(deciding.flatMap((field) => (picked(field) ? [[field.name, picked(field)!]] : []))),
  );
  const open = deciding.filter((field) => !picks[field.name]);
  const blocked = open.length > 0 ? `${open[0]!.title} is not decided` : null;
  const takeAll = (side: Side) => setPicks(Object.fromEntries(deciding.map((field) => [field.name, side])));
  const send = (args: { fields?: Record<string, string>; outcome?: string }) =>
    resolve.mutate({ id: step.row.id, ...args }, { onSuccess: (done) => echo.say(done.text), onError: echo.fail });
  const sendResult = () => send({ fields: picks });
  const undecidable = step.reason === "undecidable";
  const can = (action: string) => step.row.actions.includes(action);
  const review = step.gate?.review ?? null;
  const openReview = () => nav.go({ screen: "review", review });

  useCommands([
    ...(review ? [{ id: "open_step_review", title: "Open the review", keys: ["Enter"], group: "Outbox", run: openReview }] : []),
    ...(conflict
      ? [
          { id: "take_mine", title: "All mine", keys: ["1"], group: "Conflict", run: () => takeAll("mine") },
          { id: "take_theirs", title: "All theirs", keys: ["2"], group: "Conflict", run: () => takeAll("theirs") },
          { id: "send_result", title: "Send result", keys: ["Mod+Enter"], group: "Conflict", disabled: blocked, run: sendResult },
        ]
      : []),
    ...(undecidable
      ? [
          { id: "was_sent", title: "It arrived there", keys: ["1"], group: "Outcome", run: () => send({ outcome: "sent" }) },
          { id: "was_not_sent", title: "It did not arrive", keys: ["2"], group: "Outcome", run: () => send({ outcome: "not_sent" }) },
        ]
      : []),
  ]);

  const result = (field: ConflictField) => {
    if (field.kind !== "decide") return field.result;
    const side = picks[field.name];
    return side ? field[side] : null;
  };

  return (
    <aside className={css.inspect} aria-label="Step" data-pane="step" data-id={step.row.id}>
      <div className={css.inspectBody}>
        <div className={css.head}>
          <div className="fx">
            <Glyph tone={step.row.status.tone} size={14} label={step.row.status.word} />
            <h2>{step.title}</h2>
          </div>
          <p className="t2">{step.explanation}</p>
        </div>
        {conflict && (
          <>
            <div className={cx(ui.group, css.sub)}>
              <span>Choose a value for each field</span>
              <span>
                {deciding.length} to decide, {conflict.fields.filter((field) => field.kind === "merged").length} merged
              </span>
            </div>
            <table className={css.conflict}>
              <thead>
                <tr>
                  <th>
                    <span className="sr">Field</span>
                  </th>
                  <th>
                    Base
                    <small>{conflict.base_at !== null && <Moment at={conflict.base_at} say={dateTime} />}</small>
                  </th>
                  <th>
                    Mine
                    <small>
                      {conflict.mine_by}, <Moment at={conflict.mine_at} say={dateTime} />
                    </small>
                  </th>
                  <th>
                    Theirs
                    <small>
                      {conflict.theirs_by}
                      {conflict.theirs_at !== null && (
                        <>
                          , <Moment at={conflict.theirs_at} say={dateTime} />
                        </>
                      )}
                    </small>
                  </th>
                  <th>Result</th>
                </tr>
              </thead>
              <tbody>
                {conflict.fields.map((field) => (
                  <tr key={field.name} data-kind={field.kind} data-id={field.name}>
                    <th scope="row">{field.title}</th>
                    <td className="t2">{field.base ?? "none"}</td>
                    {(["mine", "theirs"] as const).map((side) => (
                      <td key={side} data-pick={(field.kind === "decide" && picks[field.name] === side) || undefined}>
                        {field.kind === "decide" ? (
                          <button
                            type="button"
                            role="radio"
                            aria-checked={picks[field.name] === side}
                            aria-label={`${field.title}: ${side}, ${field[side] ?? "none"}`}
                            className={css.pick}
                            data-command={`take_${side}`}
                            onClick={() => setPicks({ ...picks, [field.name]: side })}
                          >
                            <span className={ui.radio} data-on={picks[field.name] === side} />
                            <span className="cut">{field[side] ?? "none"}</span>
                          </button>
                        ) : (
                          (field[side] ?? "none")
                        )}
                      </td>
                    ))}
                    <td className={css.result}>{result(field) ?? "open"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {conflict.note && <div className={css.noteLine}>{conflict.note}</div>}
          </>
        )}
        {step.gate && <GateFacts gate={step.gate} />}
        {undecidable && step.look_for && (
          <>
            <div className={cx(ui.group, css.sub)}>
              <span>Look there first</span>
            </div>
            <p className={css.noteLine} style={{ borderTop: 0 }}>
              {step.look_for}
            </p>
          </>
        )}
        {step.consequences.length > 0 && (
          <>
            <div className={cx(ui.group, css.sub)}>
              <span>{step.gate ? "Waits behind it" : "If you send this"}</span>
            </div>
            <ol className={css.what}>
              {step.consequences.map((one) => (
                <li key={one.word}>
                  <Glyph tone={one.tone} label={null} />
                  <span className={one.tone === "none" ? "t2" : undefined}>{one.word}</span>
                </li>
              ))}
            </ol>
          </>
        )}
        {!step.gate && (
          <>
            <div className={cx(ui.group, css.sub)}>
              <span>Attempts</span>
              <span>{step.attempts.length === 0 ? "none yet" : plural(step.attempts.length, "attempt")}</span>
            </div>
            <div className={css.attempts}>
              {step.attempts.map((attempt) => (
                <div key={attempt.at}>
                  <time>{hourMinuteSecond(attempt.at, zone)}</time>
                  <span>{attempt.text}</span>
                  <span className="num t3">
                    {attempt.http_status ?? (attempt.took_ms !== null ? `${(attempt.took_ms / 1000).toFixed(1)} s` : "")}
                  </span>
                </div>
              ))}
            </div>
          </>
        )}
        <dl className={css.facts} data-selectable>
          {!step.gate && (
            <>
              <dt>Step key</dt>
              <dd className="mono">{groupedHash(step.key)}</dd>
              <dt>Content</dt>
              <dd className="mono">{groupedHash(step.content_hash).slice(0, 19)}</dd>
              <dt>Level</dt>
              <dd>
                {step.level}, {step.row.operation.replace(/_/g, " ")}
              </dd>
            </>
          )}
          {step.remote_ref && (
            <>
              <dt>There</dt>
              <dd>{step.remote_ref}</dd>
            </>
          )}
          <dt>{step.gate ? "Asked for by" : "Queued by"}</dt>
          <dd>
            {step.queued_by}, <Moment at={step.queued_at} say={dateTime} />
          </dd>
        </dl>
      </div>
      <footer className={ui.actionBar} role="toolbar" aria-label="Actions of the step">
        {conflict && (
          <>
            <Button keys="1" command="take_mine_all" onPress={() => takeAll("mine")}>
              All mine
            </Button>
            <Button keys="2" command="take_theirs_all" onPress={() => takeAll("theirs")}>
              All theirs
            </Button>
          </>
        )}
        {step.case && !conflict && (
          <Button kind="ghost" keys="o" command="open_step_case" onPress={() => openCase(step.case)}>
            Open case
          </Button>
        )}
        {can("cancel") && (
          <Button kind="ghost" keys="Delete" command="cancel_step" onPress={onCancel}>
            {step.gate ? "Cancel what it holds" : "Cancel step"}
          </Button>
        )}
        <span className="grow" />
        {undecidable && (
          <>
            <Button keys="1" command="was_sent" onPress={() => send({ outcome: "sent" })}>
              It arrived there
            </Button>
            <Button keys="2" command="was_not_sent" onPress={() => send({ outcome: "not_sent" })}>
              It did not arrive
            </Button>
          </>
        )}
        {review && (
          <Button kind="primary" keys="Enter" command="open_step_review" onPress={openReview}>
            Open review
          </Button>
        )}
        {conflict && can("resolve") && (
          <Button kind="primary" keys="Mod+Enter" command="send_result" reason={blocked} onPress={sendResult}>
            Send result
          </Button>
        )}
        {can("undo") && (
          <Button icon="undo" keys="Alt+Z" command="undo_notice" onPress={onUndo}>
            Undo
          </Button>
        )}
        {can("send_now") && (
          <Button keys="Alt+N" command="send_now" onPress={onSendNow}>
            Send now…
          </Button>
        )}
        {can("retry") && !conflict && (
          <Button kind="primary" keys="Mod+R" command="retry_step" onPress={onRetry}>
            Try again
          </Button>
        )}
      </footer>
    </aside>
  );
}
