//! How a test says what went wrong.

use std::fmt;

/// A sentence about what went wrong; a test that ends with one fails and prints it.
pub struct Trouble(String);

/// What tests and harness functions end with.
pub type Outcome<T = ()> = Result<T, Trouble>;

/// Trouble in these words.
pub fn trouble(text: impl Into<String>) -> Trouble {
    Trouble(text.into())
}

impl Trouble {
    /// The same trouble, with what was being done before it.
    #[must_use]
    pub fn during(self, what: impl fmt::Display) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

// The runner prints a failed test's error with Debug; quotes and escapes would only hide the sentence.
impl fmt::Debug for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}
