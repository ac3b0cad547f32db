//! Requests that are not what an application is planned for: static files, health checks, bots.

use crate::path;
use crate::readers::Line;

/// A kind of request that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file that a CDN would serve, by its extension.
    Static,
    /// A load balancer, an orchestrator or a monitor asking whether the server lives.
    Health,
    /// A crawler, by its user agent.
    Bot,
}

impl Kind {
    /// Every kind, with its name on the command line.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Static, "static"), (Self::Health, "health"), (Self::Bot, "bots")];
}

/// Paths that only a health check asks for.
const HEALTH_PATHS: [&[u8]; 16] = [
    b"/health",
    b"/healthz",
    b"/healthcheck",
    b"/health-check",
    b"/health_check",
    b"/_health",
    b"/livez",
    b"/readyz",
    b"/ready",
    b"/live",
    b"/liveness",
    b"/readiness",
    b"/ping",
    b"/actuator/health",
    b"/-/healthy",
    b"/server-status",
];
/// Beginnings of the user agents of health checks.
const HEALTH_AGENTS: [&[u8]; 9] = [
    b"ELB-HealthChecker",
    b"kube-probe",
    b"GoogleHC",
    b"Amazon-Route53-Health-Check",
    b"Consul Health Check",
    b"Envoy/HC",
    b"Edge Health Probe",
    b"HealthCheck/",
    b"Knative-",
];
/// Words in the user agents of crawlers and monitors.
const BOT_WORDS: [&[u8]; 12] = [
    b"bot",
    b"crawl",
    b"spider",
    b"slurp",
    b"pingdom",
    b"uptime",
    b"feedfetcher",
    b"facebookexternalhit",
    b"scrapy",
    b"archiver",
    b"mediapartners",
    b"zgrab",
];
/// User agents whose class is remembered; there are few, and they come again and again.
const REMEMBERED: usize = 1 << 10;

/// Tells kinds apart. It keeps hashes of user agents for as long as a file is read, and nothing else of them.
#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    agents: Vec<(u64, Option<Kind>)>,
    counts: [u64; Kind::ALL.len()],
}

impl Default for Kinds {
    fn default() -> Self {
        Self { agents: vec![(0, None); REMEMBERED], counts: [0; Kind::ALL.len()] }
    }
}

impl Kinds {
    /// Which kind a request is, if it is one. `bare` is its path. It is counted.
    #[inline]
    pub(crate) fn of(&mut self, line: &Line<'_>, bare: &[u8]) -> Option<Kind> {
        let by_agent = self.of_agent(line.agent);
        let kind = if by_agent == Some(Kind::Health) || is_health_path(bare) {
            Some(Kind::Health)
        } else if path::is_static(bare) {
            Some(Kind::Static)
        } else {
            by_agent
        }?;
        self.counts[kind as usize] += 1;
        Some(kind)
    }

    /// How many requests were of a kind; one that is of several counts as the first of health, static, bot.
    pub(crate) const fn count(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    #[inline]
    fn of_agent(&mut self, agent: &[u8]) -> Option<Kind> {
        if agent.is_empty() {
            return None;
        }
        let hash = hash(agent) | 1;
        let slot = &mut self.agents[hash as usize >> 1 & (REMEMBERED - 1)];
        if slot.0 != hash {
            *slot = (hash, class(agent));
        }
        slot.1
    }
}

fn class(agent: &[u8]) -> Option<Kind> {
    if HEALTH_AGENTS.iter().any(|known| agent.starts_with(known)) {
        return Some(Kind::Health);
    }
    let lower = agent.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    BOT_WORDS.iter().any(|word| has(word)).then_some(Kind::Bot)
}

#[inline]
fn is_health_path(bare: &[u8]) -> bool {
    let bare = bare.strip_suffix(b"/").unwrap_or(bare);
    // No longer than the longest of them, and nearly no path is as short.
    bare.len() <= 16 && HEALTH_PATHS.contains(&bare)
}

/// A hash of all bytes, sixteen at a time: equal texts have equal ones, and others nearly never.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const A: u64 = 0x9e37_79b9_7f4a_7c15;
    const B: u64 = 0xd1b5_4a32_d192_ed03;
    let mix = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let word = |chunk: &[u8; 8]| u64::from_le_bytes(*chunk);
    let mut state = A ^ bytes.len() as u64;
    let (pairs, tail) = bytes.as_chunks::<16>();
    for pair in pairs {
        let (halves, _) = pair.as_chunks::<8>();
        state = mix(word(&halves[0]) ^ B, word(&halves[1]) ^ state);
    }
    let mut last = [0; 16];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    let (halves, _) = last.as_chunks::<8>();
    mix(mix(word(&halves[0]) ^ B, word(&halves[1]) ^ state) ^ A, B)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str, agent: &str) -> Option<Kind> {
        let line = Line { path: path.as_bytes(), agent: agent.as_bytes(), ..Line::default() };
        let mut kinds = Kinds::default();
        let first = kinds.of(&line, path::bare(line.path));
        assert_eq!(
            kinds.of(&line, path::bare(line.path)),
            first,
            "the second time is as the first"
        );
        let counted: u64 = Kind::ALL.iter().map(|(k, _)| kinds.count(*k)).sum();
        assert_eq!(counted, if first.is_some() { 2 } else { 0 });
        first
    }

    #[test]
    fn kinds_are_told_apart() {
        for (path, agent, wanted) in [
            ("/", "Mozilla/5.0", None),
            ("/healthz?full", "", Some(Kind::Health)),
            ("/health/", "curl", Some(Kind::Health)),
            ("/healthy-food", "curl", None),
            ("/anything", "ELB-HealthChecker/2.0", Some(Kind::Health)),
            ("/", "kube-probe/1.30", Some(Kind::Health)),
            ("/app.js", "Googlebot/2.1", Some(Kind::Static)),
            ("/page", "Mozilla/5.0 (compatible; Googlebot/2.1)", Some(Kind::Bot)),
            ("/page", "AhrefsBot", Some(Kind::Bot)),
            ("", "", None),
        ] {
            assert_eq!(kind(path, agent), wanted, "{path} {agent}");
        }
    }

    #[test]
    fn equal_texts_alone_share_a_hash() {
        let mut seen = std::collections::BTreeSet::new();
        let text = b"GET /a/very/long/path HTTP/1.1 and more";
        for end in 0..text.len() {
            assert!(seen.insert(hash(&text[..end])));
            let mut other = text[..end].to_vec();
            if let Some(byte) = other.first_mut() {
                *byte ^= 1;
                assert!(seen.insert(hash(&other)));
            }
        }
        assert_eq!(hash(b"abc"), hash(&b"xabc"[1..]));
    }
}
