import { useCallback } from "react";
import { Radio, RadioGroup } from "react-aria-components";
import type { CampaignView } from "../../generated/CampaignView";
import type { RecipientRow } from "../../generated/RecipientRow";
import { Glyph } from "../../components/Glyph";
import { Icon } from "../../components/Icon";
import { ColumnHeads, VirtualList } from "../../components/VirtualList";
import { Button, Empty, Moment, Note, Tag, toneText } from "../../components/ui";
import { ROW_HEIGHT, useLook } from "../../lib/look";
import { count } from "../../lib/money";
import { cx, shortHash } from "../../lib/text";
import { shortTime } from "../../lib/time";
import css from "./Campaign.module.css";
import { type Filter, type FilterChoice, titleOf } from "./filter";
import { wasAsked } from "./states";
import type { useRecipients } from "./useRecipients";

const COLUMNS = "12px minmax(0,1.25fr) minmax(0,0.8fr) 34px minmax(0,1.35fr) 56px minmax(0,0.95fr)";

interface Props {
  view: CampaignView;
  filter: Filter;
  choices: FilterChoice[];
  setFilter: (filter: Filter) => void;
  recipients: ReturnType<typeof useRecipients>;
  selected: string | null;
  onSelect: (partner: string) => void;
  onOpen: (row: RecipientRow) => void;
}

/** Every recipient, what needs work first. */
export function RecipientList({ view, filter, choices, setFilter, recipients, selected, onSelect, onOpen }: Props) {
  const { density } = useLook();
  const { row } = view;
  const asked = wasAsked(row.status.state);
  const draw = useCallback((one: RecipientRow) => <Row row={one} asked={asked} />, [asked]);
  const select = useCallback((one: RecipientRow) => onSelect(one.partner), [onSelect]);
  return (
    <section className={css.list} aria-label="Recipients" data-pane="recipients">
      <header className={css.filters}>
        <RadioGroup
          aria-label="Show recipients"
          className={css.chips!}
          orientation="horizontal"
          value={filter}
          onChange={(next) => setFilter(next as Filter)}
        >
          {choices.map(({ id, tone, n }) => (
            <Radio key={id} value={id} data-id={id} className={css.chip!}>
              {tone && <Glyph tone={tone} label={null} size={10} />}
              {titleOf(id)} <b>{count(n)}</b>
            </Radio>
          ))}
        </RadioGroup>
      </header>
      <ColumnHeads columns={COLUMNS}>
        <span />
        <span>Recipient</span>
        <span>Contact</span>
        <span className="num">Tries</span>
        <span className={css.after}>State</span>
        <span className="num">Last</span>
        <span className={css.after}>Next</span>
      </ColumnHeads>
      {recipients.problem && (
        <Note tone="fail">
          <b>{recipients.problem.message}</b> {recipients.problem.detail}
        </Note>
      )}
      {recipients.lines === 0 && !recipients.fetching ? (
        <Empty
          title={filter === "all" ? "Nobody is in it" : `Nobody under ${titleOf(filter)}`}
          action={
            filter === "all" ? undefined : (
              <Button small command="only_all" onPress={() => setFilter("all")}>
                Show all
              </Button>
            )
          }
        >
          {filter === "all" ? undefined : `${count(row.counts.recipients)} in the campaign`}
        </Empty>
      ) : (
        <VirtualList
          key={filter}
          label="Recipients"
          name={`campaign ${row.number} ${filter}`}
          columns={COLUMNS}
          count={recipients.lines}
          line={recipients.line}
          height={ROW_HEIGHT[density]}
          id={(one) => one.partner}
          draw={draw}
          selected={recipients.find(selected)?.partner ?? null}
          onSelect={select}
          onOpen={onOpen}
          onRange={recipients.onRange}
          rowProps={(one) => ({ "data-row": one.partner, "data-state": one.status.state })}
          autoFocus={filter === "all"}
        />
      )}
    </section>
  );
}

/** Why they cannot be reached or what does not count, else who answered. */
export function wordsOf({ status, by, reason }: RecipientRow): string {
  if (reason) return `${status.word}, ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  return by ? `${status.word} by ${by}` : status.word;
}

function Row({ row, asked }: { row: RecipientRow; asked: boolean }) {
  const { status } = row;
  const words = wordsOf(row);
  const repeat = row.must_repeat && status.state !== "acknowledged";
  return (
    <>
      <span className="fx" role="gridcell">
        <Glyph tone={status.tone} label={null} />
      </span>
      <span className={css.name} role="gridcell" title={row.name}>
        <span className="cut b">{row.name}</span>
        <span className="t3 s12">{row.country}</span>
        {repeat && <Tag line>Must repeat</Tag>}
      </span>
      <span className="cut t2 s12" role="gridcell" title={row.contact}>
        {row.contact}
      </span>
      <span className="num t2" role="gridcell">
        {asked ? count(row.reminders + 1) : "0"}
      </span>
      <span className={cx("cut s12", css.after, toneText(status.tone))} role="gridcell" title={words}>
        {words}
      </span>
      <span className="num t3 s12" role="gridcell">
        {row.at !== null && <Moment at={row.at} say={shortTime} />}
      </span>
      <span className={cx("t2 s12", css.next)} role="gridcell">
        <Next row={row} />
      </span>
    </>
  );
}

/** What is to be done, or what there is to look at. */
function Next({ row }: { row: RecipientRow }) {
  if (row.next_contact)
    return (
      <>
        <Icon name="phone" size={12} />
        <span className="cut" title={row.next_contact}>
          {row.next_contact}
        </span>
      </>
    );
  if (row.status.state === "unreachable")
    return (
      <>
        <Icon name="search" size={12} />
        <span className="cut">Find a contact</span>
      </>
    );
  if (row.file_sha256)
    return (
      <>
        <Icon name="clip" size={12} />
        <span className="mono" title={row.file_sha256}>
          {shortHash(row.file_sha256)}
        </span>
        {!row.file_proven && <span className="t3 cut">to be fetched</span>}
      </>
    );
  if (row.next_reminder !== null)
    return (
      <>
        <Icon name="send" size={12} />
        <Moment at={row.next_reminder} say={shortTime} />
      </>
    );
  return null;
}
