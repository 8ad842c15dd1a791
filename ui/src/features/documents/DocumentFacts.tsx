import { useState } from "react";
import { Glyph } from "../../components/Glyph";
import { Button, Empty, Fresh, Note, StatusText, Tag, toneText, ui } from "../../components/ui";
import { useCommands } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { money } from "../../lib/money";
import { cx } from "../../lib/text";
import { fromBase64 } from "../../lib/pdf";
import css from "./Documents.module.css";

const PART = 60_000;

/** One document: what it says for the business, and v for what came over the wire. */
export function DocumentFacts({ id }: { id: string }) {
  const view = useRead("get_document", { id }, { keep: true });
  const [raw, setRaw] = useState(false);
  useCommands([{ id: "raw_view", title: raw ? "Business view" : "Raw view", keys: ["v"], group: "Document", run: () => setRaw(!raw) }]);
  if (view.error) {
    return (
      <Note tone="fail">
        <b>{view.error.message}</b> {view.error.detail}
      </Note>
    );
  }
  if (!view.data) return null;
  const { row, facts, lines, problems, total } = view.data;
  return (
    <div className={css.facts} data-id={row.id} data-pane="document">
      <div className={css.head}>
        <div className="fx">
          <span className="t3">{row.code}</span>
          <h2 className="cut" data-selectable>
            {row.kind} {row.number}
          </h2>
          {row.test && <Tag>TEST</Tag>}
          <span className="grow" />
          <Fresh source={view.data.sources[0]} />
          <Button small keys="v" command="raw_view" onPress={() => setRaw(!raw)}>
            {raw ? "Business" : "Raw"}
          </Button>
        </div>
        <div className="fx s12 t2">
          {row.partner}
          {row.status && <StatusText status={row.status} />}
          {total && <span className="tn">{money(total)}</span>}
        </div>
        <div className={css.tracks}>
          {(["validation", "delivery", "acknowledgement"] as const).map((name) => (
            <span key={name}>
              <small>{name[0]?.toUpperCase() + name.slice(1)}</small>
              <StatusText status={row.tracks[name]} />
            </span>
          ))}
        </div>
      </div>
      {problems.length > 0 && (
        <>
          <div className={cx(ui.group, css.sub)}>
            <span>Problems</span>
            <span>{problems.length}</span>
          </div>
          {problems.map((problem, index) => (
            <div key={index} className={ui.note} style={{ padding: "5px 16px" }}>
              <Glyph tone="fail" label={null} />
              <span className="grow">
                <b>{problem.message}</b> <span className={cx("t3", toneText("none"))}>{problem.place}</span>
              </span>
              <span className="mono t3">{problem.code}</span>
            </div>
          ))}
        </>
      )}
      {raw ? (
        <Raw base64={view.data.raw?.base64 ?? null} />
      ) : (
        <>
          <div className={cx(ui.group, css.sub)}>
            <span>Envelope</span>
          </div>
          <dl className={css.kv} data-selectable>
            {facts.map((fact) => (
              <div key={fact.name} style={{ display: "contents" }}>
                <dt>{fact.name}</dt>
                <dd className="cut" title={fact.value}>
                  {fact.value}
                </dd>
              </div>
            ))}
          </dl>
          {lines.length > 0 && (
            <>
              <div className={cx(ui.group, css.sub)}>
                <span>Lines</span>
                <span>{lines.length}</span>
              </div>
              <table className={css.table}>
                <tbody>
                  {lines.map((line, index) => (
                    <tr key={index}>
                      <td className="t3 tn">{line.number}</td>
                      <td>{line.item}</td>
                      <td className="num">
                        {line.quantity} <span className="t3">{line.unit}</span>
                      </td>
                      <td className="num">{line.price ? money(line.price) : ""}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )}
        </>
      )}
    </div>
  );
}

function Raw({ base64 }: { base64: string | null }) {
  if (base64 === null) return <Empty title="Not on this machine">The raw text is fetched when its system is in reach.</Empty>;
  const text = new TextDecoder("utf-8").decode(fromBase64(base64));
  return (
    <>
      <pre className={cx("mono", css.raw)} data-selectable data-field="raw">
        {text.slice(0, PART)}
      </pre>
      {text.length > PART && <Note>Only the first part is shown.</Note>}
    </>
  );
}
