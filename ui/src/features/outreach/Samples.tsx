import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { OutreachInput } from "../../generated/OutreachInput";
import type { OutreachRow } from "../../generated/OutreachRow";
import { PdfView } from "../../components/PdfView";
import { Keys, Note, Tag, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { useOffline } from "../../lib/status";
import { plural } from "../../lib/text";
import css from "./Outreach.module.css";

const WHY: Record<string, string> = { largest: "Largest", smallest: "Smallest", random: "Random" };

/** Letters to look at before all of them go: what stands in one stands in all of its kind. */
export function Samples({ rows, input, root }: { rows: OutreachRow[]; input: OutreachInput; root: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const offline = useOffline();
  const at = Math.max(
    0,
    rows.findIndex((row) => row.partner === chosen),
  );
  const row = rows[at];
  const proof = useRead("sample_outreach", { input, partner: row?.partner ?? "" }, { enabled: row !== undefined, keep: true, anew: true });
  // The same question has another answer once the orders changed or the network is back.
  const { refetch } = proof;
  const readFor = useRef(`${root} ${offline}`);
  useEffect(() => {
    const now = `${root} ${offline}`;
    if (readFor.current === now || row === undefined) return;
    readFor.current = now;
    void refetch();
  }, [root, offline, row, refetch]);
  const go = (by: number) => {
    const next = rows[(at + by + rows.length) % Math.max(1, rows.length)];
    if (!next) return;
    setChosen(next.partner);
    list.current?.querySelector(`#${CSS.escape(`sample-${next.partner}`)}`)?.scrollIntoView({ block: "nearest" });
  };
  const none = rows.length === 0 && "No sample";
  useCommands([
    { id: "next_sample", title: "Next sample", keys: ["n"], group: "Samples", disabled: none, run: () => go(1) },
    { id: "previous_sample", title: "Previous sample", keys: ["p"], group: "Samples", disabled: none, run: () => go(-1) },
  ]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    go(by);
  };
  return (
    <>
      <div className={ui.sectionHead}>
        <h2>Samples</h2>
        <span className={ui.n}>{rows.length > 0 ? `${at + 1} of ${rows.length}` : ""}</span>
        <span className={ui.r}>
          <Keys of="n" />
          <Keys of="p" />
        </span>
      </div>
      {rows.length > 0 && (
        <ul
          ref={list}
          className={css.samples}
          role="listbox"
          aria-label="Samples"
          tabIndex={0}
          aria-activedescendant={row && `sample-${row.partner}`}
          data-kind="samples"
          onKeyDown={onKeyDown}
        >
          {rows.map((one, index) => (
            <li
              key={one.partner}
              id={`sample-${one.partner}`}
              className={css.sample}
              role="option"
              aria-selected={index === at}
              data-id={one.partner}
              onMouseDown={() => setChosen(one.partner)}
            >
              <span className="cut b">{one.name}</span>
              <span className="t3 s12">{plural(one.orders.length, "order")}</span>
              <Tag line>{WHY[one.sample ?? ""] ?? one.sample}</Tag>
            </li>
          ))}
        </ul>
      )}
      {proof.error && (
        <Note tone="late">
          <b>{proof.error.message}</b> {proof.error.detail}
        </Note>
      )}
      <div className={css.proof} aria-busy={proof.isFetching}>
        <PdfView
          content={row && !proof.error ? (proof.data ?? null) : null}
          watermark="PROOF"
          empty={row ? (proof.isFetching ? "" : "No proof yet") : "Nobody to write to"}
        />
      </div>
    </>
  );
}
