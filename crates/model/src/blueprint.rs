//! How a component is deployed today: what a plan does not need and what carrying it out does.
//!
//! Importers keep it, emitters write it again. Nothing secret is in it: a value that looks like one is known by
//! its name only.

use source::Span;
use units::Duration;

use crate::autoscaler::Autoscaler;
use crate::right::Right;
use crate::table::Table;
use crate::trigger::Trigger;

/// The deployed form of a component as its definition has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Blueprint {
    /// The image as written, with its tag.
    pub image: Option<String>,
    /// The folder an image or an archive is built from.
    pub build: Option<String>,
    /// What a function starts: `index.handler`.
    pub handler: Option<String>,
    /// What replaces the image's entry point; empty keeps it.
    pub command: Vec<String>,
    /// What replaces the image's arguments; empty keeps them.
    pub args: Vec<String>,
    /// Environment, sorted by name.
    pub environment: Vec<Variable>,
    /// Ports that it listens on.
    pub ports: Vec<Port>,
    /// How the platform asks whether it can take requests.
    pub ready: Option<Probe>,
    /// How the platform asks whether it still lives.
    pub alive: Option<Probe>,
    /// How the platform asks whether it has started; the others wait for it.
    pub started: Option<Probe>,
    /// Copies, where a number is fixed.
    pub replicas: Option<u32>,
    /// Who changes their number, and how.
    pub autoscaler: Option<Autoscaler>,
    /// Time between the request to stop and the kill.
    pub grace: Option<Duration>,
    /// For jobs: how often a run that fails is started again, where a definition says so.
    pub retries: Option<u32>,
    /// Jobs that must have ended before it starts, by their ids, sorted.
    pub after: Vec<String>,
    /// Places on disk that survive the container.
    pub volumes: Vec<Volume>,
    /// What starts a function, by the names of its format: `HttpApi`, `SQS`, `schedule`.
    pub events: Vec<String>,
    /// What its code may do to services of the provider's that are no part of the application.
    pub rights: Vec<Right>,
    /// Layers of a function in order: their addresses, in which `${AWS::Region}` and its like may stand.
    pub layers: Vec<Setting>,
    /// Whether a function answers piece by piece, while it still works.
    pub streams_answers: bool,
    /// How a table of keys and values is laid out.
    pub table: Option<Table>,
    /// What calls a function when something happens elsewhere, as far as it is known.
    pub triggers: Vec<Trigger>,
    /// What its definition says of it that has no place here, in words, sorted.
    pub unheld: Vec<String>,
    /// Settings of one platform that have no place of their own here, by name: `SnapStart`.
    pub settings: Vec<(String, String)>,
}

impl Blueprint {
    /// The setting of a store that says on which type of machine it runs: `db.t4g.medium`.
    pub const MACHINE: &str = "machine";
}

/// One variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is set to.
    pub value: Setting,
}

/// What a variable is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// This text, which does not look like a secret.
    Plain(String),
    /// A secret, or what looks like one: only where it stands, if that is known.
    Secret(Option<Place>),
    /// Something that stands elsewhere: a config map, the shell, a parameter.
    From(Place),
}

/// Where the value of a variable stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name it goes by there: of a config map, a secret, another variable, a resource, or the field of a pod.
    pub name: String,
    /// The key inside of it, where it has several.
    pub key: Option<String>,
}

impl Place {
    /// One that has no keys.
    pub fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), key: None }
    }
    /// A key of it.
    pub fn key(name: impl Into<String>, key: impl Into<String>) -> Self {
        Self { name: name.into(), key: Some(key.into()) }
    }
}

/// A port that a component listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its number inside the container.
    pub number: u16,
    /// Transport.
    pub protocol: Protocol,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Whether clients outside reach it.
    pub published: bool,
    /// Numbers by which others in the application reach it, where they are others than its own: those of a service
    /// in front of it.
    pub reached_at: Vec<u16>,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// Transport of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What is asked.
    pub check: Check,
    /// Time before it is asked for the first time.
    pub delay: Duration,
    /// Time between two askings.
    pub period: Duration,
    /// Time for an answer.
    pub timeout: Duration,
    /// Answers in a row that must fail before it counts as failed.
    pub failures: u32,
}

/// What a health check asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// `GET` on this path and port; the port is the first one where none is named.
    Http(String, Option<u16>),
    /// A connection to this port.
    Tcp(Option<u16>),
    /// A command that must succeed.
    Command(Vec<String>),
}

/// A place on disk that survives the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name, or the folder of the host it shows.
    pub name: String,
    /// Where it is seen inside.
    pub path: String,
}
