//! The ids of what an emitter has to say; never reused.

/// No target writes what a component was placed on.
pub const NO_TARGET: &str = "EM001";
/// A name had to be changed, because the target allows no such names.
pub const RENAMED: &str = "EM002";
/// The image is not known.
pub const NO_IMAGE: &str = "EM003";
/// The port is not known.
pub const NO_PORT: &str = "EM004";
/// A value that is secret has to be set before it runs.
pub const SECRET: &str = "EM005";
/// A construct that the target has no place for.
pub const LEFT_OUT: &str = "EM006";
/// A schedule that the target cannot hold.
pub const SCHEDULE: &str = "EM007";
/// Something that the pod security standard "restricted" does not allow.
pub const NOT_RESTRICTED: &str = "EM008";
/// Something that has to be installed or filled in before it runs.
pub const TO_DO: &str = "EM009";
/// A target that does not write this kind of component.
pub const NOT_WRITTEN: &str = "EM010";

/// Every id with what it means.
pub const ALL: &[(&str, &str)] = &[
    (NO_TARGET, "no target writes what a component was placed on"),
    (RENAMED, "a name that the target does not allow was changed"),
    (NO_IMAGE, "the image is not known, so that a placeholder stands in its place"),
    (NO_PORT, "the port is not known, so that one is assumed"),
    (SECRET, "a secret has to be set before it runs"),
    (LEFT_OUT, "a construct that the target has no place for"),
    (SCHEDULE, "a schedule that the target cannot hold"),
    (NOT_RESTRICTED, "something that the pod security standard `restricted` does not allow"),
    (TO_DO, "something has to be installed or filled in before it runs"),
    (NOT_WRITTEN, "a target that does not write this kind of component"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_say_what_they_mean() {
        let ids: BTreeSet<&str> = super::ALL.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), super::ALL.len());
        assert!(super::ALL.iter().all(|(id, meaning)| id.starts_with("EM") && meaning.len() > 20));
    }
}
