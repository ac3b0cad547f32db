//! How fast logs are read: `cargo run --release -p crossover-traffic --example log_speed -- [FORMAT|FILE] [GIGABYTES]`.
//!
//! Without an argument every format is read, half a gigabyte of each. Lines are made up and repeated in memory, so that
//! no disk is measured. With `--write PATH` the lines of one format go into a file instead.
#![expect(clippy::print_stdout, reason = "a measurement for people")]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::time::Instant;

use traffic::{LogFormat, Reading, Router};

/// Gives one block over and over until enough bytes are read.
struct Repeated<'b> {
    block: &'b [u8],
    at: usize,
    left: usize,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.block.len() {
            self.at = 0;
        }
        let n = buffer.len().min(self.block.len() - self.at).min(self.left);
        buffer[..n].copy_from_slice(&self.block[self.at..self.at + n]);
        self.at += n;
        self.left -= n;
        Ok(n)
    }
}

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36";
const PATHS: [&str; 5] =
    ["/api/items", "/assets/app.js", "/", "/search?q=shoes&page=2", "/cart/checkout"];
const LINES: u32 = 400_000;
const GIVEN: &str = "$remote_addr $host [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" $request_time $upstream_response_time";

/// A format's name and its line number `i`.
type Made = (&'static str, fn(&mut String, u32));

const FORMATS: [Made; 9] = [
    ("combined", |log, i| {
        let (client, clf, path) = (client(i), clf(i), path(i));
        let _ = writeln!(
            log,
            "{client} - - [{clf}] \"GET {path} HTTP/1.1\" 200 {} \"https://shop.example/items/{}\" \"{AGENT}\"",
            i % 50_000,
            i % 1_000
        );
    }),
    ("ingress", |log, i| {
        let (client, clf, path) = (client(i), clf(i), path(i));
        let _ = writeln!(
            log,
            "{client} - - [{clf}] \"GET {path} HTTP/1.1\" 200 {} \"-\" \"{AGENT}\" 499 0.{:03} [shop-cart-80] [] 10.0.0.5:8080 1234 0.{:03} 200 {i:032x}",
            i % 50_000,
            i % 900,
            i % 800
        );
    }),
    ("given", |log, i| {
        let (client, clf, path) = (client(i), clf(i), path(i));
        let _ = writeln!(
            log,
            "{client} shop.example [{clf}] \"GET {path} HTTP/1.1\" 200 {} \"-\" \"{AGENT}\" 0.{:03} 0.{:03}",
            i % 50_000,
            i % 900,
            i % 800
        );
    }),
    ("alb", |log, i| {
        let (client, iso, path) = (client(i), iso(i), path(i));
        let _ = writeln!(
            log,
            "https {iso} app/my-lb/50dc6c495c0c9188 {client}:2817 10.0.0.1:80 0.000 0.{:03} 0.000 200 200 34 {} \"GET https://shop.example:443{path} HTTP/2.0\" \"{AGENT}\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 \"Root=1-{i:024x}\" \"shop.example\" \"arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012\" 0 {iso} \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\"",
            i % 900,
            i % 50_000
        );
    }),
    ("envoy", |log, i| {
        let (client, iso, path) = (client(i), iso(i), path(i));
        let _ = writeln!(
            log,
            "[{iso}] \"GET {path} HTTP/1.1\" 200 - via_upstream - \"-\" 0 {} {} {} \"{client}\" \"{AGENT}\" \"{i:032x}\" \"cart:9080\" \"10.0.0.9:9080\" outbound|9080||cart.default.svc.cluster.local 10.0.0.1:1 10.0.0.9:9080 {client}:2 - default",
            i % 50_000,
            i % 90 + 1,
            i % 90
        );
    }),
    ("cloudfront", |log, i| {
        if i == 0 {
            log.push_str("#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken\n");
        }
        let (client, iso) = (client(i), iso(i));
        let (day, clock) = iso.split_once('T').expect("a day and a time");
        let clock = clock.get(..8).expect("seconds");
        let _ = writeln!(
            log,
            "{day}\t{clock}\tLAX1\t{}\t{client}\tGET\td111111abcdef8.cloudfront.net\t/items/{}\t200\t-\tMozilla/5.0%20(X11;%20Linux%20x86_64)%20Chrome/141.0\t-\t-\tHit\t{i:056x}\tshop.example\thttps\t23\t0.{:03}",
            i % 50_000,
            i % 100,
            i % 900
        );
    }),
    ("json", |log, i| {
        let (client, iso, path) = (client(i), iso(i), path(i));
        let _ = writeln!(
            log,
            "{{\"time_iso8601\":\"{iso}\",\"remote_addr\":\"{client}\",\"remote_user\":\"\",\"request\":\"GET {path} HTTP/1.1\",\"status\":\"200\",\"body_bytes_sent\":\"{}\",\"request_time\":\"0.{:03}\",\"upstream_response_time\":\"0.{:03}\",\"http_referrer\":\"https://shop.example/items/{}\",\"http_user_agent\":\"{AGENT}\",\"http_x_forwarded_for\":\"\",\"host\":\"shop.example\",\"request_id\":\"{i:032x}\"}}",
            i % 50_000,
            i % 900,
            i % 800,
            i % 1_000
        );
    }),
    ("caddy", |log, i| {
        let (client, path) = (client(i), path(i));
        let _ = writeln!(
            log,
            "{{\"level\":\"info\",\"ts\":{}.{:06},\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":{{\"remote_ip\":\"{client}\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":\"shop.example\",\"uri\":\"{path}\",\"headers\":{{\"User-Agent\":[\"{AGENT}\"],\"Accept\":[\"*/*\"]}}}},\"bytes_read\":0,\"user_id\":\"\",\"duration\":0.{:06},\"size\":{},\"status\":200,\"resp_headers\":{{\"Server\":[\"Caddy\"]}}}}",
            1_760_054_400 + i / 4,
            i % 1_000_000,
            i % 90_000,
            i % 50_000
        );
    }),
    ("traefik", |log, i| {
        let (client, iso, path) = (client(i), iso(i), path(i));
        let _ = writeln!(
            log,
            "{{\"ClientHost\":\"{client}\",\"DownstreamContentSize\":{},\"DownstreamStatus\":200,\"Duration\":{},\"OriginDuration\":{},\"OriginStatus\":200,\"RequestHost\":\"shop.example\",\"RequestMethod\":\"GET\",\"RequestPath\":\"{path}\",\"RequestProtocol\":\"HTTP/1.1\",\"ServiceName\":\"cart@docker\",\"StartLocal\":\"{iso}\",\"StartUTC\":\"{iso}\",\"level\":\"info\",\"msg\":\"\",\"request_User-Agent\":\"{AGENT}\",\"time\":\"{iso}\"}}",
            i % 50_000,
            i * 11 % 90_000_000,
            i * 7 % 80_000_000
        );
    }),
];

fn client(i: u32) -> String {
    format!("10.{}.{}.{}", i % 250, i % 241, i % 239)
}

fn path(i: u32) -> &'static str {
    PATHS[i as usize % PATHS.len()]
}

fn clf(i: u32) -> String {
    let (h, m, s) = (i / 14_400 % 24, i / 240 % 60, i / 4 % 60);
    format!("10/Oct/2025:{h:02}:{m:02}:{s:02} +0000")
}

fn iso(i: u32) -> String {
    let (h, m, s) = (i / 14_400 % 24, i / 240 % 60, i / 4 % 60);
    format!("2025-10-10T{h:02}:{m:02}:{s:02}.{:06}Z", i % 4 * 250_000 + i % 1_000)
}

fn made_up(make: fn(&mut String, u32)) -> Vec<u8> {
    let mut log = String::new();
    (0..LINES).for_each(|i| make(&mut log, i));
    log.into_bytes()
}

fn measure(name: &str, block: &[u8], bytes: usize) {
    let router = Router::default();
    let mut best = f64::INFINITY;
    let mut lines = (0, 0);
    for _ in 0..3 {
        let mut reading = Reading::new(&router);
        if name == "given" {
            reading.log_format(LogFormat::parse(GIVEN).expect("a format"));
        }
        let begin = Instant::now();
        reading.file(name, &mut Repeated { block, at: 0, left: bytes });
        best = best.min(begin.elapsed().as_secs_f64());
        let report = reading.finish().report;
        lines = (report.lines(), report.skipped());
    }
    let (all, skipped) = lines;
    println!(
        "{name:12} {:5.0} MB/s  {:4.0} ns a line of {:3.0} bytes, {skipped} of {all} skipped",
        bytes as f64 / 1e6 / best,
        best * 1e9 / all as f64,
        bytes as f64 / all as f64,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let gigabytes = arguments.get(1).and_then(|n| n.parse().ok()).unwrap_or(0.5);
    let bytes = (gigabytes * 1e9) as usize;
    let named = |name: &String| FORMATS.iter().find(|(id, _)| id == name);
    match arguments.as_slice() {
        [] => FORMATS.iter().for_each(|(id, make)| measure(id, &made_up(*make), bytes)),
        [name, _, flag, path] if flag == "--write" => {
            let (_, make) = named(name).expect("one of the formats");
            let block = made_up(*make);
            let mut file = std::fs::File::create(path).expect("a file to write");
            let mut left = bytes;
            while left > 0 {
                let part = block.get(..left).unwrap_or(&block);
                file.write_all(part).expect("room on the disk");
                left -= part.len();
            }
        }
        [name, ..] => match named(name) {
            Some((id, make)) => measure(id, &made_up(*make), bytes),
            None => measure(name, &std::fs::read(name).expect("a file to repeat"), bytes),
        },
    }
}
