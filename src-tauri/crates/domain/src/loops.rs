//! Closed loops: whether what a case told somebody was acted upon, read from what both sides wrote.
//!
//! Nothing is kept of it but what people decided: every desktop reads the same loops from the same messages, in whatever
//! order these arrived. An answer is never guessed: one that may belong to two notices belongs to neither until a person
//! says so.

use std::collections::BTreeMap;

use crate::{Millis, words};

words! {
    /// State of a loop.
    LoopState {
        /// Nobody has answered yet.
        Open = "open",
        /// Answered, or confirmed by a person.
        Acted = "acted",
        /// The agreed time passed without an answer.
        NoResponse = "no_response",
        /// A person said why no answer is needed.
        Waived = "waived",
    }
}

impl LoopState {
    /// Whether a case may be closed over it.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Acted | Self::Waived)
    }
}

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// Number of the notice.
    pub notice: &'a str,
    /// Word of its delivery state.
    pub state: &'a str,
    /// It asks for an answer, so that its case waits for one.
    pub required: bool,
    /// When it was released.
    pub at: Millis,
}

impl Told<'_> {
    /// Whether it has gone out, so that somebody may answer it.
    fn is_out(&self) -> bool {
        matches!(self.state, "sent" | "delivered" | "responded")
    }
}

/// What the partner wrote on the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id of the message.
    pub id: String,
    /// Written.
    pub at: Millis,
    /// Numbers of notices it names, of whichever case.
    pub names: Vec<String>,
}

/// What a person decided about a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Number of the notice.
    pub notice: String,
    /// `acted` or `waived`; other states nobody can decide.
    pub state: LoopState,
    /// Decided.
    pub at: Millis,
    /// Who.
    pub by: String,
    /// Why, in words.
    pub reason: String,
    /// Message that is the answer, where a person chose it.
    pub answer: Option<String>,
}

/// One loop as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// Number of the notice.
    pub notice: String,
    /// Its case cannot be closed while it is open.
    pub required: bool,
    /// State.
    pub state: LoopState,
    /// When it was opened: the release of the notice.
    pub opened_at: Millis,
    /// Until when an answer is expected; `None` where none is, or while the notice has not gone out.
    pub due_at: Option<Millis>,
    /// When the time passed without an answer; kept when one came later.
    pub no_response_at: Option<Millis>,
    /// Message that answered it.
    pub answer: Option<String>,
    /// When that was written.
    pub answered_at: Option<Millis>,
    /// What a person decided last.
    pub outcome: Option<Outcome>,
}

/// An answer that may belong to more than one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// Id of the message.
    pub answer: String,
    /// Written.
    pub at: Millis,
    /// Numbers of the notices it may answer.
    pub candidates: Vec<String>,
}

/// The loops of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loops {
    /// One for each notice, in the order they were released.
    pub loops: Vec<Loop>,
    /// Answers a person has to assign.
    pub unclear: Vec<Unclear>,
}

/// Longest number of a notice that is looked for in a message.
const LONGEST: usize = 80;

/// Numbers of notices that a text names: `N-` and what follows of capitals, digits, `-` and `.`; each once.
#[must_use]
pub fn named_notices(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let starts = c == 'N' && !before.is_alphanumeric() && before != '-';
        before = c;
        let Some(rest) = text
            .get(at..)
            .filter(|rest| starts && rest.starts_with("N-"))
        else {
            continue;
        };
        let part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let number = rest.get(..end).unwrap_or_default();
        let number = number.trim_end_matches(['-', '.']);
        if (4..=LONGEST).contains(&number.len()) && !found.iter().any(|f| f == number) {
            found.push(number.to_owned());
        }
    }
    found
}

/// Reads the loops of a case. `due` gives the end of the time in which a notice released then is to be answered.
#[must_use]
pub fn read(
    told: &[Told<'_>],
    answers: &[Answer],
    outcomes: &[Outcome],
    due: impl Fn(Millis) -> Millis,
    now: Millis,
) -> Loops {
    let mut loops: Vec<Loop> = told
        .iter()
        .map(|told| {
            let due_at = (told.required && told.is_out()).then(|| due(told.at));
            Loop {
                notice: told.notice.to_owned(),
                required: told.required,
                state: LoopState::Open,
                opened_at: told.at,
                due_at,
                no_response_at: None,
                answer: None,
                answered_at: None,
                outcome: None,
            }
        })
        .collect();
    loops.sort_by(|a, b| (a.opened_at, &a.notice).cmp(&(b.opened_at, &b.notice)));
    let mut decided: Vec<&Outcome> = outcomes.iter().collect();
    decided.sort_by_key(|o| o.at);
    let chosen: BTreeMap<&str, &str> = decided
        .iter()
        .filter_map(|o| Some((o.answer.as_deref()?, o.notice.as_str())))
        .collect();
    for outcome in &decided {
        if let Some(of) = loops.iter_mut().find(|l| l.notice == outcome.notice) {
            of.outcome = Some((*outcome).clone());
        }
    }
    let mut unclear = Vec::new();
    let mut in_order: Vec<&Answer> = answers.iter().collect();
    in_order.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    for answer in in_order {
        let (may_be, certain) = candidates(&loops, answer, chosen.get(answer.id.as_str()).copied());
        match may_be.as_slice() {
            [] => {}
            [one] if certain => {
                if let Some(of) = loops.iter_mut().find(|l| l.notice == *one)
                    && of.answer.is_none()
                {
                    of.answer = Some(answer.id.clone());
                    of.answered_at = Some(answer.at);
                }
            }
            more => unclear.push(Unclear {
                answer: answer.id.clone(),
                at: answer.at,
                candidates: more.to_vec(),
            }),
        }
    }
    for of in &mut loops {
        let settled_at = [of.answered_at, of.outcome.as_ref().map(|o| o.at)];
        let settled_at = settled_at.into_iter().flatten().min();
        of.no_response_at = of.due_at.filter(|due| settled_at.unwrap_or(now) >= *due);
        of.state = match (&of.answer, &of.outcome) {
            (Some(_), _) => LoopState::Acted,
            (None, Some(outcome)) => outcome.state,
            (None, None) if of.no_response_at.is_some() => LoopState::NoResponse,
            (None, None) => LoopState::Open,
        };
    }
    // Once a person has settled what it may answer, nobody is asked any more.
    let waits = |notice: &String| {
        let of = loops.iter().find(|l| l.notice == *notice);
        of.is_some_and(|l| !l.state.is_settled())
    };
    unclear.retain(|u| u.candidates.iter().any(waits));
    Loops { loops, unclear }
}

/// The notices an answer may belong to, and whether that is certain: the one a person chose; those it names; else the only one
/// that waited for an answer when it was written, and where several did, all of those. An answer that names a notice of another
/// case belongs to none of this one before a person says so.
fn candidates(loops: &[Loop], answer: &Answer, chosen: Option<&str>) -> (Vec<String>, bool) {
    if let Some(chosen) = chosen {
        return (vec![chosen.to_owned()], true);
    }
    let waiting = loops.iter().filter(|l| {
        let settled = l.outcome.as_ref().is_some_and(|o| o.at <= answer.at);
        l.required && l.opened_at <= answer.at && l.answer.is_none() && !settled
    });
    let own = |name: &&String| {
        let of = loops.iter().find(|l| l.notice == **name);
        of.is_some_and(|l| l.opened_at <= answer.at)
    };
    let named: Vec<String> = answer.names.iter().filter(own).cloned().collect();
    let is_foreign = |name: &String| !loops.iter().any(|l| l.notice == *name);
    let certain = !answer.names.iter().any(is_foreign);
    if named.is_empty() {
        (waiting.map(|l| l.notice.clone()).collect(), certain)
    } else {
        (named, certain)
    }
}

impl Loops {
    /// Required loops that keep their case from being closed.
    pub fn open(&self) -> impl Iterator<Item = &Loop> {
        let open = |l: &&Loop| l.required && !l.state.is_settled();
        self.loops.iter().filter(open)
    }

    /// The word the case carries: `no_response` above `open` above `acted`; `closed` where nothing was asked for.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let required = || self.loops.iter().filter(|l| l.required);
        if required().any(|l| l.state == LoopState::NoResponse) {
            "no_response"
        } else if self.open().next().is_some() {
            "open"
        } else if required().next().is_some() {
            "acted"
        } else {
            "closed"
        }
    }

    /// The word the case carries while its notices are on their way, and after they have arrived.
    #[must_use]
    pub fn word_after(&self, told: bool) -> &'static str {
        match self.word() {
            "closed" if !told => "open",
            word => word,
        }
    }

    /// The loop of a notice.
    #[must_use]
    pub fn of(&self, notice: &str) -> Option<&Loop> {
        self.loops.iter().find(|l| l.notice == notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: i64 = 100;

    fn told(notice: &str, at: i64) -> Told<'_> {
        Told {
            notice,
            state: "delivered",
            required: true,
            at: Millis(at),
        }
    }

    fn answer(id: &str, at: i64, names: &[&str]) -> Answer {
        Answer {
            id: id.into(),
            at: Millis(at),
            names: names.iter().map(|n| (*n).to_owned()).collect(),
        }
    }

    fn outcome(notice: &str, state: LoopState, at: i64, answer: Option<&str>) -> Outcome {
        Outcome {
            notice: notice.into(),
            state,
            at: Millis(at),
            by: "p".into(),
            reason: "Said by phone".into(),
            answer: answer.map(str::to_owned),
        }
    }

    fn at(told: &[Told<'_>], answers: &[Answer], outcomes: &[Outcome], now: i64) -> Loops {
        read(told, answers, outcomes, |t| Millis(t.0 + DUE), Millis(now))
    }

    #[test]
    fn the_only_notice_that_waits_is_answered_and_two_that_wait_are_asked_about() {
        let one = at(&[told("N-A1", 0)], &[answer("c1", 5, &[])], &[], 10);
        assert_eq!(one.loops[0].state, LoopState::Acted);
        assert_eq!(one.loops[0].answer.as_deref(), Some("c1"));
        let both = [told("N-A1", 0), told("N-B2", 1)];
        let two = at(&both, &[answer("c1", 5, &[])], &[], 10);
        assert!(two.loops.iter().all(|l| l.state == LoopState::Open));
        assert_eq!(two.unclear[0].candidates, ["N-A1", "N-B2"]);
        let named = at(&both, &[answer("c1", 5, &["N-B2"])], &[], 10);
        assert_eq!(named.of("N-B2").unwrap().state, LoopState::Acted);
        assert_eq!(named.of("N-A1").unwrap().state, LoopState::Open);
        assert!(named.unclear.is_empty());
    }

    #[test]
    fn an_answer_about_a_notice_of_another_case_is_asked_about() {
        let asked = at(&[told("N-A1", 0)], &[answer("c1", 5, &["N-Z9"])], &[], 10);
        assert_eq!(asked.loops[0].state, LoopState::Open);
        assert_eq!(asked.unclear[0].candidates, ["N-A1"]);
        let waived = outcome("N-A1", LoopState::Waived, 9, None);
        let settled = at(
            &[told("N-A1", 0)],
            &[answer("c1", 5, &["N-Z9"])],
            &[waived],
            10,
        );
        assert!(settled.unclear.is_empty());
        let chosen = outcome("N-A1", LoopState::Acted, 9, Some("c1"));
        let decided = at(
            &[told("N-A1", 0)],
            &[answer("c1", 5, &["N-Z9"])],
            &[chosen],
            10,
        );
        assert_eq!(decided.loops[0].answered_at, Some(Millis(5)));
        assert!(decided.unclear.is_empty());
    }

    #[test]
    fn what_was_written_before_the_notice_answers_nothing() {
        let early = at(&[told("N-A1", 10)], &[answer("c1", 5, &[])], &[], 20);
        assert_eq!(early.loops[0].state, LoopState::Open);
        assert!(early.unclear.is_empty());
    }

    #[test]
    fn a_late_answer_settles_the_loop_and_both_times_are_kept() {
        let silent = at(&[told("N-A1", 0)], &[], &[], DUE);
        assert_eq!(silent.loops[0].state, LoopState::NoResponse);
        assert_eq!(silent.word(), "no_response");
        let late = at(&[told("N-A1", 0)], &[answer("c1", 150, &[])], &[], 200);
        assert_eq!(late.loops[0].state, LoopState::Acted);
        assert_eq!(late.loops[0].no_response_at, Some(Millis(DUE)));
        assert_eq!(late.loops[0].answered_at, Some(Millis(150)));
        let in_time = at(&[told("N-A1", 0)], &[answer("c1", 50, &[])], &[], 200);
        assert_eq!(in_time.loops[0].no_response_at, None);
    }

    #[test]
    fn a_waiver_settles_until_somebody_answers_by_name() {
        let waived = [outcome("N-A1", LoopState::Waived, 120, None)];
        let loops = at(&[told("N-A1", 0)], &[], &waived, 200);
        assert_eq!(loops.loops[0].state, LoopState::Waived);
        assert_eq!(loops.open().count(), 0);
        let named = at(
            &[told("N-A1", 0)],
            &[answer("c1", 150, &["N-A1"])],
            &waived,
            200,
        );
        assert_eq!(named.loops[0].state, LoopState::Acted);
    }

    #[test]
    fn a_notice_that_did_not_arrive_or_asks_nothing_is_not_late() {
        let mut bounced = told("N-A1", 0);
        bounced.state = "bounced";
        let loops = at(&[bounced], &[], &[], 1_000);
        assert_eq!(loops.loops[0].state, LoopState::Open);
        let mut information = told("N-A1", 0);
        information.required = false;
        let loops = at(&[information], &[answer("c1", 5, &[])], &[], 1_000);
        assert_eq!(loops.word(), "closed");
        assert_eq!(loops.open().count(), 0);
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let both = [told("N-A1", 0), told("N-B2", 1)];
        let mut answers = vec![
            answer("c1", 5, &["N-A1"]),
            answer("c2", 6, &[]),
            answer("c3", 4, &[]),
        ];
        let forth = at(&both, &answers, &[], 10);
        answers.reverse();
        assert_eq!(forth, at(&both, &answers, &[], 10));
        // Once the first is answered by name, the second is the only one that waits.
        assert_eq!(forth.of("N-B2").unwrap().answer.as_deref(), Some("c2"));
        // Nobody is asked about the third: what it may have answered is settled.
        assert!(forth.unclear.is_empty());
    }

    #[test]
    fn numbers_are_found_in_a_sentence_and_nothing_else() {
        let text =
            "Re N-1A2B3C4D. and (N-7-P-1-AAAAAAAA.2), not ON-1A2B or n-1a2b, N-1A2B3C4D again";
        assert_eq!(named_notices(text), ["N-1A2B3C4D", "N-7-P-1-AAAAAAAA.2"]);
        assert!(named_notices(&format!("N-{}", "A".repeat(500))).is_empty());
    }
}
