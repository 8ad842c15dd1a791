//! Registers: which letters were approved before they were used, and what became of everything that was sent. One read
//! model, read in parts; window, command line, CSV and PDF show it.

mod csv;
mod distributions;
mod export;
mod pdf;
mod rows;
mod trend;

use std::str::FromStr;

use cache::Place;
use domain::{
    Millis, Refusal,
    notice::NoticeState,
    register::{Register, UNKNOWN},
    review::ReviewState,
};

use crate::{
    problem::input,
    view::{RegisterFilterArgs, RegisterFormat, RegisterName},
};

/// Most values of one property a filter may name.
const MOST_VALUES: usize = 200;
/// Longest text a filter looks for, in bytes.
const LONGEST_TEXT: usize = 200;

/// The register a screen names.
#[must_use]
const fn register_of(name: RegisterName) -> Register {
    match name {
        RegisterName::Approval => Register::Approval,
        RegisterName::Delivery => Register::Delivery,
    }
}

const fn name_of(register: Register) -> RegisterName {
    match register {
        Register::Approval => RegisterName::Approval,
        Register::Delivery => RegisterName::Delivery,
    }
}

/// The form a word names: `csv` or `pdf`.
///
/// # Errors
/// `E_INPUT` for another word.
pub fn register_format(word: &str) -> Result<RegisterFormat, Refusal> {
    match word {
        "csv" => Ok(RegisterFormat::Csv),
        "pdf" => Ok(RegisterFormat::Pdf),
        other => Err(input(format!(
            "{other} is no form of a register: csv or pdf."
        ))),
    }
}

/// Which rows of a register.
#[derive(Debug, Clone, Default)]
pub struct RegisterFilter {
    /// Words that stand in a row.
    pub text: Option<String>,
    /// States, of the review or of the notice; none is all.
    pub states: Vec<String>,
    /// Keys of templates; none is all.
    pub templates: Vec<String>,
    /// Partner ids; none is all.
    pub partners: Vec<String>,
    /// Nothing that happened before.
    pub from: Option<Millis>,
    /// Nothing that happened at this time or later.
    pub until: Option<Millis>,
}

impl RegisterFilter {
    /// The filter a screen asks with.
    #[must_use]
    pub fn of(args: Option<&RegisterFilterArgs>) -> Self {
        let args = args.cloned().unwrap_or_default();
        let text = args.text.map(|text| text.trim().to_owned());
        Self {
            text: text.filter(|text| !text.is_empty()),
            states: args.states.unwrap_or_default(),
            templates: args.templates.unwrap_or_default(),
            partners: args.partners.unwrap_or_default(),
            from: args.from.map(Millis),
            until: args.until.map(Millis),
        }
    }

    fn takes(&self, state: &str, template: &str, at: Millis) -> bool {
        let among = |all: &[String], one: &str| all.is_empty() || all.iter().any(|a| a == one);
        among(&self.states, state)
            && among(&self.templates, template)
            && self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
    }

    /// Whether its states are words of the register, and its period has days: what is misspelt would leave an empty register
    /// that looks like a true one.
    fn check(&self, register: Register) -> Result<(), Refusal> {
        let known = |state: &str| match register {
            Register::Approval => ReviewState::from_str(state).is_ok(),
            Register::Delivery => state == UNKNOWN || NoticeState::from_str(state).is_ok(),
        };
        if let Some(state) = self.states.iter().find(|state| !known(state)) {
            return Err(input(format!(
                "{state} is no state of the {register} register."
            )));
        }
        if self
            .text
            .as_ref()
            .is_some_and(|text| text.len() > LONGEST_TEXT)
        {
            return Err(input("What is looked for is too long."));
        }
        let lists = [&self.states, &self.templates, &self.partners];
        if lists.iter().any(|list| list.len() > MOST_VALUES) {
            return Err(input(format!(
                "A filter names at most {MOST_VALUES} values."
            )));
        }
        match (self.from, self.until) {
            (Some(from), Some(until)) if from >= until => {
                Err(input("The period ends before it begins."))
            }
            _ => Ok(()),
        }
    }
}

/// The place a page goes on from.
fn place(after: Option<&str>) -> Result<Place, Refusal> {
    after.map_or(Ok(Place::TOP), |after| {
        after
            .parse()
            .map_err(|e: domain::words::UnknownWord| input(e.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_its_states_templates_and_its_time() {
        let filter = RegisterFilter {
            states: vec!["bounced".to_owned()],
            templates: vec!["SDN-04".to_owned()],
            from: Some(Millis(10)),
            until: Some(Millis(20)),
            ..RegisterFilter::default()
        };
        for (state, template, at, taken) in [
            ("bounced", "SDN-04", 10, true),
            ("bounced", "SDN-04", 19, true),
            ("bounced", "SDN-04", 9, false),
            ("bounced", "SDN-04", 20, false),
            ("bounced", "SDN-05", 10, false),
            ("sent", "SDN-04", 10, false),
        ] {
            assert_eq!(
                filter.takes(state, template, Millis(at)),
                taken,
                "{state} {at}"
            );
        }
        assert!(RegisterFilter::default().takes("sent", "", Millis(0)));
        assert!(filter.check(Register::Delivery).is_ok());
        assert!(filter.check(Register::Approval).is_err());
        let turned = RegisterFilter {
            from: Some(Millis(20)),
            until: Some(Millis(20)),
            ..RegisterFilter::default()
        };
        assert!(turned.check(Register::Delivery).is_err());
    }

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        let here = Place {
            at: Millis(-5),
            row: 7,
        };
        assert_eq!(place(Some(&here.to_string())).unwrap(), here);
        for wrong in ["", ".", "1", "1.x", "9999999999999999999999.1", "1.2.3"] {
            assert!(place(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
