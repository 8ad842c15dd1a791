import { useCallback } from "react";
import type { CampaignPlan } from "../../generated/CampaignPlan";
import type { CampaignPlanRow } from "../../generated/CampaignPlanRow";
import type { Problem } from "../../generated/Problem";
import { type Figure, Figures } from "../../components/Figures";
import { Glyph } from "../../components/Glyph";
import { LeaveOutDialog } from "../../components/LeaveOutDialog";
import { Tabs } from "../../components/Tabs";
import { ColumnHeads, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Note, Tag } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useLeaveOut } from "../../lib/leaveOut";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { cx } from "../../lib/text";
import css from "./NewCampaign.module.css";
import { type Form, leftOut, takenBack } from "./form";

export type List = "recipients" | "blocking" | "excluded" | "must_repeat";

const COLUMNS = "minmax(0,1.3fr) 26px 44px 34px minmax(0,1.7fr)";
const TITLES: Record<List, string> = {
  recipients: "Recipients",
  blocking: "Missing an address",
  excluded: "Left out",
  must_repeat: "Must repeat",
};
const NOBODY: Record<List, [title: string, why: string]> = {
  recipients: ["Nobody is asked", "Choose facts of partners, or name them."],
  blocking: ["Everybody can be reached", "Every partner asked has a contact with an address."],
  excluded: ["Nobody is left out", "Everybody of the segment is asked."],
  must_repeat: ["Nobody has to repeat", "Nobody here acknowledged the version before."],
};

interface Props {
  plan: CampaignPlan | undefined;
  problem: Problem | null;
  settled: boolean;
  /** List the rows belong to; the wanted one may still be under way. */
  shown: List;
  list: List;
  setList: (list: List) => void;
  total: number;
  at: (index: number) => CampaignPlanRow | undefined;
  find: (partner: string) => number | null;
  onRange: (first: number, last: number) => void;
  form: Form;
  type: (change: Partial<Form>) => void;
}

/** Who gets what and who does not, before anything leaves. */
export function DryRun({ plan, problem, settled, shown, list, setList, total, at, find, onRange, form, type }: Props) {
  const { density } = useLook();
  const counts = plan?.counts;
  const { exclude } = form;
  const { row, line, select, back, why, toggle, asked, stopAsking, leaveOut } = useLeaveOut<CampaignPlanRow>({
    at,
    find,
    isOut: () => shown === "excluded",
    exclude,
    noun: "partner",
    group: "New campaign",
    titles: { out: "Leave the partner out", back: "Ask the partner after all" },
    onLeaveOut: (one, reason) => type(leftOut(form, one.partner, one.name, reason)),
    onTakeBack: (one) => type(takenBack(form, one.partner)),
  });
  const draw = useCallback((row: CampaignPlanRow) => <Row row={row} list={shown} byPerson={row.partner in exclude} />, [shown, exclude]);
  const tabs = (["recipients", "blocking", "excluded", "must_repeat"] as const).filter(
    (id) => id !== "must_repeat" || list === id || (counts?.must_repeat ?? 0) > 0,
  );
  useCommands([
    ...tabs.map((id) => ({ id: `tab_${id}`, title: `Show ${TITLES[id].toLowerCase()}`, group: "New campaign", run: () => setList(id) })),
  ]);

  return (
    <section className={css.middle} aria-label="Dry run" data-pane="campaign_list" aria-busy={!settled && !problem}>
      <Figures figures={figuresOf(plan)} />
      {problem && (
        <Note tone="fail">
          <b>{problem.message}</b> {problem.detail}
        </Note>
      )}
      {counts && counts.blocking > 0 && (
        <Note tone="late">
          <b>{count(counts.blocking)} cannot be asked</b>, for nobody there has an address. Add a contact, or leave them out with a reason.
        </Note>
      )}
      <Tabs
        label="Partners"
        name="campaign"
        tabs={tabs.map((id) => ({ id, title: TITLES[id], n: counts?.[id] }))}
        chosen={list}
        onChoose={setList}
      />
      <div className={css.panel} role="tabpanel" id="campaign-list" aria-labelledby={`campaign-tab-${list}`}>
        <ColumnHeads columns={COLUMNS}>
          <span>Partner</span>
          <span>In</span>
          <span>Tier</span>
          <span>Lang.</span>
          <span>{shown === "recipients" || shown === "must_repeat" ? "Asked" : "Reason"}</span>
        </ColumnHeads>
        {!counts ? null : total === 0 ? (
          <Empty title={NOBODY[shown][0]}>{NOBODY[shown][1]}</Empty>
        ) : (
          <VirtualList
            key={shown}
            label={TITLES[shown]}
            name={`campaign_${shown}`}
            columns={COLUMNS}
            count={total}
            line={line}
            height={ROW_HEIGHT[density]}
            id={(one) => one.partner}
            draw={draw}
            selected={row?.partner ?? null}
            onSelect={select}
            onRange={onRange}
            rowProps={(one) => ({ "data-row": one.partner })}
          />
        )}
      </div>
      {row && (
        <footer className={css.chosen} aria-label="Chosen partner" role="group">
          <div className="grow">
            <p className="cut">
              <b className="bb">{row.name}</b> <span className="t2">{row.reason}</span>
            </p>
            <p className="cut s12 t2" data-selectable>
              {[row.contact, row.address].filter(Boolean).join(", ") || row.partner}
              {row.address && row.time_zone && `; reminded by the clock of ${row.time_zone}`}
            </p>
          </div>
          <Button small keys="x" command="leave_out" reason={why} onPress={toggle}>
            {back ? "Ask after all" : "Leave out"}
          </Button>
        </footer>
      )}
      {asked && (
        <LeaveOutDialog
          title="Leave the partner out"
          icon="campaign"
          name={asked.name}
          note={asked.reason}
          effect="They are not asked; the reason is kept."
          onLeaveOut={(reason) => leaveOut(asked, reason)}
          onClose={stopAsking}
        />
      )}
    </section>
  );
}

const figuresOf = (plan: CampaignPlan | undefined): Figure[] => [
  { name: "partners", title: "Partners", value: plan?.counts.partners },
  { name: "recipients", title: "Recipients", value: plan?.counts.recipients, main: true },
  { name: "blocking", title: "No address", value: plan?.counts.blocking },
  { name: "excluded", title: "Left out", value: plan?.counts.excluded },
  { name: "must_repeat", title: "Must repeat", value: plan?.counts.must_repeat },
];

function Row({ row, list, byPerson }: { row: CampaignPlanRow; list: List; byPerson: boolean }) {
  const asked = list === "recipients" || list === "must_repeat";
  return (
    <>
      <span className={css.name} role="gridcell" title={row.name}>
        {list === "blocking" && <Glyph tone="late" label={null} />}
        <span className="cut b">{row.name}</span>
        {row.must_repeat && <Tag line>Must repeat</Tag>}
      </span>
      <span className="t2 s12" role="gridcell">
        {row.country}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.tier}
      </span>
      <span className="cut t2 s12" role="gridcell">
        {row.language}
      </span>
      <span className={cx("s12", css.name)} role="gridcell" title={asked ? row.address : row.reason}>
        {asked ? (
          <>
            <span className={css.contact}>{row.contact}</span>
            <span className="cut t2">{row.address}</span>
          </>
        ) : (
          <>
            {byPerson && list === "excluded" && <Tag>By you</Tag>}
            <span className="cut t2">{row.reason}</span>
          </>
        )}
      </span>
    </>
  );
}
