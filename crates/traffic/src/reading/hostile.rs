//! Whatever the bytes: no panic, every line accounted for, and the same answer however they are delivered.

use std::io::{self, Read, Write};

use units::{Random, Seed};

use super::*;

const SEEDS: [&str; 8] = [
    "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /a/b?c=d HTTP/1.1\" 200 2326 \"-\" \"agent\" 12ms\n",
    "::1 - - [29/Feb/2024:23:59:60 +0330] \"\\x16\\x03\" 400 -\n",
    "h - [u] [10/Oct/2000:13:55:36 -0700] \"POST http://x/y HTTP/1.0\" 499 0 \"a\\\"b\" \"c\" \"d\"\r\n",
    "timestamp,duration_ms,path\n1700000000.25,12.5,/x\n",
    "2026-11-23T06:09:10.5Z;\"a,\"\"b\"\"\";-1\n",
    "1700000000123\t5\n",
    "0.5\n1e3\n",
    "\u{feff}ts,latency_us\n1700000000123456,9\n",
];
const NASTY: [&[u8]; 12] = [
    b"\0",
    b"\"",
    b"[",
    b"]",
    b"\n",
    b"\r\n",
    b",",
    b"\xff\xfe",
    b"\xf0\x9f\x92\xa9",
    b"-",
    b"99999999999999999999",
    b"\\\"",
];

/// Gives its bytes in pieces of changing size.
struct Pieces<'a>(&'a [u8], Random);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = (self.1.below(5_000) as usize + 1).min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(n);
        buffer[..n].copy_from_slice(now);
        self.0 = later;
        Ok(n)
    }
}

/// Real lines, cut, joined, doubled and sprinkled with what breaks parsers.
fn mutated(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(12) {
        let seed = SEEDS[random.below(SEEDS.len() as u64) as usize].as_bytes();
        for _ in 0..=random.below(4) {
            bytes.extend_from_slice(seed);
        }
    }
    for _ in 0..random.below(20) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        match random.below(4) {
            0 => drop(bytes.drain(at..(at + random.below(30) as usize).min(bytes.len()))),
            1 => bytes.insert(at, random.bits() as u8),
            2 => {
                let nasty = NASTY[random.below(NASTY.len() as u64) as usize];
                bytes.splice(at..at, nasty.iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn check(bytes: &[u8], random: &Random) -> Traffic {
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    reading.file("x", &mut &*bytes);
    let traffic = reading.finish();
    for file in &traffic.report.files {
        assert_eq!(
            file.lines,
            file.kept + file.skipped + file.asides,
            "{:?}",
            bytes.escape_ascii()
        );
    }
    let kept: u64 = traffic.report.files.iter().map(|f| f.kept).sum();
    assert!(traffic.report.requests <= kept);
    for recorded in traffic.per_component.values() {
        let workload = recorded.workload();
        let in_cycle = workload.requests_per_cycle() as u64;
        assert_eq!(in_cycle, recorded.events.count(), "{:?}", bytes.escape_ascii());
    }
    let mut pieces = Reading::new(&router);
    pieces.file("x", &mut Pieces(bytes, random.clone()));
    assert_eq!(pieces.finish(), traffic, "{:?}", bytes.escape_ascii());
    traffic
}

#[test]
fn mutated_logs() {
    let mut random = Seed(11).stream("hostile", "mutated");
    let mut requests = 0;
    for _ in 0..600 {
        let bytes = mutated(&mut random);
        requests += check(&bytes, &random).report.requests;
    }
    assert!(requests > 1_500, "many lines survive: {requests}");
}

#[test]
fn random_bytes() {
    let mut random = Seed(12).stream("hostile", "random");
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..random.below(3_000)).map(|_| random.bits() as u8).collect();
        check(&bytes, &random);
    }
}

#[test]
fn damaged_archives() {
    let mut random = Seed(13).stream("hostile", "archives");
    for round in 0..120 {
        let plain = mutated(&mut random);
        let mut packed = if round % 2 == 0 {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&plain).unwrap();
            gzip.finish().unwrap()
        } else {
            zstd::encode_all(&*plain, 1).unwrap()
        };
        for _ in 0..random.below(4) {
            let at = random.below(packed.len() as u64) as usize;
            packed[at] ^= random.bits() as u8;
        }
        packed.truncate(random.below(packed.len() as u64) as usize + 1);
        check(&packed, &random);
    }
}

#[test]
fn every_reader_alone_takes_anything() {
    let mut random = Seed(14).stream("hostile", "readers");
    for _ in 0..300 {
        let bytes = mutated(&mut random);
        let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
        for format in readers::ALL {
            // Opened on one file, fed with another.
            let Some(mut reader) = (format.open)(&[SEEDS[3].as_bytes(), b"1700000000,1"]) else {
                continue;
            };
            for line in &lines {
                let _ = reader.line(line);
            }
        }
    }
}

#[test]
fn endless_zeros_use_no_memory() {
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    let line = SEEDS[0].as_bytes();
    let mut input = line.chain(io::repeat(0).take(1 << 26)).chain(&b"\n"[..]).chain(line);
    reading.file("x", &mut input);
    let traffic = reading.finish();
    let file = &traffic.report.files[0];
    assert_eq!((file.lines, file.kept, file.skipped), (3, 2, 1));
}
