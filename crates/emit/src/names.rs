//! Names that every target allows, each of them once.

use std::collections::BTreeSet;

/// Letters of a name at most. Kubernetes allows 63 and adds up to eleven of its own to the names of CronJobs and
/// StatefulSets ("must be no more than 52 characters", CronJob, Kubernetes documentation); the names made here add
/// as many (`-settings`).
pub(crate) const NAME_MAX: usize = 52;

/// Names that were given, so that none is given twice.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// A name as a label of RFC 1035: lower case, letters, digits and dashes, a letter first. Another one of the
    /// same name, or one that had to be cut, ends with a few letters made from the whole.
    pub fn give(&mut self, id: &str) -> String {
        let plain = label(id);
        let cut = plain.len() > NAME_MAX;
        let mut name = if cut { with_hash(&plain, id, 0) } else { plain.clone() };
        let mut round = 1;
        while self.0.contains(&name) {
            name = with_hash(&plain, id, round);
            round += 1;
        }
        self.0.insert(name.clone());
        name
    }
}

/// The letters of a name that are allowed, dashes for the others.
pub(crate) fn label(id: &str) -> String {
    let mut out = String::new();
    for c in id.to_lowercase().chars() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_matches('-');
    match out.chars().next() {
        None => "x".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("x{out}"),
        Some(_) => out.to_owned(),
    }
}

/// A name of at most so many letters (8 at the least): the whole, or its beginning and six letters that stand for all of it.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    if name.len() <= most { name.to_owned() } else { with_hash_of(name, name, 0, most) }
}

/// As much of a name as there is room for, and six letters that stand for all of it.
fn with_hash(plain: &str, id: &str, round: u64) -> String {
    with_hash_of(plain, id, round, NAME_MAX)
}

fn with_hash_of(plain: &str, id: &str, round: u64, most: usize) -> String {
    let mut hash = round.wrapping_add(0xcbf2_9ce4_8422_2325);
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let room = most - 7;
    let head: String = plain.chars().take(room).collect();
    format!("{}-{:06x}", head.trim_end_matches('-'), hash >> 40)
}

/// Words in the names of variables that hold a host.
const HOLD_HOSTS: &[&str] =
    &["HOST", "HOSTS", "ADDR", "ADDRESS", "SERVER", "SERVERS", "ENDPOINT", "URL", "URI", "BROKER"];

/// Whether a variable of this name holds a host: `DB_HOST`.
pub(crate) fn holds_host(variable: &str) -> bool {
    let named = variable.to_uppercase();
    named.split(['_', '-', '.']).any(|word| HOLD_HOSTS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_and_unique() {
        let long = "a".repeat(64);
        let longer = format!("{long}b");
        let mut names = Names::default();
        let ids =
            ["api", "API", "a_pi", "a.pi", "9lives", "", "日本", "-x-", &long, &longer, "api"];
        let given: Vec<String> = ids.iter().map(|id| names.give(id)).collect();
        assert_eq!(given[0], "api");
        assert_eq!(given[4], "x9lives");
        let unique: BTreeSet<&String> = given.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{given:?}");
        for name in &given {
            let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            assert!((1..=NAME_MAX).contains(&name.len()), "{name}");
            assert!(name.starts_with(|c: char| c.is_ascii_lowercase()) && name.ends_with(ends));
            assert!(name.chars().all(|c| ends(c) || c == '-'), "{name}");
        }
    }

    #[test]
    fn a_name_does_not_depend_on_what_came_before_unless_it_was_taken() {
        let id = "x".repeat(80);
        let alone = Names::default().give(&id);
        let mut names = Names::default();
        names.give("other");
        assert_eq!(names.give(&id), alone);
    }
}
