/** Times are milliseconds UTC; words are made here and nowhere else. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}|${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    } catch {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    formats.set(key, found);
  }
  return found;
}

/** "14:05" */
export const hourMinute = (at: number, zone: string) => format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
/** "14:26:03" */
export const hourMinuteSecond = (at: number, zone: string) =>
  format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at);
/** "12 Nov" */
export const dayMonth = (at: number, zone: string) => format(zone, { day: "numeric", month: "short" }).format(at);
/** "Wednesday 12 November" */
export const longDay = (at: number, zone: string) =>
  format(zone, { weekday: "long", day: "numeric", month: "long" }).format(at).replace(",", "");
/** A month `YYYY-MM`, which no zone moves: "October 2025". */
export function monthYear(period: string): string {
  const at = Date.parse(`${period}-01T00:00:00Z`);
  return Number.isNaN(at) ? period : format("UTC", { month: "long", year: "numeric" }).format(at);
}
const weekday = (at: number, zone: string) => format(zone, { weekday: "short" }).format(at);
const civilDay = (at: number, zone: string) => format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);

export const sameDay = (a: number, b: number, zone: string) => civilDay(a, zone) === civilDay(b, zone);

/** In a narrow column: the time today, the day before that, the year before that. */
export function shortTime(at: number, now: number, zone: string): string {
  if (sameDay(at, now, zone)) return hourMinute(at, zone);
  if (Math.abs(now - at) < 300 * DAY) return dayMonth(at, zone);
  return format(zone, { month: "short", year: "2-digit" }).format(at);
}

/** In a sentence: "14:05" today, "12 Nov 17:02" else. */
export function dateTime(at: number, now: number, zone: string): string {
  return sameDay(at, now, zone) ? hourMinute(at, zone) : `${dayMonth(at, zone)} ${hourMinute(at, zone)}`;
}

/** A civil day `YYYY-MM-DD`, which no zone moves: "12 Nov", with the year where it is another one. */
export function civil(day: string, now: number, zone: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at)) return day;
  const sameYear = day.slice(0, 4) === civilDay(now, zone).slice(-4);
  return sameYear ? dayMonth(at, "UTC") : `${dayMonth(at, "UTC")} ${day.slice(0, 4)}`;
}
/** The same with its weekday: "Wed 12 Nov". */
export function civilWeekday(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? day : `${weekday(at, "UTC")} ${dayMonth(at, "UTC")}`;
}
/** Days from today to a civil day; negative once it is over. */
export function daysTo(day: string, now: number, zone: string): number {
  const [date = 1, month = 1, year = 1970] = civilDay(now, zone).split("/").map(Number);
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.UTC(year, month - 1, date)) / DAY);
}

/** How old: "now", "12 s", "4 min", "3 h", "2 d". */
export function age(ms: number): string {
  if (ms < SECOND) return "now";
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** Freshness of a column: "12 s ago" while fresh, "11 min old" once it is not. */
export function freshness(ms: number, stale: boolean): string {
  const word = age(ms);
  if (word === "now") return "now";
  return stale ? `${word} old` : `${word} ago`;
}

/** What is left: "0:38" below a day, "1 d 2 h" above. */
export function left(ms: number): string {
  const late = ms < 0;
  const rest = Math.abs(ms);
  const sign = late ? "−" : "";
  if (rest < DAY) {
    const minutes = Math.floor(rest / MINUTE);
    return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  }
  const days = Math.floor(rest / DAY);
  const hours = Math.floor((rest % DAY) / HOUR);
  return hours && days < 3 ? `${sign}${days} d ${hours} h` : `${sign}${days} d`;
}

/** Working time left: "0:38", "26:10", hours without end, since a working day is not a day. */
export function workingLeft(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / MINUTE);
  const hours = Math.floor(minutes / 60);
  return hours < 100 ? `${hours}:${String(minutes % 60).padStart(2, "0")}` : `${hours} h`;
}

/** A whole allowance of working time: "45 min", "4 h", "85 h". */
export function workingSpan(ms: number): string {
  return ms < HOUR ? `${Math.round(ms / MINUTE)} min` : `${Math.round(ms / HOUR)} h`;
}

/** How much of the time between two instants lies in opening hours. */
export function openBetween(open: readonly (readonly [number, number])[], from: number, to: number): number {
  return open.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)), 0);
}

/** In a due column: what is left below a day, weekday and time within a week, the day after that. */
export function due(at: number, now: number, zone: string): string {
  const rest = at - now;
  if (rest < 12 * HOUR) return left(rest);
  if (rest < 6 * DAY) return `${weekday(at, zone)} ${hourMinute(at, zone)}`;
  return dayMonth(at, zone);
}

/** For a tooltip: ISO 8601 in UTC. */
export const iso = (at: number) => new Date(at).toISOString();
