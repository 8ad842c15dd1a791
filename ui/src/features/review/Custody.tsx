import { Fragment } from "react";
import type { ReviewView } from "../../generated/ReviewView";
import { Glyph } from "../../components/Glyph";
import { Avatar, Moment } from "../../components/ui";
import { shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Review.module.css";

const JOINTS: Record<string, { sign: string; word: string }> = {
  equal: { sign: "=", word: "equal" },
  different: { sign: "≠", word: "different, stops the release" },
  not_yet: { sign: "", word: "not yet" },
};

/** From data to filing: the same hash all the way, or a stop. */
export function Custody({ view }: { view: ReviewView }) {
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
                {eye.on_behalf_of && ` on behalf of ${eye.on_behalf_of.name}`}
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
