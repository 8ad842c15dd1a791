import { Fragment } from "react";
import type { CaseView } from "../../generated/CaseView";
import { Glyph } from "../../components/Glyph";
import { Icon, type IconName } from "../../components/Icon";
import { Fresh, Moment, StatusText, toneText, ui } from "../../components/ui";
import { useNav } from "../../lib/nav";
import { sourceOf } from "../../lib/status";
import { cx } from "../../lib/text";
import { Fallback } from "./Fallback";
import { dateTime } from "../../lib/time";
import css from "./Case.module.css";

const CHANNELS: Record<string, string> = { letter: "letter", email: "e-mail", statement_insert: "statement insert" };

export function NoticesAndTasks({ view }: { view: CaseView }) {
  const nav = useNav();
  return (
    <>
      <section className={ui.section} aria-label="Notices">
        <div className={ui.sectionHead}>
          <h3>Notices</h3>
          <span className={ui.n}>{view.notices.length || ""}</span>
          <span className={ui.r}>
            <Fresh source={sourceOf(view.sources, "exstream")} />
          </span>
        </div>
        {view.notices.length === 0 && (
          <p className={css.small} style={{ padding: "0 12px 10px" }}>
            No notice went out on this case.
          </p>
        )}
        {view.notices.map((notice) => (
          <Fragment key={notice.id}>
            <button
              type="button"
              className={css.item}
              data-id={notice.id}
              data-state={notice.status.state}
              data-command="open_notice"
              onClick={() => {
                if (notice.review) nav.go({ screen: "review", review: notice.review });
                else if (notice.letter) nav.go({ dialog: { name: "attachment", id: notice.letter } });
              }}
            >
              <Glyph tone={notice.status.tone} />
              <div>
                <div className="cut b">{notice.title}</div>
                <div className={cx(css.small, "cut")}>
                  {notice.number}
                  {notice.version && ` ${notice.version}`}, {notice.cause ?? CHANNELS[notice.channel] ?? notice.channel}
                  {notice.regulated && ", regulated"}
                  {notice.replaces && `, in the place of ${notice.replaces}`}
                  {notice.replaced_by && `, replaced by ${notice.replaced_by}`}
                  {!notice.regulated && notice.at !== null && !notice.cause && (
                    <>
                      {", "}
                      <Moment at={notice.at} say={dateTime} />
                    </>
                  )}
                </div>
              </div>
              <div className={cx(css.right, toneText(notice.status.tone))}>
                {notice.status.word}
                <span className={css.marks} title="Drafted, rendered, in review, released, delivered">
                  {notice.steps.map((step, index) => (
                    <i key={index} data-step={step} />
                  ))}
                </span>
              </div>
            </button>
            <Fallback notice={notice} />
          </Fragment>
        ))}
      </section>
      <section className={ui.section} aria-label="Approvals and tasks">
        <div className={ui.sectionHead}>
          <h3>Approvals and tasks</h3>
          <span className={ui.n}>{view.tasks.length || ""}</span>
          <span className={ui.r}>
            <Fresh source={sourceOf(view.sources, "workflow")} />
          </span>
        </div>
        {view.tasks.length === 0 && (
          <p className={css.small} style={{ padding: "0 12px 10px" }}>
            Nobody was asked for anything.
          </p>
        )}
        {view.tasks.map((task) => {
          const body = (
            <>
              <Glyph tone={task.status.tone} />
              <div>
                <div className="cut">{task.title}</div>
                <div className={cx(css.small, "cut")}>
                  {task.who}
                  {task.due_at !== null && (
                    <>
                      , due <Moment at={task.due_at} say={dateTime} />
                    </>
                  )}
                </div>
              </div>
              <div className={cx(css.right, toneText(task.status.tone))}>{task.status.word}</div>
            </>
          );
          const { review } = task;
          return review ? (
            <button key={task.id} type="button" className={css.item} data-id={task.id} onClick={() => nav.go({ screen: "review", review })}>
              {body}
            </button>
          ) : (
            <div key={task.id} className={css.item} data-id={task.id}>
              {body}
            </div>
          );
        })}
      </section>
    </>
  );
}

const FILE_ICONS: Record<string, IconName> = { document: "doc", table: "table", notice: "exstream", image: "image", thread: "community" };
const SHARED_WORDS: Record<string, string> = {
  on: "Shared with the partner",
  off: "Not shared",
  not_allowed: "Not allowed to be shared yet",
};

export function Workspace({ view }: { view: CaseView }) {
  const nav = useNav();
  const { workspace } = view;
  return (
    <section className={ui.section} aria-label="Workspace">
      <div className={ui.sectionHead}>
        <h3>Workspace</h3>
        <span className={ui.n}>{workspace.files.length || ""}</span>
        <span className={ui.r}>
          <Fresh source={sourceOf(view.sources, "workspaces")} />
        </span>
      </div>
      {workspace.path !== null && (
        <div className={cx(css.item, css.path)}>
          <Icon name="workspace" className="t2" />
          <div className="cut s12 t2" style={{ lineHeight: "20px" }} title={workspace.path}>
            {workspace.path}
          </div>
          {workspace.score !== null && <div className={cx(css.right, "s11 t3")}>match {workspace.score}</div>}
        </div>
      )}
      {workspace.problem && (
        <p className={css.small} style={{ padding: "0 12px 10px", lineHeight: "18px" }}>
          {workspace.problem}
        </p>
      )}
      {workspace.files.length > 0 && (
        <>
          <div className={cx(ui.group, css.fileHead)} aria-hidden="true">
            <span>File</span>
            <span>
              <span className="num" style={{ paddingRight: 6 }}>
                Shared
              </span>
              <span>Filing</span>
            </span>
          </div>
          {workspace.files.map((file) => (
            <button
              key={file.id}
              type="button"
              className={css.file}
              data-id={file.id}
              data-state={file.filing.state}
              data-command="open_file"
              onClick={() => file.content && nav.go({ dialog: { name: "attachment", id: file.content } })}
            >
              <Icon name={FILE_ICONS[file.icon] ?? "doc"} className="t2" />
              <span className="cut" title={file.name}>
                {file.name} <span className="t3 s12">{file.version}</span>
              </span>
              <span
                className={ui.tick}
                data-on={file.shared === "on" ? "true" : file.shared === "off" ? "false" : "no"}
                role="img"
                aria-label={SHARED_WORDS[file.shared] ?? file.shared}
                title={SHARED_WORDS[file.shared]}
              >
                <Icon name="check" size={10} />
              </span>
              <StatusText status={file.filing} plain className="s12 t2" />
            </button>
          ))}
        </>
      )}
    </section>
  );
}
