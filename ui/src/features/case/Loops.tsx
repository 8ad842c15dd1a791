import { type KeyboardEvent, useRef, useState } from "react";
import type { ActionAvailability } from "../../generated/ActionAvailability";
import type { CaseView } from "../../generated/CaseView";
import type { LoopRow } from "../../generated/LoopRow";
import type { UnclearAnswer } from "../../generated/UnclearAnswer";
import { Glyph } from "../../components/Glyph";
import { Button, Fresh, MODES, Moment, StatusText, toneText, ui } from "../../components/ui";
import { channelName } from "../../lib/channels";
import { useCommands, useRunCommand } from "../../lib/commands";
import { count } from "../../lib/money";
import { useNav } from "../../lib/nav";
import { useOutcome } from "../../lib/outcome";
import { useOffline, useOldest, useStatus } from "../../lib/status";
import { cx, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Case.module.css";

/** The worst of them speaks for the case. */
const WORST = ["no_response", "open", "acted", "waived"];

/** What came of all that the case asked for, in one word beside its status. */
export function LoopChip({ loops }: { loops: LoopRow[] }) {
  const runCommand = useRunCommand();
  const asking = loops.filter((row) => row.required);
  const inState = (state: string) => asking.filter((row) => row.status.state === state);
  const worst = WORST.map(inState).find((rows) => rows.length > 0)?.[0]?.status;
  if (!worst) return null;
  const said = WORST.map(inState)
    .flatMap((rows) => (rows[0] ? [`${count(rows.length)} ${rows[0].status.word.toLowerCase()}`] : []))
    .join(", ");
  return (
    <button
      type="button"
      className={ui.chip}
      data-command="open_communications"
      data-state={worst.state}
      title={`Communications: ${said}`}
      onClick={() => runCommand("open_communications")}
    >
      <Glyph tone={worst.tone} label={null} />
      <span className={toneText(worst.tone)}>
        {worst.word}
        {worst.state === "open" && ` ${count(inState("open").length)}`}
      </span>
    </button>
  );
}

/** Every notice that went out and what came of it; messages nobody can assign ask first. */
export function Communications({ view }: { view: CaseView }) {
  const { loops, unclear } = view;
  const list = useRef<HTMLUListElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const source = useOldest(view.sources.filter(({ system }) => system === "community" || system === "exstream"));
  // Until one is chosen, what waits for a person is meant.
  const current = loops.find((row) => row.notice === chosen) ?? loops.find((row) => row.may_decide) ?? loops[0];
  const { why, open } = useOutcome(view.id, current, "case");
  const none = loops.length === 0 && unclear.length === 0;
  const focus = () => list.current?.closest("section")?.querySelector<HTMLElement>('button:not([disabled]), [tabindex="0"]')?.focus();
  useCommands([
    {
      id: "open_communications",
      title: "Communications and their answers",
      keys: ["Shift+L"],
      group: "Answers",
      disabled: none && "Nothing went out on this case",
      run: focus,
    },
  ]);
  if (none) return null;

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -loops.length, End: loops.length }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const here = current ? loops.indexOf(current) : 0;
    const rows = event.currentTarget.querySelectorAll<HTMLElement>(":scope > li");
    rows[Math.max(0, Math.min(loops.length - 1, here + by))]?.focus();
  };
  return (
    <section className={ui.section} aria-label="Communications" data-keep>
      <div className={ui.sectionHead}>
        <h3>Communications</h3>
        <span className={ui.n}>{loops.length || ""}</span>
        <span className={ui.r}>
          <Fresh source={source} />
        </span>
      </div>
      {unclear.map((one) => (
        <Unclear key={one.answer.id} caseId={view.id} one={one} />
      ))}
      <ul ref={list} aria-label="Notices and their answers" data-kind="loops" onKeyDown={onKeyDown}>
        {loops.map((row) => (
          <li
            key={row.notice}
            className={cx(css.item, css.loop)}
            tabIndex={row === current ? 0 : -1}
            aria-current={row === current || undefined}
            data-id={row.notice}
            data-state={row.status.state}
            onFocus={() => setChosen(row.notice)}
          >
            <Told row={row} />
            {row === current && row.may_decide && (
              <Acts why={why} open={open} chase={view.actions.find(({ command }) => command === "new_notice")} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Told({ row }: { row: LoopRow }) {
  const what = `${row.notice}${row.version ? ` release ${row.version}` : ""}`;
  const to = [channelName(row.channel), row.recipient].filter(Boolean).join(" to ");
  return (
    <>
      <Glyph tone={row.status.tone} />
      <div>
        <div className="cut b" title={row.title}>
          {row.title}
        </div>
        <div className={cx(css.small, "cut")}>
          {what}
          {row.sha256 && (
            <>
              {" "}
              <span className="mono" title={row.sha256}>
                {shortHash(row.sha256)}
              </span>
            </>
          )}
        </div>
      </div>
      <div className={cx(css.right, toneText(row.status.tone))}>
        {row.status.word}
        <StatusText status={row.delivery} className={css.small} />
      </div>
      <div className={css.wide}>
        <p className={cx(css.small, css.told)}>
          {to && `${to}, `}released <Moment at={row.opened_at} say={dateTime} />
          {row.due_at !== null && (
            <>
              , due <Moment at={row.due_at} say={dateTime} />
            </>
          )}
          {row.no_response_at !== null && (
            <>
              , no answer by <Moment at={row.no_response_at} say={dateTime} />
            </>
          )}
          {row.answer && (
            <>
              , answered <Moment at={row.answer.at} say={dateTime} />
            </>
          )}
        </p>
        {row.answer && <Quote author={row.answer.author} excerpt={row.answer.excerpt} />}
        {row.decided && (
          <p className={cx(css.quote, css.clamp)} title={row.decided} data-selectable>
            {row.decided}
          </p>
        )}
      </div>
    </>
  );
}

/** Who answered and how it begins; the message itself may lie on another machine. */
function Quote({ author, excerpt }: { author: string; excerpt: string }) {
  return (
    <p className={cx(css.quote, css.clamp)} title={excerpt || undefined} data-selectable>
      {author ? (
        <>
          <span className="b">{author}</span> {excerpt}
        </>
      ) : (
        "The message is not on this machine."
      )}
    </p>
  );
}

type ActsProps = ReturnType<typeof useOutcome> & { chase: ActionAvailability | undefined };

/** To chase is to send another notice: key and dialog are those of the case. */
function Acts({ why, open, chase }: ActsProps) {
  const offline = useOffline();
  const { read_only } = useStatus();
  const runCommand = useRunCommand();
  const mode = offline ? "queue" : undefined;
  return (
    <div className={cx(css.wide, css.acts)}>
      <Button small keys="y" command="confirm_outcome" mode={mode} reason={why} onPress={() => open("acted")}>
        Confirm
      </Button>
      <Button small keys="w" command="waive_answer" mode={mode} reason={why} onPress={() => open("waived")}>
        Waive
      </Button>
      {chase && (
        <Button
          small
          keys="n"
          command="chase"
          mode={offline ? MODES[chase.offline_class] : undefined}
          reason={read_only ?? (chase.available ? null : (chase.reason ?? "Not possible now"))}
          onPress={() => runCommand("new_notice")}
        >
          Chase
        </Button>
      )}
    </div>
  );
}

const either = (names: string[]) => names.join(", ").replace(/, ([^,]*)$/, " or $1");

/** A message that may belong to several notices: a person says to which. */
function Unclear({ caseId, one: { answer, candidates } }: { caseId: string; one: UnclearAnswer }) {
  const nav = useNav();
  const offline = useOffline();
  const { read_only } = useStatus();
  const title = `May answer ${either(candidates)}`;
  return (
    <div className={cx(css.item, css.unclear)} role="group" aria-label={title} data-id={answer.id} data-state="unclear">
      <Glyph tone="conflict" label="To decide" />
      <div className="b">{title}</div>
      <div className={css.right}>
        <Moment at={answer.at} say={dateTime} />
      </div>
      <div className={css.wide}>
        <Quote author={answer.author} excerpt={answer.excerpt} />
        <div className={css.acts}>
          {candidates.map((notice) => (
            <Button
              key={notice}
              small
              command="assign_answer"
              data-id={notice}
              mode={offline ? "queue" : undefined}
              reason={read_only}
              onPress={() => nav.go({ dialog: { name: "acted", case: caseId, id: notice, answer: answer.id } })}
            >
              Answers {notice}
            </Button>
          ))}
        </div>
      </div>
    </div>
  );
}
