/** Class names that hold. */
export const cx = (...names: (string | false | null | undefined)[]) => names.filter(Boolean).join(" ");

/** First eight digits, as hashes are shown beside a name. */
export const shortHash = (hash: string) => hash.replace(/^sha256:/, "").slice(0, 8);

/** "a91f 33d0 7be2 88a1 … 03be": enough to compare by eye. */
export function groupedHash(hash: string): string {
  const digits = hash.replace(/^sha256:/, "");
  if (digits.length <= 20) return digits.replace(/(.{4})(?=.)/g, "$1 ");
  return `${digits.slice(0, 16).replace(/(.{4})(?=.)/g, "$1 ")} … ${digits.slice(-4)}`;
}

/** "1 step", "5 steps". */
export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** Reasons come as sentences or as words; beside a text they are sentences. */
export const sentence = (reason: string) => (/[.!?]$/.test(reason) ? reason : `${reason}.`);

/** "Policy": a word of the data as a title. */
export const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

export const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .slice(0, 2)
    .join("");
