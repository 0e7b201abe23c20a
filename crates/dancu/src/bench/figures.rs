//! Figures: rates and latencies.

use std::time::Duration;

/// What one measurement found.
pub struct Figures {
    /// What was measured.
    pub name: &'static str,
    /// How long it ran.
    pub took: Duration,
    /// Latency of each call in microseconds, sorted.
    latencies: Vec<u32>,
    /// Calls that were answered, but not as expected.
    pub faults: u64,
}

impl Figures {
    /// Gathers a measurement.
    pub fn new(name: &'static str, took: Duration, mut latencies: Vec<u32>, faults: u64) -> Figures {
        latencies.sort_unstable();
        Figures { name, took, latencies, faults }
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The latency in milliseconds below which this share of the calls lies.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = ((last as f64) * share).ceil() as usize;
        f64::from(self.latencies.get(at.min(last)).copied().unwrap_or_default()) / 1_000.0
    }

    /// One row of the table.
    pub fn row(&self) -> String {
        format!(
            "| {} | {:.0} | {:.2} | {:.2} | {:.2} | {} |",
            self.name,
            self.rate(),
            self.percentile(0.5),
            self.percentile(0.99),
            self.percentile(0.999),
            self.faults
        )
    }
}

/// The head of the table.
pub const HEAD: &str =
    "| measurement | calls/s | p50 ms | p99 ms | p99.9 ms | faults |\n|---|---:|---:|---:|---:|---:|";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_calls() {
        let f = Figures::new("x", Duration::from_secs(2), (1..=1_000).rev().map(|i| i * 1_000).collect(), 0);
        assert_eq!((f.percentile(0.5), f.percentile(0.99), f.rate()), (501.0, 991.0, 500.0));
        assert_eq!(Figures::new("x", Duration::from_secs(1), vec![], 0).percentile(0.99), 0.0);
    }
}
