//! Which measured cold start stands for a runtime that people write in many ways.

use crate::row::ColdStart;

/// A row of the cold-start table.
#[derive(Debug, Clone)]
pub(crate) struct ColdRow {
    pub platform: String,
    pub language: String,
    /// Ascending within a language: 24 for nodejs24.x, 313 for python3.13, 2023 for an image of that year.
    pub version: u64,
    pub arm: bool,
    pub image: bool,
    pub start: ColdStart,
}

/// Other names of the table's languages.
const ALIASES: &[(&str, &str)] = &[
    ("node", "nodejs"),
    ("node.js", "nodejs"),
    ("javascript", "nodejs"),
    ("typescript", "nodejs"),
    ("js", "nodejs"),
    ("ts", "nodejs"),
    ("py", "python"),
    ("kotlin", "java"),
    ("scala", "java"),
    ("golang", "go"),
    (".net", "dotnet"),
    ("dotnetcore", "dotnet"),
    ("csharp", "dotnet"),
    ("c#", "dotnet"),
    ("cpp", "c++"),
    ("apple swift", "swift"),
    ("bash", "shell"),
];

/// The row for `runtime`: the exact runtime, else the same language and version, else the newest of the
/// language; among those the asked architecture and package, else the nearest.
pub(crate) fn find<'a>(
    rows: &'a [ColdRow],
    platform: &str,
    runtime: &str,
    arm: bool,
    image: bool,
) -> Option<&'a ColdRow> {
    let wanted = runtime.trim().to_lowercase();
    let here = || rows.iter().filter(|row| row.platform == platform);
    let exact = here().any(|row| row.start.runtime == wanted);
    let (language, version) = split(&wanted);
    let known =
        version.is_some_and(|v| here().any(|row| row.language == language && row.version == v));
    here()
        .filter(|row| if exact { row.start.runtime == wanted } else { row.language == language })
        .filter(|row| exact || !known || Some(row.version) == version)
        // The best match is the largest: newest, then package, then architecture.
        .max_by_key(|row| (row.version, row.image == image, row.arm == arm))
}

/// `python3.13` is Python 313, `node24` is nodejs 24, `go` has no version.
fn split(runtime: &str) -> (&str, Option<u64>) {
    let at = runtime.find(|c: char| c.is_ascii_digit()).unwrap_or(runtime.len());
    let (name, version) = runtime.split_at(at);
    let name = name.trim_matches([' ', '-', '_', ':', '@']);
    let language = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, to)| *to);
    let mut numbers = version.split(['.', '-', ' ']).map_while(|part| part.parse::<u64>().ok());
    let version = match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if matches!(language, "python" | "ruby" | "swift") => {
            Some(major * 100 + minor)
        }
        (major, _) => major,
    };
    (language, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(runtime: &str, language: &str, version: u64, arm: bool, image: bool) -> ColdRow {
        let start = ColdStart {
            runtime: runtime.to_owned(),
            init_p50: units::Duration::from_millis(100),
            init_p95: units::Duration::from_millis(150),
            init_p99: units::Duration::from_millis(200),
            first_call: units::Duration::from_millis(5),
            source: String::new(),
        };
        let (platform, language) = ("aws-lambda".to_owned(), language.to_owned());
        ColdRow { platform, language, version, arm, image, start }
    }

    #[test]
    fn people_write_runtimes_in_many_ways() {
        let rows = [
            row("nodejs22.x", "nodejs", 22, true, false),
            row("nodejs24.x", "nodejs", 24, true, false),
            row("python3.9", "python", 309, true, false),
            row("python3.13", "python", 313, true, false),
            row("java8.al2", "java", 8, true, false),
            row("java21", "java", 21, true, false),
            row("go (prov.al2)", "go", 2, true, false),
            row("go (prov.al2023)", "go", 2023, true, false),
        ];
        for (asked, got) in [
            ("nodejs24", Some("nodejs24.x")),
            ("nodejs22.x", Some("nodejs22.x")),
            ("Node 22", Some("nodejs22.x")),
            ("node:22-alpine", Some("nodejs22.x")),
            ("nodejs", Some("nodejs24.x")),
            ("nodejs26", Some("nodejs24.x")),
            ("typescript", Some("nodejs24.x")),
            ("python3.13", Some("python3.13")),
            ("python3.9", Some("python3.9")),
            ("python", Some("python3.13")),
            ("java8", Some("java8.al2")),
            ("kotlin", Some("java21")),
            ("go", Some("go (prov.al2023)")),
            ("go1.22", Some("go (prov.al2023)")),
            ("cobol", None),
            ("", None),
        ] {
            let found = find(&rows, "aws-lambda", asked, true, false);
            assert_eq!(found.map(|r| r.start.runtime.as_str()), got, "{asked}");
        }
        assert!(find(&rows, "gcp-cloud-run", "nodejs24", true, false).is_none());
    }

    #[test]
    fn architecture_and_package_are_kept_where_the_table_has_them() {
        let rows = [
            row("java21", "java", 21, false, false),
            row("java21", "java", 21, true, false),
            row("java21", "java", 21, false, true),
        ];
        let find = |arm, image| find(&rows, "aws-lambda", "java21", arm, image).unwrap();
        assert!(find(true, false).arm);
        assert!(find(false, true).image);
        // No Arm image: an x86 image is nearer than an Arm archive.
        assert!(find(true, true).image);
    }
}
