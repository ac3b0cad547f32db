//! Exit codes, documented in `--help` and the guide.

/// Why the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer is there.
    Ok = 0,
    /// The answer is there and a `--fail-on` gate tripped.
    Gate = 1,
    /// The command line or an input is wrong.
    Input = 2,
    /// No placement is feasible; the reasons are printed.
    Infeasible = 3,
    /// `--strict` and the prices are stale or doubtful.
    Stale = 4,
    /// A bug of ours.
    Bug = 70,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
