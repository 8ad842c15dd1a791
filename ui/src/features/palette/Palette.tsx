import { useMemo, useState } from "react";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Keys } from "../../components/ui";
import { type Command, useOffered } from "../../lib/commands";
import { useRead } from "../../lib/data";
import { useNav } from "../../lib/nav";
import css from "./Palette.module.css";

interface Entry {
  id: string;
  title: string;
  hint: string;
  keys?: string | undefined;
  disabled?: string | false | null | undefined;
  run: () => void;
}

/** Letters in order, as people abbreviate; whole words first. */
export function rank(title: string, wanted: string): number | null {
  const text = title.toLowerCase();
  const needle = wanted.trim().toLowerCase();
  if (needle === "") return 0;
  const at = text.indexOf(needle);
  if (at === 0) return 0;
  if (at > 0) return text[at - 1] === " " ? 1 : 2;
  let from = 0;
  for (const letter of needle.replace(/\s/g, "")) {
    const found = text.indexOf(letter, from);
    if (found < 0) return null;
    from = found + 1;
  }
  return 3;
}

/** Every command by name with its key, and every case by words. */
export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Find a command or a case" screen="palette" width={600} onClose={onClose} bare light>
      <Inner onClose={onClose} />
    </Dialog>
  );
}

function Inner({ onClose }: { onClose: () => void }) {
  const nav = useNav();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const offered = useOffered();
  const wanted = text.trim();
  const found = useRead("list_cases", { text: wanted, limit: 8 }, { enabled: wanted.length > 1, keep: true });

  const commands = useMemo<Entry[]>(() => {
    const seen = new Set<string>();
    return offered
      .filter(
        (command: Command) =>
          command.id !== "command_palette" && command.id !== "search" && !seen.has(command.id) && Boolean(seen.add(command.id)),
      )
      .map((command) => ({ command, place: rank(command.title, wanted) }))
      .filter(({ place }) => place !== null)
      .sort((a, b) => (a.place ?? 0) - (b.place ?? 0))
      .slice(0, wanted ? 12 : 60)
      .map(({ command }) => ({
        id: command.id,
        title: command.title,
        hint: command.disabled || command.group || "",
        keys: command.keys?.[0],
        disabled: command.disabled,
        run: () => command.run(),
      }));
  }, [offered, wanted]);
  const cases: Entry[] =
    wanted.length > 1
      ? (found.data?.items ?? []).map((row) => ({
          id: row.id,
          title: `${row.number.replace(/^PC-/, "")}  ${row.partner}`,
          hint: row.subject,
          run: () => nav.go({ screen: "desk", selection: { pane: "cases", id: row.id } }),
        }))
      : [];
  const entries = [...commands, ...cases];
  const current = Math.min(active, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    if (!entry || entry.disabled) return;
    onClose();
    entry.run();
  };

  return (
    <>
      <div className={css.search}>
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries[current] ? `palette-${entries[current].id}` : undefined}
          aria-label="Find a command or a case"
          data-field="palette"
          placeholder="Command, case number, partner, words"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={(event) => {
            const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (by) {
              event.preventDefault();
              const next = (current + by + entries.length) % Math.max(1, entries.length);
              setActive(next);
              document.getElementById(`palette-${entries[next]?.id}`)?.scrollIntoView({ block: "nearest" });
            } else if (event.key === "Enter") {
              event.preventDefault();
              run(entries[current]);
            }
          }}
        />
      </div>
      <div className={css.list} role="listbox" id="palette-list" aria-label="Results">
        {entries.length === 0 && <p className={css.none}>Nothing fits “{wanted}” on this machine.</p>}
        {entries.map((entry, index) => (
          <div key={entry.id}>
            {index === 0 && commands.length > 0 && <div className={css.head}>Commands</div>}
            {index === commands.length && <div className={css.head}>Cases{found.data ? `, ${found.data.total} found` : ""}</div>}
            <div
              id={`palette-${entry.id}`}
              className={css.item}
              role="option"
              aria-selected={index === current}
              aria-disabled={Boolean(entry.disabled)}
              data-id={entry.id}
              onMouseMove={() => setActive(index)}
              onMouseDown={(event) => {
                event.preventDefault();
                run(entry);
              }}
            >
              <span className={index >= commands.length ? "b tn" : undefined}>{entry.title}</span>
              <span className="t3 s12 cut grow">{entry.hint}</span>
              {entry.keys && <Keys of={entry.keys} />}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
