import { lazy, Suspense } from "react";
import { AuditPage } from "../features/audit/AuditPage";
import { CasePane } from "../features/case/CasePane";
import { BatchPage } from "../features/batch/BatchPage";
import { BatchesPage } from "../features/batch/BatchesPage";
import { CampaignPage } from "../features/campaign/CampaignPage";
import { CampaignsPage } from "../features/campaign/CampaignsPage";
import { NewCampaignPage } from "../features/campaign/NewCampaignPage";
import { DistributionPage } from "../features/distribution/DistributionPage";
import { DistributionsPage } from "../features/distribution/DistributionsPage";
import { NewDistributionPage } from "../features/distribution/NewDistributionPage";
import { ConnectionsPage } from "../features/connections/ConnectionsPage";
import { DeskPage } from "../features/desk/DeskPage";
import { DocumentFacts } from "../features/documents/DocumentFacts";
import { DocumentsPage } from "../features/documents/DocumentsPage";
import { LoopsPage } from "../features/loops/LoopsPage";
import { OutboxPage } from "../features/outbox/OutboxPage";
import { RegistersPage } from "../features/registers/RegistersPage";
import { useNav } from "../lib/nav";

// What draws PDFs is large and not needed for the first paint.
const OutreachPage = lazy(() => import("../features/outreach/OutreachPage"));
const ResolutionPage = lazy(() => import("../features/resolution/ResolutionPage"));
const ReviewPage = lazy(() => import("../features/review/ReviewPage"));
const StatementsPage = lazy(() => import("../features/statements/StatementsPage"));

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
    case "outreach":
      return (
        <Suspense fallback={null}>
          <OutreachPage />
        </Suspense>
      );
    case "statements":
      return (
        <Suspense fallback={null}>
          <StatementsPage />
        </Suspense>
      );
    case "resolution":
      return (
        <Suspense fallback={null}>
          <ResolutionPage />
        </Suspense>
      );
    case "batch":
      return <BatchPage />;
    case "batches":
      return <BatchesPage />;
    case "loops":
      return <LoopsPage />;
    case "campaigns":
      return <CampaignsPage />;
    case "campaign":
      return <CampaignPage />;
    case "new_campaign":
      return <NewCampaignPage />;
    case "registers":
      return <RegistersPage />;
    case "distributions":
      return <DistributionsPage />;
    case "distribution":
      return <DistributionPage />;
    case "new_distribution":
      return <NewDistributionPage />;
    case "audit":
      return <AuditPage />;
    case "connections":
      return <ConnectionsPage />;
  }
}
