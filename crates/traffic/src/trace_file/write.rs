//! Writing a trace file, block by block, in bounded memory.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Crc;

use super::{BLOCK_MAX, MAGIC, METHODS, ROUTE_BYTES_MAX, ROUTES_MAX, Saved, Stored, VERSION};
use super::{block, levels, route};
use crate::path;
use crate::readers::{Line, Precision};

/// From this many routes on, new ones are cut to their first segment, so that room is left for those.
const ROUTES_FULL: usize = ROUTES_MAX / 4;

/// Writes requests as they come. The first error ends it; [`TraceWriter::finish`] tells.
pub(crate) struct TraceWriter {
    out: Box<dyn Write + Send>,
    error: Option<io::Error>,
    block: Vec<Stored>,
    finer: bool,
    routes: BTreeMap<Vec<u8>, u16>,
    new_routes: Vec<Vec<u8>>,
    saved: Saved,
}

impl std::fmt::Debug for TraceWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceWriter").field("saved", &self.saved).finish_non_exhaustive()
    }
}

impl TraceWriter {
    pub(crate) fn new(out: Box<dyn Write + Send>) -> Self {
        let mut writer = Self {
            out,
            error: None,
            block: Vec::new(),
            finer: false,
            routes: BTreeMap::new(),
            new_routes: Vec::new(),
            saved: Saved { requests: 0, bytes: 0, routes: 0 },
        };
        let [low, high] = VERSION.to_le_bytes();
        writer.put(&[MAGIC.as_slice(), &[low, high, 0, 0]].concat());
        writer
    }

    /// One more request.
    pub(crate) fn add(&mut self, line: &Line<'_>) {
        let route = self.route(path::bare(line.path));
        let known = METHODS[1..METHODS.len() - 1]
            .iter()
            .position(|name| name.as_bytes().eq_ignore_ascii_case(line.method));
        let method = match known {
            Some(at) => at + 1,
            None if line.method.is_empty() => 0,
            None => METHODS.len() - 1,
        };
        self.finer |= line.precision == Precision::Finer;
        self.block.push(Stored {
            at_ns: line.at_ns,
            route,
            method: method as u8,
            status: line.status,
            bytes_level: levels::level(line.bytes),
            duration_level: levels::level(line.service_us().map(u64::from)),
        });
        if self.block.len() == BLOCK_MAX {
            self.end_block();
        }
    }

    /// Writes what is left and the end; says how much it was.
    pub(crate) fn finish(mut self) -> io::Result<Saved> {
        if !self.block.is_empty() {
            self.end_block();
        }
        self.framed(b'E', self.saved.requests, &[]);
        self.saved.routes = self.routes.len() as u64;
        if self.error.is_none() {
            self.error = self.out.flush().err();
        }
        self.error.map_or(Ok(self.saved), Err)
    }

    fn route(&mut self, bare: &[u8]) -> u16 {
        let mut name = route::route(bare);
        if let Some(&number) = self.routes.get(&name) {
            return number;
        }
        if self.routes.len() >= ROUTES_FULL || name.len() > ROUTE_BYTES_MAX {
            name = route::route(path::first_segment(bare));
        }
        if name.len() > ROUTE_BYTES_MAX || self.routes.len() + 1 >= ROUTES_MAX {
            name = b"/*".to_vec();
        }
        if let Some(&number) = self.routes.get(&name) {
            return number;
        }
        let number = self.routes.len() as u16;
        self.new_routes.push(name.clone());
        self.routes.insert(name, number);
        number
    }

    fn end_block(&mut self) {
        let mut requests = std::mem::take(&mut self.block);
        let bytes = block::encode(&mut requests, self.finer, &self.new_routes);
        self.saved.requests += requests.len() as u64;
        self.framed(b'B', requests.len() as u64, &bytes);
        self.new_routes.clear();
        self.finer = false;
        requests.clear();
        self.block = requests;
    }

    /// A tag, a count, the length, the bytes, and a checksum over all of it.
    fn framed(&mut self, tag: u8, count: u64, bytes: &[u8]) {
        let mut frame = vec![tag];
        frame.extend_from_slice(&count.to_le_bytes());
        frame.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        frame.extend_from_slice(bytes);
        let mut crc = Crc::new();
        crc.update(&frame);
        frame.extend_from_slice(&crc.sum().to_le_bytes());
        self.put(&frame);
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.error = self.out.write_all(bytes).err();
            self.saved.bytes += bytes.len() as u64;
        }
    }
}
