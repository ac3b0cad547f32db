//! Whatever the bytes: no panic, every line accounted for, and the same answer however they are delivered.

use std::io::{self, Read, Write};

use units::{Random, Seed};

use super::*;

const SEEDS: [&str; 23] = [
    "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /a/b?c=d HTTP/1.1\" 200 2326 \"-\" \"agent\" 12ms\n",
    "::1 - - [29/Feb/2024:23:59:60 +0330] \"\\x16\\x03\" 400 -\n",
    "h - [u] [10/Oct/2000:13:55:36 -0700] \"POST http://x/y HTTP/1.0\" 499 0 \"a\\\"b\" \"c\" \"d\"\r\n",
    "timestamp,duration_ms,path\n1700000000.25,12.5,/x\n",
    "2026-11-23T06:09:10.5Z;\"a,\"\"b\"\"\";-1\n",
    "1700000000123\t5\n",
    "0.5\n1e3\n",
    "\u{feff}ts,latency_us\n1700000000123456,9\n",
    "v.example:443 h.example - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1 \"-\" \"a\" 499 0.012 [shop-cart-80] [] 10.0.0.5:80 1 0.010 200 id\n",
    "https 2018-07-02T22:23:00.186641Z app/lb/5 10.0.0.1:1 10.0.0.2:80 0.001 0.048 -1 200 200 0 57 \"GET https://x:443/a HTTP/1.1\" \"c\" E T arn:aws:x:targetgroup/g/7 \"R\" \"d\" \"c\" 1 2018-07-02T22:22:48.364000Z \"f\"\n",
    "tls 2.0 2018-12-20T02:59:40 net/lb/c g 10.0.0.1:1 10.0.0.2:443 5 2 98 246 - arn - E tlsv12 - d.example h2\n",
    "2015-05-13T23:39:43.945958Z lb 10.0.0.1:1 10.0.0.2:80 0.000073 0.001048 0.000057 200 200 0 29 \"GET http://x:80/ HTTP/1.1\" \"c\" - -\n",
    "[2026-01-02T03:04:05.678Z] \"GET /r HTTP/1.1\" 200 - via_upstream - \"-\" 0 295 5 4 \"-\" \"c\" \"id\" \"r:1\" \"10.0.0.9:1\" outbound|1||r.d.svc.cluster.local\n",
    "Feb  6 12:14:14 l haproxy[1]: 10.0.0.1:1 [06/Feb/2009:12:14:14.655] in static/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {x} \"GET / HTTP/1.1\"\n",
    "o b [06/Feb/2019:00:00:38 +0000] 10.0.0.1 r id REST.GET.OBJECT k \"GET /b/k?x HTTP/1.1\" 200 - 1140 1140 70 10 \"-\" \"a\" -\n",
    "#Fields: date time x-edge-location sc-bytes cs-method cs-uri-stem sc-status time-taken\n2019-12-04\t21:02:31\tL\t392\tGET\t/i\t200\t0.001\n",
    "#Software: x\n#Fields: date time cs-method cs-uri-stem sc-status time-taken\n2026-01-02 03:04:05.5 GET /a 200 46\n",
    "{\"ts\":1646861401.5241024,\"request\":{\"method\":\"GET\",\"host\":\"l\",\"uri\":\"/a?b\",\"headers\":{\"User-Agent\":[\"c\"]}},\"duration\":0.0009,\"size\":1,\"status\":200}\n",
    "{\"DownstreamStatus\":404,\"Duration\":2470000,\"RequestPath\":\"/c\",\"ServiceName\":\"c@docker\",\"StartUTC\":\"2026-01-02T02:04:05.123456789Z\"}\n",
    "{\"start_time\":\"2026-01-02T03:04:05.678Z\",\"method\":\"GET\",\"path\":\"/r\",\"response_code\":200,\"duration\":5,\"upstream_cluster\":\"outbound|1||r\"}\n",
    "{\"httpRequest\":{\"latency\":\"0.06s\",\"requestUrl\":\"https://s/c\",\"status\":502},\"timestamp\":\"2026-01-02T03:04:05.678901Z\"}\n",
    "{\"requestTime\":\"02/Jan/2026:03:04:05 +0000\",\"httpMethod\":\"GET\",\"resourcePath\":\"/p/{id}\",\"status\":\"200\",\"responseLatency\":\"42\"}\n",
    "{\"time\":\"2026-01-02T03:04:05+00:00\",\"uri\":\"\\/a\\u0026\\ud800\",\"status\":200,\"x\":[{\"y\":\"]\"}],\"request_time\":\"0.1\"}\n",
];
const NASTY: [&[u8]; 20] = [
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
    b"{",
    b"}",
    b"[]",
    b"\\u",
    b" : ",
    b"#Fields:",
    b"1e308",
    b"-1",
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
    mutate(&mut bytes, random);
    bytes
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
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

/// `CROSSOVER_FUZZ_ROUNDS` times as many rounds, each from a seed of its own, for a long search.
fn rounds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "tests may be told to search longer")]
    let more = std::env::var("CROSSOVER_FUZZ_ROUNDS").ok();
    more.and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn mutated_logs() {
    for round in 0..rounds() {
        let mut random = Seed(11 + round).stream("hostile", "mutated");
        let mut requests = 0;
        for _ in 0..600 {
            let bytes = mutated(&mut random);
            requests += check(&bytes, &random).report.requests;
        }
        assert!(requests > 500, "many lines survive: {requests}");
    }
}

/// Lines of one format alone, so that each reader has its turn.
#[test]
fn every_format_mutated() {
    let mut formats = std::collections::BTreeSet::new();
    for round in 0..rounds() {
        let mut random = Seed(21 + round).stream("hostile", "formats");
        for seed in SEEDS {
            for _ in 0..40 {
                let mut bytes = seed.repeat(random.below(6) as usize + 2).into_bytes();
                mutate(&mut bytes, &mut random);
                let traffic = check(&bytes, &random);
                formats.extend(traffic.report.files[0].format);
            }
        }
    }
    let all: Vec<&str> = readers::ALL.iter().map(|format| format.id).collect();
    let missing: Vec<&&str> = all.iter().filter(|id| !formats.contains(**id)).collect();
    assert!(missing.is_empty(), "never read: {missing:?}");
}

#[test]
fn given_formats_take_anything() {
    let mut random = Seed(31).stream("hostile", "given");
    let mut read = 0;
    for _ in 0..300 {
        let mut format =
            b"$remote_addr - $remote_user [$time_local] \"$request\" $status %D %t %{x}i".to_vec();
        mutate(&mut format, &mut random);
        let Ok(format) = LogFormat::parse(&String::from_utf8_lossy(&format)) else { continue };
        read += 1;
        let mut reader = format.reader();
        for line in mutated(&mut random).split(|&b| b == b'\n') {
            let _ = reader.line(line);
        }
    }
    assert!(read > 10, "some are formats still: {read}");
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
            let heads = SEEDS.map(str::as_bytes);
            let Some(mut reader) =
                (format.open)(&heads).or_else(|| (format.open)(&[b"1700000000,1"]))
            else {
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
