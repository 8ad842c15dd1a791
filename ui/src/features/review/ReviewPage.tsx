import { Fragment, useMemo, useRef, useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { RedlineBlock } from "../../generated/RedlineBlock";
import type { ReviewRow } from "../../generated/ReviewRow";
import type { ReviewView } from "../../generated/ReviewView";
import { Glyph } from "../../components/Glyph";
import { PdfView } from "../../components/PdfView";
import { Avatar, Button, Empty, Fresh, Keys, Moment, Note, Segments, Tag, toneText, ui } from "../../components/ui";
import { useNow } from "../../lib/clock";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { useNav } from "../../lib/nav";
import { blockOf, changeNumbers } from "../../lib/redline";
import { useOffline, useStatus } from "../../lib/status";
import { cx, groupedHash, plural, shortHash } from "../../lib/text";
import { dateTime, left } from "../../lib/time";
import { CommentDialog, type Passage, selectedPassage } from "./CommentDialog";
import { Redline } from "./Redline";
import css from "./Review.module.css";
import { type Ask, SignDialog } from "./SignDialog";
import { useTogether } from "./useTogether";

/** Regulated letters: what they say, what changed, who looked, and the signature. */
export default function ReviewPage() {
  const nav = useNav();
  const list = useRead("list_reviews", { filter: "open" }, { keep: true });
  const rows = list.data?.items ?? [];
  const id = nav.review ?? rows.find((row) => row.for_me)?.id ?? rows[0]?.id ?? null;
  const view = useRead("get_review", { id: id ?? "" }, { enabled: id !== null, keep: true });
  const index = rows.findIndex((row) => row.id === id);
  const go = (by: number) => {
    const next = rows[(index + by + rows.length) % Math.max(1, rows.length)];
    if (next) nav.go({ review: next.id });
  };
  useCommands([
    { id: "next_review", title: "Next review", keys: ["j"], group: "Review", run: () => go(1) },
    { id: "previous_review", title: "Previous review", keys: ["k"], group: "Review", run: () => go(-1) },
  ]);
  if (list.error ?? view.error) {
    const problem = (list.error ?? view.error)!;
    return (
      <>
        <Head rows={rows} view={null} index={index} />
        <Note tone="fail">
          <b>{problem.message}</b> {problem.detail}
        </Note>
        <Empty title="The review cannot be shown">Nothing was signed.</Empty>
      </>
    );
  }
  if (list.data && id === null) {
    return (
      <>
        <Head rows={rows} view={null} index={index} />
        <Empty title="No letter waits for a signature">Regulated letters come here before they leave.</Empty>
      </>
    );
  }
  if (!view.data) return <Head rows={rows} view={null} index={index} />;
  return (
    <>
      <Head rows={rows} view={view.data} index={index} />
      <Loaded key={`${view.data.row.id}/${view.data.hash}`} view={view.data} />
    </>
  );
}

function Head({ rows, view, index }: { rows: ReviewRow[]; view: ReviewView | null; index: number }) {
  const nav = useNav();
  const now = useNow(60_000);
  const mine = rows.filter((row) => row.for_me).length;
  const rest = view?.row.due_at != null ? view.row.due_at - now : null;
  return (
    <header className={ui.viewHead}>
      <h1>Review</h1>
      {rows.length > 0 && (
        <MenuTrigger>
          <AriaButton className={cx(ui.btn, ui.ghost, ui.small)} data-command="review_list">
            {index + 1} of {rows.length}, {mine} for you
          </AriaButton>
          <Popover placement="bottom start">
            <Menu className={css.menu!} style={{ minWidth: 380, padding: 4, background: "var(--bg-raised)", borderRadius: 8, boxShadow: "var(--shadow-dialog)", outline: "none" }} aria-label="Reviews" onAction={(key) => nav.go({ review: String(key) })}>
              {rows.map((row) => (
                <MenuItem key={row.id} id={row.id} textValue={row.title} data-id={row.id} className={({ isFocused }) => cx(isFocused && "bb")} style={({ isFocused }) => ({ display: "flex", gap: 8, alignItems: "center", height: 30, padding: "0 8px", borderRadius: 5, background: isFocused ? "var(--bg-selected)" : undefined, outline: "none" })}>
                  <Glyph tone={row.status.tone} label={row.status.word} />
                  <span className="t3 s12">{row.notice_number}</span>
                  <span className="cut grow">{row.title}</span>
                  <span className="t3 s12">
                    {row.partner}, {row.signed} of {row.needed}
                  </span>
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
      {rows.length > 1 && (
        <span className="fx" style={{ gap: 2 }}>
          <Keys of="j" />
          <Keys of="k" />
        </span>
      )}
      {view && (
        <>
          <i className={css.vs} />
          <span className="t3">{view.row.notice_number}</span>
          <span className={cx(css.title, "cut")}>{view.row.title}</span>
          <span className="t2 cut">{view.row.partner}</span>
          <Tag line>Regulated</Tag>
          <Tag>Version {view.version}</Tag>
          <span className="grow" />
          {rest !== null && view.row.status.tone === "wait" && (
            <span className={cx("fx s12 tn", rest < 3_600_000 ? (rest < 0 ? "fail" : "late") : "t2")} style={{ gap: 5 }}>
              {rest < 3_600_000 && <Glyph tone={rest < 0 ? "fail" : "late"} label={null} />}
              <b className="bb">{left(Math.abs(rest))}</b> {rest < 0 ? "over" : "left"}, due <Moment at={view.row.due_at!} say={dateTime} />
            </span>
          )}
          {view.row.status.tone !== "wait" && (
            <span className={cx("fx s12", toneText(view.row.status.tone))} style={{ gap: 5 }} data-state={view.row.status.state}>
              <Glyph tone={view.row.status.tone} label={null} />
              {view.row.status.word}
            </span>
          )}
          <i className={css.vs} />
          <Button small kind="ghost" keys="o" command="open_review_case" onPress={() => nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } })}>
            Case {view.row.case_number}
          </Button>
        </>
      )}
      {!view && <span className="grow" />}
    </header>
  );
}

function Loaded({ view }: { view: ReviewView }) {
  const nav = useNav();
  const offline = useOffline();
  const { person, read_only } = useStatus();
  const [ask, setAsk] = useState<Ask | null>(null);
  const [passage, setPassage] = useState<Passage | null>(null);
  const [mode, setMode] = useState<"words" | "page" | "data">("words");
  const [meaning, setMeaning] = useState(view.meanings[0]?.id ?? "");
  const [outdated, setOutdated] = useState<RedlineBlock[] | null>(null);
  const [proofShown, setProofShown] = useState(false);
  const blocks = outdated ?? view.blocks;
  const changes = useMemo(() => changeNumbers(blocks), [blocks]);
  const [at, setAt] = useState(0);
  const current = changes[at] ?? null;
  const left = useRef<HTMLDivElement>(null);
  const right = useRef<HTMLDivElement>(null);
  const onText = useTogether(left, right, blocks, mode === "words");

  const step = (by: number) => {
    if (changes.length === 0) return;
    const next = (at + by + changes.length) % changes.length;
    setAt(next);
    const number = blocks[blockOf(blocks, changes[next]!)]?.number;
    right.current?.querySelector(`[data-block="${number}"]`)?.scrollIntoView({ block: "center" });
  };
  const inProof = view.proof.problem !== null;
  const noSign = read_only ?? (offline ? "Needs the network; prepare instead" : inProof ? "The proof cannot be shown, so it cannot be signed" : view.may_sign ? null : (view.may_not_reason ?? "You cannot sign this"));
  const prepareOnly = view.may_prepare ? null : (view.may_not_reason ?? "Not possible now");
  const { prepared } = view;
  useCommands([
    { id: "next_change", title: "Next change", keys: ["n"], group: "Review", run: () => step(1) },
    { id: "previous_change", title: "Previous change", keys: ["p"], group: "Review", run: () => step(-1) },
    { id: "comment_review", title: "Comment on the selection", keys: ["c"], group: "Review", run: () => setPassage(selectedPassage()) },
    { id: "reject_review", title: "Reject with reason", keys: ["Shift+R"], group: "Review", disabled: noSign, run: () => setAsk("reject") },
    { id: "sign_review", title: "Open the sign dialog", keys: ["Mod+Enter"], group: "Review", disabled: prepared && prepared.valid ? null : offline ? prepareOnly : noSign, run: () => setAsk(prepared && !offline ? "commit" : offline ? "prepare" : "sign") },
    { id: "open_review_case", title: "Open the case", keys: ["o"], group: "Review", run: () => nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } }) },
    { id: "toggle_proof", title: "Show proof or changes", keys: ["Alt+P"], group: "Review", run: () => setProofShown(!proofShown) },
  ]);

  return (
    <>
      <Custody view={view} />
      {outdated && (
        <Note tone="late">
          <b>The letter changed while you were offline.</b> Your prepared decision no longer counts; what changed is marked.
        </Note>
      )}
      <div className={css.body} data-proof={proofShown || undefined}>
        <section className={cx(css.col, css.proof)} aria-label="Proof" data-pane="proof">
          <header className={ui.paneHead}>
            <h2>Proof</h2>
            <span className={cx(ui.n, "mono")}>{shortHash(view.hash)}</span>
            <span className="grow" />
            <Fresh source={view.sources[0]} />
          </header>
          <PdfView content={view.proof} watermark="PROOF" hash={view.hash} scroller={left} onText={onText} empty="The proof is not on this machine" />
        </section>
        <section className={cx(css.col, css.changes)} aria-label="Changes" data-pane="changes">
          <header className={ui.paneHead}>
            <h2 className="cut">{view.previous ? `Changes since version ${view.previous.version}` : "First version"}</h2>
            {view.previous && <span className={cx(ui.n, "mono", ui.hideNarrow)}>{shortHash(view.previous.hash)}</span>}
            <span className="grow" />
            {changes.length > 0 && (
              <span className={ui.fresh}>
                {at + 1} of {changes.length} <Keys of="n" />
                <Keys of="p" />
              </span>
            )}
            <Segments
              label="Show changes as"
              value={mode}
              onChange={setMode}
              options={[
                { id: "words", title: "Words" },
                ...(view.previous?.proof ? [{ id: "page" as const, title: "Page" }] : []),
                { id: "data", title: "Data" },
              ]}
            />
          </header>
          {mode === "words" && <Redline blocks={blocks} current={current} scroller={right} />}
          {mode === "page" && <PdfView content={view.previous?.proof ?? null} watermark={`V ${view.previous?.version}`} hash={view.previous?.hash ?? null} scroller={right} />}
          {mode === "data" && (
            <div style={{ overflow: "auto" }} tabIndex={0}>
              <DataChanges view={view} />
            </div>
          )}
        </section>
        <aside className={css.aside} aria-label="Comments and signature" data-pane="signature">
          <header className={ui.paneHead}>
            <h2>Comments</h2>
            <span className={ui.n}>{view.comments.length || ""}</span>
            <span className="grow" />
            <Button small kind="ghost" icon="plus" keys="c" command="comment_review" onPress={() => setPassage(selectedPassage())}>
              On selection
            </Button>
          </header>
          <ol className={css.comments} data-kind="comments" tabIndex={0} aria-label="Comments">
            {view.comments.length === 0 && <Empty title="No comment yet">Select words in the changes and press c.</Empty>}
            {view.comments.map((comment) => (
              <li key={comment.id} className={css.comment} data-id={comment.id}>
                <Avatar owner={{ name: comment.author, initials: comment.initials, me: comment.author === person.name }} />
                <div>
                  <div className="fx" style={{ gap: 6 }}>
                    <span className="b cut">{comment.author}</span>
                    <span className="t3 s12 cut">{comment.role}</span>
                    <span className="grow" />
                    {comment.queued && <Glyph tone="queue" label="Queued" />}
                    <Moment className="t3 s12" at={comment.at} say={dateTime} />
                  </div>
                  {comment.block !== null && (
                    <button type="button" className={css.link} onClick={() => right.current?.querySelector(`[data-block="${comment.block}"]`)?.scrollIntoView({ block: "center" })}>
                      Block {comment.block}
                      {comment.quote && `, “${comment.quote}”`}
                    </button>
                  )}
                  <p data-selectable>{comment.text}</p>
                </div>
              </li>
            ))}
          </ol>
          {view.data_changes.length > 0 && mode !== "data" && <DataChanges view={view} />}
          <div className={ui.group}>
            <span>Signature</span>
            <span>
              {view.row.signed} of {view.row.needed} signed
            </span>
          </div>
          {prepared && (
            <Note tone={prepared.valid ? "late" : "fail"}>
              <b>{prepared.valid ? `${prepared.verdict === "approve" ? "Approval" : "Rejection"} prepared` : "Prepared decision invalidated"}</b>{" "}
              <Moment at={prepared.at} say={dateTime} />. {prepared.valid ? (offline ? "It waits for the network and your PIN." : "It needs your PIN.") : "The letter changed meanwhile; read it again and decide anew."}
            </Note>
          )}
          <div className={css.sign}>
            <div>
              <label htmlFor="meaning" className="t3">
                Meaning
              </label>
              <select id="meaning" className={cx(ui.select, css.select)} data-field="meaning" value={meaning} onChange={(event) => setMeaning(event.target.value)}>
                {view.meanings.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.title}
                  </option>
                ))}
              </select>
            </div>
            <div>
              <span className="t3">Signing as</span>
              <span className="cut">
                {person.name}, {person.title.toLowerCase()}
              </span>
            </div>
            <div>
              <span className="t3">Content</span>
              <span className="mono" data-field="hash" title={view.hash} data-selectable>
                {groupedHash(view.hash)}
              </span>
            </div>
            <p>{noSign && !offline ? noSign + "." : view.covers}</p>
          </div>
          <footer className={ui.actionBar} role="toolbar" aria-label="Decision">
            <Button keys="Shift+R" command="reject_review" mode={offline ? "needs network" : undefined} reason={offline ? null : noSign} onPress={() => setAsk("reject")}>
              Reject
            </Button>
            {!(prepared?.valid && !offline) && (
              <Button kind={offline ? "primary" : "ghost"} command="prepare_review" {...(offline ? { keys: "Mod+Enter", mode: "prepare" as const } : {})} reason={prepareOnly} onPress={() => setAsk("prepare")}>
                {offline ? "Decide" : "Prepare only"}
              </Button>
            )}
            <span className="grow" />
            {prepared?.valid && !offline ? (
              <Button kind="primary" icon="lock" keys="Mod+Enter" command="commit_prepared" onPress={() => setAsk("commit")}>
                Commit
              </Button>
            ) : (
              <Button kind={offline ? "default" : "primary"} icon="lock" command="sign_review" mode={offline ? "needs network" : undefined} reason={offline ? null : noSign} onPress={() => setAsk("sign")} {...(offline ? {} : { keys: "Mod+Enter" })}>
                Sign
              </Button>
            )}
          </footer>
        </aside>
      </div>
      {ask && <SignDialog view={view} ask={ask} meaning={meaning} onClose={() => setAsk(null)} onChanged={setOutdated} />}
      {passage && <CommentDialog review={view.row.id} passage={passage} onClose={() => setPassage(null)} />}
    </>
  );
}

function DataChanges({ view }: { view: ReviewView }) {
  return (
    <>
      <div className={ui.group}>
        <span>Data changed</span>
        <span>
          {view.data_changes.length} of {plural(view.field_count, "field")}
        </span>
      </div>
      <div className={css.dataList}>
        {view.data_changes.map((change) => (
          <div key={change.title} className={css.data}>
            <span className="t2 cut">{change.title}</span>
            <span className="num cut" title={`${change.before ?? "nothing"} became ${change.after ?? "nothing"}`}>
              {change.before !== null && <del>{change.before}</del>} {change.after !== null && <ins>{change.after}</ins>}
            </span>
          </div>
        ))}
        {view.data_changes.length === 0 && <Empty title="No field changed" />}
      </div>
    </>
  );
}

const JOINTS: Record<string, { sign: string; word: string }> = { equal: { sign: "=", word: "equal" }, different: { sign: "≠", word: "different, stops the release" }, not_yet: { sign: "", word: "not yet" } };

/** From data to filing: the same hash all the way, or a stop. */
function Custody({ view }: { view: ReviewView }) {
  return (
    <div className={css.custody}>
      <ol className={css.chain} aria-label="Custody">
        {view.custody.map((node) => (
          <Fragment key={node.title}>
            <li data-state={node.status.state}>
              <Glyph tone={node.status.tone} size={14} label={node.status.word} />
              <div>
                <div className="fx" style={{ gap: 6 }}>
                  <span className="b">{node.title}</span>
                  {node.hash && <span className="mono t2">{shortHash(node.hash)}</span>}
                </div>
                <div className="s11 t3 cut">{node.detail}</div>
              </div>
            </li>
            {node.joint !== "none" && (
              <li className={css.joint} data-joint={node.joint} aria-label={JOINTS[node.joint]?.word ?? node.joint}>
                <i>{JOINTS[node.joint]?.sign}</i>
              </li>
            )}
          </Fragment>
        ))}
      </ol>
      <div className={css.eyes} role="group" aria-label="Four eyes">
        <span className="s11 t3">Four eyes</span>
        {view.four_eyes.map((eye, index) => (
          <span key={index} className={css.eye}>
            <Avatar owner={eye.person} title={eye.person ? eye.person.name : "Open place"} />
            <span>
              <b className="b">{eye.person ? (eye.person.me ? "You" : eye.person.name) : "Open"}</b>
              <small className={eye.signed_at !== null ? "ok" : undefined}>
                {eye.word}
                {eye.signed_at !== null && (
                  <>
                    {" "}
                    <Moment at={eye.signed_at} say={dateTime} />
                  </>
                )}
              </small>
            </span>
          </span>
        ))}
      </div>
    </div>
  );
}
