import { useQuery } from "@tanstack/react-query";
import { usePlatform } from "../../lib/data";
import type { Platform } from "../../platform";

export interface PartnerName {
  partner: string;
  name: string;
}

/** The most one answer has. */
const PAGE = 200;

async function everyPartner(platform: Platform, id: string, period: string): Promise<PartnerName[]> {
  const found: PartnerName[] = [];
  for (const list of ["statements", "excluded"]) {
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const args = { case: id, ...(period ? { period } : {}), only: [], exclude: {}, list, offset, limit: PAGE };
      const { rows } = await platform.call("plan_statements", args);
      found.push(...rows.items.map(({ partner, name }) => ({ partner, name })));
      total = rows.total;
    }
  }
  return found;
}

const NONE: PartnerName[] = [];

/** Everybody with transactions of a month, stated or not; read once somebody is looked for. */
export function usePartners(id: string, period: string, wanted: boolean): PartnerName[] {
  const platform = usePlatform();
  const all = useQuery({
    queryKey: ["plan_statements", "partners", id, period],
    queryFn: () => everyPartner(platform, id, period),
    enabled: wanted,
  });
  return all.data ?? NONE;
}
