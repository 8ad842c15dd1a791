import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { ReviewRow } from "../../generated/ReviewRow";
import type { ReviewView } from "../../generated/ReviewView";
import { Glyph } from "../../components/Glyph";
import { Button, Keys, Moment, Tag, toneText, ui } from "../../components/ui";
import { useNow } from "../../lib/clock";
import { useNav } from "../../lib/nav";
import { cx, plural } from "../../lib/text";
import { dateTime, left } from "../../lib/time";
import css from "./Review.module.css";

/** Which letter or batch, of how many, and how long it can wait. */
export function ReviewHead({ rows, view, index }: { rows: ReviewRow[]; view: ReviewView | null; index: number }) {
  const nav = useNav();
  const now = useNow(60_000);
  const mine = rows.filter((row) => row.for_me).length;
  const rest = view?.row.due_at != null ? view.row.due_at - now : null;
  return (
    <header className={ui.viewHead}>
      <h1>Review</h1>
      {rows.length > 0 && (
        <MenuTrigger>
          <AriaButton className={cx(ui.btn, ui.ghost, ui.small)} data-command="review_list">
            {index < 0 ? plural(rows.length, "letter") : `${index + 1} of ${rows.length}`}, {mine} for you
          </AriaButton>
          <Popover placement="bottom start">
            <Menu
              className={css.menu!}
              style={{
                minWidth: 380,
                padding: 4,
                background: "var(--bg-raised)",
                borderRadius: 8,
                boxShadow: "var(--shadow-dialog)",
                outline: "none",
              }}
              aria-label="Reviews"
              onAction={(key) => nav.go({ review: String(key) })}
            >
              {rows.map((row) => (
                <MenuItem
                  key={row.id}
                  id={row.id}
                  textValue={row.title}
                  data-id={row.id}
                  className={({ isFocused }) => cx(isFocused && "bb")}
                  style={({ isFocused }) => ({
                    display: "flex",
                    gap: 8,
                    alignItems: "center",
                    height: 30,
                    padding: "0 8px",
                    borderRadius: 5,
                    background: isFocused ? "var(--bg-selected)" : undefined,
                    outline: "none",
                  })}
                >
                  <Glyph tone={row.status.tone} label={row.status.word} />
                  <span className="t3 s12">{row.notice_number}</span>
                  <span className="cut grow">{row.title}</span>
                  <span className="t3 s12">
                    {row.partner}, {row.signed} of {row.needed}
                  </span>
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
      {rows.length > 1 && (
        <span className="fx" style={{ gap: 2 }}>
          <Keys of="j" />
          <Keys of="k" />
        </span>
      )}
      {view && (
        <>
          <i className={css.vs} />
          <span className="t3">{view.row.notice_number}</span>
          <span className={cx(css.title, "cut")}>{view.row.title}</span>
          <span className="t2 cut">{view.row.partner}</span>
          <Tag line>{view.batch ? "Batch" : "Regulated"}</Tag>
          <Tag>Version {view.version}</Tag>
          <span className="grow" />
          {rest !== null && view.row.status.tone === "wait" && (
            <span className={cx("fx s12 tn", rest < 3_600_000 ? (rest < 0 ? "fail" : "late") : "t2")} style={{ gap: 5 }}>
              {rest < 3_600_000 && <Glyph tone={rest < 0 ? "fail" : "late"} label={null} />}
              <b className="bb">{left(Math.abs(rest))}</b> {rest < 0 ? "over" : "left"}, due <Moment at={view.row.due_at!} say={dateTime} />
            </span>
          )}
          {view.row.status.tone !== "wait" && (
            <span className={cx("fx s12", toneText(view.row.status.tone))} style={{ gap: 5 }} data-state={view.row.status.state}>
              <Glyph tone={view.row.status.tone} label={null} />
              {view.row.status.word}
            </span>
          )}
          <i className={css.vs} />
          <Button
            small
            kind="ghost"
            keys="o"
            command="open_review_case"
            onPress={() => nav.go({ screen: "desk", selection: { pane: "cases", id: view.row.case } })}
          >
            Case {view.row.case_number}
          </Button>
        </>
      )}
      {!view && <span className="grow" />}
    </header>
  );
}
