//! One row of the table, and how times become one number.

use std::time::Duration;

use serde_json::json;

/// The figures that were asked for; all where none was named.
pub struct Wanted(Vec<String>);

impl Wanted {
    pub fn from_args() -> Self {
        // Cargo adds switches of its own.
        Self(
            std::env::args()
                .skip(1)
                .filter(|word| !word.starts_with("--"))
                .collect(),
        )
    }

    pub fn any(&self, figures: &[&str]) -> bool {
        self.0.is_empty()
            || figures
                .iter()
                .any(|figure| self.0.iter().any(|word| figure.starts_with(word.as_str())))
    }
}

/// A row for `cargo xtask bench`.
#[derive(Default)]
pub struct Figure<'a> {
    pub figure: &'a str,
    pub unit: &'a str,
    pub value: f64,
    pub peer: &'a str,
    pub peer_value: Option<f64>,
    pub aim: &'a str,
    pub note: String,
}

impl Figure<'_> {
    pub fn print(&self) {
        let round = |v: f64| (v * 1_000.0).round() / 1_000.0;
        let mut row = json!({
            "figure": self.figure, "value": round(self.value), "unit": self.unit, "aim": self.aim, "note": self.note,
        });
        if let Some(peer) = self.peer_value {
            row["peer"] = json!(self.peer);
            row["peer_value"] = json!(round(peer));
            row["ratio"] = json!(round(self.value / peer));
        }
        println!("{row}");
    }
}

/// Milliseconds below which this share of the times lies.
pub fn percentile(times: &[Duration], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = ((times.len() as f64 - 1.0) * share).round() as usize;
    times[place].as_secs_f64() * 1_000.0
}

pub fn p95(times: &[Duration]) -> f64 {
    percentile(times, 0.95)
}

pub fn median(times: &[Duration]) -> f64 {
    percentile(times, 0.5)
}

/// Processor time of all threads of this process so far: what a machine shared with others blurs least.
pub fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}
