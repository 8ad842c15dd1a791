import { useState } from "react";
import type { FieldRow } from "../generated/FieldRow";
import { useNow } from "../lib/clock";
import { SYSTEM_ICONS } from "../lib/systems";
import { cx } from "../lib/text";
import { age } from "../lib/time";
import css from "./Fields.module.css";
import { Glyph } from "./Glyph";
import { Icon } from "./Icon";
import { Button } from "./ui";

interface Props {
  fields: FieldRow[];
  onEdit: (name: string, value: string) => void;
  /** Confirms an old value; without it values do not age. */
  onConfirm?: (name: string) => void;
}

/** Every value with where it comes from and how old it is; a press or Enter edits it. */
export function Fields({ fields, onEdit, onConfirm }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <div className={css.fields} data-ageless={onConfirm === undefined || undefined}>
      <div className={cx(css.field, css.heads)} aria-hidden="true">
        <span>Field</span>
        <span>Value in the letter</span>
        <span>Source</span>
        {onConfirm && <span className="num">Age</span>}
      </div>
      <div className={css.list} data-kind="fields">
        {fields.map((field, index) => (
          <div
            key={field.name}
            className={css.field}
            data-id={field.name}
            data-line={index > 0 || undefined}
            data-missing={field.missing || undefined}
            role="group"
            aria-label={field.title}
          >
            <span className="cut t2" title={field.title}>
              {field.title}
            </span>
            {open === field.name ? (
              <Editor
                field={field}
                onDone={(value) => {
                  setOpen(null);
                  if (value !== null && value !== (field.value ?? "")) onEdit(field.name, value);
                }}
              />
            ) : (
              <button
                type="button"
                className={cx(css.value, field.edited && css.edited)}
                data-field={field.name}
                data-command="edit_field"
                aria-label={`${field.title}: ${field.value ?? (field.missing ? "missing" : "optional, empty")}. Edit`}
                title={field.value ?? undefined}
                onClick={() => setOpen(field.name)}
              >
                {field.value ? (
                  <span className={field.input === "money" ? "bb" : undefined}>{field.value}</span>
                ) : (
                  <span className={field.missing ? "fail" : "t3"}>{field.missing ? "missing" : "optional, empty"}</span>
                )}
              </button>
            )}
            <span className={cx(css.source, "s12 t2")}>
              {/* What has no value comes from nowhere. */}
              {field.value !== null && (
                <>
                  <Icon
                    name={
                      field.edited || field.system === null ? "note" : field.system === "console" ? "table" : SYSTEM_ICONS[field.system]
                    }
                  />
                  <span className="cut" title={field.source}>
                    {field.source}
                  </span>
                </>
              )}
            </span>
            {onConfirm && <FieldAge field={field} onConfirm={onConfirm} />}
          </div>
        ))}
      </div>
    </div>
  );
}

function FieldAge({ field, onConfirm }: { field: FieldRow; onConfirm: (name: string) => void }) {
  const now = useNow();
  if (field.value === null) return <span className={css.age} />;
  const word = field.read_at === null ? "fixed" : age(now - field.read_at);
  if (!field.old) return <span className={css.age}>{word}</span>;
  if (field.confirmed) {
    return (
      <span className={cx(css.age, "late")}>
        <Glyph tone="late" label={null} /> {word}, confirmed
      </span>
    );
  }
  return (
    <span className={css.age}>
      <span className="late">{word}</span>
      <Button
        small
        className={css.confirm}
        command="confirm_field"
        aria-label={`Confirm ${field.title}, ${word} old`}
        onPress={() => onConfirm(field.name)}
      >
        Confirm
      </Button>
    </span>
  );
}

function Editor({ field, onDone }: { field: FieldRow; onDone: (value: string | null) => void }) {
  const [value, setValue] = useState(field.value ?? "");
  const common = {
    autoFocus: true,
    value,
    "aria-label": field.title,
    "data-field": field.name,
    className: css.edit,
    onChange: (event: { target: { value: string } }) => setValue(event.target.value),
    onBlur: () => onDone(value),
  };
  const keys = (event: React.KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      onDone(null);
    } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      onDone(value);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onDone(value);
  };
  if (field.input === "choice" && field.choices.length > 0) {
    return (
      <select {...common} onKeyDown={keys}>
        {!field.required && <option value="" />}
        {field.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  if (field.input === "multiline") return <textarea {...common} rows={2} onKeyDown={keys} />;
  return <input {...common} onKeyDown={keys} />;
}
