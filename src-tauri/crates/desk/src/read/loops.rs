//! Loops as screens show them: on the case, and over all cases.

use domain::{
    Refusal,
    loops::{Loop, LoopState},
    record::Comment,
    time::DAY,
};

use super::words;
use crate::{
    Desk,
    facts::{Known, plain},
    problem::{Refuse, input},
    view::{LoopAnswer, LoopRow, OpenLoop, StatusWord, Tone, UnclearAnswer},
};

/// Rows of one case; more nobody reads, and what waits for an answer comes first.
const MOST_ROWS: usize = 200;
/// Cases of the list over all of them.
const MOST_CASES: usize = 200;
/// Notices older than this are not in the list over all cases.
const OLDEST: i64 = 120 * DAY;
/// Characters of an excerpt.
const EXCERPT: usize = 140;

fn state(of: &Loop) -> StatusWord {
    if !of.required {
        return words::word(Tone::None, "informed", "No answer asked for");
    }
    match of.state {
        LoopState::Open => words::word(Tone::Wait, "open", "Open"),
        LoopState::Acted => words::word(Tone::Ok, "acted", "Answered"),
        LoopState::NoResponse => words::word(Tone::Late, "no_response", "No answer"),
        LoopState::Waived => words::word(Tone::None, "waived", "Waived"),
    }
}

fn answer(known: &Known, id: &str, at: i64) -> LoopAnswer {
    let message = known.comments.iter().find(|c| c.id == id);
    LoopAnswer {
        id: id.to_owned(),
        at,
        author: message.map(|m| m.author.clone()).unwrap_or_default(),
        excerpt: message.map(excerpt).unwrap_or_default(),
    }
}

fn excerpt(message: &Comment) -> String {
    let text = plain(&message.body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(EXCERPT).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// Messages that a person has to assign.
pub(crate) fn unclear_answers(known: &Known) -> Vec<UnclearAnswer> {
    let unclear = known.loops.unclear.iter();
    unclear
        .map(|u| UnclearAnswer {
            answer: answer(known, &u.answer, u.at.0),
            candidates: u.candidates.clone(),
        })
        .collect()
}

impl Desk {
    /// The communications of a case: those that wait for an answer first, then the newest.
    pub(crate) fn loop_rows(&self, known: &Known) -> Vec<LoopRow> {
        let mut loops: Vec<&Loop> = known.loops.loops.iter().collect();
        loops.sort_by_key(|l| (!l.required || l.state.is_settled(), -l.opened_at.0));
        loops
            .into_iter()
            .take(MOST_ROWS)
            .map(|l| self.loop_row(known, l))
            .collect()
    }

    fn loop_row(&self, known: &Known, of: &Loop) -> LoopRow {
        let delivery = known.deliveries.iter().find(|d| d.notice_id == of.notice);
        let template = delivery.and_then(|d| d.template.as_deref());
        let (key, version) = template
            .and_then(|t| t.split_once('@'))
            .map_or((template.unwrap_or_default(), None), |(k, v)| (k, Some(v)));
        let names = self.persons();
        let decided = of.outcome.as_ref().filter(|_| of.answer.is_none());
        LoopRow {
            notice: of.notice.clone(),
            title: self
                .policy()
                .template(key)
                .map_or_else(|| "Notice".to_owned(), |t| t.title.clone()),
            version: version.map(str::to_owned),
            sha256: delivery.and_then(|d| d.produced_sha256.clone()),
            recipient: delivery.map(|d| d.recipient.clone()).unwrap_or_default(),
            channel: delivery.map(|d| d.channel.clone()).unwrap_or_default(),
            required: of.required,
            delivery: words::notice_state(delivery.map_or("released", |d| d.state.as_str())),
            status: state(of),
            opened_at: of.opened_at.0,
            due_at: of.due_at.map(|at| at.0),
            no_response_at: of.no_response_at.map(|at| at.0),
            answer: of
                .answer
                .as_deref()
                .map(|id| answer(known, id, of.answered_at.unwrap_or_default().0)),
            decided: decided.map(|o| format!("{}: {}", names.name(&o.by), o.reason)),
            may_decide: of.required && of.state != LoopState::Acted,
        }
    }

    /// Loops of all cases of the last 120 days in a state; those that are open or not answered where none is named. Of the
    /// 200 cases first found.
    ///
    /// # Errors
    /// `E_INPUT` for a word that is no state; failures of the databases.
    pub async fn list_loops(&self, wanted: Option<&str>) -> Result<Vec<OpenLoop>, Refusal> {
        let wanted = match wanted.filter(|w| !w.is_empty()) {
            Some(word) => Some(
                word.parse::<LoopState>()
                    .map_err(|_| input(format!("'{word}' is no state of a loop.")))?,
            ),
            None => None,
        };
        let (asking, now) = (self.policy().asking(), self.now());
        let cases = self
            .inner
            .cache
            .cases_told_between(&asking, now.plus(-OLDEST), now)
            .await
            .refuse()?;
        let mut found = Vec::new();
        for case_id in cases.iter().take(MOST_CASES) {
            // A notice can name a case that is not here.
            let Ok(known) = self.know(case_id).await else {
                continue;
            };
            let wants = |l: &&Loop| match wanted {
                Some(state) => l.state == state,
                None => !l.state.is_settled(),
            };
            let loops = known.loops.loops.iter().filter(|l| l.required);
            found.extend(loops.filter(wants).map(|l| OpenLoop {
                case: known.case.object().to_string(),
                case_number: known.case.number.clone(),
                subject: known.case.subject.clone(),
                partner: known.case.partner_name.clone(),
                row: self.loop_row(&known, l),
            }));
        }
        found.sort_by_key(|l| (l.row.due_at.unwrap_or(i64::MAX), l.row.opened_at));
        Ok(found)
    }
}
