import { useEffect, useLayoutEffect, useState } from "react";
import type { Problem } from "../generated/Problem";
import { Icon } from "../components/Icon";
import { Glyph } from "../components/Glyph";
import { Button, Note, ui } from "../components/ui";
import { useSend } from "../lib/data";
import { cx } from "../lib/text";
import css from "./Start.module.css";

/** Milliseconds before waiting is put into words: a folder that is there opens faster than a word is read. */
const PATIENCE = 300;

/** Takes the frame away that was drawn before the program ran. */
export function useInsteadOfGround() {
  useLayoutEffect(() => document.getElementById("ground")?.remove(), []);
}

/** While the data folder is being opened. */
export function Starting() {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className={css.ground} data-screen="starting" aria-busy="true">
      {slow && (
        <p className={css.line} role="status">
          <Glyph tone="run" label={null} /> Opening the data folder
        </p>
      )}
    </main>
  );
}

/** A data folder that did not open: what it needs, or why not. Nothing in it was changed. */
export function Closed({ problem: first, onOpened }: { problem: Problem; onOpened: () => void }) {
  const open = useSend("open_folder");
  const [passphrase, setPassphrase] = useState("");
  const problem = open.error ?? first;
  const asks = problem.code === "E_PASSPHRASE";
  // The first question is no failure; a second one is.
  const failed = asks ? (open.error?.message ?? null) : null;
  const run = () => open.mutate({ passphrase }, { onSuccess: onOpened, onError: () => setPassphrase("") });
  useInsteadOfGround();
  return (
    <main className={cx(css.ground, css.closed)} data-screen={asks ? "passphrase" : "closed"}>
      <form
        className={css.card}
        onSubmit={(event) => {
          event.preventDefault();
          if (!open.isPending) run();
        }}
      >
        <h1>
          <Icon name="lock" size={16} /> {asks ? "This data folder opens with its passphrase" : "The data folder did not open"}
        </h1>
        {asks ? (
          <label className={css.field}>
            <span>Passphrase</span>
            <input
              className={ui.input}
              type="password"
              autoComplete="current-password"
              autoFocus
              data-field="passphrase"
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
            />
          </label>
        ) : (
          <Note tone="fail">
            <b>{problem.message}</b> {problem.detail}
          </Note>
        )}
        {failed && (
          <p className={css.problem} role="alert">
            <Glyph tone="fail" label={null} /> {failed}
          </p>
        )}
        <p className="s12 t3">
          Nothing was changed. {asks ? "It wraps the key of both databases and is kept nowhere." : `Code ${problem.code}.`}
        </p>
        <div className={css.foot}>
          <Button kind="primary" type="submit" command="open_folder" isDisabled={open.isPending || (asks && passphrase === "")}>
            {open.isPending ? "Opening" : asks ? "Open" : "Try again"}
          </Button>
        </div>
      </form>
    </main>
  );
}
