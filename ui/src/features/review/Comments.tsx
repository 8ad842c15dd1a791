import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import { Glyph } from "../../components/Glyph";
import { Avatar, Button, Empty, Moment, Note, Tag, ui } from "../../components/ui";
import { useStatus } from "../../lib/status";
import { plural } from "../../lib/text";
import { dateTime } from "../../lib/time";
import { byArrows } from "./byArrows";
import css from "./Review.module.css";

interface Props {
  comments: ReviewCommentRow[];
  onComment: () => void;
  onShow: (comment: ReviewCommentRow) => void;
  onSettle: (comment: ReviewCommentRow) => void;
  onShare: (comment: ReviewCommentRow) => void;
}

/** What reviewers and the maker said: first what lost its place, then newest first, each with the block it is about. */
export function Comments({ comments, onComment, onShow, onSettle, onShare }: Props) {
  const { person } = useStatus();
  const orphans = comments.filter((one) => one.lost && !one.settled).length;
  return (
    <>
      <header className={ui.paneHead}>
        <h2>Comments</h2>
        <span className={ui.n}>{comments.length || ""}</span>
        <span className="grow" />
        <Button small kind="ghost" icon="plus" keys="c" command="comment_review" onPress={onComment}>
          On selection
        </Button>
      </header>
      {orphans > 0 && (
        <Note tone="fail">
          <b>{plural(orphans, "comment")} lost the words they were about.</b> Nobody can approve until each is settled.
        </Note>
      )}
      <ol className={css.comments} data-kind="comments" tabIndex={0} aria-label="Comments" onKeyDown={byArrows}>
        {comments.length === 0 && <Empty title="No comment yet">Select words in the changes and press c.</Empty>}
        {comments.map((comment) => (
          <li key={comment.id} className={css.comment} data-id={comment.id} data-lost={(comment.lost && !comment.settled) || undefined}>
            <Avatar owner={{ name: comment.author, initials: comment.initials, me: !comment.partner && comment.author === person.name }} />
            <div>
              <div className="fx" style={{ gap: 6 }}>
                <span className="b cut">{comment.author}</span>
                {comment.partner ? <Tag line>Partner</Tag> : <span className="t3 s12 cut">{comment.role}</span>}
                {comment.shared && <Tag>Shared</Tag>}
                <span className="grow" />
                {comment.queued && <Glyph tone="queue" label="Queued" />}
                <Moment className="t3 s12" at={comment.at} say={dateTime} />
              </div>
              {comment.block !== null && (
                <button type="button" className={css.link} data-command="show_comment" onClick={() => onShow(comment)}>
                  Block {comment.block}
                  {comment.quote && `, “${comment.quote}”`}
                </button>
              )}
              {comment.block === null && !comment.lost && comment.quote && <p className="t2 s12">“{comment.quote}”</p>}
              {comment.lost && comment.quote && (
                <p className="t2 s12" data-field="lost">
                  Was about <del>{comment.quote}</del>
                </p>
              )}
              {comment.carried_from !== null && (
                <p className="t3 s12" data-field="carried">
                  {comment.carried_from ? `Carried from version ${comment.carried_from}` : "Carried from another version"}
                  {comment.place && comment.place.certainty !== "exact" && ", the words changed"}
                </p>
              )}
              <p data-selectable>{comment.text}</p>
              {comment.settled && (
                <p className="t2 s12" data-field="settled">
                  {comment.settled.word} by {comment.settled.by}: {comment.settled.text}
                </p>
              )}
              {!comment.settled && comment.may_settle.length > 0 && (
                <Button small kind="ghost" command="resolve_comment" onPress={() => onSettle(comment)}>
                  Settle
                </Button>
              )}
              {comment.may_share && (
                <Button small kind="ghost" command="share_comment" onPress={() => onShare(comment)}>
                  Share with partner
                </Button>
              )}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
