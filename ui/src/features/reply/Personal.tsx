import type { PersonalView } from "../../generated/PersonalView";
import { dialogCss } from "../../components/Dialog";
import { Button, Note, ui } from "../../components/ui";
import css from "./Personal.module.css";

interface Props {
  view: PersonalView;
  /** Why the partner is to have it. */
  reason: string;
  onReason: (reason: string) => void;
  onHide: () => void;
}

/** What the partner would read of personal data: hidden with one press, or sent for a reason that is kept. */
export function Personal({ view, reason, onReason, onHide }: Props) {
  return (
    <div className={css.personal}>
      <Note tone="late">
        <b>The partner would read personal data.</b>
      </Note>
      <ul className={css.found} aria-label="Personal data in this reply">
        {view.found.map((row, index) => (
          <li key={index}>
            <span className="t2">{row.title}</span> <span className="mono">{row.masked}</span>
          </li>
        ))}
      </ul>
      <div className={css.preview} role="group" aria-label="Without it">
        {view.redacted}
      </div>
      <div className={css.choice}>
        <Button command="hide_personal" keys="Mod+Shift+H" onPress={onHide}>
          Hide it
        </Button>
        <label className={dialogCss.field}>
          <span>Or why they are to have it</span>
          <input className={ui.input} data-field="personal" value={reason} onChange={(event) => onReason(event.target.value)} />
        </label>
      </div>
    </div>
  );
}
