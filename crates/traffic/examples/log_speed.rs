//! How fast logs are read: `cargo run --release -p crossover-traffic --example log_speed -- [FILE] [GIGABYTES]`.
//!
//! Without a file it makes up a combined log. The lines are repeated in memory, so that no disk is measured;
//! times go on as they would.
#![expect(clippy::print_stdout, reason = "a measurement for people")]

use std::fmt::Write as _;
use std::io::Read;
use std::time::Instant;

use traffic::{Reading, Router};

/// Gives one block over and over until enough bytes are read.
struct Repeated {
    block: Vec<u8>,
    at: usize,
    left: usize,
}

impl Read for Repeated {
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

fn made_up() -> Vec<u8> {
    let mut log = String::new();
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36";
    for i in 0..400_000_u32 {
        let (h, m, s) = (i / 14_400 % 24, i / 240 % 60, i / 4 % 60);
        let path =
            ["/api/items", "/assets/app.js", "/", "/search?q=shoes&page=2", "/cart/checkout"];
        let _ = writeln!(
            log,
            "10.{}.{}.{} - - [10/Oct/2025:{h:02}:{m:02}:{s:02} +0000] \"GET {} HTTP/1.1\" 200 {} \
             \"https://shop.example/items/{}\" \"{agent}\"",
            i % 250,
            i % 241,
            i % 239,
            path[i as usize % path.len()],
            i % 50_000,
            i % 1_000,
        );
    }
    log.into_bytes()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let block = match arguments.next().as_deref() {
        None | Some("-") => made_up(),
        Some(path) => std::fs::read(path).expect("a file to repeat"),
    };
    let gigabytes: f64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1.0);
    let bytes = (gigabytes * 1e9) as usize;
    let router = Router::default();
    for _ in 0..3 {
        let mut input = Repeated { block: block.clone(), at: 0, left: bytes };
        let begin = Instant::now();
        let mut reading = Reading::new(&router);
        reading.file("log", &mut input);
        let seconds = begin.elapsed().as_secs_f64();
        let report = reading.finish().report;
        println!(
            "{} lines, {} skipped: {:.0} MB/s, {:.0} ns a line (finish {:.0} ms)",
            report.lines(),
            report.skipped(),
            bytes as f64 / 1e6 / seconds,
            seconds * 1e9 / report.lines() as f64,
            begin.elapsed().as_secs_f64() * 1e3 - seconds * 1e3,
        );
    }
}
