//! Findings about compact trace files.

use source::Finding;

use super::thousands;
use crate::trace_file::Broken;

/// TR060: a trace file is damaged or cut off, or of another version.
pub(crate) fn broken_trace(name: &str, kept: u64, broken: &Broken) -> Finding {
    let message = format!("`{name}` cannot be read on from byte {}: {}", broken.offset, broken.why);
    if kept == 0 {
        let hint = "write it again: `crossover traffic access.log --save load.xtrace`";
        return Finding::error("TR060", message).hint(hint);
    }
    Finding::warning("TR060", message).hint(format!(
        "the {} requests of the whole blocks before it are used; copy the file again if it should be whole",
        thousands(kept)
    ))
}
