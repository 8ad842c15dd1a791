import { thirds } from "../lib/money";
import css from "./Amount.module.css";

/** An amount as its decimal text says; digits are grouped for the eye alone. Nothing where there is none. */
export function Amount({ of }: { of: string | null }) {
  if (of === null) return null;
  const [first, ...rest] = thirds(of);
  return (
    <>
      {first}
      {rest.map((part, index) => (
        <span key={index} className={css.third}>
          {part}
        </span>
      ))}
    </>
  );
}
