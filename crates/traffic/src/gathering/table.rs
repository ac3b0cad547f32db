//! Rows of tables: fields with or without quotes, and columns by name.

use std::borrow::Cow;

/// Columns beyond this are not looked at.
pub(crate) const COLUMNS_MAX: usize = 4096;

/// The fields of a row, without quotes and spaces around them.
pub(crate) fn fields(line: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let start = line.trim_ascii_start();
        if let [b'"', quoted @ ..] = start {
            let end = closing_quote(quoted);
            let (value, after) = quoted.split_at(end);
            rest = memchr::memchr(b',', after).and_then(|at| after.get(at + 1..));
            return Some(if memchr::memchr(b'"', value).is_some() {
                Cow::Owned(undoubled(value))
            } else {
                Cow::Borrowed(value)
            });
        }
        let end = memchr::memchr(b',', line);
        let (value, after) = line.split_at(end.unwrap_or(line.len()));
        rest = end.and_then(|_| after.get(1..));
        Some(Cow::Borrowed(value.trim_ascii()))
    })
    .take(COLUMNS_MAX)
}

/// The names in a header.
pub(crate) fn names(line: &[u8]) -> Vec<String> {
    fields(line).map(|name| String::from_utf8_lossy(&name).into_owned()).collect()
}

/// Where a column stands, whatever the case of its name.
pub(crate) fn column(names: &[String], wanted: &str) -> Option<usize> {
    names.iter().position(|name| name.eq_ignore_ascii_case(wanted))
}

/// Where the first of several spellings stands.
pub(crate) fn column_of(names: &[String], wanted: &[&str]) -> Option<usize> {
    wanted.iter().find_map(|wanted| column(names, wanted))
}

/// A finite number in a field.
pub(crate) fn number(field: Option<&Cow<'_, [u8]>>) -> Option<f64> {
    crate::moment::number(field?)
}

/// A field as text.
pub(crate) fn text(field: Option<&Cow<'_, [u8]>>) -> String {
    field.map_or(String::new(), |f| String::from_utf8_lossy(f).into_owned())
}

fn closing_quote(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(quote) = text.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        at += quote;
        if text.get(at + 1) != Some(&b'"') {
            return at;
        }
        at += 2;
    }
    text.len()
}

fn undoubled(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter().peekable();
    while let Some(&byte) = bytes.next() {
        out.push(byte);
        if byte == b'"' && bytes.peek() == Some(&&b'"') {
            bytes.next();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_where_they_should_be() {
        let cut = |line: &str| -> Vec<String> {
            fields(line.as_bytes()).map(|f| String::from_utf8_lossy(&f).into_owned()).collect()
        };
        assert_eq!(cut("a, b ,,c"), ["a", "b", "", "c"]);
        assert_eq!(cut("1,\"{\"\"a\"\": 1, \"\"b\"\"}\",2"), ["1", "{\"a\": 1, \"b\"}", "2"]);
        assert_eq!(cut("\"2,Intel\",x,"), ["2,Intel", "x", ""]);
        assert_eq!(cut("\"never closed"), ["never closed"]);
        let names = names(b"app,func,End_Timestamp");
        assert_eq!(column_of(&names, &["end", "end_timestamp"]), Some(2));
    }
}
