import type { PartnerReviewView } from "../../generated/PartnerReviewView";
import { Glyph } from "../../components/Glyph";
import { Button, Moment, Note } from "../../components/ui";
import { plural, shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";

const SAID: Record<string, string> = { approve: "Approved", reject: "Rejected" };

/** Who at the partner is asked, how far each has come, what does not count, and the changed data they sent. */
export function PartnerReviewers({ partner, onTake }: { partner: PartnerReviewView; onTake: (attachment: string) => void }) {
  const { persons, quarantined, data_sets } = partner;
  return (
    <div data-kind="partner_review" style={{ display: "block" }}>
      <p className="t3">
        {partner.name}. {partner.word}
      </p>
      {!partner.shown && <p>This version does not lie before them yet.</p>}
      <ul aria-label="At the partner">
        {persons.map((person) => (
          <li key={person.id} className="fx" style={{ gap: 6 }} data-state={person.status.state}>
            <Glyph tone={person.status.tone} label={null} />
            <span>{person.name}</span>
            <span className="t3 cut">
              {person.status.word.toLowerCase()}
              {person.at !== null && (
                <>
                  , <Moment at={person.at} say={dateTime} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {quarantined.length > 0 && (
        <details data-field="quarantined">
          <summary>{plural(quarantined.length, "verdict")} quarantined</summary>
          <ul>
            {quarantined.map((verdict) => (
              <li key={verdict.id} data-why={verdict.why}>
                {verdict.verdict ? (SAID[verdict.verdict] ?? verdict.verdict) : "Undecided"} by {verdict.person}: {verdict.word}
                {verdict.hash && <span className="mono"> {shortHash(verdict.hash)}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
      {data_sets.map((set) => (
        <Note key={set.attachment} tone="wait">
          <b>{set.person} sent changed data</b> <Moment at={set.at} say={dateTime} />.{" "}
          <Button
            small
            kind="ghost"
            command="take_partner_changes"
            reason={set.may_take ? null : set.may_not_reason}
            onPress={() => onTake(set.attachment)}
          >
            Take their changes
          </Button>
        </Note>
      ))}
    </div>
  );
}
