//! From the bytes of a file to its text.

use crate::file::{FileId, SourceMap};
use crate::finding::Finding;
use crate::span::Span;

/// The largest definition file that is read, in bytes: sixty times the largest real one we have seen.
/// Logs and traces are streamed and have limits of their own.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// Finding id: the file is not text in an encoding that is read here.
pub const ENCODING: &str = "IN001";
/// Finding id: the file is larger than [`FILE_BYTES_MAX`].
pub const TOO_LARGE: &str = "IN002";

/// Something odd about the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A sequence that is not UTF-8 (or half a UTF-16 pair) was replaced by U+FFFD.
    Invalid {
        /// Offset of its first byte in the file.
        offset: usize,
        /// The byte there.
        byte: u8,
        /// Where the replacement stands in the text.
        at: usize,
        /// How many sequences were replaced in all; only the first is located.
        count: usize,
    },
    /// A zero byte: hardly a text file.
    Nul {
        /// Offset of the first one in the file.
        offset: usize,
        /// Where it stands in the text.
        at: usize,
    },
    /// The file is UTF-16 and was converted; offsets in the text are not those in the file.
    Utf16,
}

/// Reads UTF-8, with or without a byte-order mark, and UTF-16 with one; never fails.
///
/// The mark is not part of the text. What cannot be read is replaced by U+FFFD and reported.
pub fn decode(bytes: &[u8]) -> (String, Vec<Oddity>) {
    let (text, mut oddities) = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3),
        rest => utf8(rest, 0),
    };
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        let offset = bytes.iter().position(|&byte| byte == 0).unwrap_or(at);
        oddities.push(Oddity::Nul { offset, at });
    }
    (text, oddities)
}

fn utf8(bytes: &[u8], skipped: usize) -> (String, Vec<Oddity>) {
    let mut text = String::with_capacity(bytes.len());
    let mut first: Option<(usize, u8, usize)> = None;
    let (mut offset, mut count) = (skipped, 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        offset += chunk.valid().len();
        if let Some(&byte) = chunk.invalid().first() {
            first.get_or_insert((offset, byte, text.len()));
            text.push(char::REPLACEMENT_CHARACTER);
            offset += chunk.invalid().len();
            count += 1;
        }
    }
    let invalid = first.map(|(offset, byte, at)| Oddity::Invalid { offset, byte, at, count });
    (text, invalid.into_iter().collect())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Vec<Oddity>) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut first: Option<(usize, u8, usize)> = None;
    let (mut offset, mut count) = (2, 0);
    let odd = |offset: usize| bytes.get(offset - 2).copied().unwrap_or_default();
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        if let Ok(c) = decoded {
            text.push(c);
            offset += 2 * c.len_utf16();
        } else {
            first.get_or_insert((offset, odd(offset), text.len()));
            text.push(char::REPLACEMENT_CHARACTER);
            offset += 2;
            count += 1;
        }
    }
    if !rest.is_empty() {
        first.get_or_insert((offset, odd(offset), text.len()));
        text.push(char::REPLACEMENT_CHARACTER);
        count += 1;
    }
    let mut oddities = vec![Oddity::Utf16];
    oddities.extend(first.map(|(offset, byte, at)| Oddity::Invalid { offset, byte, at, count }));
    (text, oddities)
}

impl SourceMap {
    /// Adds a file by its bytes; what is odd about them comes back as findings.
    ///
    /// A file above [`FILE_BYTES_MAX`] is added without text. A caller that reads files should stop
    /// reading one byte beyond that limit and pass what it has.
    pub fn read(&mut self, path: impl Into<String>, bytes: &[u8]) -> (FileId, Vec<Finding>) {
        let path = path.into();
        if bytes.len() > FILE_BYTES_MAX {
            let message = format!("`{path}` is larger than {} MB", FILE_BYTES_MAX >> 20);
            let id = self.add(path, "");
            let hint = "name the definition itself; logs and traces are given with --traffic";
            let finding = Finding::error(TOO_LARGE, message).at(Span::new(id, 0, 0)).hint(hint);
            return (id, vec![finding]);
        }
        let (text, oddities) = decode(bytes);
        let id = self.add(path, text);
        let findings = oddities.into_iter().map(|oddity| oddity.finding(id, self)).collect();
        (id, findings)
    }
}

impl Oddity {
    fn finding(self, file: FileId, sources: &SourceMap) -> Finding {
        let path = &sources.file(file).path;
        match self {
            Self::Invalid { offset, byte, at, count } => {
                let more = match count {
                    1 => String::new(),
                    n => format!(" and {} more places", n - 1),
                };
                let message =
                    format!("`{path}` is not UTF-8: byte 0x{byte:02X} at offset {offset}{more}");
                let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
                Finding::error(ENCODING, message)
                    .at(Span::new(file, at, end))
                    .hint("save the file as UTF-8; what could not be read stands as `\u{FFFD}`")
            }
            Self::Nul { offset, at } => {
                let message = format!("`{path}` holds a zero byte at offset {offset}");
                Finding::error(ENCODING, message)
                    .at(Span::new(file, at, at + 1))
                    .hint("this looks like a binary file; name a text file")
            }
            Self::Utf16 => Finding::note(ENCODING, format!("`{path}` is UTF-16 and was converted"))
                .at(Span::new(file, 0, 0))
                .hint("other tools read UTF-8 only; save it as UTF-8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        assert_eq!(decode(b"\xEF\xBB\xBFname: a"), ("name: a".to_owned(), vec![]));
    }

    #[test]
    fn utf16_is_converted_in_both_byte_orders() {
        let text = "näme: 𝄞\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let le: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(units.iter().flat_map(|u| u.to_le_bytes())).collect();
        let be: Vec<u8> =
            [0xFE, 0xFF].into_iter().chain(units.iter().flat_map(|u| u.to_be_bytes())).collect();
        for bytes in [le, be] {
            assert_eq!(decode(&bytes), (text.to_owned(), vec![Oddity::Utf16]));
        }
    }

    #[test]
    fn half_a_pair_is_located_in_the_file() {
        let (text, oddities) = decode(&[0xFF, 0xFE, b'a', 0, 0x00, 0xD8, b'b', 0, b'c']);
        assert_eq!(text, "a\u{FFFD}b\u{FFFD}");
        assert_eq!(oddities[1], Oddity::Invalid { offset: 4, byte: 0, at: 1, count: 2 });
    }

    #[test]
    fn the_first_invalid_byte_is_named_by_its_offset() {
        let mut sources = SourceMap::default();
        let (id, findings) = sources.read("a.yaml", b"\xEF\xBB\xBFa: \xE9t\xE9\n");
        assert_eq!(sources.file(id).text, "a: \u{FFFD}t\u{FFFD}\n");
        assert_eq!(
            findings[0].message,
            "`a.yaml` is not UTF-8: byte 0xE9 at offset 6 and 1 more places"
        );
        assert_eq!(sources.text(findings[0].labels[0].span), "\u{FFFD}");
    }

    #[test]
    fn zero_bytes_and_too_much_of_anything_are_refused() {
        let mut sources = SourceMap::default();
        let (_, findings) = sources.read("core", b"\x7FELF\0\0");
        assert_eq!(findings[0].message, "`core` holds a zero byte at offset 4");
        let (id, findings) = sources.read("big.yaml", &vec![b'a'; FILE_BYTES_MAX + 1]);
        assert_eq!(findings[0].message, "`big.yaml` is larger than 16 MB");
        assert_eq!(sources.file(id).text, "");
    }
}
