//! The ids of what an importer has to say; never reused.

/// A key that does not exist here.
pub const UNKNOWN_KEY: &str = "IN010";
/// A list where text was expected, text where a mapping was expected, and so on.
pub const WRONG_SHAPE: &str = "IN011";
/// A key that must be there is not.
pub const MISSING_KEY: &str = "IN012";
/// A kind, need, engine or other name that does not exist.
pub const UNKNOWN_NAME: &str = "IN013";
/// A quantity that cannot be read, or that cannot be meant.
pub const BAD_VALUE: &str = "IN014";
/// Two values that cannot both be true.
pub const CONTRADICTION: &str = "IN015";
/// A component id that would break tables and files.
pub const BAD_ID: &str = "IN016";
/// A call to a component that is not there, to the caller itself, or listed twice.
pub const BAD_CALL: &str = "IN017";
/// Calls that run in a circle.
pub const CYCLE: &str = "IN018";
/// Nobody said how much work a request is.
pub const NO_DEMAND: &str = "IN019";
/// Not exactly one application in a file.
pub const NOT_ONE_APP: &str = "IN020";
/// A directory without an application.
pub const NO_APP: &str = "IN021";
/// Two components claim the same requests of a log.
pub const PATH_TWICE: &str = "IN022";
/// A cron expression that cannot be read or never fires.
pub const BAD_SCHEDULE: &str = "IN023";
/// A value that changes nothing for this kind of component.
pub const NO_EFFECT: &str = "IN024";
/// More of something than one application can have.
pub const TOO_MANY: &str = "IN025";
/// Several applications where one is planned at a time.
pub const MANY_APPS: &str = "IN026";
/// A file that a definition names is not there, or lies outside of the project.
pub const NO_FILE: &str = "IN027";
/// A variable that has no value here.
pub const NO_VARIABLE: &str = "IN028";
/// A construct that is recognised and changes nothing in the answer.
pub const NOT_USED: &str = "IN029";
/// A construct that names itself: `extends`, `include`, variables in a circle.
pub const CIRCLE: &str = "IN030";
/// Two definitions of the same part that do not agree.
pub const CONFLICT: &str = "IN031";
/// A template that another program must render first.
pub const TEMPLATE: &str = "IN032";
/// One of several was taken for the main one.
pub const CHOSEN: &str = "IN033";
/// A value that nobody says was taken for one.
pub const TAKEN: &str = "IN034";

/// Every id with what it means. The first six belong to the `source` crate.
pub const ALL: &[(&str, &str)] = &[
    (source::encoding::ENCODING, "the file is not text in UTF-8"),
    (source::encoding::TOO_LARGE, "the file is larger than a definition can be"),
    (source::yaml::SYNTAX, "the text is not valid YAML"),
    (source::yaml::LIMIT, "nesting, values, aliases or findings beyond a named limit"),
    (source::yaml::DUPLICATE_KEY, "a key stands twice in one mapping"),
    (source::yaml::ALIAS, "an alias or a merge that cannot be resolved"),
    (UNKNOWN_KEY, "a key that does not exist here"),
    (WRONG_SHAPE, "a list, a mapping or text where something else is expected"),
    (MISSING_KEY, "a key that must be there is not"),
    (UNKNOWN_NAME, "a kind, need, engine or other name that does not exist"),
    (BAD_VALUE, "a quantity that cannot be read or cannot be meant"),
    (CONTRADICTION, "two values that cannot both be true"),
    (BAD_ID, "a component id that would break tables and files"),
    (BAD_CALL, "a call to nobody, to itself, or listed twice"),
    (CYCLE, "calls that run in a circle"),
    (NO_DEMAND, "nobody said how much work a request is"),
    (NOT_ONE_APP, "not exactly one application in a file"),
    (NO_APP, "a directory without an application"),
    (PATH_TWICE, "two components claim the same requests of a log"),
    (BAD_SCHEDULE, "a cron expression that cannot be read or never fires"),
    (NO_EFFECT, "a value that changes nothing for this kind of component"),
    (TOO_MANY, "more of something than one application can have"),
    (MANY_APPS, "several applications where one is planned at a time"),
    (NO_FILE, "a file that is named is not there, or lies outside of the project"),
    (NO_VARIABLE, "a variable that has no value here"),
    (NOT_USED, "something that is recognised and changes nothing in the answer"),
    (CIRCLE, "something that names itself, directly or in a circle"),
    (CONFLICT, "two definitions of the same part that do not agree"),
    (TEMPLATE, "a template that another program must render first"),
    (CHOSEN, "one of several was taken for the main one"),
    (TAKEN, "a value that nobody says was assumed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_order() {
        assert!(ALL.is_sorted_by(|a, b| a.0 < b.0), "{ALL:?}");
    }
    #[test]
    fn every_id_has_a_row() {
        let ids = include_str!("findings.rs").lines().filter(|line| line.contains(": &str = \"IN"));
        // Six more come from the crate below.
        assert_eq!(ids.count() + 6, ALL.len());
    }
}
