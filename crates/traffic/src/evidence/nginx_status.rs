//! Snapshots of nginx Plus (`/status`, and `/api` put into one document): counters by server zone and upstream,
//! which are differenced from one snapshot to the next. A fall is a restart, after which a counter starts at zero.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::evidence::minute_counts::second;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::{Call, Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "nginx-plus-status",
    name: "nginx Plus status snapshots",
    fits: |head| {
        head.json_with(&["nginx_version", "requests"])
            || head.json_with(&["server_zones", "upstreams"])
    },
    read,
};

/// Objects within each other that are looked into; the status has three.
const DEPTH_MAX: usize = 4;

#[derive(Debug, Default)]
struct Snapshot {
    second: Option<u32>,
    /// Requests of the whole server.
    total: Option<u64>,
    zones: Vec<(String, u64)>,
    peers: Vec<Peer>,
}

#[derive(Debug)]
struct Peer {
    upstream: String,
    /// What tells it from the others; never shown.
    id: String,
    requests: u64,
    /// The server's own moving average.
    response_ms: Option<f64>,
}

/// A counter as it was last seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    second: u32,
    count: u64,
}

#[derive(Debug, Default)]
struct Differences {
    snapshots: u64,
    last_second: u32,
    total: Option<Seen>,
    zones: BTreeMap<String, Seen>,
    peers: BTreeMap<(String, String), Seen>,
    /// Requests by upstream, and the sum of their response times.
    upstreams: BTreeMap<String, (u64, u64, f64)>,
    /// What the zones counted beyond the server's own counter, which lags behind at times.
    owed: u64,
    requests: u64,
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "one status document a line, with `timestamp` in milliseconds and `requests.total` or `server_zones`, oldest first";
    let (name, stem) = (source.name.clone(), source.stem().to_owned());
    let mut so_far = Differences::default();
    source.each_document(|source, json| {
        let mut one = |source: &mut Source<'_>, json: &mut Json<'_>| {
            let mut snapshot = Snapshot::default();
            fields(json, &mut snapshot, 0)?;
            so_far.take(source, into, (&name, &stem), snapshot);
            Ok(())
        };
        if json.peek() == Some(b'[') {
            return json.array(|json| one(source, json));
        }
        one(source, json)
    });
    so_far.finish(source, into, (&name, &stem));
}

fn fields(json: &mut Json<'_>, into: &mut Snapshot, depth: usize) -> Parsed<()> {
    json.object(|key, json| match key {
        b"timestamp" => {
            into.second = second(json.bytes()?).or(into.second);
            Ok(())
        }
        b"requests" => json.object(|key, json| {
            if key == b"total" {
                into.total = json.whole()?;
            }
            Ok(())
        }),
        b"server_zones" => json.object(|zone, json| {
            let zone = String::from_utf8_lossy(zone).into_owned();
            json.object(|key, json| {
                if key == b"requests" {
                    into.zones.extend(json.whole()?.map(|count| (zone.clone(), count)));
                }
                Ok(())
            })
        }),
        b"upstreams" => json.object(|upstream, json| {
            let upstream = String::from_utf8_lossy(upstream).into_owned();
            if json.peek() == Some(b'[') {
                return peers(json, &upstream, into);
            }
            json.object(
                |key, json| if key == b"peers" { peers(json, &upstream, into) } else { Ok(()) },
            )
        }),
        b"nginx" | b"http" if depth < DEPTH_MAX => fields(json, into, depth + 1),
        _ => Ok(()),
    })
}

fn peers(json: &mut Json<'_>, upstream: &str, into: &mut Snapshot) -> Parsed<()> {
    json.array(|json| {
        let (mut id, mut requests, mut response_ms) = (String::new(), None, None);
        json.object(|key, json| {
            match key {
                b"id" | b"server" => {
                    id.push_str(&json.text()?.unwrap_or_default());
                    id.push(' ');
                }
                b"requests" => requests = json.whole()?,
                b"response_time" => response_ms = json.number()?.filter(|ms| *ms >= 0.0),
                _ => {}
            }
            Ok(())
        })?;
        let upstream = upstream.to_owned();
        into.peers.extend(requests.map(|requests| Peer { upstream, id, requests, response_ms }));
        Ok(())
    })
}

impl Differences {
    fn take(
        &mut self,
        source: &mut Source<'_>,
        into: &mut Gathered,
        (name, stem): (&str, &str),
        snapshot: Snapshot,
    ) {
        let Some(second) = snapshot.second else {
            source.skip("snapshots without a readable `timestamp`", 0);
            return;
        };
        if second < self.last_second {
            source.skip("snapshots that go back in time", 0);
            return;
        }
        if second == self.last_second {
            source.skip("snapshots of the same second as the one before", 0);
            return;
        }
        if snapshot.total.is_none() && snapshot.zones.is_empty() {
            source.skip("snapshots without a number of requests", 0);
            return;
        }
        source.keep();
        self.snapshots += 1;
        self.last_second = second;
        let mut of_zones = 0_u64;
        for (zone, count) in snapshot.zones {
            let before = self.zones.insert(zone.clone(), Seen { second, count });
            if let Some(counted) = risen(before, Seen { second, count }) {
                of_zones = of_zones.saturating_add(counted.1);
                into.count(&zone, name, counted.0);
            }
        }
        let mut rise = of_zones;
        if let Some(count) = snapshot.total {
            let before = self.total.replace(Seen { second, count });
            if let Some((counted, all)) = risen(before, Seen { second, count }) {
                let zoned = of_zones.saturating_add(self.owed);
                self.owed = zoned.saturating_sub(all);
                let requests = all.saturating_sub(zoned) as f64;
                into.count(stem, name, Counted { requests, ..counted });
                rise = all;
            }
        }
        self.requests = self.requests.saturating_add(rise);
        for peer in snapshot.peers {
            let seen = Seen { second, count: peer.requests };
            let before = self.peers.insert((peer.upstream.clone(), peer.id), seen);
            if let Some((_, n)) = risen(before, seen) {
                let (all, timed, ms) = self.upstreams.entry(peer.upstream).or_default();
                *all = all.saturating_add(n);
                if let Some(response_ms) = peer.response_ms {
                    *timed = timed.saturating_add(n);
                    *ms += response_ms * n as f64;
                }
            }
        }
    }

    fn finish(self, source: &mut Source<'_>, into: &mut Gathered, (name, stem): (&str, &str)) {
        if self.snapshots == 1 {
            // Counters since a start that nobody says.
            for (zone, seen) in &self.zones {
                into.untimed(zone, name, seen.count as f64);
            }
            let zoned: u64 =
                self.zones.values().map(|seen| seen.count).fold(0, u64::saturating_add);
            if let Some(total) = self.total {
                into.untimed(stem, name, total.count.saturating_sub(zoned) as f64);
            }
            source.tell(findings::untold(
                name,
                "when its requests came: it is one snapshot of counters",
                "fetch the status every few seconds, one document a line, and give that file",
            ));
            return;
        }
        let mut timed = false;
        for (upstream, (calls, with_time, ms)) in self.upstreams {
            if calls == 0 {
                continue;
            }
            let call = Call {
                from: stem.to_owned(),
                to: upstream.clone(),
                calls,
                requests: self.requests,
                message: false,
            };
            into.call(call);
            if with_time > 0 {
                timed = true;
                let mean = Some(ms / with_time as f64);
                let summary = Summary { count: with_time, mean, quantiles: Vec::new() };
                into.subject(&upstream, name).duration_ms = Some(summary);
            }
        }
        if self.snapshots > 1 && !timed {
            source.tell(findings::untold(
                name,
                "how long requests take",
                "write `duration` in the definition, or give an access log with `$upstream_response_time`",
            ));
        }
    }
}

/// How far a counter rose, and since when.
fn risen(before: Option<Seen>, now: Seen) -> Option<(Counted, u64)> {
    let before = before?;
    let length_s = now.second.checked_sub(before.second).filter(|s| *s > 0)?;
    let rise = now.count.checked_sub(before.count).unwrap_or(now.count);
    Some((Counted { start_s: before.second, length_s, requests: rise as f64 }, rise))
}
