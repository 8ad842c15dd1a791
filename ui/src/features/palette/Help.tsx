import { Dialog } from "../../components/Dialog";
import { Keys } from "../../components/ui";
import { useOffered } from "../../lib/commands";
import css from "./Palette.module.css";

const LIST_KEYS = [
  { title: "Next, previous", keys: ["j", "k"] },
  { title: "Open", keys: ["Enter"] },
  { title: "Filter the list", keys: ["Shift+F"] },
];

/** The keys of this screen, drawn from the same commands that answer to them. */
export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys of this screen" screen="help" width={720} onClose={onClose} light>
      <Inner />
    </Dialog>
  );
}

function Inner() {
  const offered = useOffered();
  const groups = new Map<string, { id: string; title: string; keys: string[] }[]>();
  for (const command of offered) {
    if (!command.keys?.length || command.id.startsWith("focus_pane_") || command.id.startsWith("filter_")) continue;
    const name = command.group ?? "This screen";
    const rows = groups.get(name) ?? [];
    if (!rows.some((row) => row.id === command.id)) rows.push({ id: command.id, title: command.title, keys: command.keys });
    groups.set(name, rows);
  }
  groups.set("List", [...LIST_KEYS.map((row) => ({ ...row, id: row.title })), ...(groups.get("List") ?? [])]);
  groups.get("Everywhere")?.push({ id: "panes", title: "Focus a pane", keys: ["Alt+1", "Alt+4"] });
  return (
    <div className={css.help} tabIndex={0}>
      {[...groups].map(([name, rows]) => (
        <section key={name} className={css.group}>
          <h3 className={css.head} style={{ paddingLeft: 0 }}>
            {name}
          </h3>
          {rows.map((row) => (
            <div key={row.id} className={css.row}>
              <span>{row.title}</span>
              <span className="fx" style={{ gap: 6 }}>
                {row.keys.map((keys) => (
                  <Keys key={keys} of={keys} />
                ))}
              </span>
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}
