import { useCallback } from "react";
import type { ReviewView } from "../../generated/ReviewView";
import { useTyped } from "../../lib/nav";
import { useStatus } from "../../lib/status";

/**
 * Which samples this person has had on the screen since the window was opened. Kept above the screens, so that a look at the
 * case does not forget it; another person, or a batch with another hash, begins anew.
 */
export function useLooked({ row, hash }: ReviewView): [looked: (notice: string) => boolean, look: (notice: string) => void] {
  const { person } = useStatus();
  const [seen, see] = useTyped<Record<string, true>>(`looked at ${row.id} ${hash}`, {});
  const key = (notice: string) => `${person.id} ${notice}`;
  const look = useCallback((notice: string) => see({ [`${person.id} ${notice}`]: true }), [see, person.id]);
  return [(notice) => key(notice) in seen, look];
}
