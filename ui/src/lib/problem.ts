import type { Problem } from "../generated/Problem";

/** Whatever was thrown, as a problem a person can read. */
export function asProblem(error: unknown): Problem {
  if (error && typeof error === "object" && "code" in error && "message" in error) {
    const { code, message } = error;
    const detail = "detail" in error && typeof error.detail === "string" ? error.detail : null;
    return { code: String(code), message: String(message), detail };
  }
  return { code: "E_INTERNAL", message: error instanceof Error ? error.message : String(error), detail: null };
}
