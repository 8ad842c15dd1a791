import { lazy, Suspense } from "react";
import { AuditPage } from "../features/audit/AuditPage";
import { CasePane } from "../features/case/CasePane";
import { ConnectionsPage } from "../features/connections/ConnectionsPage";
import { DeskPage } from "../features/desk/DeskPage";
import { DocumentFacts } from "../features/documents/DocumentFacts";
import { DocumentsPage } from "../features/documents/DocumentsPage";
import { OutboxPage } from "../features/outbox/OutboxPage";
import { useNav } from "../lib/nav";

const ReviewPage = lazy(() => import("../features/review/ReviewPage"));

export function Screen() {
  const { screen } = useNav();
  switch (screen) {
    case "desk":
      return <DeskPage drawCase={(id) => <CasePane id={id} />} drawDocument={(id) => <DocumentFacts id={id} />} />;
    case "review":
      return (
        <Suspense fallback={null}>
          <ReviewPage />
        </Suspense>
      );
    case "documents":
      return <DocumentsPage />;
    case "outbox":
      return <OutboxPage />;
    case "audit":
      return <AuditPage />;
    case "connections":
      return <ConnectionsPage />;
  }
}
