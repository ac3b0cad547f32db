//! Every finding points at the bytes at fault, however the file is written: other line ends, a byte-order mark,
//! letters of two to four bytes before the fault, tabs wherever YAML allows them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod stored;

use std::collections::BTreeSet;
use std::path::Path;

use import::{ALL, Importer, Project};
use model::App;
use source::{Finding, SourceMap, Span};

use self::cases::{Case, cases};

/// Begin and end of what the first label marks.
const FAULT: [char; 2] = ['⟦', '⟧'];
/// Begin and end of what the second label marks.
const BESIDE: [char; 2] = ['⟪', '⟫'];
/// Where other letters stand in the variants that have them.
const LETTERS: char = '§';
/// Two, three and four bytes, one of them a mark on the letter before.
const WIDE: &str = "ßé\u{0301}€漢𝄞";

/// One way to write the same file.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one way apart, and all go together")]
struct Variant {
    name: &'static str,
    crlf: bool,
    mark: bool,
    wide: bool,
    tabs: bool,
}

const PLAIN: Variant =
    Variant { name: "plain", crlf: false, mark: false, wide: false, tabs: false };
const VARIANTS: [Variant; 7] = [
    PLAIN,
    Variant { name: "crlf", crlf: true, ..PLAIN },
    Variant { name: "mark", mark: true, ..PLAIN },
    Variant { name: "mark and crlf", mark: true, crlf: true, ..PLAIN },
    Variant { name: "wide letters", wide: true, ..PLAIN },
    Variant { name: "tabs", tabs: true, ..PLAIN },
    Variant { name: "all", crlf: true, mark: true, wide: true, tabs: true },
];

impl Variant {
    /// A file of a case as this variant has it, signs still in it.
    fn text(self, text: &str) -> String {
        let mut text = text.replace(LETTERS, if self.wide { WIDE } else { "" });
        let block = !text.trim_start_matches(FAULT).starts_with(['{', '[', '-', '\t', '"', '*']);
        if self.wide {
            text = before(&text, &format!("# {WIDE} {WIDE}\n"));
            if block {
                text = before(&text, &format!("x-{WIDE}: \"{WIDE}\" # {WIDE}\n"));
            }
        }
        if self.tabs {
            // After a colon, in flow collections, behind values, in comments and in blocks of text.
            text = text.replace(": ", ":\t").replace(", ", ",\t").replace("{ ", "{\t\t");
            text = text.replace('\n', "\t\n");
            text = before(&text, "#\ta\tcomment\t\n");
            if block {
                text = before(&text, "x-tabs: |\t\n  a\tb\n\n  \tc\nx-more: >\n  \td\t\n");
            }
        }
        if self.crlf {
            text = text.replace('\n', "\r\n");
        }
        text
    }
}

/// Lines put before a text; a finding about the whole file stays at its beginning.
fn before(text: &str, lines: &str) -> String {
    match text.strip_prefix("⟦⟧") {
        Some(rest) => format!("⟦⟧{lines}{rest}"),
        None => format!("{lines}{text}"),
    }
}

/// The text without its signs, and the ranges between them.
fn unmarked(text: &str) -> (String, [Option<(usize, usize)>; 2]) {
    let (mut out, mut ranges) = (String::new(), [None; 2]);
    for c in text.chars() {
        let sign = |signs: [char; 2]| signs.iter().position(|sign| *sign == c);
        match (sign(FAULT), sign(BESIDE)) {
            (Some(0), _) => ranges[0] = Some((out.len(), usize::MAX)),
            (_, Some(0)) => ranges[1] = Some((out.len(), usize::MAX)),
            (Some(_), _) => ranges[0].as_mut().unwrap().1 = out.len(),
            (_, Some(_)) => ranges[1].as_mut().unwrap().1 = out.len(),
            _ => out.push(c),
        }
    }
    (out, ranges)
}

/// A project of a variant, with the places that are marked in it.
struct Read {
    sources: SourceMap,
    marked: [Option<Span>; 2],
    app: App,
    findings: Vec<Finding>,
}

fn importer(name: &str) -> &'static dyn Importer {
    *ALL.iter().find(|importer| importer.name() == name).unwrap()
}

fn read(format: &str, files: &[(&str, String)], variant: Variant) -> Read {
    let (mut sources, mut marked, mut ids) = (SourceMap::default(), [None; 2], Vec::new());
    let mut findings = Vec::new();
    for (path, text) in files {
        let env = Path::new(path).extension().is_none_or(|end| end == "env");
        let variant = Variant { tabs: variant.tabs && !env, wide: variant.wide && !env, ..variant };
        let (text, ranges) = unmarked(&variant.text(text));
        let bytes = if variant.mark { format!("\u{feff}{text}") } else { text };
        let (id, odd) = sources.read(*path, bytes.as_bytes());
        findings.extend(odd);
        for (place, range) in marked.iter_mut().zip(ranges) {
            *place = range.map(|(start, end)| Span::new(id, start, end)).or(*place);
        }
        ids.push(id);
    }
    // Files that others name are no definitions of their own.
    let own = ids.iter().zip(files).filter(|(_, (path, _))| !path.starts_with("sub/"));
    let own: Vec<_> = own.map(|(id, _)| *id).collect();
    let (app, said) = importer(format).read(&Project::new(&sources, ""), &own);
    findings.extend(said);
    Read { sources, marked, app, findings }
}

fn shown(sources: &SourceMap, span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| {
        format!("{}..{} {:?}", span.start, span.end, sources.text(span))
    })
}

#[test]
fn every_finding_marks_the_bytes_at_fault() {
    let mut wrong = Vec::new();
    for Case { format, id, files } in cases() {
        // What is only said of very much is not read seven times.
        let large = files.iter().any(|(_, text)| text.len() > 10_000);
        for variant in VARIANTS.into_iter().skip(if large { VARIANTS.len() - 1 } else { 0 }) {
            let read = read(format, &files, variant);
            let places = |finding: &Finding| {
                let place = |at: usize| finding.labels.get(at).map(|label| label.span);
                [place(0), place(1)]
            };
            let of_id: Vec<_> = read.findings.iter().filter(|f| f.id == id).collect();
            let right = |f: &&&Finding| {
                let places = places(f);
                places[0] == read.marked[0]
                    && (read.marked[1].is_none() || places[1] == read.marked[1])
            };
            if !of_id.iter().any(|f| right(&f)) {
                let expected = read.marked.map(|span| shown(&read.sources, span));
                let found: Vec<String> = read
                    .findings
                    .iter()
                    .map(|f| {
                        let places = places(f).map(|span| shown(&read.sources, span));
                        format!("{} {}: {places:?}", f.id, f.message)
                    })
                    .collect();
                wrong.push(format!(
                    "{format} {id} {}: expected {expected:?} of {:?}, found {found:#?}",
                    variant.name,
                    &files[0].1.chars().take(300).collect::<String>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Ids that a reader of YAML has to say, whoever asks it.
const OF_YAML: [&str; 5] = [
    source::encoding::ENCODING,
    source::yaml::SYNTAX,
    source::yaml::LIMIT,
    source::yaml::DUPLICATE_KEY,
    source::yaml::ALIAS,
];

/// The folders whose findings an importer can say.
const FOLDERS: &[(&str, &[&str])] = &[
    ("compose", &["compose", "container"]),
    ("Kubernetes", &["kubernetes", "container", "around.rs"]),
    ("SAM and CloudFormation", &["cloudformation", "container", "around.rs", "function"]),
    ("serverless.yml", &["serverless", "function", "cloudformation/template.rs"]),
];

#[test]
fn every_finding_of_an_importer_has_a_case() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let constants: Vec<(String, String)> = text(&source.join("findings.rs"))
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = "))
        .map(|(name, id)| (name.to_owned(), id.trim_matches(['"', ';']).to_owned()))
        .collect();
    assert!(constants.len() > 20);
    for (format, folders) in FOLDERS {
        let mut used: BTreeSet<String> = OF_YAML.iter().map(|id| (*id).to_owned()).collect();
        for folder in *folders {
            let place = source.join(folder);
            let files: Vec<_> = match std::fs::read_dir(&place) {
                Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
                Err(_) => vec![place],
            };
            for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
                let text = text(file);
                // What is imported only is not said; `no_file` says it for others.
                let code = text.lines().filter(|line| !line.starts_with("use "));
                let words: BTreeSet<&str> = code
                    .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
                    .map(|word| if word == "no_file" { "NO_FILE" } else { word })
                    .collect();
                let ids = constants.iter().filter(|(name, _)| words.contains(name.as_str()));
                used.extend(ids.map(|(_, id)| id.clone()));
            }
        }
        let covered: BTreeSet<String> =
            cases().iter().filter(|c| c.format == *format).map(|c| c.id.to_owned()).collect();
        assert_eq!(covered, used, "{format}: cases on the left, ids on the right");
    }
}
