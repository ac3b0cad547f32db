//! Whatever stands in a file, every importer comes to an end with findings instead of a panic.

use model::{App, Component};
use source::{Finding, SourceMap};

use crate::seeds::SEEDS;
use crate::{ALL, Candidate, Importer, Project, detect, native};

/// Mutants of each seed.
const MUTANTS: u64 = 250;

/// Reads bytes with one importer and checks what has to hold of any reading.
fn survive(importer: &dyn Importer, path: &str, bytes: &[u8]) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let (file, mut findings) = sources.read(path, bytes);
    importer.detects(path, &sources.file(file).text);
    importer.references(&sources, file);
    let (app, more) = importer.read(&Project::new(&sources, ""), &[file]);
    findings.extend(more);
    for label in findings.iter().flat_map(|f| &f.labels) {
        let (span, text) = (label.span, &sources.file(label.span.file).text);
        assert!(text.get(span.start..span.end).is_some(), "{}: {span:?}", importer.name());
    }
    assert!(app.components.is_sorted_by(|a, b| a.id < b.id), "{}", importer.name());
    for edge in &app.edges {
        let there = app.component(&edge.from).is_some() && app.component(&edge.to).is_some();
        assert!(there, "{}: {} → {}", importer.name(), edge.from, edge.to);
    }
    (app, findings)
}

/// Reads bytes with every importer, whatever the file is.
fn all_survive(path: &str, bytes: &[u8]) {
    for importer in ALL {
        survive(*importer, path, bytes);
    }
}

fn owner(path: &str, text: &str) -> &'static dyn Importer {
    detect(path, &[Candidate { path, text }]).expect("a seed is of a known format")[0].importer
}

/// Numbers from a fixed seed (`SplitMix64`), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// One to four wounds: a flipped byte, a cut, a part twice, a part moved, a sign of YAML, a line of another file.
fn mutant(dice: &mut Dice, seed: &str) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        let end = (at + dice.below(60)).min(bytes.len());
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let part: Vec<u8> = bytes.drain(at..end).collect();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            4 => {
                let sign = b"{}[]:,-?&*!|>'\"%@`#\t\n\0~<$"[dice.below(25)];
                bytes.insert(at, sign);
            }
            _ => {
                let other = SEEDS[dice.below(SEEDS.len())].1;
                let line = other.lines().nth(dice.below(other.lines().count())).unwrap_or("");
                bytes.splice(at..end, line.bytes());
            }
        }
    }
    bytes
}

#[test]
fn mutants_of_every_format_are_survived() {
    let mut dice = Dice(0x00C0_FFEE);
    let mut read = 0;
    for (path, seed) in SEEDS {
        let importer = owner(path, seed);
        for _ in 0..MUTANTS {
            let bytes = mutant(&mut dice, seed);
            let (app, _) = survive(importer, path, &bytes);
            read += usize::from(!app.components.is_empty());
            // What is read of a damaged file can be written, too.
            let text = native::write(&app, &sources_of(path, &bytes));
            let (_, findings) = survive(&native::Native, "crossover.yaml", text.as_bytes());
            let errors = findings.iter().filter(|f| f.severity == source::Severity::Error);
            let empty = app.components.is_empty();
            assert!(empty || errors.count() == 0, "{text}\n{findings:?}");
        }
    }
    // A part of them still reads; else the mutants never get past the parser.
    assert!(read > 250, "{read}");
}

fn sources_of(path: &str, bytes: &[u8]) -> SourceMap {
    let mut sources = SourceMap::default();
    sources.read(path, bytes);
    sources
}

#[test]
fn every_importer_survives_files_of_the_others() {
    let mut dice = Dice(7);
    for (path, seed) in SEEDS {
        all_survive(path, seed.as_bytes());
        for _ in 0..25 {
            all_survive(path, &mutant(&mut dice, seed));
        }
        for end in (0..seed.len()).step_by(29) {
            all_survive(path, &seed.as_bytes()[..end]);
        }
    }
}

/// Aliases that would unfold to a billion values.
fn bomb(before: &str, key: &str) -> String {
    let mut text = String::from("x-a: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        text += &format!("x-a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
    }
    format!("{text}{before}{key}: *a9\n")
}

#[test]
fn bombs_and_depths_are_survived() {
    let heads = [
        ("compose.yaml", "services:\n  web:\n    image: a\n    ", "environment"),
        ("web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n", "spec"),
        ("template.yaml", "Transform: AWS::Serverless-2016-10-31\n", "Resources"),
        ("serverless.yml", "service: a\nprovider: { name: aws }\n", "functions"),
        ("crossover.yaml", "components:\n  a:\n    kind: http\n    ", "needs"),
    ];
    let mut merges = String::new();
    for n in 1..40 {
        merges += &format!("x-m{n}: &m{n}\n  <<: [*m{0}, *m{0}]\n  k{n}: 1\n", n - 1);
    }
    for (path, head, key) in heads {
        all_survive(path, bomb(head, key).as_bytes());
        all_survive(path, format!("x-m0: &m0 {{ a: 1 }}\n{merges}{head}{key}: *m39\n").as_bytes());
        for (open, close) in [("[", "]"), ("{ a: ", "}"), ("!Sub [", "]"), ("- ", "")] {
            let deep = format!("{head}{key}: {}x{}\n", open.repeat(3000), close.repeat(3000));
            all_survive(path, deep.as_bytes());
        }
        let mut steps = format!("{head}{key}:\n");
        for depth in 0..400 {
            steps += &format!("{:depth$}a:\n", "", depth = depth + 8);
        }
        all_survive(path, steps.as_bytes());
        all_survive(path, format!("{head}{key}: &self {{ a: *self }}\n").as_bytes());
    }
}

#[test]
fn long_lines_and_variables_in_variables_are_survived() {
    let long = "x".repeat(1 << 20);
    let dollars = "${a:-".repeat(20_000);
    let percent = "${self:custom.a}".repeat(20_000);
    for value in [&long, &dollars, &percent] {
        for (path, text) in [
            (
                "compose.yaml",
                format!("services: {{ web: {{ image: '{value}', command: '{value}' }} }}\n"),
            ),
            (
                "serverless.yml",
                format!(
                    "service: a\nprovider: aws\ncustom: {{ a: '{value}' }}\nfunctions: {{ a: {{ handler: '{value}', timeout: '{value}' }} }}\n"
                ),
            ),
            (
                "template.yaml",
                format!(
                    "Transform: AWS::Serverless-2016-10-31\nResources: {{ A: {{ Type: AWS::Serverless::Function, Properties: {{ Handler: !Sub '{value}', Timeout: '{value}' }} }} }}\n"
                ),
            ),
            (
                "web.yaml",
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{ name: '{value}' }}\nspec: {{ containers: [{{ name: a, image: '{value}', resources: {{ limits: {{ cpu: '{value}' }} }} }}] }}\n"
                ),
            ),
        ] {
            survive(owner(path, &text), path, text.as_bytes());
        }
    }
}

#[test]
fn other_line_ends_and_a_mark_at_the_beginning_change_nothing() {
    let told = |app: &App| -> Vec<String> {
        let one = |c: &Component| {
            format!(
                "{} {:?} {:?} {:?} {:?}",
                c.id,
                c.kind,
                c.memory.get(),
                c.runtime.value(),
                c.engine.as_ref().and_then(model::Fact::get)
            )
        };
        app.components
            .iter()
            .map(one)
            .chain(app.edges.iter().map(|e| format!("{}>{}", e.from, e.to)))
            .collect()
    };
    for (path, seed) in SEEDS {
        let importer = owner(path, seed);
        let (plain, _) = survive(importer, path, seed.as_bytes());
        let windows = seed.replace('\n', "\r\n");
        for other in [
            windows.clone(),
            format!("\u{feff}{seed}"),
            format!("\u{feff}{windows}"),
            seed.trim_end().to_owned(),
        ] {
            let (app, _) = survive(importer, path, other.as_bytes());
            assert_eq!(told(&app), told(&plain), "{path}");
        }
        let wide: Vec<u8> =
            std::iter::once(0xfeff).chain(seed.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        survive(importer, path, &wide);
        let (_, said) = survive(importer, path, seed.replace("  ", "\t").as_bytes());
        assert!(!said.is_empty(), "{path}: tabs indent nothing in YAML, and nobody said so");
    }
}
