import type { IconName } from "../components/Icon";
import type { SystemName } from "../generated/SystemName";

export const SYSTEM_ICONS: Record<SystemName, IconName> = {
  community: "community",
  documents: "edi",
  exstream: "exstream",
  workflow: "workflow",
  workspaces: "workspace",
  tracker: "tracker",
  console: "review",
};
