import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { Moment, Tag, ui } from "../../components/ui";
import { cx, groupedHash } from "../../lib/text";
import { dateTime } from "../../lib/time";
import type { FormProps } from "./CampaignForm";
import css from "./NewCampaign.module.css";

/** More than any attachment may have: it is not even read into the window. */
const MOST_BYTES = 200 * 1024 * 1024;

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(file);
  });
}

/** The document by its bytes: a finished letter of the case or a file, with the hash that is acknowledged. */
export function DocumentField({ form, type, plan, problem }: FormProps) {
  const first = useRef<HTMLInputElement>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const offered = plan !== undefined;
  useEffect(() => {
    // Not away from where somebody went while it was read.
    if (offered && document.activeElement === document.body) first.current?.focus({ preventScroll: true });
  }, [offered]);
  const chosen = form.file ? "file" : form.document;
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    target.value = "";
    if (!file) return;
    setUnread(null);
    try {
      if (file.size > MOST_BYTES) throw new Error("too large");
      type({ file: { name: file.name, base64: await base64Of(file) }, document: "" });
    } catch {
      setUnread(`${file.name} could not be read or is too large`);
    }
  };
  const wrong = (problem?.field === "document" || problem?.field === "file") && chosen !== "" ? problem.text : unread;
  return (
    <div className={ui.section}>
      <div className={ui.sectionHead}>
        <h2>Document</h2>
        <span className={ui.r}>finished letters of the case</span>
      </div>
      <div className={css.documents} role="radiogroup" aria-label="Document" aria-describedby={wrong ? "document-problem" : undefined}>
        {plan?.documents.map((one, index) => (
          <label key={one.id} className={css.document} data-document={one.id}>
            <input
              ref={index === 0 ? first : undefined}
              type="radio"
              className="sr"
              name="document"
              value={one.id}
              checked={chosen === one.id}
              onChange={() => type({ document: one.id, file: null })}
            />
            <span className={ui.radio} data-on={chosen === one.id} />
            <span className="grow">
              <span className={cx("cut", chosen === one.id && "b")} title={one.title}>
                {one.title}
              </span>
              <span className="cut t3 s12">
                {one.id}, {one.class}, {one.state}
              </span>
            </span>
            <Moment className="t3 s12" at={one.at} say={dateTime} />
          </label>
        ))}
        {plan && plan.documents.length === 0 && <p className={css.hint}>The case has no finished letter that can be acknowledged.</p>}
        <label className={css.document} data-document="file">
          <input type="file" className="sr" name="file" accept="application/pdf" onChange={(event) => void take(event)} />
          <span className={ui.radio} data-on={chosen === "file"} />
          <span className="cut grow">{form.file?.name ?? "A PDF of this machine …"}</span>
          {form.file && <span className="t3 s12">other file …</span>}
        </label>
      </div>
      {wrong && (
        <p id="document-problem" className={cx(css.hint, "fail")} role="alert">
          {wrong}
        </p>
      )}
      {plan?.document && chosen !== "" && (
        <dl className={css.hash} aria-label="What is acknowledged">
          <dt>Version</dt>
          <dd>
            {plan.document.version} {plan.document.regulated && <Tag line>Regulated</Tag>}
          </dd>
          <dt>SHA-256</dt>
          <dd className="mono" title={plan.document.sha256} data-selectable>
            {plan.document.sha256 ? groupedHash(plan.document.sha256) : "not known yet"}
          </dd>
        </dl>
      )}
    </div>
  );
}
