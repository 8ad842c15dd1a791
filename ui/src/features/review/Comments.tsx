import type { ReviewCommentRow } from "../../generated/ReviewCommentRow";
import { Glyph } from "../../components/Glyph";
import { Avatar, Button, Empty, Moment, ui } from "../../components/ui";
import { useStatus } from "../../lib/status";
import { dateTime } from "../../lib/time";
import css from "./Review.module.css";

interface Props {
  comments: ReviewCommentRow[];
  onComment: () => void;
  onBlock: (block: number) => void;
}

/** What reviewers and the maker said, newest first, each with the block it is about. */
export function Comments({ comments, onComment, onBlock }: Props) {
  const { person } = useStatus();
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
      <ol className={css.comments} data-kind="comments" tabIndex={0} aria-label="Comments">
        {comments.length === 0 && <Empty title="No comment yet">Select words in the changes and press c.</Empty>}
        {comments.map((comment) => (
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
                <button type="button" className={css.link} onClick={() => comment.block !== null && onBlock(comment.block)}>
                  Block {comment.block}
                  {comment.quote && `, “${comment.quote}”`}
                </button>
              )}
              <p data-selectable>{comment.text}</p>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
