//! The bytes of a feed: counted, hashed, and watched for strings without end.

use std::io::{self, Read};

use sha2::{Digest, Sha256};
use units::hex;

use super::FeedError;

/// Read at a time; also what a feed is told by.
const CHUNK: usize = 256 << 10;
/// Longest string of a JSON feed: the longest real one, a product inside a string, has 10 KB.
const STRING_MAX: u32 = 4 << 20;

/// A source of which every byte is counted as it is handed out.
pub(crate) struct Bytes<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// Unread bytes are `buffer[start..end]`.
    start: usize,
    end: usize,
    offset: u64,
    hash: Sha256,
    string: StringWatch,
}

/// Whether the reader stands inside a JSON string, and how long that one is.
#[derive(Default)]
struct StringWatch {
    inside: bool,
    escaped: bool,
    length: u32,
}

impl<'r> Bytes<'r> {
    pub(crate) fn new(input: &'r mut dyn Read) -> Self {
        let (buffer, string) = (vec![0; CHUNK], StringWatch::default());
        Self { input, buffer, start: 0, end: 0, offset: 0, hash: Sha256::new(), string }
    }

    /// The first bytes, which stay unread; a byte order mark is taken off.
    pub(crate) fn head(&mut self) -> Result<Vec<u8>, FeedError> {
        while self.end < self.buffer.len() {
            let end = self.end;
            let got = self.more(end).map_err(|e| {
                // Nothing is handed out yet; this many bytes could be unpacked.
                FeedError { offset: end as u64, ..self.error(e.to_string()) }
            })?;
            if got == 0 {
                break;
            }
        }
        if self.buffer[..self.end].starts_with(b"\xef\xbb\xbf") {
            (self.start, self.offset) = (3, 3);
        }
        Ok(self.buffer[self.start..self.end].to_vec())
    }

    /// Bytes handed out so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// An error at the present place.
    pub(crate) fn error(&self, what: impl Into<String>) -> FeedError {
        let remedy = "fetch the feed again; a feed that was cut off or changed is not used at all";
        FeedError { offset: self.offset, what: what.into(), remedy: remedy.to_owned() }
    }

    /// Reads what is left; says the number of bytes and their hash.
    pub(crate) fn finish(mut self) -> Result<(u64, String), FeedError> {
        let mut rest = [0; 4096];
        while self.read(&mut rest).map_err(|e| self.error(e.to_string()))? > 0 {}
        let hash = hex(&self.hash.finalize());
        Ok((self.offset, hash))
    }

    /// Fills the buffer from `from` on.
    fn more(&mut self, from: usize) -> io::Result<usize> {
        loop {
            match self.input.read(&mut self.buffer[from..]) {
                Ok(got) => {
                    self.hash.update(&self.buffer[from..from + got]);
                    self.end = from + got;
                    return Ok(got);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next byte of a JSON text.
    fn one(&mut self) -> io::Result<Option<u8>> {
        if self.start == self.end {
            self.start = 0;
            if self.more(0)? == 0 {
                return Ok(None);
            }
        }
        let byte = self.buffer[self.start];
        self.start += 1;
        self.offset += 1;
        self.string.see(byte)?;
        Ok(Some(byte))
    }
}

impl Read for Bytes<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // The JSON reader asks for single bytes, which is what makes the offset exact.
        if let [only] = into {
            let byte = self.one()?;
            *only = byte.unwrap_or(0);
            return Ok(usize::from(byte.is_some()));
        }
        if self.start == self.end {
            self.start = 0;
            if self.more(0)? == 0 {
                return Ok(0);
            }
        }
        let length = into.len().min(self.end - self.start);
        into[..length].copy_from_slice(&self.buffer[self.start..self.start + length]);
        self.start += length;
        self.offset += length as u64;
        Ok(length)
    }
}

impl StringWatch {
    fn see(&mut self, byte: u8) -> io::Result<()> {
        if !self.inside {
            if byte == b'"' {
                *self = Self { inside: true, ..Self::default() };
            }
            return Ok(());
        }
        self.length += 1;
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.inside = false,
            _ => {}
        }
        if self.length > STRING_MAX {
            return Err(io::Error::other(format!("a string of more than {STRING_MAX} bytes")));
        }
        Ok(())
    }
}
