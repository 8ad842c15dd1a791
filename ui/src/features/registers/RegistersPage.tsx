import { useDeferredValue, useMemo, useRef } from "react";
import type { ApprovalRow } from "../../generated/ApprovalRow";
import type { DeliveryRow } from "../../generated/DeliveryRow";
import type { RegisterFormat } from "../../generated/RegisterFormat";
import type { RegisterName } from "../../generated/RegisterName";
import { Button, Empty, Fresh, Note, ui } from "../../components/ui";
import { Tabs } from "../../components/Tabs";
import { useCommands } from "../../lib/commands";
import { useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { useNav, useTyped } from "../../lib/nav";
import { useOldest, useStatus } from "../../lib/status";
import { plural } from "../../lib/text";
import { Filters } from "./Filters";
import { RegisterList } from "./RegisterList";
import css from "./Registers.module.css";
import { Trend } from "./Trend";
import { NO_FILTER, START, argsOf, isFiltered, periodProblem } from "./filter";
import { APPROVAL_COLUMNS, APPROVAL_HEADS, DELIVERY_COLUMNS, DELIVERY_HEADS, drawApproval, drawDelivery } from "./rows";
import { useRegister } from "./useRegister";

const WORDS: Record<RegisterName, { title: string; one: string; empty: string; why: string }> = {
  approval: {
    title: "Approvals before use",
    one: "letter",
    empty: "No letter was put under review yet",
    why: "Letters stand here from the day they are put before those who sign them.",
  },
  delivery: {
    title: "Deliveries",
    one: "notice",
    empty: "Nothing was sent yet",
    why: "Every notice that was handed over stands here with what became of it.",
  },
};

/** Which letters were approved before they were used, and what became of everything that was sent. */
export function RegistersPage() {
  const nav = useNav();
  const echo = useEcho();
  const status = useStatus();
  const [asked, ask] = useTyped("registers", START);
  const { register } = asked;
  const filter = asked[register];
  const words = WORDS[register];
  const problem = periodProblem(filter);
  // Typing is not held up by reading.
  const wanted = useDeferredValue(filter);
  const args = useMemo(() => argsOf(periodProblem(wanted) ? { ...wanted, from: "", to: "" } : wanted), [wanted]);
  const list = useRegister(register, args);
  const source = useOldest(list.first?.sources);
  const field = useRef<HTMLInputElement>(null);
  const write = useSend("export_register");
  const setFilter = (next: typeof filter) => ask({ [register]: next });
  const choose = (next: RegisterName) => ask({ register: next });
  const openReview = (row: ApprovalRow) => nav.go({ screen: "review", review: row.id });
  const openNotice = (row: DeliveryRow) =>
    row.case === null ? echo.say(`${row.notice} names no case`) : nav.go({ screen: "desk", selection: { pane: "cases", id: row.case } });
  const exportAs = (format: RegisterFormat) =>
    write.mutate(
      { register, filter: argsOf(filter), format },
      { onSuccess: ({ rows, file }) => echo.say(`${plural(rows, "row")} in ${file}`), onError: echo.fail },
    );
  const noExport = problem ?? (write.isPending ? "Being written" : null);
  useCommands([
    { id: "register_approval", title: "Approvals before use", keys: ["1"], group: "Registers", run: () => choose("approval") },
    { id: "register_delivery", title: "Deliveries", keys: ["2"], group: "Registers", run: () => choose("delivery") },
    { id: "filter_register", title: "Filter the register", keys: ["Shift+F"], group: "Registers", run: () => field.current?.focus() },
    { id: "clear_register_filter", title: "Clear the filter", keys: ["0"], group: "Registers", run: () => setFilter(NO_FILTER) },
    {
      id: "export_register_csv",
      title: "Export the register as CSV",
      keys: ["Shift+E"],
      group: "Registers",
      disabled: noExport,
      run: () => exportAs("csv"),
    },
    {
      id: "export_register_pdf",
      title: "Export the register as PDF",
      keys: ["Shift+P"],
      group: "Registers",
      disabled: noExport,
      run: () => exportAs("pdf"),
    },
    {
      id: "toggle_trend",
      title: asked.plotted ? "Hide the plot" : "Show the plot",
      keys: ["v"],
      group: "Registers",
      run: () => ask({ plotted: !asked.plotted }),
    },
  ]);
  const { first, shown } = list;
  const filtered = isFiltered(filter);
  const ended = first !== undefined && !list.more && !list.fetching;
  const shared = { name: `register ${register}`, more: list.more, busy: list.busy, onRange: list.onRange };
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Registers</h1>
        <Tabs
          label="Register"
          name="register"
          chosen={register}
          onChoose={choose}
          tabs={(["approval", "delivery"] as const).map((id) => ({
            id,
            title: WORDS[id].title,
            n: id === register ? first?.of : undefined,
          }))}
        />
        <span className="grow" />
        <Fresh source={source} />
        <Button
          small
          kind="ghost"
          keys="v"
          command="toggle_trend"
          aria-expanded={asked.plotted}
          onPress={() => ask({ plotted: !asked.plotted })}
        >
          Plot
        </Button>
        <Button small icon="doc" keys="Shift+E" command="export_register_csv" reason={noExport} onPress={() => exportAs("csv")}>
          CSV
        </Button>
        <Button small icon="doc" keys="Shift+P" command="export_register_pdf" reason={noExport} onPress={() => exportAs("pdf")}>
          PDF
        </Button>
      </header>
      <div id="register-list" className={css.body} role="tabpanel" aria-labelledby={`register-tab-${register}`}>
        {asked.plotted && <Trend register={register} days={asked.days} onDays={(days) => ask({ days })} />}
        <Filters filter={filter} onFilter={setFilter} choices={first?.choices ?? null} problem={problem} field={field} />
        {list.problem && (
          <>
            <Note tone="fail">
              <b>{list.problem.message}</b> {list.problem.detail}
            </Note>
            {shown === 0 && (
              <Empty
                title="The register cannot be shown"
                action={
                  <Button small command="read_again" onPress={list.again}>
                    Read again
                  </Button>
                }
              >
                Nothing in it was changed.
              </Empty>
            )}
          </>
        )}
        {shown === 0 && !list.problem && ended && (
          <Nothing
            title={filtered ? `No ${words.one} fits the filter` : words.empty}
            first={Boolean(status.first_sync && !status.first_sync.ready)}
            action={
              filtered ? (
                <Button small keys="0" command="clear_register_filter" onPress={() => setFilter(NO_FILTER)}>
                  Clear the filter
                </Button>
              ) : undefined
            }
          >
            {filtered ? `${count(first.of)} in the register` : words.why}
          </Nothing>
        )}
        {shown > 0 && register === "approval" && (
          <RegisterList
            {...shared}
            label={words.title}
            columns={APPROVAL_COLUMNS}
            heads={APPROVAL_HEADS}
            rows={list.approvals}
            draw={drawApproval}
            onOpen={openReview}
          />
        )}
        {shown > 0 && register === "delivery" && (
          <RegisterList
            {...shared}
            label={words.title}
            columns={DELIVERY_COLUMNS}
            heads={DELIVERY_HEADS}
            rows={list.deliveries}
            draw={drawDelivery}
            onOpen={openNotice}
          />
        )}
        {first && (
          <p className={css.told} role="status">
            {told(list, words.one)}
            {list.problem && shown > 0 && (
              <Button small command="read_on" onPress={list.again}>
                Read on
              </Button>
            )}
          </p>
        )}
      </div>
    </>
  );
}

interface NothingProps {
  title: string;
  first: boolean;
  action?: React.ReactNode;
  children: React.ReactNode;
}

function Nothing({ title, first, action, children }: NothingProps) {
  if (first) return <Empty title="Being read for the first time">Rows appear as they arrive.</Empty>;
  return (
    <Empty title={title} action={action}>
      {children}
    </Empty>
  );
}

/** How much of the register stands above, so that a part is not taken for the whole. */
function told({ first, shown, more, lookedAt }: ReturnType<typeof useRegister>, one: string): string {
  if (!first) return "";
  const of = first.fits ?? null;
  if (!more) return `${plural(shown, one)}, all that ${shown === 1 ? "fits" : "fit"} of ${count(first.of)}`;
  if (of !== null) return `${count(shown)} of ${count(of)} read; more below`;
  return `${plural(shown, one)} among the newest ${count(lookedAt)} of ${count(first.of)}; more below`;
}
