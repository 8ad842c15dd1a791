//! The synthetic company: read from a file, filled up by generators, the same for the same seed and epoch.

mod cases;
mod customers;
mod file;
pub mod links;
mod orders;
mod rng;

pub use cases::CaseSpec;
pub use customers::LATE_PRODUCTS;
pub use file::{Company, ContactSpec, PartnerSpec, PersonSpec};
pub use orders::{OrderLine, OrderSpec, Story};
pub use rng::Rng;

use domain::Millis;
use serde::Serialize;

use crate::SandboxError;

/// Everything the six systems are seeded from. It never changes while the sandbox runs.
#[derive(Debug, Clone, Serialize)]
pub struct Scenario {
    /// Seed.
    pub seed: u64,
    /// The instant the history leads up to.
    pub epoch: Millis,
    /// Our own company.
    pub company: Company,
    /// Our people.
    pub persons: Vec<PersonSpec>,
    /// Trading partners.
    pub partners: Vec<PartnerSpec>,
    /// Orders, by time.
    pub orders: Vec<OrderSpec>,
    /// What customers beside the partners have ordered.
    pub customer_orders: Vec<OrderSpec>,
    /// Cases, by id.
    pub cases: Vec<CaseSpec>,
}

impl Scenario {
    /// Generates the scenario around an instant.
    ///
    /// # Errors
    /// When the scenario file does not read.
    pub fn generate(seed: u64, cases: usize, epoch: Millis) -> Result<Self, SandboxError> {
        let file = file::File::built_in().map_err(|e| SandboxError::Scenario(e.to_string()))?;
        let orders = orders::generate(&file, seed, epoch);
        let cases = cases::generate(&file, &orders, cases, seed, epoch);
        Ok(Self {
            seed,
            epoch,
            company: file.company,
            persons: file.person,
            partners: file.partner,
            orders,
            customer_orders: Vec::new(),
            cases,
        })
    }

    /// With so many customers beside the partners, and what they have ordered.
    #[must_use]
    pub fn with_customers(mut self, count: usize) -> Self {
        self.partners.extend(customers::customers(count));
        self.customer_orders = customers::orders(count, self.seed, self.epoch);
        self
    }

    /// A partner by id.
    #[must_use]
    pub fn partner(&self, id: &str) -> Option<&PartnerSpec> {
        self.partners.iter().find(|p| p.id == id)
    }

    /// An order by number.
    #[must_use]
    pub fn order(&self, number: &str) -> Option<&OrderSpec> {
        self.orders.iter().find(|o| o.number == number)
    }

    /// A person by login.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&PersonSpec> {
        self.persons.iter().find(|p| p.name == name)
    }

    /// A stream of numbers for a label.
    #[must_use]
    pub fn rng(&self, label: &str) -> Rng {
        Rng::new(self.seed, label)
    }
}
