//! What becomes of each construct in each target: the table of the guide.

use std::fmt::Write as _;

use crate::ALL;

/// Something an application has that a target must find a place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Construct {
    /// A service that answers requests.
    Http,
    /// A worker without a client that waits.
    Worker,
    /// A worker behind a queue.
    Queue,
    /// A reader of a stream.
    Stream,
    /// A run by the clock.
    Cron,
    /// A run at each release.
    Job,
    /// A store that the team runs itself.
    Store,
    /// A store that a provider runs.
    ManagedStore,
    /// Files behind a web server.
    Static,
    /// A container image.
    Image,
    /// A function's code in an archive.
    Function,
    /// Command and arguments.
    Command,
    /// Plain variables of the environment.
    Environment,
    /// Secrets.
    Secrets,
    /// Ports over TCP.
    Ports,
    /// Ports over UDP.
    Udp,
    /// Health checks.
    Probes,
    /// Memory and CPU.
    Size,
    /// Number of copies and autoscaler.
    Scaling,
    /// Disks that survive.
    Volumes,
    /// Clients on the internet.
    Public,
    /// Who may call whom.
    Calls,
    /// WebSockets.
    WebSockets,
    /// gRPC.
    Grpc,
    /// Graphics processors.
    Gpu,
    /// Privileged mode.
    Privileged,
    /// Windows.
    Windows,
    /// Time to finish after the request to stop.
    Grace,
    /// One service on servers for the steady part and on functions for the peaks.
    Split,
    /// Containers beside the main one, and those that run before it.
    Sidecars,
    /// Files of config maps and secrets, and scratch space, that the main container sees.
    Files,
    /// What code may do to services of its provider's that are no part of the application.
    Rights,
    /// Layers below a function, and answers that come piece by piece.
    Layers,
}

impl Construct {
    /// Every construct with its name in the table.
    pub const ALL: [(&'static str, Self); 33] = [
        ("service over HTTP", Self::Http),
        ("worker", Self::Worker),
        ("worker behind a queue", Self::Queue),
        ("reader of a stream", Self::Stream),
        ("schedule", Self::Cron),
        ("run at each release", Self::Job),
        ("store run by the team", Self::Store),
        ("managed store", Self::ManagedStore),
        ("static files", Self::Static),
        ("container image", Self::Image),
        ("function in an archive", Self::Function),
        ("command and arguments", Self::Command),
        ("environment", Self::Environment),
        ("secrets", Self::Secrets),
        ("TCP ports", Self::Ports),
        ("UDP ports", Self::Udp),
        ("health checks", Self::Probes),
        ("memory and CPU", Self::Size),
        ("copies and autoscaler", Self::Scaling),
        ("disks", Self::Volumes),
        ("clients on the internet", Self::Public),
        ("calls between parts", Self::Calls),
        ("WebSockets", Self::WebSockets),
        ("gRPC", Self::Grpc),
        ("GPU", Self::Gpu),
        ("privileged mode", Self::Privileged),
        ("Windows", Self::Windows),
        ("time to stop", Self::Grace),
        ("load split between two platforms", Self::Split),
        ("sidecars and init containers", Self::Sidecars),
        ("files of config maps and secrets", Self::Files),
        ("rights to other services of Amazon's", Self::Rights),
        ("layers and streamed answers", Self::Layers),
    ];
}

/// How much of a construct arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fidelity {
    /// All of it.
    Full,
    /// All of it, and there is something to know.
    Note(&'static str),
    /// Nothing, and why.
    Refused(&'static str),
}

/// The table in Markdown: a row a construct, a column a target, and below it the notes.
pub fn markdown() -> String {
    let mut text = String::from("| |");
    for target in ALL {
        let _ = write!(text, " {} |", target.title());
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(ALL.len()));
    text.push('\n');
    for (name, construct) in Construct::ALL {
        let _ = write!(text, "| {name} |");
        for target in ALL {
            let _ = match target.fidelity(construct) {
                Fidelity::Full => write!(text, " full |"),
                Fidelity::Note(note) => write!(text, " {note} |"),
                Fidelity::Refused(why) => write!(text, " **refused**: {why} |"),
            };
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_shows_the_table() {
        let guide = include_str!("../../../docs/guide/emit.md");
        let table = markdown();
        assert!(guide.contains(table.trim_end()), "docs/guide/emit.md lacks the table:\n{table}");
    }
}
