//! Columns of bytes, each packed as well as it goes, and whole numbers of variable length.

/// What a column may be.
const ZEROS: u8 = 0;
const PLAIN: u8 = 1;
const PACKED: u8 = 2;
/// Of zstd: higher ones gain a hundredth and take three times as long.
const LEVEL: i32 = 12;

/// A whole number in groups of seven bits, the lowest first (LEB128).
pub(super) fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends a column: what it is, its length, its packed length if it is packed, and its bytes.
pub(super) fn put_column(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.iter().all(|&b| b == 0) {
        out.push(ZEROS);
        put_number(out, bytes.len() as u64);
        return;
    }
    match zstd::bulk::compress(bytes, LEVEL) {
        Ok(packed) if packed.len() < bytes.len() => {
            out.push(PACKED);
            put_number(out, bytes.len() as u64);
            put_number(out, packed.len() as u64);
            out.extend_from_slice(&packed);
        }
        _ => {
            out.push(PLAIN);
            put_number(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    }
}

/// Reads numbers and columns from bytes that nobody vouches for.
#[derive(Debug)]
pub(super) struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn bytes(&mut self, n: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes(1)?.first()?;
            let part = u64::from(byte & 0x7f);
            // The tenth group has one bit left.
            if shift == 63 && part > 1 {
                return None;
            }
            n |= part << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    /// A column of at most `most` bytes.
    pub(super) fn column(&mut self, most: usize) -> Option<Vec<u8>> {
        let kind = *self.bytes(1)?.first()?;
        let length = usize::try_from(self.number()?).ok().filter(|n| *n <= most)?;
        match kind {
            ZEROS => Some(vec![0; length]),
            PLAIN => self.bytes(length).map(<[u8]>::to_vec),
            PACKED => {
                let packed = usize::try_from(self.number()?).ok()?;
                let bytes = zstd::bulk::decompress(self.bytes(packed)?, length).ok()?;
                (bytes.len() == length).then_some(bytes)
            }
            _ => None,
        }
    }
}
