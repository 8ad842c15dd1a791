import type { ReviewView } from "../../generated/ReviewView";
import { Glyph } from "../../components/Glyph";
import { Button, Moment, Note, ui } from "../../components/ui";
import { useOffline, useStatus } from "../../lib/status";
import { cx, groupedHash, plural, sentence } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Review.module.css";
import type { Ask } from "./SignDialog";
import { PartnerReviewers } from "./PartnerReviewers";
import { WhoIsLeft } from "./WhoIsLeft";

interface Props {
  view: ReviewView;
  meaning: string;
  setMeaning: (meaning: string) => void;
  /** Login of who is signed for; empty for oneself. */
  onBehalf: string;
  setOnBehalf: (person: string) => void;
  onDelegate: () => void;
  /** Shows changed data of the partner, to be taken. */
  onTake: (attachment: string) => void;
  setAsk: (ask: Ask) => void;
  /** Why it cannot be signed now. */
  noSign: string | null;
  /** Why it cannot be rejected now. */
  noReject: string | null;
  /** Why it cannot even be prepared. */
  noPrepare: string | null;
  /** Of a batch: how many of its samples were on the screen. It is said, and hinders nobody. */
  samples: { looked: number; of: number } | null;
  /** Writes the evidence pack; none while the letter is not approved. */
  onEvidence: (() => void) | null;
}

/** What a signature would say, under which name, over which content. */
export function Signature({
  view,
  meaning,
  setMeaning,
  onBehalf,
  setOnBehalf,
  onDelegate,
  onTake,
  setAsk,
  noSign,
  noReject,
  noPrepare,
  samples,
  onEvidence,
}: Props) {
  const offline = useOffline();
  const { person } = useStatus();
  const { prepared } = view;
  return (
    <>
      <div className={ui.group}>
        <span>Signature</span>
        <span>
          {view.row.signed} of {view.row.needed} signed
        </span>
      </div>
      {prepared && (
        <Note tone={prepared.valid ? "late" : "fail"}>
          <b>
            {prepared.valid ? `${prepared.verdict === "approve" ? "Approval" : "Rejection"} prepared` : "Prepared decision invalidated"}
          </b>{" "}
          <Moment at={prepared.at} say={dateTime} />.{" "}
          {prepared.valid
            ? offline
              ? "It waits for the network and your PIN."
              : "It needs your PIN."
            : prepared.hash === view.hash
              ? `Meanwhile: ${view.row.status.word.toLowerCase()}.`
              : `The ${view.batch ? "batch" : "letter"} changed meanwhile; read it again and decide anew.`}
        </Note>
      )}
      <div className={css.sign}>
        <div>
          <label htmlFor="meaning" className="t3">
            Meaning
          </label>
          <select
            id="meaning"
            className={cx(ui.select, css.select)}
            data-field="meaning"
            value={meaning}
            onChange={(event) => setMeaning(event.target.value)}
          >
            {view.meanings.map((one) => (
              <option key={one.id} value={one.id}>
                {one.title}
              </option>
            ))}
          </select>
        </div>
        <div>
          <span className="t3">Signing as</span>
          {view.signs_for.length > 0 ? (
            <select
              className={cx(ui.select, css.select)}
              aria-label="Signing as"
              data-field="on_behalf_of"
              value={onBehalf}
              onChange={(event) => setOnBehalf(event.target.value)}
            >
              <option value="">{person.name}</option>
              {view.signs_for.map((one) => (
                <option key={one.person.id} value={one.person.id ?? ""}>
                  {person.name} on behalf of {one.person.name}
                </option>
              ))}
            </select>
          ) : (
            <span className="fx" style={{ gap: 6 }}>
              <span className="cut grow">
                {person.name}, {person.title.toLowerCase()}
              </span>
              <Button small kind="ghost" keys="Shift+D" command="delegate_signing" onPress={onDelegate}>
                Delegate
              </Button>
            </span>
          )}
        </div>
        <div>
          <span className="t3">Content</span>
          <span className="mono" data-field="hash" title={view.hash} data-selectable>
            {groupedHash(view.hash)}
          </span>
        </div>
        <WhoIsLeft view={view} />
        {view.partner && <PartnerReviewers partner={view.partner} onTake={onTake} />}
        <p>{noSign && !offline ? sentence(noSign) : view.covers}</p>
        {samples !== null && samples.of > 0 && !onEvidence && (
          <p className={css.looked} role="status" data-field="looked">
            <Glyph tone={samples.looked < samples.of ? "wait" : "ok"} label={null} />
            {samples.looked} of {plural(samples.of, "sample")} looked at
          </p>
        )}
      </div>
      {onEvidence ? (
        <footer className={ui.actionBar} role="toolbar" aria-label="Evidence">
          <span className="grow" />
          <Button icon="doc" keys="Shift+E" command="export_evidence" onPress={onEvidence}>
            Export evidence
          </Button>
        </footer>
      ) : (
        <Decision prepared={prepared} setAsk={setAsk} noSign={noSign} noReject={noReject} noPrepare={noPrepare} />
      )}
    </>
  );
}

/** What can be decided now: sign, reject, or prepare one of both. */
function Decision({
  prepared,
  setAsk,
  noSign,
  noReject,
  noPrepare,
}: Pick<Props, "setAsk" | "noSign" | "noReject" | "noPrepare"> & Pick<ReviewView, "prepared">) {
  const offline = useOffline();
  return (
    <footer className={ui.actionBar} role="toolbar" aria-label="Decision">
      {/* Offline both verdicts are prepared by one button. */}
      {!offline && (
        <Button keys="Shift+R" command="reject_review" reason={noReject} onPress={() => setAsk("reject")}>
          Reject
        </Button>
      )}
      {!(prepared?.valid && !offline) && (
        <Button
          kind={offline ? "primary" : "ghost"}
          command="prepare_review"
          {...(offline ? { keys: "Mod+Enter", mode: "prepare" as const } : {})}
          reason={noPrepare}
          onPress={() => setAsk("prepare")}
        >
          {offline ? "Decide" : "Prepare only"}
        </Button>
      )}
      <span className="grow" />
      {prepared?.valid && !offline ? (
        <Button kind="primary" icon="lock" keys="Mod+Enter" command="commit_prepared" onPress={() => setAsk("commit")}>
          Commit
        </Button>
      ) : (
        <Button
          kind={offline ? "default" : "primary"}
          icon="lock"
          command="sign_review"
          mode={offline ? "needs network" : undefined}
          reason={offline ? null : noSign}
          onPress={() => setAsk("sign")}
          {...(offline ? {} : { keys: "Mod+Enter" })}
        >
          Sign
        </Button>
      )}
    </footer>
  );
}
