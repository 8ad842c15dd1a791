import type { OutreachInput } from "../../generated/OutreachInput";
import type { OutreachRow } from "../../generated/OutreachRow";
import { SampleProofs } from "../../components/SampleProofs";
import type { Sample } from "../../components/Samples";
import { plural } from "../../lib/text";

const sampleOf = (row: OutreachRow): Sample => ({
  id: row.partner,
  name: row.name,
  note: plural(row.orders.length, "order"),
  why: row.sample ?? "",
});

/** Letters to look at before all of them go. */
export function Samples({ rows, input, root }: { rows: OutreachRow[]; input: OutreachInput; root: string }) {
  return (
    <SampleProofs
      samples={rows.map(sampleOf)}
      command="sample_outreach"
      args={(partner) => ({ input, partner })}
      root={root}
      nobody="Nobody to write to"
    />
  );
}
