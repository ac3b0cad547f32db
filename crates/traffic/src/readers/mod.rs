//! One file a log format. To add one: write the file and add its line to [`ALL`].
//!
//! A format is recognised by its content: each one is tried on the first lines, and the one that understands
//! most of them reads the rest.

mod alb;
mod api_gateway;
mod caddy;
mod clb;
mod cloudfront;
mod combined;
mod csv;
mod envoy;
mod envoy_json;
mod gcp_load_balancer;
mod haproxy;
mod json;
mod nlb;
mod s3;
mod traefik;
mod w3c;

use crate::gathering::columns::Columns;

/// Every format we read. Of two that understand a file equally well, the first one is taken.
pub const ALL: [Format; 16] = [
    combined::FORMAT,
    alb::FORMAT,
    nlb::FORMAT,
    clb::FORMAT,
    envoy::FORMAT,
    haproxy::FORMAT,
    s3::FORMAT,
    cloudfront::FORMAT,
    w3c::FORMAT,
    caddy::FORMAT,
    traefik::FORMAT,
    envoy_json::FORMAT,
    gcp_load_balancer::FORMAT,
    api_gateway::FORMAT,
    json::FORMAT,
    csv::FORMAT,
];

/// A log format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name in outputs: `combined`.
    pub id: &'static str,
    /// Its name in prose: `access log (combined or common)`.
    pub name: &'static str,
    /// A reader for a file that begins with these lines, or `None` if it cannot be this format.
    pub(crate) open: Open,
}

type Open = fn(&[&[u8]]) -> Option<Box<dyn Reader>>;

/// Understands one line after the other.
pub(crate) trait Reader {
    /// What a line says. The line has no line ending and is not empty.
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l>;
    /// Numbers of the lines that are no part of a request.
    fn columns(&mut self) -> Columns {
        Columns::default()
    }
    /// What had to be assumed to read the file, in words; empty if nothing.
    fn assumptions(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What became of one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Outcome<'l> {
    /// A request.
    Request(Line<'l>),
    /// A header or a comment.
    Aside,
    /// Not understood.
    Skipped(Reason),
}

/// One request as a line of a log tells it. Nothing of the client is kept.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Line<'l> {
    /// When it came, in nanoseconds since 1970-01-01 UTC.
    pub at_ns: u64,
    /// Whether `at_ns` is finer than a second.
    pub precision: Precision,
    /// Method; empty if the line has none.
    pub method: &'l [u8],
    /// Path, perhaps with a query; empty if the line has none.
    pub path: &'l [u8],
    /// Status; 0 if the line has none.
    pub status: u16,
    /// Bytes sent.
    pub bytes: Option<u64>,
    /// How long it took, in microseconds, as the client waited.
    pub duration_us: Option<u32>,
    /// How long the server behind the proxy that wrote the line took, in microseconds.
    pub upstream_us: Option<u32>,
    /// The host that was asked for; empty if the line has none.
    pub host: &'l [u8],
    /// The service, function, backend or target group that answered; empty if the line has none.
    pub service: &'l [u8],
    /// The user agent; empty if the line has none. It is classed and dropped.
    pub agent: &'l [u8],
    /// The client's address, perhaps with a port; empty if the line has none. Clients are counted, none is kept.
    pub client: &'l [u8],
    /// How its time is written.
    pub zone: Zoned,
}

impl Line<'_> {
    /// What answering took the server: without the client's line, where a proxy tells them apart.
    pub(crate) fn service_us(&self) -> Option<u32> {
        self.upstream_us.or(self.duration_us)
    }
}

/// How far a written time is from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Zoned {
    /// Not at all: it says `Z`, is a number since 1970, or is UTC by the format's definition.
    #[default]
    Utc,
    /// It does not say: UTC is assumed.
    Assumed,
    /// Minutes east of UTC.
    East(i16),
}

/// How finely a log tells the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Precision {
    /// To the second.
    #[default]
    Second,
    /// Finer.
    Finer,
}

/// Why a line was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// No time, or none that exists.
    Time,
    /// A time, but no request, status or other field where it must stand.
    Fields,
    /// Longer than any line may be.
    TooLong,
    /// The file ended within it.
    CutOff,
    /// More moments than are kept.
    Full,
    /// The same line again, in a log so fine that it cannot be another request.
    Doubled,
}

impl Reason {
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Time, "without a readable time"),
        (Self::Fields, "with missing or broken fields"),
        (Self::TooLong, "longer than 64 KiB"),
        (Self::CutOff, "cut off by the end of the file"),
        (Self::Full, "beyond the number of moments that are kept"),
        (Self::Doubled, "sent twice"),
    ];
}

/// Lines of a file's beginning that must be understood, as a share: fewer, and it is another format.
const UNDERSTOOD_MIN: f64 = 0.1;

/// The format that understands most of these lines, if any understands enough.
pub(crate) fn detect(head: &[&[u8]]) -> Option<(Format, Box<dyn Reader>)> {
    let mut best: Option<(usize, Format)> = None;
    for format in ALL {
        let Some(mut reader) = (format.open)(head) else { continue };
        let understood =
            head.iter().filter(|line| matches!(reader.line(line), Outcome::Request(_))).count();
        if best.is_none_or(|(most, _)| understood > most) {
            best = Some((understood, format));
        }
    }
    let (understood, format) = best?;
    if understood == 0 || (understood as f64) < head.len() as f64 * UNDERSTOOD_MIN {
        return None;
    }
    Some((format, (format.open)(head)?))
}
