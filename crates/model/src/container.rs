//! Containers of an instance besides its main one: those that end before it starts, and those that stay beside it.

use source::Span;
use units::{Bytes, Duration, Millicores};

use crate::blueprint::{Port, Probe, Variable};
use crate::component::Component;
use crate::fact::Fact;

/// CPU of a container that has to have its own, where nobody says how much (`global.proxy.resources.requests.cpu`, values.yaml
/// of Istio's chart `istio-control/istio-discovery`).
const CPU_UNSAID: Millicores = Millicores::new(100);
/// Its memory (`global.proxy.resources.requests.memory`, the same file).
const MEMORY_UNSAID: Bytes = Bytes::from_mib(128);
/// The main container keeps at least one in so many parts of what an instance has. Our choice.
pub const MAIN_PART: u64 = 4;

/// CPU of one container of Cloud Run in millicores, with the memory in MiB that it has at the least and at the most: below one
/// vCPU in small steps, above it these alone ("Configure CPU limits for services" and "Configure memory limits for services",
/// Cloud Run documentation).
const CLOUD_RUN: [(u64, u64, u64); 7] = [
    (80, 128, 512),
    (500, 128, 1024),
    (1000, 128, 4096),
    (2000, 128, 8192),
    (4000, 2048, 16_384),
    (6000, 4096, 24_576),
    (8000, 4096, 32_768),
];
/// Millicores up to which a container of Cloud Run has CPU in steps of a hundredth of a vCPU.
const CLOUD_RUN_FINE: u64 = 1000;

/// The smallest size of a container of Cloud Run that is as large as this; `None` where none is.
pub fn cloud_run_size((cpu, memory): (Millicores, Bytes)) -> Option<(Millicores, Bytes)> {
    let (cpu, mib) = (cpu.get().div_ceil(10).saturating_mul(10), memory.mib_ceil());
    let by_memory = CLOUD_RUN.iter().find(|(.., most)| mib <= *most)?;
    let needed = cpu.max(by_memory.0);
    let (step, least, _) = CLOUD_RUN.iter().find(|(step, ..)| needed <= *step)?;
    let cpu = if needed <= CLOUD_RUN_FINE { needed } else { *step };
    Some((Millicores::new(cpu), Bytes::from_mib(mib.max(*least))))
}

/// When a further container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Before the main one, which waits for its end.
    Init,
    /// From before the main one on, and beside it: an init container that is restarted always.
    NativeSidecar,
    /// Beside the main one.
    Sidecar,
}

impl Role {
    /// Every role with its name in files.
    pub const ALL: [(&'static str, Self); 3] =
        [("init", Self::Init), ("native-sidecar", Self::NativeSidecar), ("sidecar", Self::Sidecar)];
    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, role)| *role == self).map_or("", |(name, _)| name)
    }
    /// Whether it is there while the main container serves.
    pub const fn stays(self) -> bool {
        !matches!(self, Self::Init)
    }
}

/// A container of every instance of a component, besides the main one.
///
/// Nothing secret is in it, as in a [`crate::Blueprint`].
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Its name, once in the component.
    pub name: String,
    /// When it runs.
    pub role: Role,
    /// Where it is declared.
    pub span: Option<Span>,
    /// The image as written, with its tag.
    pub image: Option<String>,
    /// What replaces the image's entry point; empty keeps it.
    pub command: Vec<String>,
    /// What replaces the image's arguments; empty keeps them.
    pub args: Vec<String>,
    /// Environment, sorted by name.
    pub environment: Vec<Variable>,
    /// Ports that it listens on. Those that others in the application or clients reach say by which numbers, also where
    /// it is their own.
    pub ports: Vec<Port>,
    /// What it sees of disks.
    pub mounts: Vec<Mount>,
    /// CPU that it asks for: a part of what one instance asks for, if it stays.
    pub cpu: Option<Fact<Millicores>>,
    /// Memory that it may use: a part of what one instance needs, if it stays.
    pub memory: Option<Fact<Bytes>>,
    /// How long it runs before the next one starts, where it ends.
    pub time: Fact<Duration>,
    /// How the platform asks whether it can take requests.
    pub ready: Option<Probe>,
    /// How the platform asks whether it still lives.
    pub alive: Option<Probe>,
    /// How the platform asks whether it has started; the others wait for it.
    pub started: Option<Probe>,
    /// Whether it runs with the rights of its host.
    pub privileged: bool,
}

/// What a container sees at a place in its files. What is in it is not kept: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mount {
    /// What kind of thing.
    pub held: Held,
    /// Its name: of the scratch space in the instance, of the config map, the secret or the claim.
    pub name: String,
    /// The file or folder of it that is seen, where it is not all of it.
    pub part: Option<String>,
    /// Where it is seen. Config maps and secrets at one place are seen there together.
    pub path: String,
    /// Whether the container cannot write to it.
    pub read_only: bool,
    /// Of a config map or a secret: the keys that are seen, each as which file below the path; empty for all by their names.
    pub keys: Vec<(String, String)>,
    /// Of a config map or a secret: the rights of its files where somebody says them, at most `0o777`.
    pub mode: Option<u16>,
    /// Of a config map or a secret: whether the container starts without it.
    pub optional: bool,
    /// Of a config map or a secret: where its content is, where somebody says it.
    pub content: Option<Content>,
    /// Of scratch space: whether it is in memory.
    pub in_memory: bool,
    /// Of scratch space: how much it holds at the most, where somebody says it.
    pub size_max: Option<Bytes>,
}

/// Where the content of a config map or a secret is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// In files of the host: keys with their paths, as seen from where the definition was named.
    Files(Vec<(String, String)>),
    /// In a variable of the shell that starts the application, by its name.
    Variable(String),
    /// In a definition, at this place: `web.yaml:12`.
    Declared(String),
}

impl Mount {
    /// All of a thing at a path; nothing else is said.
    pub fn new(held: Held, name: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            held,
            name: name.into(),
            part: None,
            path: path.into(),
            read_only: false,
            keys: Vec::new(),
            mode: None,
            optional: false,
            content: None,
            in_memory: false,
            size_max: None,
        }
    }
}

/// What stands behind a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// Empty at the start and gone with the instance; containers that see the same one share it.
    Scratch,
    /// The files of a config map.
    ConfigMap,
    /// The files of a secret.
    Secret,
    /// One of the component's volumes.
    Claim,
}

impl Held {
    /// Every kind with its name in files.
    pub const ALL: [(&'static str, Self); 4] = [
        ("scratch", Self::Scratch),
        ("config-map", Self::ConfigMap),
        ("secret", Self::Secret),
        ("claim", Self::Claim),
    ];
    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, held)| *held == self).map_or("", |(name, _)| name)
    }
    /// Whether it brings files along, which somebody has to make.
    pub const fn has_files(self) -> bool {
        matches!(self, Self::ConfigMap | Self::Secret)
    }
}

impl Container {
    /// Of this name; nothing else is known.
    pub fn new(name: &str, role: Role, span: Option<Span>) -> Self {
        Self {
            name: name.to_owned(),
            role,
            span,
            image: None,
            command: Vec::new(),
            args: Vec::new(),
            environment: Vec::new(),
            ports: Vec::new(),
            mounts: Vec::new(),
            cpu: None,
            memory: None,
            time: Fact::Unknown,
            ready: None,
            alive: None,
            started: None,
            privileged: false,
        }
    }

    /// CPU and memory that it asks for; zero where nobody says, since then nothing is kept for it.
    pub fn size(&self) -> (Millicores, Bytes) {
        let cpu = self.cpu.as_ref().and_then(Fact::get).unwrap_or_default();
        (cpu, self.memory.as_ref().and_then(Fact::get).unwrap_or(Bytes::ZERO))
    }

    /// CPU and memory that it is given where each container has its own: as much as it asks for, and where nobody says that,
    /// as much as Istio gives its proxy.
    pub fn own_size(&self) -> (Millicores, Bytes) {
        let (cpu, memory) = self.size();
        (
            if cpu == Millicores::ZERO { CPU_UNSAID } else { cpu },
            if memory == Bytes::ZERO { MEMORY_UNSAID } else { memory },
        )
    }

    /// Its ports that others in the application or clients reach.
    pub fn served(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().filter(|port| port.published || !port.reached_at.is_empty())
    }
}

fn plus(one: (Millicores, Bytes), other: (Millicores, Bytes)) -> (Millicores, Bytes) {
    (one.0 + other.0, one.1 + other.1)
}

/// The larger of what runs and of what runs at the start at once, for CPU and memory apart.
fn effective(containers: &[Container], running: (Millicores, Bytes)) -> (Millicores, Bytes) {
    let (mut most, mut there) = (running, (Millicores::ZERO, Bytes::ZERO));
    for container in containers {
        match container.role {
            Role::Init => {
                let now = plus(there, container.size());
                most = (most.0.max(now.0), most.1.max(now.1));
            }
            Role::NativeSidecar => there = plus(there, container.size()),
            Role::Sidecar => {}
        }
    }
    most
}

/// What those get together that stay, where each has its own.
fn own_sizes(containers: &[Container]) -> (Millicores, Bytes) {
    let stay = containers.iter().filter(|container| container.role.stays());
    stay.map(Container::own_size).fold((Millicores::ZERO, Bytes::ZERO), plus)
}

fn has_room(containers: &[Container], (cpu, memory): (Millicores, Bytes)) -> bool {
    let leaves = |whole: u64, others: u64| others <= whole - whole.div_ceil(MAIN_PART);
    let (others, other_memory) = own_sizes(containers);
    let mut before = containers.iter().filter(|container| !container.role.stays());
    leaves(cpu.get(), others.get())
        && leaves(memory.get(), other_memory.get())
        && before.all(|container| container.size().0 <= cpu && container.size().1 <= memory)
}

/// What further containers mean for the whole.
impl Component {
    /// What its containers ask for that stay beside the main one, together: a part of the component's own sizes.
    pub fn beside(&self) -> (Millicores, Bytes) {
        let stay = self.containers.iter().filter(|container| container.role.stays());
        stay.map(Container::size).fold((Millicores::ZERO, Bytes::ZERO), plus)
    }

    /// CPU that is left for the main container of what an instance has, where each container has its own.
    pub fn left_for_main(&self, whole: Millicores) -> Millicores {
        let (others, _) = own_sizes(&self.containers);
        whole.saturating_sub(others).max(Millicores::new(whole.get().div_ceil(MAIN_PART)))
    }

    /// Whether an instance of this size has room for its containers where each has its own: those that stay leave the main one
    /// its part ([`MAIN_PART`]), and none of those that run before it asks for more than all of it.
    pub fn has_room_in(&self, whole: (Millicores, Bytes)) -> bool {
        has_room(&self.containers, whole)
    }

    /// What its containers get together that stay beside the main one in an instance of Cloud Run; `None` where one is larger
    /// than a container can be there.
    pub fn beside_on_cloud_run(&self) -> Option<(Millicores, Bytes)> {
        let mut stay = self.containers.iter().filter(|container| container.role.stays());
        stay.try_fold((Millicores::ZERO, Bytes::ZERO), |sum, container| {
            Some(plus(sum, cloud_run_size(container.own_size())?))
        })
    }

    /// What is kept for an instance that asks for this much when it runs: as much as its start needs, if that is more.
    ///
    /// "The higher of: the sum of all app containers' request/limit for a resource; the effective init request/limit for a
    /// resource", where init containers run one by one, each beside the sidecars before it (Kubernetes documentation,
    /// "Sidecar Containers", resource sharing within containers).
    pub fn scheduled(&self, running: (Millicores, Bytes)) -> (Millicores, Bytes) {
        effective(&self.containers, running)
    }

    /// The time that its init containers take one after the other, before the main container starts.
    pub fn time_before(&self) -> Duration {
        let times = self.containers.iter().filter(|container| !container.role.stays());
        times.filter_map(|container| container.time.get()).fold(Duration::ZERO, |sum, t| sum + t)
    }

    /// What all its containers see of files, the main one first.
    pub fn all_mounts(&self) -> impl Iterator<Item = &Mount> {
        self.mounts.iter().chain(self.containers.iter().flat_map(|container| &container.mounts))
    }

    /// A container without which the others cannot work, with the reason: it shares files with them, or takes the requests
    /// that are meant for the component. Only those are looked at whose role is `lost`.
    pub fn bound(&self, lost: impl Fn(Role) -> bool) -> Option<(&Container, &'static str)> {
        let all = || self.containers.iter().filter(|container| lost(container.role));
        let files = |container: &&Container| {
            let shares = |mount: &Mount| match mount.held {
                Held::Scratch => {
                    let kept = self.containers.iter().filter(|other| !lost(other.role));
                    let mut seen = self.mounts.iter().chain(kept.flat_map(|other| &other.mounts));
                    seen.any(|own| (own.held, &own.name) == (mount.held, &mount.name))
                }
                Held::Claim => true,
                Held::ConfigMap | Held::Secret => false,
            };
            container.mounts.iter().any(shares)
        };
        let serves =
            |container: &&Container| container.role.stays() && container.served().next().is_some();
        let serving = all().find(serves).map(|container| (container, "takes requests for it"));
        serving.or_else(|| {
            let sharing = all().find(files)?;
            Some((sharing, "shares files with it"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(role: Role, milli: u64, mib: u64) -> Container {
        Container {
            cpu: Some(Fact::assumed(Millicores::new(milli), "")),
            memory: Some(Fact::assumed(Bytes::from_mib(mib), "")),
            ..Container::new("c", role, None)
        }
    }

    #[test]
    fn what_is_kept_is_the_larger_of_start_and_run() {
        let running = (Millicores::new(300), Bytes::from_mib(400));
        assert_eq!(effective(&[], running), running);
        // Before the sidecar, then beside it, then one that is small.
        let containers = [
            sized(Role::Init, 900, 10),
            sized(Role::NativeSidecar, 100, 100),
            sized(Role::Init, 50, 350),
            sized(Role::Sidecar, 2000, 2000),
        ];
        assert_eq!(effective(&containers, running), (Millicores::new(900), Bytes::from_mib(450)));
    }

    #[test]
    fn a_container_of_cloud_run_has_cpu_for_its_memory() {
        for (asked, expected) in [
            ((0, 0), Some((80, 128))),
            ((105, 300), Some((110, 300))),
            ((100, 513), Some((500, 513))),
            ((600, 1025), Some((1000, 1025))),
            ((1010, 64), Some((2000, 128))),
            ((100, 9000), Some((4000, 9000))),
            ((3000, 100), Some((4000, 2048))),
            ((9000, 100), None),
            ((100, 40_000), None),
        ] {
            let size = |(milli, mib)| (Millicores::new(milli), Bytes::from_mib(mib));
            assert_eq!(cloud_run_size(size(asked)), expected.map(size), "{asked:?}");
        }
    }

    #[test]
    fn room_is_what_others_leave() {
        let room = |containers: &[Container], milli, mib| {
            has_room(containers, (Millicores::new(milli), Bytes::from_mib(mib)))
        };
        assert!(room(&[], 1, 1));
        // Nobody says its size: 100m and 128 MiB.
        let mut containers = vec![Container::new("c", Role::Sidecar, None)];
        assert!(room(&containers, 134, 171) && !room(&containers, 132, 171));
        assert!(!room(&containers, 134, 170));
        containers.push(sized(Role::Init, 500, 64));
        assert!(room(&containers, 500, 171) && !room(&containers, 499, 171));
    }
}
