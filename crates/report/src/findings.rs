//! Findings with the lines they are about, as compilers show them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use source::{Finding, Label, Severity, SourceMap, Span};

use crate::style::{Colour, Glyphs, Style, Tone};
use crate::text;
use crate::words;

/// Findings shown before the rest is only counted.
pub const SHOWN_MOST: usize = 20;
/// Lines longer than this are shown around the marked place only: a minified file is one line.
const EXCERPT_BYTES: usize = 240;

/// The findings, worst first and otherwise in their order, at most [`SHOWN_MOST`] of them, then how many
/// more there are. Empty without findings, else ends with a line break.
pub fn render(findings: &[Finding], sources: &SourceMap, width: usize, style: Style) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let shown = sorted.iter().take(SHOWN_MOST);
    let mut out: String = shown.map(|f| one(f, sources, width, style) + "\n").collect();
    if let Some(rest) = sorted.get(SHOWN_MOST..).filter(|rest| !rest.is_empty()) {
        let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .map(|s| (rest.iter().filter(|f| f.severity == s).count(), s))
            .filter(|(n, _)| *n > 0)
            .map(|(n, s)| words::plural(n, severity(s)))
            .collect();
        let more = format!("and {} more: {}", words::grouped(rest.len() as u64), counts.join(", "));
        out.push_str(&style.paint(Tone::Quiet, &more));
        out.push('\n');
    }
    style.finish(out)
}

/// `2 errors, 1 warning`, for a last line; empty without errors and warnings.
pub fn summary(findings: &[Finding]) -> String {
    let counts = [Severity::Error, Severity::Warning].into_iter().filter_map(|s| {
        let n = findings.iter().filter(|f| f.severity == s).count();
        (n > 0).then(|| words::plural(n, severity(s)))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// A severity in a word.
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn one(finding: &Finding, sources: &SourceMap, width: usize, style: Style) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(text::clean(&finding.message)).id(finding.id);
    let mut group = Group::with_title(title);
    group = group.elements(excerpts(finding, sources));
    if let Some(hint) = &finding.hint {
        group = group.element(Level::HELP.message(text::clean(hint)));
    }
    let renderer = match style.colour {
        Colour::On => Renderer::styled(),
        Colour::Off => Renderer::plain(),
    };
    let decor = match style.glyphs {
        Glyphs::Unicode => annotate_snippets::renderer::DecorStyle::Unicode,
        Glyphs::Ascii => annotate_snippets::renderer::DecorStyle::Ascii,
    };
    let mut out = renderer.decor_style(decor).term_width(width).render(&[group]);
    out.push('\n');
    out
}

/// One excerpt a file that the labels name, the main place's first.
fn excerpts<'a>(finding: &Finding, sources: &SourceMap) -> Vec<Element<'a>> {
    let mut files: Vec<source::FileId> = Vec::new();
    for label in &finding.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    let labels_of = |file| finding.labels.iter().filter(move |l| l.span.file == file);
    files
        .into_iter()
        .filter_map(|file| {
            let labels: Vec<&Label> = labels_of(file).collect();
            excerpt(&labels, finding.labels.first(), sources)
        })
        .flatten()
        .collect()
}

/// The lines from the first to the last label of one file.
fn excerpt<'a>(
    labels: &[&Label],
    main: Option<&Label>,
    sources: &SourceMap,
) -> Option<Vec<Element<'a>>> {
    let file = sources.file(labels.first()?.span.file);
    let spans: Vec<Range<usize>> = labels.iter().map(|l| within(&file.text, l.span)).collect();
    let first = spans.iter().map(|s| s.start).min()?;
    let last = spans.iter().map(|s| s.end).max()?;
    let window = window(&file.text, first, last);
    let (before, _) = file.text.split_at(window.start);
    let line = before.matches('\n').count() + 1;
    // The renderer must see the same number of bytes, so harmful signs are replaced one for one.
    let shown = harmless(file.text.get(window.clone())?);
    let mut snippet = Snippet::source(shown).line_start(line);
    let mut elements: Vec<Element<'a>> = Vec::new();
    let path = text::clean(&file.path);
    if before.is_empty() || before.ends_with('\n') {
        snippet = snippet.path(path);
    } else {
        // The renderer would count columns from where the line is cut.
        let (line, column) = sources.line_column(labels.first()?.span);
        elements.push(Origin::path(path).line(line).char_column(column).into());
    }
    for (label, span) in labels.iter().zip(spans) {
        let local = span.start.max(window.start) - window.start
            ..span.end.clamp(window.start, window.end) - window.start;
        let kind = if main.is_some_and(|m| std::ptr::eq(m, *label)) {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        snippet = snippet.annotation(kind.span(local).label(text::clean(&label.text)));
    }
    elements.push(snippet.into());
    Some(elements)
}

/// The bytes of a span, moved to character boundaries inside the text.
fn within(text: &str, span: Span) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// Whole lines around `first..last`, or a part of them if they are very long.
fn window(text: &str, first: usize, last: usize) -> Range<usize> {
    let (before, _) = text.split_at(first);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let (_, after) = text.split_at(last);
    let line_end = after.find('\n').map_or(text.len(), |at| last + at);
    let mut start = line_start.max(first.saturating_sub(EXCERPT_BYTES));
    let mut end = line_end.min(last.saturating_add(EXCERPT_BYTES));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start.min(first)..end.max(last)
}

/// Text without signs that steer a terminal, byte for byte as long.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            // Breaks of lines and paragraphs to some terminals, and as long as the sign for what is none.
            '\u{2028}' | '\u{2029}' => out.push(char::REPLACEMENT_CHARACTER),
            c if c.is_ascii_control() => out.push(' '),
            // All of them are two bytes long, and one column is one sign.
            c if c.is_control() => out.push('·'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn errors_come_first_with_their_line_and_a_remedy() {
        let (decision, sources) = sample::decision();
        insta::assert_snapshot!(render(&decision.findings, &sources, 100, Style::default()));
        assert_eq!(summary(&decision.findings), "1 error, 1 warning");
    }

    #[test]
    fn a_thousand_findings_are_twenty_and_a_number() {
        let many: Vec<Finding> =
            (0..1000).map(|n| Finding::warning("TR001", format!("line {n}"))).collect();
        let text = render(&many, &SourceMap::default(), 100, Style::default());
        assert!(text.contains("line 19") && !text.contains("line 20"), "{text}");
        assert!(text.ends_with("and 980 more: 980 warnings\n"), "{text}");
    }

    /// Where the signs under a marked text begin and end on the terminal, and where the text does.
    fn columns(text: &str, marked: &str) -> (String, [usize; 2], [usize; 2]) {
        let mut lines = text.lines();
        let place = lines.by_ref().find(|line| line.contains("a.yaml:")).expect("a place");
        let shown: Vec<&str> = lines.collect();
        let at = shown.iter().position(|line| line.contains(marked)).expect("its line");
        let ends = |line: &str, part: &str| {
            let (before, _) = line.split_once(part).expect("it is there");
            [text::width(before), text::width(before) + text::width(part)]
        };
        let under = shown.get(at + 1).expect("a line of signs");
        let signs: String = under.chars().filter(|c| *c == '━').collect();
        let place = place.rsplit("a.yaml").next().unwrap_or("").to_owned();
        (place, ends(under, &signs), ends(shown[at], marked))
    }

    #[test]
    fn signs_stand_under_what_they_mark_whatever_stands_before_it() {
        let long = "x".repeat(1000);
        let wide = "漢".repeat(1000);
        for (before, column) in [
            ("a: ", 4),
            ("\ta:\t\t", 6),
            ("a: [\t1,\t", 9),
            ("größe: ", 8),
            ("漢字: \"漢字\", b: ", 14),
            ("e\u{301}e\u{301}: ", 7),
            ("👩\u{200d}👧 🇩🇪 \u{200b}: ", 11),
            ("a\u{2028}b\u{2029}c\u{202e}d\u{1b}[2J\u{9b}e: ", 16),
            (&format!("{long}: "), 1003),
            (&format!("{wide}: "), 1003),
        ] {
            let mut sources = SourceMap::default();
            let text = format!("# ü\r\n{before}\"many\"\t# more\r\n");
            let at = text.find("\"many\"").expect("it is there");
            let file = sources.add("a.yaml", text);
            let finding = Finding::error("IN014", "bad").at(Span::new(file, at, at + 6));
            for width in [60, 100] {
                let shown =
                    render(std::slice::from_ref(&finding), &sources, width, Style::default());
                let (place, signs, marked) = columns(&shown, "\"many\"");
                assert_eq!((place, signs), (format!(":2:{column}"), marked), "{before}\n{shown}");
                assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{2028}', '\u{202e}']), "{shown}");
            }
        }
    }

    #[test]
    fn strange_spans_and_long_lines_are_shown_in_part() {
        let mut sources = SourceMap::default();
        let long = "x".repeat(100_000) + "ä\u{1b}[2J" + &"é".repeat(50_000);
        let file = sources.add("min.js", long);
        for (start, end) in
            [(0, 1), (100_001, 100_003), (150_000, 999_999_999), (99_999_999, 99_999_999)]
        {
            let finding = Finding::error("IN001", "bad").at(Span::new(file, start, end));
            let text = render(&[finding], &sources, 80, Style::default());
            assert!(text.contains("min.js:1") && !text.contains('\u{1b}'), "{text}");
            assert!(text.len() < 300_000);
        }
    }
}
