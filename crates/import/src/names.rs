//! Names that somebody mistyped.

use source::{SourceMap, Span};

/// What people call the same thing elsewhere.
const SYNONYMS: &[(&str, &str)] = &[
    ("service", "http"),
    ("api", "http"),
    ("web", "http"),
    ("function", "http"),
    ("lambda", "http"),
    ("consumer", "worker"),
    ("migration", "job"),
    ("release", "job"),
    ("schedule", "cron"),
    ("scheduled", "cron"),
    ("database", "stateful"),
    ("db", "stateful"),
    ("cache", "stateful"),
    ("frontend", "static"),
    ("postgresql", "postgres"),
    ("pg", "postgres"),
    ("mariadb", "mysql"),
    ("dynamodb", "key-value"),
    ("kv", "key-value"),
    ("sqs", "queue"),
    ("rabbitmq", "queue"),
    ("s3", "objects"),
    ("ws", "websockets"),
    ("websocket", "websockets"),
    ("vpc", "private-network"),
    ("static-ip", "fixed-egress-ip"),
    ("volume", "local-disk"),
    ("fifo", "ordered"),
    ("sticky", "session-state"),
    ("alb", "load-balancer"),
    ("apigateway", "http-api"),
    ("ram", "memory"),
    ("timeout", "run_time_max"),
    ("disk", "scratch"),
    ("architecture", "arch"),
    ("traffic", "load"),
    ("requests", "load"),
    ("rps", "load"),
    ("depends_on", "calls"),
    ("type", "kind"),
    ("services", "components"),
    ("functions", "components"),
    ("node", "nodejs24"),
    ("kotlin", "java21"),
    ("scala", "java21"),
    ("typescript", "nodejs24"),
    ("csharp", "dotnet10"),
    ("yes", "true"),
    ("on", "true"),
    ("no", "false"),
    ("off", "false"),
];

/// The name that was probably meant.
pub(crate) fn closest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.trim().to_lowercase().replace([' ', '_'], "-");
    let alike = |a: &str, b: &str| a == b.to_lowercase().replace('_', "-");
    if let Some(same) = known.iter().find(|name| alike(&given, name)) {
        return Some(same);
    }
    let mut synonyms = SYNONYMS.iter().filter(|(from, _)| alike(&given, from));
    if let Some(name) = synonyms.find_map(|(_, to)| known.iter().find(|name| *name == to)) {
        return Some(name);
    }
    // A third of the letters may be wrong; the first of the closest wins.
    let limit = (given.chars().count().min(64) / 3).max(1);
    known
        .iter()
        .map(|name| {
            (strsim::damerau_levenshtein(&shortened(&given), &name.replace('_', "-")), *name)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The comparison takes time by the product of the lengths, so a very long name is cut.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

/// `did you mean …?` if there is a close one, then all that is allowed.
pub fn hint(given: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match closest(given, known) {
        Some(name) => format!("did you mean `{name}`? one of: {list}"),
        None => format!("one of: {list}"),
    }
}

/// A value as it is quoted in a message: never longer than a line.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let cleaned: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        format!("`{cleaned}…`")
    } else {
        format!("`{cleaned}`")
    }
}

/// The text up to the brace that closes one that is open already, and what follows; `None` if none closes.
pub(crate) fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            let (inner, rest) = text.split_at(at);
            return Some((inner, rest.strip_prefix('}').unwrap_or(rest)));
        }
    }
    None
}

/// Bytes of a value that is searched for the place of a part of it.
const SEARCHED_MAX: usize = 64 << 10;

/// Where a part of a value stands: a variable from its `opening` (`${NAME`) to its brace, or a word. The whole
/// value if the part is not written there as it reads, in an escape, say.
pub(crate) fn within(sources: &SourceMap, value: Span, opening: &str) -> Span {
    let text = sources.text(value);
    if text.len() > SEARCHED_MAX {
        return value;
    }
    let found = text.match_indices(opening).find_map(|(at, _)| {
        let (before, rest) = (text.get(..at)?, text.get(at + opening.len()..)?);
        let longer = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let more = if opening.starts_with("${") { braced(rest)?.0.len() + 1 } else { 0 };
        let start = value.start + at;
        // `$$` is a dollar and no variable.
        let place = Span::new(value.file, start, start + opening.len() + more);
        (!longer && !before.ends_with('$')).then_some(place)
    });
    found.unwrap_or(value)
}

/// Letters of an id at most.
const ID_MAX: usize = 63;

/// A name from elsewhere as the id of a component: what ids do not have becomes `-`.
pub(crate) fn id(name: &str) -> String {
    let fine = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let id: String = name.chars().take(ID_MAX).map(fine).collect();
    if id.is_empty() { "unnamed".to_owned() } else { id }
}

/// The id of a name, with a number behind it where another name already became the same id.
pub(crate) fn fresh_id(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let plain = id(name);
    let numbered = (2_u64..).map(|number| {
        let ending = format!("-{number}");
        let kept: String = plain.chars().take(ID_MAX.saturating_sub(ending.len())).collect();
        kept + &ending
    });
    let mut ids = std::iter::once(plain.clone()).chain(numbered);
    ids.find(|id| !is_taken(id)).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_synonyms_and_case_are_understood() {
        let known = ["http", "worker", "cron", "stateful", "memory", "run_time_max", "calls"];
        for (given, meant) in [
            ("htttp", Some("http")),
            ("Worker", Some("worker")),
            ("memroy", Some("memory")),
            ("database", Some("stateful")),
            ("run-time-max", Some("run_time_max")),
            ("timeout", Some("run_time_max")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(closest(given, &known), meant, "{given}");
        }
    }

    #[test]
    fn names_that_ids_cannot_tell_apart_get_numbers() {
        let long = "x".repeat(70);
        let mut taken: Vec<String> = Vec::new();
        for (name, expected) in [
            ("a b", "a-b".to_owned()),
            ("a/b", "a-b-2".to_owned()),
            ("a-b-2", "a-b-2-2".to_owned()),
            ("a:b", "a-b-3".to_owned()),
            (&long, "x".repeat(63)),
            (&format!("{long}y"), format!("{}-2", "x".repeat(61))),
        ] {
            let id = fresh_id(name, |id| taken.iter().any(|t| t == id));
            assert_eq!(id, expected, "{name}");
            taken.push(id);
        }
    }

    #[test]
    fn a_long_value_is_cut_in_messages() {
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), 63);
        assert_eq!(quoted("a\nb"), "`a b`");
    }
}
