import { useState } from "react";
import { Glyph } from "../../components/Glyph";
import { Button, Empty, Moment, Note, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead, useSend } from "../../lib/data";
import { useEcho } from "../../lib/echo";
import { count } from "../../lib/money";
import { shortHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import css from "./Audit.module.css";

const PAGE = 100;

/** Every effect and every decision, chained; verify walks the chain from its first record. */
export function AuditPage() {
  const [offset, setOffset] = useState(0);
  const page = useRead("list_audit", { offset, limit: PAGE }, { keep: true });
  const verify = useSend("verify_audit");
  const echo = useEcho();
  const run = () => verify.mutate(null, { onError: echo.fail });
  useCommands([
    { id: "verify_audit", title: "Verify the chain", keys: ["Shift+V"], group: "Audit", run },
    {
      id: "older_records",
      title: "Older records",
      keys: ["n"],
      group: "Audit",
      disabled: page.data && offset + PAGE >= page.data.total && "These are the oldest",
      run: () => setOffset(offset + PAGE),
    },
    {
      id: "newer_records",
      title: "Newer records",
      keys: ["p"],
      group: "Audit",
      disabled: offset === 0 && "These are the newest",
      run: () => setOffset(Math.max(0, offset - PAGE)),
    },
  ]);
  const verdict = verify.data;
  return (
    <>
      <header className={ui.viewHead}>
        <h1>Audit</h1>
        {page.data && <span className="t3 tn">{count(page.data.total)} records</span>}
        {verdict && (
          <span className="fx s12" style={{ gap: 5 }} role="status" data-state={verdict.ok ? "ok" : "broken"}>
            <Glyph tone={verdict.ok ? "ok" : "fail"} label={null} />
            <span className={verdict.ok ? "t2" : "fail"}>
              {verdict.ok ? `${count(verdict.records)} records fit` : `Record ${verdict.first_bad} does not fit`}
            </span>
            <span className="mono t3">{shortHash(verdict.head)}</span>
          </span>
        )}
        <span className="grow" />
        {page.data && page.data.total > PAGE && (
          <>
            <span className="s12 t3 tn">
              {count(offset + 1)} to {count(Math.min(page.data.total, offset + PAGE))}
            </span>
            <Button
              small
              kind="ghost"
              keys="p"
              reason={offset === 0 ? "These are the newest" : null}
              onPress={() => setOffset(Math.max(0, offset - PAGE))}
            >
              Newer
            </Button>
            <Button
              small
              kind="ghost"
              keys="n"
              reason={offset + PAGE >= page.data.total ? "These are the oldest" : null}
              onPress={() => setOffset(offset + PAGE)}
            >
              Older
            </Button>
          </>
        )}
        <Button small icon="audit" keys="Shift+V" command="verify_audit" isDisabled={verify.isPending} onPress={run}>
          Verify
        </Button>
      </header>
      {verdict && !verdict.ok && (
        <Note tone="fail">
          <b>The chain is broken at record {verdict.first_bad}.</b> Something was changed or removed after it was written. Nothing was
          repaired; export the chain and compare.
        </Note>
      )}
      {page.error && (
        <Note tone="fail">
          <b>{page.error.message}</b> {page.error.detail}
        </Note>
      )}
      <div className={css.cols} aria-hidden="true">
        <span className="num">Record</span>
        <span>When</span>
        <span>Who</span>
        <span>What</span>
        <span>About</span>
        <span>Reason</span>
        <span>Hash</span>
      </div>
      {page.data && page.data.items.length === 0 ? (
        <Empty title="Nothing written yet">The first confirmed action begins the chain.</Empty>
      ) : (
        <div
          className={css.list}
          role="grid"
          tabIndex={0}
          aria-label="Audit records"
          data-kind="audit"
          data-pane="audit"
          aria-rowcount={page.data?.total}
        >
          {page.data?.items.map((row) => (
            <div
              key={row.seq}
              className={css.row}
              role="row"
              data-id={String(row.seq)}
              data-bad={verdict?.first_bad === row.seq || undefined}
            >
              <span className="num t3" role="gridcell">
                {row.seq}
              </span>
              <span className="tn" role="gridcell">
                <Moment at={row.occurred_at} say={dateTime} />
              </span>
              <span className="cut" role="gridcell">
                {row.actor}
                {row.on_behalf_of && <span className="t3"> for {row.on_behalf_of}</span>}
              </span>
              <span className="cut b" role="gridcell">
                {row.event}
              </span>
              <span className="cut t2" role="gridcell" title={row.object} data-selectable>
                {row.object}
              </span>
              <span className="cut t3" role="gridcell" title={row.reason ?? undefined}>
                {row.reason}
              </span>
              <span className="mono t3" role="gridcell">
                {shortHash(row.hash)}
              </span>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
