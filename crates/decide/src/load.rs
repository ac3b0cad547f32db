//! A component's load as a world holds it.

use std::ops::Deref;
use std::sync::Arc;

use traffic::Workload;

/// The question's own load, or one made from it. Worlds are made by the thousand and differ in a load or in none, so
/// those that are made are shared and not copied.
#[derive(Clone)]
pub(crate) enum Load<'a> {
    /// As it was asked about: recorded loads are large.
    Asked(&'a Workload),
    /// Scaled, or silence.
    Made(Arc<Workload>),
}

impl From<Workload> for Load<'_> {
    fn from(load: Workload) -> Self {
        Self::Made(Arc::new(load))
    }
}

impl Deref for Load<'_> {
    type Target = Workload;
    fn deref(&self) -> &Workload {
        match self {
            Self::Asked(load) => load,
            Self::Made(load) => load,
        }
    }
}

impl AsRef<Workload> for Load<'_> {
    fn as_ref(&self) -> &Workload {
        self
    }
}
