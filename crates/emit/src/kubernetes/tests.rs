//! Manifests of small applications.
