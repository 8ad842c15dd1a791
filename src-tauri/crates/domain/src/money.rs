//! Exact amounts: decimal text plus ISO 4217, never floating point.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Decimal text in JSON.
    pub amount: Decimal,
    /// ISO 4217 code.
    pub currency: String,
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
