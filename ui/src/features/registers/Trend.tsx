import { useState } from "react";
import type { RegisterName } from "../../generated/RegisterName";
import type { RegisterTrend } from "../../generated/RegisterTrend";
import { Button, Note, Segments, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { CyclePlot } from "./CyclePlot";
import { DeliveryPlot } from "./DeliveryPlot";
import css from "./Registers.module.css";

const SPANS = [
  { id: "28", title: "4 weeks" },
  { id: "91", title: "13 weeks" },
  { id: "364", title: "52 weeks" },
];

const TITLES: Record<RegisterName, { title: string; by: string }> = {
  approval: { title: "Time to approval", by: "by week of the last signature, UTC" },
  delivery: { title: "Delivery states", by: "by day of the last event, UTC" },
};

interface Props {
  register: RegisterName;
  days: number;
  onDays: (days: number) => void;
}

/** The register over time, as a plot or, on demand, as a table of the same numbers. */
export function Trend({ register, days, onDays }: Props) {
  const [tabled, setTabled] = useState(false);
  const trend = useRead("get_register_trend", { register, days }, { keep: true });
  const toggle = () => setTabled(!tabled);
  useCommands([{ id: "toggle_table", title: "Numbers as a table", keys: ["t"], group: "Registers", run: toggle }]);
  const { title, by } = TITLES[register];
  const data = trend.data?.register === register ? trend.data : null;
  return (
    <section className={css.trend} aria-label={title} data-pane="trend">
      <div className={ui.sectionHead}>
        <h2>{title}</h2>
        <span className="t3 s12">{by}</span>
        <span className={ui.r}>
          <Segments label="How far back" value={String(days)} options={SPANS} onChange={(id) => onDays(Number(id))} />
          <Button small kind="ghost" icon="table" keys="t" command="toggle_table" aria-expanded={tabled} onPress={toggle}>
            Table
          </Button>
        </span>
      </div>
      {trend.error && (
        <Note tone="fail">
          <b>{trend.error.message}</b> {trend.error.detail}
        </Note>
      )}
      {data?.truncated && <Note tone="late">Only the newest 5,000 letters are counted.</Note>}
      {data && <Drawn data={data} tabled={tabled} />}
    </section>
  );
}

function Drawn({ data, tabled }: { data: RegisterTrend; tabled: boolean }) {
  if (data.register === "approval")
    return data.weeks.length === 0 ? (
      <p className={css.none}>No letter was approved in this time</p>
    ) : (
      <CyclePlot weeks={data.weeks} tabled={tabled} />
    );
  return data.states.length === 0 ? (
    <p className={css.none}>Nothing was heard of a notice in this time</p>
  ) : (
    <DeliveryPlot states={data.states} days={data.days} tabled={tabled} />
  );
}
