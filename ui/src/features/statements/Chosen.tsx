import type { StatementRow } from "../../generated/StatementRow";
import { Glyph } from "../../components/Glyph";
import { Button } from "../../components/ui";
import { plural } from "../../lib/text";
import css from "./Statements.module.css";

interface Props {
  row: StatementRow;
  /** It is one of those left out. */
  back: boolean;
  why: string | null;
  onToggle: () => void;
}

/** All there is to say about one partner, and the way to leave it out. */
export function Chosen({ row, back, why, onToggle }: Props) {
  return (
    <footer className={css.chosen} aria-label="Chosen partner" role="group">
      <div className="grow">
        <p className="cut">
          <b className="bb">{row.name}</b>{" "}
          <span className="t2">{back ? row.reason : `${row.title}, ${plural(row.lines, "transaction")}`}</span>
        </p>
        <p className="fx s12 t2">
          <span className="cut" data-selectable>
            {row.notice ?? row.partner}
          </span>
          {!back && row.not_approved > 0 && (
            <span className={css.missing}>
              <Glyph tone="late" label={null} size={10} />
              {row.reason}
            </span>
          )}
        </p>
      </div>
      <Button small keys="x" command="leave_out" reason={why} onPress={onToggle}>
        {back ? "State after all" : "Leave out"}
      </Button>
    </footer>
  );
}
