import { lazy, Suspense } from "react";
import { FilingDialog } from "../features/filing/FilingDialog";
import { OutcomeDialog } from "../features/loops/OutcomeDialog";
import { Help } from "../features/palette/Help";
import { Palette } from "../features/palette/Palette";
import { PlaybookDialog } from "../features/playbook/PlaybookDialog";
import { ReplyDialog } from "../features/reply/ReplyDialog";
import { useNav } from "../lib/nav";

// What draws PDFs is large and not needed for the first paint.
const Composer = lazy(() => import("../features/composer/Composer").then((module) => ({ default: module.Composer })));
const AttachmentDialog = lazy(() =>
  import("../features/attachment/AttachmentDialog").then((module) => ({ default: module.AttachmentDialog })),
);

/** The one dialog over the window, if there is one. */
export function Dialogs() {
  const { dialog, go } = useNav();
  if (!dialog) return null;
  const close = () => go({ dialog: null });
  const draw = () => {
    switch (dialog.name) {
      case "palette":
        return <Palette onClose={close} />;
      case "help":
        return <Help onClose={close} />;
      case "composer":
        return dialog.case ? <Composer caseId={dialog.case} onClose={close} /> : null;
      case "reply":
      case "note":
        return dialog.case ? (
          <ReplyDialog
            key={dialog.name}
            caseId={dialog.case}
            visibility={dialog.name === "reply" ? "partner" : "internal"}
            onClose={close}
          />
        ) : null;
      case "acted":
      case "waived":
        return dialog.case && dialog.id ? (
          <OutcomeDialog caseId={dialog.case} notice={dialog.id} outcome={dialog.name} answer={dialog.answer ?? null} onClose={close} />
        ) : null;
      case "filing":
        return dialog.case ? <FilingDialog caseId={dialog.case} onClose={close} /> : null;
      case "playbook":
        return dialog.case && dialog.id ? <PlaybookDialog caseId={dialog.case} playbook={dialog.id} onClose={close} /> : null;
      case "attachment":
        return dialog.id ? <AttachmentDialog id={dialog.id} onClose={close} /> : null;
      default:
        return null;
    }
  };
  return <Suspense fallback={null}>{draw()}</Suspense>;
}
