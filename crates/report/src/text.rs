//! Plain text for terminals: widths, cutting, folding, and nothing that could steer the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` on one line and without characters that a terminal would obey or reorder by.
///
/// Names and messages come from files; an escape sequence in them must stay a harmless sign.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            // Marks that turn the reading direction around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `most` columns, with an ellipsis in the last one if something is missing.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns + 1 > most {
            break;
        }
        used += columns;
        out.push(c);
    }
    let mut out = out.trim_end().to_owned();
    if most > 0 {
        out.push('…');
    }
    out
}

/// A word cut to at most `most` columns: of a way through folders the end stays, which says the file and the line.
fn cut_word(word: &str, most: usize) -> String {
    if width(word) <= most {
        return word.to_owned();
    }
    let open = if word.starts_with('(') { "(" } else { "" };
    // The longest end that begins at the name of a folder or a file.
    let ends = word.match_indices('/').filter_map(|(at, _)| word.get(at..));
    ends.map(|end| format!("{open}…{end}"))
        .find(|end| width(end) <= most)
        .unwrap_or_else(|| cut(word, most))
}

/// `text` with spaces behind it up to `columns`.
pub(crate) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", spaces(columns.saturating_sub(width(text))))
}

/// `text` with spaces before it up to `columns`.
pub(crate) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", spaces(columns.saturating_sub(width(text))))
}

/// So many spaces.
pub(crate) fn spaces(columns: usize) -> String {
    " ".repeat(columns)
}

/// `text` folded at spaces into lines of at most `most` columns; a number stays with its unit, and a word
/// that is longer than a line is cut, a path at its beginning. At least one line.
pub(crate) fn fold(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in glued(&clean(text)) {
        let gap = usize::from(!line.is_empty());
        if !line.is_empty() && width(&line) + gap + width(&word) > most {
            lines.push(std::mem::take(&mut line));
        } else if gap == 1 {
            line.push(' ');
        }
        line.push_str(&cut_word(&word, most));
    }
    lines.push(line);
    lines
}

/// The words of `text`, with `300` and `ms` kept together.
fn glued(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if last.ends_with(|c: char| c.is_ascii_digit()) && is_unit(word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

fn is_unit(word: &str) -> bool {
    let bare = word.trim_end_matches([',', ';', ')', '.', ':']);
    matches!(
        bare,
        "%" | "ms"
            | "s"
            | "min"
            | "h"
            | "days"
            | "k"
            | "M"
            | "B"
            | "MB"
            | "GB"
            | "TB"
            | "vCPU"
            | "×"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_in_a_name_is_inert() {
        assert_eq!(clean("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb c\u{fffd}d");
    }

    #[test]
    fn wide_characters_count_twice_when_cutting_and_padding() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(left("日本", 6), "日本  ");
        assert_eq!(right("é", 3), "  é");
    }

    #[test]
    fn folding_keeps_a_number_with_its_unit() {
        assert_eq!(fold("it takes 300 ms in all", 12), ["it takes", "300 ms in", "all"]);
        assert_eq!(fold("", 12), [""]);
        assert_eq!(fold("abcdefghij", 4), ["abc…"]);
        assert_eq!(
            fold("see (/srv/projects/shop/compose.yaml:12)", 22),
            ["see", "(…/compose.yaml:12)"]
        );
        assert_eq!(fold("/a-long-name-and-nothing", 8), ["/a-long…"]);
    }
}
