//! Reading a trace file, block by block, whoever wrote it.

use std::fmt;
use std::io::{self, Read};

use flate2::Crc;

use super::{BLOCK_MAX, MAGIC, METHODS, STORED_MAX, Stored, VERSION, block, levels};
use crate::readers::{Line, Precision};

/// Bytes of a frame before its content: tag, count, length.
const FRAME: usize = 1 + 8 + 4;

/// Why a file cannot be read on. All blocks before were whole.
#[derive(Debug)]
pub(crate) struct Broken {
    /// Where the part begins that is broken, in bytes from the start of the file.
    pub(crate) offset: u64,
    /// What is wrong with it.
    pub(crate) why: Why,
}

/// What is wrong.
#[derive(Debug)]
pub(crate) enum Why {
    /// The file ends within it, or before the end is told.
    CutOff,
    /// The checksum is another one.
    Checksum,
    /// It says what no trace file says.
    Content(&'static str),
    /// Another version of the format.
    Version(u16),
    /// It could not be read at all.
    Unreadable(io::Error),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff => f.write_str("the file ends there, before its end is told"),
            Self::Checksum => f.write_str("the checksum does not fit: the bytes were changed"),
            Self::Content(what) => f.write_str(what),
            Self::Version(v) => write!(f, "version {v} of the format; version {VERSION} is read"),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

/// What was found whole.
enum Frame {
    Block,
    End,
}

/// Reads blocks. After an error or the end there is nothing more.
#[derive(Debug)]
pub(crate) struct TraceReader<R> {
    input: R,
    offset: u64,
    routes: Vec<Vec<u8>>,
    requests: Vec<Stored>,
    precision: Precision,
    counted: u64,
    begun: bool,
}

impl<R: Read> TraceReader<R> {
    pub(crate) const fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            routes: Vec::new(),
            requests: Vec::new(),
            precision: Precision::Second,
            counted: 0,
            begun: false,
        }
    }

    /// Bytes read so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.offset
    }

    /// Goes to the next block; false at the end. Several files one behind the other are one.
    pub(crate) fn advance(&mut self) -> Result<bool, Broken> {
        self.requests.clear();
        loop {
            let offset = self.offset;
            let broken = |why| Broken { offset, why };
            if !self.begun {
                if !self.header().map_err(broken)? {
                    return Ok(false);
                }
                self.begun = true;
                continue;
            }
            match self.frame().map_err(broken)? {
                Frame::Block => return Ok(true),
                Frame::End => {
                    self.begun = false;
                    self.counted = 0;
                    self.routes.clear();
                }
            }
        }
    }

    /// The requests of the block.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.requests.iter().map(|r| Line {
            at_ns: r.at_ns,
            precision: self.precision,
            method: METHODS[usize::from(r.method)].as_bytes(),
            path: &self.routes[usize::from(r.route)],
            status: r.status,
            bytes: levels::value(r.bytes_level),
            duration_us: levels::value(r.duration_level).map(|us| us.min(LONGEST_US) as u32),
            ..Line::default()
        })
    }

    /// False if nothing at all is left.
    fn header(&mut self) -> Result<bool, Why> {
        let mut header = [0; MAGIC.len() + 4];
        match self.fill(&mut header)? {
            0 if self.offset > 0 => return Ok(false),
            n if n < header.len() => return Err(Why::CutOff),
            _ => {}
        }
        let Some(rest) = header.strip_prefix(MAGIC.as_slice()) else {
            return Err(Why::Content("what follows is no trace file"));
        };
        match u16::from_le_bytes([rest[0], rest[1]]) {
            VERSION => Ok(true),
            other => Err(Why::Version(other)),
        }
    }

    fn frame(&mut self) -> Result<Frame, Why> {
        let mut frame = vec![0; FRAME];
        self.exactly(&mut frame)?;
        let tag = frame[0];
        let count = u64::from_le_bytes(frame[1..9].try_into().expect("eight bytes"));
        let length = u32::from_le_bytes(frame[9..FRAME].try_into().expect("four bytes"));
        if length > STORED_MAX || (tag == b'B' && count > BLOCK_MAX as u64) {
            return Err(Why::Content("a block is longer than any may be"));
        }
        frame.resize(FRAME + length as usize, 0);
        self.exactly(&mut frame[FRAME..])?;
        let mut sum = [0; 4];
        self.exactly(&mut sum)?;
        let mut crc = Crc::new();
        crc.update(&frame);
        if crc.sum() != u32::from_le_bytes(sum) {
            return Err(Why::Checksum);
        }
        match tag {
            b'B' => {
                self.block(&frame[FRAME..], count as usize)?;
                Ok(Frame::Block)
            }
            b'E' if count == self.counted && length == 0 => Ok(Frame::End),
            b'E' => Err(Why::Content("the end counts other requests than the blocks hold")),
            _ => Err(Why::Content("neither a block nor the end")),
        }
    }

    fn block(&mut self, bytes: &[u8], count: usize) -> Result<(), Why> {
        let decoded = block::decode(bytes, count, self.routes.len())
            .ok_or(Why::Content("a block says what no block can say"))?;
        self.requests = decoded.requests;
        self.precision = if decoded.finer { Precision::Finer } else { Precision::Second };
        self.routes.extend(decoded.new_routes);
        self.counted += count as u64;
        Ok(())
    }

    fn exactly(&mut self, buffer: &mut [u8]) -> Result<(), Why> {
        if self.fill(buffer)? == buffer.len() { Ok(()) } else { Err(Why::CutOff) }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Why> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Why::Unreadable(e)),
            }
        }
        self.offset += filled as u64;
        Ok(filled)
    }
}

/// The longest duration that a line can say; one more means none.
const LONGEST_US: u64 = u32::MAX as u64 - 1;
