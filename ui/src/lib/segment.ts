import { without } from "./maps";

/** Values by fact: any of one fact, all facts. */
export type Segment = Record<string, string[]>;

/** The segment with a value taken in, or out where it was in; facts without a value are not among it. */
export function toggled(segment: Segment, fact: string, value: string): Segment {
  const chosen = segment[fact] ?? [];
  const values = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  const rest = without(segment, fact);
  return values.length > 0 ? { ...rest, [fact]: values } : rest;
}
