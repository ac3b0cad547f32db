//! A rehearsal in print.
