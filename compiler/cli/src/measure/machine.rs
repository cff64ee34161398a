//! The machine that times were measured on.

use schemars::JsonSchema;
use serde::Serialize;

/// The machine that times were measured on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Machine {
    /// The processor, as it names itself.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Average number of running tasks in the last minute, where the system tells.
    pub load: Option<f64>,
}

impl Machine {
    /// What to say before any time: that something else is running, too.
    #[must_use]
    pub fn caution(&self) -> Option<String> {
        let load = self.load.filter(|load| *load > 0.5 * self.cores as f64)?;
        let cores = crate::text::plural(self.cores, "core");
        Some(format!("other work is running (load {load:.1} on {cores}): do not trust these times"))
    }

    /// This machine, now.
    #[must_use]
    pub fn here() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: named.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: cores(),
            load: load.split(' ').next().and_then(|load| load.parse().ok()),
        }
    }
}

/// Cores that this process may use.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What this process has held in memory at most, in bytes; `None` where the system does not tell.
#[must_use]
pub fn most_resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse::<u64>().ok()?.checked_mul(1024)
}
