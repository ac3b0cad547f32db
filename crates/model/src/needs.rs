//! What a component needs besides CPU and memory.

use std::collections::BTreeMap;

use source::Span;

/// A need that some platforms cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Holds WebSocket connections.
    WebSockets,
    /// Serves gRPC.
    Grpc,
    /// Listens on a raw TCP port.
    Tcp,
    /// Listens on a UDP port.
    Udp,
    /// Needs a GPU.
    Gpu,
    /// Needs privileged mode, host network or devices.
    Privileged,
    /// Works outside of requests: threads, timers, warm caches that must stay.
    Background,
    /// Keeps data on a local volume that must survive.
    LocalDisk,
    /// Keeps a session in memory between requests.
    SessionState,
    /// Leaves through one fixed address.
    FixedEgressIp,
    /// Reaches private networks (a database in a VPC, say).
    PrivateNetwork,
    /// Must run on Windows.
    Windows,
    /// Must stay on premises or in a place without the managed service.
    OnPremises,
    /// Work of one key is done in order.
    Ordered,
}

impl Need {
    /// Every need with its name in files.
    pub const ALL: [(&'static str, Self); 14] = [
        ("websockets", Self::WebSockets),
        ("grpc", Self::Grpc),
        ("tcp", Self::Tcp),
        ("udp", Self::Udp),
        ("gpu", Self::Gpu),
        ("privileged", Self::Privileged),
        ("background", Self::Background),
        ("local-disk", Self::LocalDisk),
        ("session-state", Self::SessionState),
        ("fixed-egress-ip", Self::FixedEgressIp),
        ("private-network", Self::PrivateNetwork),
        ("windows", Self::Windows),
        ("on-premises", Self::OnPremises),
        ("ordered", Self::Ordered),
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, need)| *need == self).map_or("", |(name, _)| name)
    }
}

/// The needs of one component, each with the place where it was declared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Needs(BTreeMap<Need, Option<Span>>);

impl Needs {
    /// Adds one.
    pub fn insert(&mut self, need: Need, span: Option<Span>) {
        self.0.insert(need, span);
    }
    /// Whether it is there.
    pub fn has(&self, need: Need) -> bool {
        self.0.contains_key(&need)
    }
    /// Where it was declared, if it was.
    pub fn span(&self, need: Need) -> Option<Span> {
        self.0.get(&need).copied().flatten()
    }
    /// All of them, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Need> + '_ {
        self.0.keys().copied()
    }
}
