import type { OpenLoop } from "../../generated/OpenLoop";
import { Button, Empty, Fresh, Note, Segments, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { count } from "../../lib/money";
import { type LoopFilter, useNav } from "../../lib/nav";
import { useAges, useOldest, useStatus } from "../../lib/status";
import { Answers } from "./Answers";

const NONE: OpenLoop[] = [];
const FEEDS = ["community", "exstream"] as const;

const FILTERS: { id: LoopFilter; title: string; none: string }[] = [
  { id: "waiting", title: "All open", none: "Nothing waits for an answer" },
  { id: "no_response", title: "No answer", none: "No answer is overdue" },
  { id: "waived", title: "Waived", none: "No answer was waived" },
  { id: "acted", title: "Answered", none: "Nothing was answered yet" },
];

/** What was asked of partners over all cases, the most urgent first as it comes. */
export function LoopsPage() {
  const nav = useNav();
  const status = useStatus();
  const filter = FILTERS.find(({ id }) => id === nav.loopState) ?? FILTERS[0]!;
  const list = useRead("list_loops", filter.id === "waiting" ? {} : { state: filter.id }, { keep: true });
  const source = useOldest(useAges(FEEDS));
  const rows = list.data ?? NONE;
  const show = (loopState: LoopFilter) => nav.go({ loopState });
  useCommands(
    FILTERS.map(({ id, title }, index) => ({
      id: `loops_${id}`,
      title: `Loops: ${title.toLowerCase()}`,
      keys: [String(index + 1)],
      group: "Answers",
      run: () => show(id),
    })),
  );
  const empty = list.data && rows.length === 0 && !list.isPlaceholderData;
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Loops</h1>
        <span className="t3 tn">{list.data ? count(rows.length) : ""}</span>
        <span className="grow" />
        <Fresh source={source} />
        <Segments label="Show answers" value={filter.id} onChange={show} options={FILTERS} />
      </header>
      {list.error && (
        <>
          <Note tone="fail">
            <b>{list.error.message}</b> {list.error.detail}
          </Note>
          {!list.data && (
            <Empty
              title="The answers cannot be shown"
              action={
                <Button small command="read_again" onPress={() => void list.refetch()}>
                  Read again
                </Button>
              }
            />
          )}
        </>
      )}
      {empty &&
        (status.first_sync && !status.first_sync.ready ? (
          <Empty title="Being read for the first time">Rows appear as they arrive.</Empty>
        ) : (
          <Empty
            title={filter.none}
            action={
              filter.id === "waiting" ? undefined : (
                <Button small keys="1" command="loops_waiting" onPress={() => show("waiting")}>
                  Show all open
                </Button>
              )
            }
          >
            Notices that ask their partner for an answer stand here.
          </Empty>
        ))}
      {rows.length > 0 && <Answers rows={rows} busy={list.isPlaceholderData} />}
    </>
  );
}
