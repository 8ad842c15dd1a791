//! What is exchanged about one order, and when.

use domain::{
    Millis,
    time::{HOUR, MINUTE},
};

use super::super::text::Kind;
use crate::{
    Scenario,
    scenario::{OrderSpec, PartnerSpec, Rng, Story},
};

/// How a document fares in the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Smooth,
    /// Waits in a mailbox for hours.
    Waiting,
    Failed,
    Invalid,
    RefusedAsDuplicate,
}

/// Something that will be exchanged.
pub(super) struct Planned<'a> {
    /// Arrival at the grid.
    pub(super) at: Millis,
    /// When its sender wrote it.
    pub(super) written_at: Millis,
    /// Place in the plan; answers and repeats name it.
    pub(super) slot: usize,
    /// Control numbers lost before it.
    pub(super) gap: u64,
    /// Whether its sender waits for a functional acknowledgement.
    pub(super) expects_answer: bool,
    /// Codes it gets without a document: timed out, accepted by hand.
    pub(super) settled: Vec<(Millis, &'static str)>,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    Paper {
        order: &'a OrderSpec,
        partner: &'a PartnerSpec,
        kind: Kind,
        from_us: bool,
        course: Course,
        repeats: Option<usize>,
    },
    Answer {
        of: usize,
        code: &'static str,
        /// It does not get through.
        lost: bool,
    },
}

/// Codes that came without a document.
pub(super) fn settled(plan: &[Planned<'_>]) -> Vec<(usize, &'static str, Millis)> {
    plan.iter()
        .flat_map(|p| p.settled.iter().map(|(at, code)| (p.slot, *code, *at)))
        .collect()
}

struct Writer<'p, 'a> {
    plan: &'p mut Vec<Planned<'a>>,
    order: &'a OrderSpec,
    partner: &'a PartnerSpec,
}

impl<'a> Writer<'_, 'a> {
    fn paper(&mut self, kind: Kind, from_us: bool, at: Millis, course: Course) -> usize {
        let slot = self.plan.len();
        self.plan.push(Planned {
            at,
            written_at: at,
            slot,
            gap: 0,
            expects_answer: false,
            settled: Vec::new(),
            what: What::Paper {
                order: self.order,
                partner: self.partner,
                kind,
                from_us,
                course,
                repeats: None,
            },
        });
        slot
    }

    fn answer(&mut self, of: usize, code: &'static str, at: Millis, lost: bool) {
        if let Some(asked) = self.plan.get_mut(of) {
            asked.expects_answer = true;
        }
        let slot = self.plan.len();
        self.plan.push(Planned {
            at,
            written_at: at,
            slot,
            gap: 0,
            expects_answer: false,
            settled: Vec::new(),
            what: What::Answer { of, code, lost },
        });
    }

    fn wait(&mut self, of: usize, settled: Vec<(Millis, &'static str)>) {
        if let Some(asked) = self.plan.get_mut(of) {
            asked.expects_answer = true;
            asked.settled = settled;
        }
    }

    fn change(&mut self, slot: Option<usize>, how: impl FnOnce(&mut Planned<'a>)) {
        if let Some(planned) = slot.and_then(|slot| self.plan.get_mut(slot)) {
            how(planned);
        }
    }

    /// The partner's functional acknowledgement of something of ours: mostly prompt, sometimes late, faulty or missing.
    fn partner_answers(&mut self, of: usize, at: Millis, rng: &mut Rng) {
        let prompt = at.plus(rng.between(15, 95) * MINUTE);
        match rng.below(100) {
            0..=1 => self.wait(of, vec![(at.plus(48 * HOUR), "T")]),
            // CONTRL knows no "accepted with errors".
            2..=5 if self.order.standard == "x12" => self.answer(of, "E", prompt, false),
            6 => self.wait(of, vec![(at.plus(3 * HOUR), "M")]),
            7..=9 => {
                self.wait(of, vec![(at.plus(24 * HOUR), "T")]);
                self.answer(of, "A", at.plus(30 * HOUR), false);
            }
            10..=11 => self.wait(of, Vec::new()),
            _ => self.answer(of, "A", prompt, false),
        }
    }
}

/// An order of ours and what the partner made of it.
pub(super) fn buying<'a>(
    plan: &mut Vec<Planned<'a>>,
    scenario: &Scenario,
    order: &'a OrderSpec,
    partner: &'a PartnerSpec,
) {
    let mut rng = scenario.rng(&format!("edi/{}", order.number));
    let story = order.story;
    let mut w = Writer {
        plan,
        order,
        partner,
    };
    let unanswered = order.acknowledged_at.is_none() && order.shipped_at.is_none();
    let undelivered = story == Story::DeliveryFailed && unanswered;
    let waits = rng.chance(1);
    let placed = w.paper(
        Kind::Order,
        true,
        order.ordered_at,
        match (undelivered, waits) {
            (true, _) => Course::Failed,
            (_, true) => Course::Waiting,
            _ => Course::Smooth,
        },
    );
    if undelivered {
        w.wait(placed, Vec::new());
    } else if story == Story::RejectAck && (order.shipped_at.is_none() || rng.chance(30)) {
        // The partner's translator refused it; whatever follows was typed in by hand.
        w.answer(
            placed,
            "R",
            order.ordered_at.plus(rng.between(15, 60) * MINUTE),
            false,
        );
    } else {
        w.partner_answers(placed, order.ordered_at, &mut rng);
    }
    if let Some(at) = order.changed_at {
        let changed = w.paper(Kind::Change, true, at, Course::Smooth);
        w.partner_answers(changed, at, &mut rng);
    }
    let (first_bad, late_bad) = (
        story == Story::ValidationError,
        story == Story::DeliveryFailed,
    );
    let course = |bad: bool| if bad { Course::Invalid } else { Course::Smooth };
    let mut first_inbound = None;
    let response = order.acknowledged_at.map(|at| {
        w.paper(
            Kind::Response,
            false,
            at,
            course(first_bad && order.shipped_at.is_none()),
        )
    });
    first_inbound = first_inbound.or(response);
    if let (Some(slot), Some(at), true) = (
        response,
        order.acknowledged_at,
        late_bad && order.shipped_at.is_none(),
    ) {
        w.answer(slot, "A", at.plus(12 * MINUTE), true);
    }
    let shipped = order.shipped_at.map(|at| {
        let slot = w.paper(Kind::ShipNotice, false, at, course(first_bad));
        // Partners of tier A asked for our receipts; the others hear from us only when something is wrong.
        let refused = story == Story::RejectAck;
        if !first_bad && (refused || late_bad || partner.tier == "A") {
            let code = if refused { "R" } else { "A" };
            w.answer(slot, code, at.plus(rng.between(8, 25) * MINUTE), late_bad);
        }
        slot
    });
    first_inbound = first_inbound.or(shipped);
    let invoiced = order
        .invoiced_at
        .map(|at| w.paper(Kind::Invoice, false, at, Course::Smooth));
    first_inbound = first_inbound.or(invoiced);
    if story == Story::ControlGap {
        let gap = rng.between(1, 3).unsigned_abs();
        w.change(first_inbound, |planned| planned.gap = gap);
    }
    if let (Story::DuplicateInvoice, Some(first), Some(at)) = (story, invoiced, order.invoiced_at) {
        let same_file = rng.chance(40);
        let course = if same_file {
            Course::RefusedAsDuplicate
        } else {
            Course::Smooth
        };
        let again = w.paper(Kind::Invoice, false, at.plus(6 * HOUR), course);
        w.change(Some(again), |planned| {
            if let What::Paper { repeats, .. } = &mut planned.what {
                *repeats = Some(first);
            }
        });
    }
    if let (Story::OutOfOrder, Some(earlier), Some(later)) =
        (story, shipped.and(response).or(response), shipped)
    {
        // The later paper overtakes the earlier one; both keep the date they were written.
        let (first, second) = (order.acknowledged_at, order.shipped_at);
        if let (Some(first), Some(second)) = (first, second) {
            w.change(Some(later), |planned| planned.at = first);
            w.change(Some(earlier), |planned| planned.at = second);
        }
    }
}

/// An order a customer placed with us and what we made of it.
pub(super) fn selling<'a>(
    plan: &mut Vec<Planned<'a>>,
    scenario: &Scenario,
    order: &'a OrderSpec,
    partner: &'a PartnerSpec,
) {
    let mut rng = scenario.rng(&format!("edi/{}", order.number));
    let mut w = Writer {
        plan,
        order,
        partner,
    };
    let placed = w.paper(Kind::Order, false, order.ordered_at, Course::Smooth);
    w.answer(
        placed,
        "A",
        order.ordered_at.plus(rng.between(3, 12) * MINUTE),
        false,
    );
    let papers = [
        (Kind::Response, order.acknowledged_at),
        (Kind::ShipNotice, order.shipped_at),
        (Kind::Invoice, order.invoiced_at),
    ];
    for (kind, at) in papers {
        let Some(at) = at else { continue };
        let refused = kind == Kind::Invoice && order.story == Story::RejectAck;
        let slot = w.paper(kind, true, at, Course::Smooth);
        if refused {
            w.answer(slot, "R", at.plus(40 * MINUTE), false);
        } else {
            w.partner_answers(slot, at, &mut rng);
        }
    }
}
