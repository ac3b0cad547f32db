//! What managed services refuse.

use std::collections::BTreeMap;

use model::Need;

use crate::limits::Limits;

/// Needs that a managed service cannot serve; sizes are a matter of the options.
pub(super) fn limits() -> Limits {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    Limits {
        refuses: BTreeMap::from([
            because(Need::OnPremises, "a managed service keeps the data in the provider's region"),
            because(
                Need::Privileged,
                "nobody reaches the operating system below a managed service",
            ),
            because(Need::Gpu, "managed data stores have no GPUs"),
            because(Need::Udp, "managed data stores are reached over TCP"),
        ]),
        ..Limits::default()
    }
}
