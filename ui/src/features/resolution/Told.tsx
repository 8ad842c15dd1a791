import { useEffect, useRef } from "react";
import type { ResolutionInput } from "../../generated/ResolutionInput";
import type { ResolutionPlan } from "../../generated/ResolutionPlan";
import { Amount } from "../../components/Amount";
import { PdfView } from "../../components/PdfView";
import { PlanRows } from "../../components/Plan";
import { Note, ui } from "../../components/ui";
import { useRead } from "../../lib/data";
import { useOffline } from "../../lib/status";
import { sentence } from "../../lib/text";
import css from "./Resolution.module.css";

/** What the partner reads as before and after, who has to sign it, and the steps. */
export function Told({ view }: { view: ResolutionPlan }) {
  const { corrections, amount, review, plan } = view;
  const output = view.outputs.find((one) => one.chosen);
  const channel = view.channels.find((one) => one.chosen);
  return (
    <div className={css.told} tabIndex={0} role="group" aria-label="What would be sent">
      <p className={css.way} data-field="way">
        <b className="bb">{output?.title}</b>
        <span className="cut" title={channel?.reason}>
          {channel?.title}
          {channel?.reason && <span className="t3">, {channel.reason}</span>}
        </span>
      </p>
      {corrections.length === 0 && amount === null ? (
        <p className={css.hint}>
          {view.blocked === null ? "No value is put right; the partner reads the words alone." : "No value is put right yet."}
        </p>
      ) : (
        <table className={css.table} aria-label="Before and after">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" className="num">
                Before
              </th>
              <th scope="col" className="num">
                Now
              </th>
            </tr>
          </thead>
          <tbody>
            {corrections.map((row, index) => (
              <tr key={index} data-what={row.what}>
                <th scope="row">{row.what}</th>
                <td className="num" data-selectable>
                  <s>{row.before}</s>
                </td>
                <td className="num bb" data-selectable>
                  {row.after}
                </td>
              </tr>
            ))}
          </tbody>
          {amount && (
            <tfoot>
              <tr>
                <th scope="row">Amount in {amount.currency}</th>
                <td className="num" data-figure="before" data-selectable>
                  <Amount of={amount.before} />
                </td>
                <td className="num bb" data-figure="after" data-selectable>
                  <Amount of={amount.after} />
                </td>
              </tr>
            </tfoot>
          )}
        </table>
      )}
      {review !== null && (
        <Note tone="wait">
          <b>Others sign it first.</b> {sentence(review)}
        </Note>
      )}
      <section className={ui.section} aria-label="Steps">
        <div className={ui.sectionHead}>
          <h2>What will happen</h2>
          <span className={ui.r}>{plan.rule}</span>
        </div>
        <div className={css.plan}>
          {plan.rows.length > 0 ? <PlanRows plan={plan} /> : <p className="s12 t3">The steps follow once nothing is missing.</p>}
        </div>
      </section>
    </div>
  );
}

interface ProofProps {
  input: ResolutionInput;
  view: ResolutionPlan;
}

/** The letter as it would be, made when somebody asks for it. */
export function Proof({ input, view }: ProofProps) {
  const offline = useOffline();
  const possible = view.blocked === null;
  const proof = useRead("preview_resolution", input, { enabled: possible, keep: true, anew: true });
  // The same words make another letter once what they are told with changed, or the network is back.
  const { refetch } = proof;
  const now = `${view.shown} ${offline}`;
  const readFor = useRef(now);
  useEffect(() => {
    if (readFor.current === now || !possible) return;
    readFor.current = now;
    void refetch();
  }, [now, possible, refetch]);
  return (
    <>
      {possible && proof.error && (
        <Note tone="late">
          <b>{proof.error.message}</b> {proof.error.detail}
        </Note>
      )}
      <div className={css.proof} aria-busy={proof.isFetching}>
        <PdfView
          content={possible && !proof.error ? (proof.data ?? null) : null}
          watermark="PROOF"
          empty={possible ? (proof.isFetching ? "" : "No proof") : "The proof follows once nothing is missing"}
        />
      </div>
    </>
  );
}
