import { memo } from "react";
import { Glyph } from "../components/Glyph";
import { Icon, type IconName } from "../components/Icon";
import { Keys } from "../components/ui";
import { useRead } from "../lib/data";
import { listArgs } from "../lib/filters";
import { bytes, count } from "../lib/money";
import { type ScreenName, useNav } from "../lib/nav";
import { useStatus } from "../lib/status";
import css from "./Frame.module.css";
import { type SavedView, VIEWS } from "./views";

/** Screens that are opened from a place of the rail. */
const PARTS: Partial<Record<ScreenName, ScreenName>> = { batch: "batches", campaign: "campaigns", new_campaign: "campaigns" };

export function Rail() {
  const nav = useNav();
  const { counts, outbox, storage } = useStatus();
  const places: { screen: ScreenName; title: string; icon: IconName; n: number | null; keys: string }[] = [
    { screen: "desk", title: "Desk", icon: "desk", n: counts.cases, keys: "g q" },
    { screen: "review", title: "Review", icon: "review", n: counts.reviews, keys: "g a" },
    { screen: "documents", title: "Documents", icon: "doc", n: counts.documents, keys: "g d" },
    { screen: "campaigns", title: "Campaigns", icon: "campaign", n: null, keys: "g k" },
    { screen: "batches", title: "Batches", icon: "batch", n: null, keys: "g b" },
    { screen: "loops", title: "Loops", icon: "loop", n: null, keys: "g l" },
    { screen: "outbox", title: "Outbox", icon: "outbox", n: outbox.open, keys: "g o" },
    { screen: "registers", title: "Registers", icon: "table", n: null, keys: "g r" },
    { screen: "audit", title: "Audit", icon: "audit", n: null, keys: "g u" },
  ];
  return (
    <nav className={css.rail} aria-label="Main">
      <div className={css.brand}>
        <svg className={css.mark} viewBox="0 0 18 18" fill="none" aria-hidden="true">
          <rect x="1" y="1" width="16" height="16" rx="4.5" fill="currentColor" />
          <path d="M5.5 12.5v-7M9 12.5V8M12.5 12.5v-5" stroke="var(--on-accent)" strokeWidth="1.7" strokeLinecap="round" />
          <path d="M5.5 5.5H9a3.5 3.5 0 0 1 3.5 2" stroke="var(--on-accent)" strokeWidth="1.7" strokeLinecap="round" />
        </svg>
        <span>Partner Console</span>
      </div>
      <button type="button" className={css.find} data-command="command_palette" onClick={() => nav.go({ dialog: { name: "palette" } })}>
        <Icon name="search" />
        <span className="sr">Search</span>
        <span aria-hidden="true">Search</span>
        <span>
          <Keys of="Mod+K" />
        </span>
      </button>
      <div className={css.nav}>
        {places.map(({ screen, title, icon, n, keys }) => (
          <button
            key={screen}
            type="button"
            className={css.item}
            aria-current={nav.screen === screen || PARTS[nav.screen] === screen ? "page" : undefined}
            data-command={`go_${screen}`}
            title={title}
            onClick={() => nav.go({ screen })}
          >
            <Icon name={icon} size={16} />
            <span>{title}</span>
            <span className={css.n}>{n ? count(n) : ""}</span>
            <span className={css.k} aria-hidden="true">
              {keys}
            </span>
            {screen === "outbox" && outbox.to_decide > 0 && (
              <Glyph tone="conflict" size={9} className={css.dot} label={`${outbox.to_decide} to decide`} />
            )}
          </button>
        ))}
      </div>
      <div className={css.lab}>Saved views</div>
      <div className={`${css.nav} ${css.views}`}>
        {VIEWS.map((view, index) => (
          <ViewItem key={view.title} view={view} index={index} on={nav.screen === "desk" && nav.view === index} go={nav.go} />
        ))}
      </div>
      <div className={css.foot}>
        <span>Kept offline</span>
        <span>{storage.pinned_cases === 1 ? "1 case" : `${count(storage.pinned_cases)} cases`}</span>
        <span>On this machine</span>
        <span>{bytes(storage.bytes)}</span>
      </div>
    </nav>
  );
}

const ViewItem = memo(function ViewItem({
  view,
  index,
  on,
  go,
}: {
  view: SavedView;
  index: number;
  on: boolean;
  go: ReturnType<typeof useNav>["go"];
}) {
  const args = { ...listArgs(view.filters[view.list]), limit: 0 };
  const page = useRead(view.list === "documents" ? "list_documents" : "list_cases", args, { keep: true });
  return (
    <button
      type="button"
      className={css.item}
      data-on={on || undefined}
      data-command={`view_${index + 1}`}
      aria-pressed={on}
      title={view.title}
      onClick={() => go({ screen: "desk", view: index, filters: view.filters, selection: null })}
    >
      <span className={css.num} aria-hidden="true">
        {index + 1}
      </span>
      <span className="cut">{view.title}</span>
      <span className={css.n}>{page.data ? count(page.data.total) : ""}</span>
    </button>
  );
});
