import type { StatementInput } from "../../generated/StatementInput";
import type { StatementRow } from "../../generated/StatementRow";
import { Amount } from "../../components/Amount";
import { SampleProofs } from "../../components/SampleProofs";
import type { Sample } from "../../components/Samples";

const sampleOf = (row: StatementRow): Sample => ({
  id: row.partner,
  name: row.name,
  note: (
    <>
      <Amount of={row.total} /> {row.currency}
    </>
  ),
  why: row.sample ?? "",
});

/** Statements to look at before all of them go. */
export function Samples({ rows, input, root }: { rows: StatementRow[]; input: StatementInput; root: string }) {
  return (
    <SampleProofs
      samples={rows.map(sampleOf)}
      command="sample_statement"
      args={(partner) => ({ input, partner })}
      root={root}
      nobody="No statement to look at"
    />
  );
}
