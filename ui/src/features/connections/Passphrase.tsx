import { Button, ui } from "../../components/ui";
import css from "./Connections.module.css";

/** Shortest passphrase that is taken, in characters. */
const SHORTEST = 12;

/** Why these two are not taken. */
export const passphraseReason = ([first, second]: [string, string]) =>
  first.length < SHORTEST ? `At least ${SHORTEST} characters` : first !== second ? "The two are not the same" : null;

/** Where there is no keyring, a passphrase keeps the key of the folder. */
export function Passphrase({
  value,
  onChange,
  reason,
  onSave,
}: {
  value: [string, string];
  onChange: (value: [string, string]) => void;
  reason: string | null;
  onSave: () => void;
}) {
  return (
    <form
      className={css.passphrase}
      aria-label="Passphrase"
      onSubmit={(event) => {
        event.preventDefault();
        if (!reason) onSave();
      }}
    >
      <p role="alert">
        <b>This machine has no keyring.</b> Real connections need a better place for the key of the data folder than a file. Choose a
        passphrase: it is asked for at every start and kept nowhere.
      </p>
      {(["Passphrase", "The same again"] as const).map((title, index) => (
        <label key={title}>
          <span>{title}</span>
          <input
            className={ui.input}
            type="password"
            autoComplete="off"
            autoFocus={index === 0}
            data-field={`passphrase.${index}`}
            value={value[index]}
            onChange={(event) => onChange(index === 0 ? [event.target.value, value[1]] : [value[0], event.target.value])}
          />
        </label>
      ))}
      <Button small kind="primary" type="submit" command="keep_passphrase" reason={reason}>
        Keep and save
      </Button>
    </form>
  );
}
