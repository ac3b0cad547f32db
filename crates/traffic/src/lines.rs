//! Lines from any source, plain or packed, in one pass and in fixed memory.

use std::io::{self, Cursor, Read};

use memchr::memchr;

/// Longer lines are dropped and counted.
pub(crate) const LINE_MAX: usize = 64 << 10;
/// Read at a time.
const CHUNK: usize = 256 << 10;
/// Looked at to tell the format.
pub(crate) const HEAD: usize = 64 << 10;

/// How a source is packed, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip, one member or many.
    Gzip,
    /// zstd, one frame or many.
    Zstd,
}

impl Packing {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What the first bytes of a source say, if they say that it cannot be read.
pub(crate) fn unreadable(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const UNPACK: &str = "unpack it first, or pack it as gzip or zstd";
    let known: [(&[u8], &str, &str); 8] = [
        (b"PK\x03\x04", "a zip archive", UNPACK),
        (b"BZh", "packed with bzip2", UNPACK),
        (b"\xfd7zXZ\0", "packed with xz", UNPACK),
        (b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
        (b"\xff\xfe", "UTF-16 text", "convert it: `iconv -f UTF-16 -t UTF-8`"),
        (b"\xfe\xff", "UTF-16 text", "convert it: `iconv -f UTF-16 -t UTF-8`"),
        (b"PAR1", "a Parquet file", "export it as CSV"),
    ];
    let hit = known.iter().find(|(magic, ..)| head.starts_with(magic));
    hit.map(|(_, what, hint)| (*what, *hint))
}

/// Unpacks what is packed. The second value is what it was.
///
/// # Errors
/// The source cannot be read, or says that it is packed and is not.
pub fn unpacked<'r>(input: &'r mut dyn Read) -> io::Result<(Box<dyn Read + 'r>, Packing)> {
    let mut magic = [0; 4];
    let mut filled = 0;
    while filled < magic.len() {
        match input.read(&mut magic[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let whole = Cursor::new(magic).take(filled as u64).chain(input);
    Ok(match magic {
        [0x1f, 0x8b, ..] => (Box::new(flate2::read::MultiGzDecoder::new(whole)), Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd] => (Box::new(zstd::Decoder::new(whole)?), Packing::Zstd),
        _ => (Box::new(whole), Packing::Plain),
    })
}

/// One line, or what is left of one that is too long.
#[derive(Debug, PartialEq)]
pub(crate) enum Text<'b> {
    /// A line without its ending.
    Line(&'b [u8]),
    /// A line of more than [`LINE_MAX`] bytes; its bytes are gone.
    TooLong,
}

/// Cuts a source into lines.
pub(crate) struct Lines<'r> {
    input: Box<dyn Read + 'r>,
    buffer: Vec<u8>,
    /// Unread bytes are `buffer[start..end]`.
    start: usize,
    end: usize,
    state: State,
    bytes: u64,
    /// What ended the source while its head was looked at; told after the lines before it.
    error: Option<io::Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Inside a line that was too long.
    Dropping,
    /// The source has ended.
    Ended,
}

impl<'r> Lines<'r> {
    pub(crate) fn new(input: Box<dyn Read + 'r>) -> Self {
        let buffer = vec![0; CHUNK];
        Self { input, buffer, start: 0, end: 0, state: State::Open, bytes: 0, error: None }
    }

    /// Bytes read so far, unpacked.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes, up to [`HEAD`] of them, without consuming them; a UTF-8 byte order mark is consumed.
    pub(crate) fn head(&mut self) -> &[u8] {
        while self.end < HEAD && self.state != State::Ended {
            self.error = self.fill().err();
        }
        if self.start == 0 && self.end >= 3 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
        }
        let until = self.end.min(HEAD.max(self.start));
        self.buffer.get(self.start..until).unwrap_or(&[])
    }

    /// Everything that is unread, as bytes.
    pub(crate) fn into_read(mut self) -> Box<dyn Read + 'r> {
        let unread = self.buffer.drain(..self.end).skip(self.start).collect::<Vec<u8>>();
        Box::new(Cursor::new(unread).chain(Failing(self.error.take())).chain(self.input))
    }

    /// What ended the source within its head, if it was not its end.
    pub(crate) const fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The next line; `None` at the end. After an error, what was read before it can still be had.
    #[inline]
    pub(crate) fn next(&mut self) -> io::Result<Option<Text<'_>>> {
        let mut searched = 0;
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(at) = memchr(b'\n', &unread[searched..]) {
                let line = self.start..self.start + searched + at;
                self.start = line.end + 1;
                if self.state == State::Dropping {
                    self.state = State::Open;
                    return Ok(Some(Text::TooLong));
                }
                if line.len() > LINE_MAX {
                    return Ok(Some(Text::TooLong));
                }
                return Ok(Some(Text::Line(without_return(&self.buffer[line]))));
            }
            searched = unread.len();
            if self.state == State::Ended {
                if let Some(error) = self.error.take() {
                    return Err(error);
                }
                return Ok(self.rest());
            }
            if searched > LINE_MAX || self.state == State::Dropping {
                self.state = State::Dropping;
                (self.start, self.end, searched) = (0, 0, 0);
            }
            let dropping = self.state;
            self.fill()?;
            if self.state == State::Ended && dropping == State::Dropping {
                return Ok(Some(Text::TooLong));
            }
        }
    }

    /// What stands after the last line ending.
    fn rest(&mut self) -> Option<Text<'_>> {
        let rest = self.start..self.end;
        self.start = self.end;
        match rest.len() {
            0 => None,
            n if n > LINE_MAX => Some(Text::TooLong),
            _ => Some(Text::Line(without_return(&self.buffer[rest]))),
        }
    }

    /// Reads once more behind what is unread.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        assert!(self.end < self.buffer.len(), "lines are shorter than the buffer");
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.state = State::Ended,
                Ok(n) => {
                    self.end += n;
                    self.bytes += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    self.state = State::Ended;
                    return Err(e);
                }
            }
            return Ok(());
        }
    }
}

/// Tells an error once, if there is one.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces of a fixed size, then perhaps fails.
    struct Pieces<'a>(&'a [u8], usize, bool);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            if n == 0 && self.2 {
                return Err(io::Error::other("the disk is gone"));
            }
            let (now, later) = self.0.split_at(n);
            buffer[..n].copy_from_slice(now);
            self.0 = later;
            Ok(n)
        }
    }

    fn all(input: &mut dyn Read) -> Vec<String> {
        let mut lines = Lines::new(unpacked(input).unwrap().0);
        let _ = lines.head();
        let mut out = Vec::new();
        loop {
            match lines.next() {
                Ok(Some(Text::Line(line))) => out.push(String::from_utf8_lossy(line).into_owned()),
                Ok(Some(Text::TooLong)) => out.push("TOO LONG".to_owned()),
                Ok(None) => return out,
                Err(e) => out.push(format!("ERROR {e}")),
            }
        }
    }

    #[test]
    fn lines_come_out_whole_however_the_bytes_come_in() {
        let text = "\u{feff}one\r\ntwo\n\nthree".as_bytes();
        for size in [1, 2, 3, 5, 1000] {
            assert_eq!(all(&mut Pieces(text, size, false)), ["one", "two", "", "three"], "{size}");
        }
        assert!(all(&mut io::empty()).is_empty());
        assert_eq!(all(&mut &b"a\n"[..]), ["a"]);
    }

    #[test]
    fn endless_lines_are_dropped_and_the_next_one_is_read() {
        for length in [LINE_MAX + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let text =
                [b"a\n", vec![b'x'; length].as_slice(), b"\nb\n", vec![0; length].as_slice()]
                    .concat();
            for size in [LINE_MAX, 1 << 20] {
                let got = all(&mut Pieces(&text, size, false));
                assert_eq!(got, ["a", "TOO LONG", "b", "TOO LONG"], "{length} {size}");
            }
        }
        let just = "y".repeat(LINE_MAX);
        assert_eq!(all(&mut format!("{just}\nb").as_bytes()), [just.as_str(), "b"]);
    }

    #[test]
    fn an_error_comes_after_the_lines_before_it() {
        let got = all(&mut Pieces(b"one\ntwo\npar", 4, true));
        assert_eq!(got, ["one", "two", "ERROR the disk is gone", "par"]);
    }

    #[test]
    fn packed_sources_of_several_members() {
        use std::io::Write;
        let gzip = |text: &str| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let two = [gzip("one\ntw"), gzip("o\nthree\n")].concat();
        assert_eq!(all(&mut two.as_slice()), ["one", "two", "three"]);
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
        let two = [zstd("one\ntw"), zstd("o\nthree\n")].concat();
        assert_eq!(all(&mut two.as_slice()), ["one", "two", "three"]);

        let whole = gzip(&"line\n".repeat(10_000));
        let cut = all(&mut &whole[..whole.len() - 9]);
        assert!(cut.len() > 1 && cut.iter().any(|l| l.starts_with("ERROR")), "{:?}", cut.last());
    }
}
