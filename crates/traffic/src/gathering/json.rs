//! A cursor over JSON that hands out what it passes: a document that breaks off has told everything before the
//! break, and no tree is built that a hostile file could blow up.

use std::borrow::Cow;

use memchr::memchr2;

/// Where a document stops being JSON, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Byte in the document.
    pub(crate) at: usize,
    /// What is wrong there.
    pub(crate) what: &'static str,
}

/// What comes of a step.
pub(crate) type Parsed<T> = Result<T, Broken>;

/// A place in a JSON document.
#[derive(Debug, Clone)]
pub(crate) struct Json<'d> {
    text: &'d [u8],
    at: usize,
}

impl<'d> Json<'d> {
    pub(crate) const fn new(text: &'d [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not white space.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Passes over what may part documents in one file: commas and record separators.
    pub(crate) fn next_document(&mut self) -> bool {
        while let Some(b',' | 0x1e | 0) = self.peek() {
            self.at += 1;
        }
        self.peek().is_some()
    }

    /// Calls `each` with every key of an object, standing before its value; what `each` leaves alone is passed
    /// over. Anything but an object is passed over whole.
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut each: impl FnMut(&'d [u8], &mut Self) -> Parsed<()>,
    ) -> Parsed<()> {
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.broken("a key in quotes is missing");
            }
            let key = self.quoted()?;
            if self.peek() != Some(b':') {
                return self.broken("a colon is missing");
            }
            self.at += 1;
            self.value(|json| each(key, json))?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.broken("a comma or a closing brace is missing"),
            }
        }
    }

    /// Calls `each` before every element of an array; anything else is passed over whole.
    #[inline]
    pub(crate) fn array(&mut self, mut each: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        if self.peek() != Some(b'[') {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(&mut each)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.broken("a comma or a closing bracket is missing"),
            }
        }
    }

    /// Stands before a value: what `each` leaves alone is passed over.
    #[inline]
    fn value(&mut self, each: impl FnOnce(&mut Self) -> Parsed<()>) -> Parsed<()> {
        if self.peek().is_none() {
            return self.broken("the text ends within a value");
        }
        let before = self.at;
        each(self)?;
        if self.at == before { self.skip() } else { Ok(()) }
    }

    /// The text of a string, or of a number as it is written; `None` for anything else, which is passed over.
    #[inline]
    pub(crate) fn text(&mut self) -> Parsed<Option<Cow<'d, str>>> {
        match self.peek() {
            Some(b'"') => {
                let raw = self.quoted()?;
                Ok(Some(if raw.contains(&b'\\') {
                    Cow::Owned(unescaped(raw))
                } else {
                    String::from_utf8_lossy(raw)
                }))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Some(String::from_utf8_lossy(self.scalar()))),
            _ => self.skip().map(|()| None),
        }
    }

    /// A finite number, also one in quotes.
    #[inline]
    pub(crate) fn number(&mut self) -> Parsed<Option<f64>> {
        Ok(crate::moment::number(self.bytes()?))
    }

    /// A whole number that fits, also one in quotes, exactly.
    #[inline]
    pub(crate) fn whole(&mut self) -> Parsed<Option<u64>> {
        let bytes = self.bytes()?;
        let digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
        if !digits {
            let value = crate::moment::number(bytes).filter(|v| (0.0..1.8e19).contains(v));
            return Ok(value.map(|v| v as u64));
        }
        Ok(bytes.iter().try_fold(0_u64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        }))
    }

    /// A string's bytes as they stand, or those of a number; nothing for anything else.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Parsed<&'d [u8]> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{' | b'[') => self.skip().map(|()| &[][..]),
            _ => Ok(self.scalar()),
        }
    }

    /// Passes over one value.
    pub(crate) fn skip(&mut self) -> Parsed<()> {
        match self.peek() {
            None => self.broken("the text ends within a value"),
            Some(b'"') => self.quoted().map(|_| ()),
            Some(b'{' | b'[') => self.skip_nested(),
            Some(b'}' | b']' | b',' | b':') => self.broken("a value is missing"),
            Some(_) => {
                self.scalar();
                Ok(())
            }
        }
    }

    fn skip_nested(&mut self) -> Parsed<()> {
        let mut depth = 0_usize;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'"' => {
                    self.quoted()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        self.broken("the text ends within a value")
    }

    /// What stands between the quotes; the cursor stands before the first of them.
    #[inline]
    fn quoted(&mut self) -> Parsed<&'d [u8]> {
        let start = self.at + 1;
        let mut at = start;
        while let Some(found) = self.text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            at += found;
            if self.text.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Ok(self.text.get(start..at).unwrap_or(&[]));
            }
            at += 2;
        }
        self.broken("a quote is never closed")
    }

    /// A number, `true`, `null`, or whatever else stands up to the next delimiter.
    #[inline]
    fn scalar(&mut self) -> &'d [u8] {
        let rest = self.text.get(self.at..).unwrap_or(&[]);
        let end = rest.iter().position(|b| {
            matches!(
                b,
                b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\t' | b'\r' | b'"' | b'{' | b'['
            )
        });
        let length = end.unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or(&[])
    }

    const fn broken<T>(&self, what: &'static str) -> Parsed<T> {
        Err(Broken { at: self.at, what })
    }
}

/// A string with its escapes undone; what is no escape stays as it is.
pub(crate) fn unescaped(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b' | 'f') => out.push(' '),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_out_and_the_rest_is_passed_over() {
        let text = br#" {"a":{"x":[1,"]}",{"y":"\"}"}]},"b":[1.5,"2",null,-3e2],"c":"t\u00e4\tb","d":true} "#;
        let (mut numbers, mut c) = (Vec::new(), None);
        let mut json = Json::new(text);
        json.object(|key, json| match key {
            b"b" => json.array(|json| json.number().map(|n| numbers.push(n))),
            b"c" => json.text().map(|text| c = text.map(Cow::into_owned)),
            _ => Ok(()),
        })
        .unwrap();
        assert_eq!(numbers, [Some(1.5), Some(2.0), None, Some(-300.0)]);
        assert_eq!(c.as_deref(), Some("tä\tb"));
        assert!(!json.next_document());
    }

    #[test]
    fn a_break_is_named_and_what_stands_before_it_is_told() {
        for (text, told, what) in [
            (&b"[1,2,{\"a\":"[..], 2, "the text ends within a value"),
            (b"[1 2]", 1, "a comma or a closing bracket is missing"),
            (b"[1,,2]", 1, "a value is missing"),
            (b"[1,\"abc", 1, "a quote is never closed"),
            (b"[1,", 1, "the text ends within a value"),
            (b"[1,{x:2}]", 2, "a key in quotes is missing"),
        ] {
            let mut count = 0;
            let result = Json::new(text).array(|json| {
                let inner = json.object(|_, _| Ok(()));
                count += usize::from(inner.is_ok());
                inner
            });
            let broken = result.err();
            if what == "a key in quotes is missing" {
                assert_eq!(broken.map(|b| b.what), Some(what));
                continue;
            }
            assert_eq!(
                (broken.map(|b| b.what), count),
                (Some(what), told),
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn nesting_without_end_takes_no_stack() {
        let deep = "[".repeat(1_000_000);
        assert!(Json::new(deep.as_bytes()).skip().is_err());
        let closed = format!("{deep}{}", "]".repeat(1_000_000));
        assert!(Json::new(closed.as_bytes()).skip().is_ok());
    }

    #[test]
    fn whole_numbers_are_exact() {
        let read = |text: &str| Json::new(text.as_bytes()).whole().unwrap();
        assert_eq!(read("\"1485449191639875001\""), Some(1_485_449_191_639_875_001));
        assert_eq!(read("18446744073709551616"), None);
        assert_eq!(read("1e3"), Some(1000));
        assert_eq!(read("-1"), None);
        assert_eq!(read("{}"), None);
    }
}
