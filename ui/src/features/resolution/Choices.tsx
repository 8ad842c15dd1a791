import { Radio, RadioGroup } from "react-aria-components";
import type { ResolutionChoice } from "../../generated/ResolutionChoice";
import { Glyph } from "../../components/Glyph";
import { ui } from "../../components/ui";
import { cx } from "../../lib/text";
import css from "./Resolution.module.css";

interface Props {
  label: string;
  choices: ResolutionChoice[];
  /** Id of the chosen one. */
  value: string;
  onChoose: (id: string) => void;
}

/** One of several, each with its reason; what does not fit stays in sight and says why. */
export function Choices({ label, choices, value, onChoose }: Props) {
  return (
    <RadioGroup aria-label={label} value={value} onChange={onChoose} className={css.choices!}>
      {choices.map((choice) => (
        <Radio
          key={choice.id}
          value={choice.id}
          isDisabled={choice.blocked !== null}
          className={css.choice!}
          data-id={choice.id}
          data-blocked={choice.blocked !== null || undefined}
        >
          <span className={ui.radio} data-on={choice.id === value} />
          <span className="grow">
            <span className={cx(css.line, choice.id === value ? "bb" : "b")}>{choice.title}</span>
            {choice.reason && <span className={css.small}>{choice.reason}</span>}
            {choice.blocked !== null && (
              <span className={cx(css.small, css.why)}>
                <Glyph tone="none" label={null} size={10} />
                Not possible: {choice.blocked}
              </span>
            )}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
