//! Fields parted by spaces, where quotes and brackets hold some together.

use memchr::memchr;

/// What of a line is not yet read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens<'l> {
    pub(crate) rest: &'l [u8],
}

impl<'l> Tokens<'l> {
    /// The next field: without its quotes or brackets, if it has some.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<&'l [u8]> {
        let text = self.rest.trim_ascii_start();
        match text {
            [] => None,
            [b'"', inner @ ..] => Some(self.until_quote(inner)),
            [b'[', inner @ ..] => match memchr(b']', inner) {
                Some(end) => Some(self.cut(inner, end, 1)),
                None => Some(self.cut(inner, inner.len(), 0)),
            },
            _ => Some(self.cut(text, memchr(b' ', text).unwrap_or(text.len()), 0)),
        }
    }

    /// The field with this number, from 0 on, brackets kept.
    #[inline]
    pub(crate) fn nth(mut self, n: usize) -> Option<&'l [u8]> {
        for _ in 0..n {
            self.next_with_brackets()?;
        }
        self.next_with_brackets()
    }

    /// The next field, its brackets kept.
    #[inline]
    pub(crate) fn next_with_brackets(&mut self) -> Option<&'l [u8]> {
        let text = self.rest.trim_ascii_start();
        match (text.first(), memchr(b']', text)) {
            (Some(b'['), Some(end)) => Some(self.cut(text, end + 1, 0)),
            _ => self.next(),
        }
    }

    /// The next field up to a space, whatever it begins with.
    #[inline]
    pub(crate) fn bare(&mut self) -> Option<&'l [u8]> {
        let text = self.rest.trim_ascii_start();
        if text.is_empty() {
            return None;
        }
        Some(self.cut(text, memchr(b' ', text).unwrap_or(text.len()), 0))
    }

    /// The next field if it stands in quotes.
    #[inline]
    pub(crate) fn quoted(&mut self) -> Option<&'l [u8]> {
        let inner = self.rest.trim_ascii_start().strip_prefix(b"\"")?;
        Some(self.until_quote(inner))
    }

    fn cut(&mut self, text: &'l [u8], end: usize, closing: usize) -> &'l [u8] {
        self.rest = text.get(end + closing..).unwrap_or(&[]);
        text.get(..end).unwrap_or(&[])
    }

    /// The closing quote is one that nothing escapes and that a space or the end follows: what clients send may hold
    /// others.
    #[inline]
    fn until_quote(&mut self, inner: &'l [u8]) -> &'l [u8] {
        let mut from = 0;
        while let Some(at) = inner.get(from..).and_then(|rest| memchr(b'"', rest)) {
            let quote = from + at;
            let escaped = quote > 0 && inner.get(quote - 1) == Some(&b'\\');
            if !escaped && matches!(inner.get(quote + 1), None | Some(b' ' | b'\t' | b',')) {
                return self.cut(inner, quote, 1);
            }
            from = quote + 1;
        }
        self.cut(inner, inner.len(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<String> {
        let mut tokens = Tokens { rest: line.as_bytes() };
        std::iter::from_fn(|| tokens.next())
            .map(|t| String::from_utf8_lossy(t).into_owned())
            .collect()
    }

    #[test]
    fn quotes_and_brackets_hold_together() {
        assert_eq!(
            all(r#"a  [b c] "d e" - "" "f\"g" "h"i j" k"#),
            ["a", "b c", "d e", "-", "", r#"f\"g"#, r#"h"i j"#, "k"]
        );
        assert_eq!(all(r#"a "never closed"#), ["a", "never closed"]);
        assert_eq!(all("a [never closed"), ["a", "never closed"]);
        assert_eq!(all("   "), [""; 0]);
    }
}
