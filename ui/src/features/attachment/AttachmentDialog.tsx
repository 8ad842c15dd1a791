import { Dialog } from "../../components/Dialog";
import { PdfView } from "../../components/PdfView";
import { Empty, Note } from "../../components/ui";
import { useRead } from "../../lib/data";
import { bytes } from "../../lib/money";
import { fromBase64 } from "../../lib/pdf";
import { shortHash } from "../../lib/text";

/** Looks at bytes: letters and pictures as they are, text as text, everything else by name and hash. */
export function AttachmentDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const content = useRead("get_attachment", { id }, { anew: true });
  const data = content.data;
  const kind = data?.media_type ?? "";
  return (
    <Dialog
      title={data?.name ?? "Attachment"}
      screen="attachment"
      icon="doc"
      width="min(760px, calc(100vw - 56px))"
      height="min(860px, calc(100vh - 64px))"
      onClose={onClose}
      light
      head={
        data ? (
          <>
            <span className="t3 s12 tn">{bytes(data.size)}</span>
            <span className="mono t3">{shortHash(data.sha256)}</span>
            <span className="grow" />
          </>
        ) : undefined
      }
    >
      {content.error && (
        <Note tone="fail">
          <b>{content.error.message}</b> {content.error.detail}
        </Note>
      )}
      {data?.problem && (
        <Note tone="late">
          <b>{data.problem.message}</b> {data.problem.detail}
        </Note>
      )}
      {data && data.base64 === null && (
        <Empty title="Not on this machine">
          {bytes(data.size)}. It is fetched when its system is in reach; pin the case (b) to keep it.
        </Empty>
      )}
      {data?.base64 &&
        (kind === "application/pdf" ? (
          <PdfView content={data} />
        ) : kind.startsWith("text/") ? (
          <PlainText base64={data.base64} />
        ) : /^image\/(png|jpeg|gif|webp)$/.test(kind) ? (
          <Picture base64={data.base64} kind={kind} name={data.name} />
        ) : (
          <Empty title="No viewer for this kind">{kind || "Unknown kind"}</Empty>
        ))}
    </Dialog>
  );
}

function PlainText({ base64 }: { base64: string }) {
  const text = new TextDecoder("utf-8").decode(fromBase64(base64));
  return (
    <pre
      className="mono"
      data-selectable
      tabIndex={0}
      style={{ flex: 1, overflow: "auto", padding: 16, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
    >
      {text.slice(0, 400_000)}
    </pre>
  );
}

function Picture({ base64, kind, name }: { base64: string; kind: string; name: string }) {
  return (
    <div style={{ flex: 1, overflow: "auto", display: "grid", placeItems: "center", background: "var(--bg-ground)" }}>
      <img src={`data:${kind};base64,${base64}`} alt={name} style={{ maxWidth: "100%" }} />
    </div>
  );
}
