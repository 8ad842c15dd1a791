import type { RecipientCounts } from "../../generated/RecipientCounts";
import { Glyph } from "../../components/Glyph";
import { count } from "../../lib/money";
import { plural } from "../../lib/text";
import css from "./StateBar.module.css";
import { STATES } from "./states";

/** Recipients by state, from what is done to what is far from it. */
export function StateBar({ counts, small }: { counts: RecipientCounts; small?: boolean }) {
  const seen = STATES.filter(({ name }) => counts[name] > 0);
  const said = seen.map(({ name, title }) => `${count(counts[name])} ${title.toLowerCase()}`).join(", ");
  return (
    <div
      className={css.bar}
      role="img"
      aria-label={`${plural(counts.recipients, "recipient")}: ${said || "none"}`}
      data-small={small || undefined}
    >
      {seen.map(({ name }) => (
        <i key={name} data-part={name} data-value={counts[name]} style={{ flexGrow: counts[name] }} />
      ))}
    </div>
  );
}

/** What the colours of the bar mean; states nobody is in are left away, but for the one that is wanted. */
export function Legend({ counts }: { counts: RecipientCounts }) {
  return (
    <div className={css.legend}>
      {STATES.filter(({ name }) => name === "acknowledged" || counts[name] > 0).map(({ name, title, tone }) => (
        <span key={name} className="fx">
          <Glyph tone={tone} label={null} />
          {title}{" "}
          <b data-figure={name} data-value={counts[name]}>
            {count(counts[name])}
          </b>
        </span>
      ))}
    </div>
  );
}
