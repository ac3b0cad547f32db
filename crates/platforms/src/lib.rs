//! One folder a target: what it refuses, what is worth trying, how it behaves, what it costs.
//!
//! A platform is limits (rules read them), options (configurations worth trying), a world (how instances
//! come, serve and go; closed form or simulated) and a bill (usage × prices → invoice).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod account;
pub mod aws_fargate;
pub mod aws_lambda;
pub mod aws_managed;
pub mod billing;
#[cfg(test)]
pub(crate) mod billing_scene;
mod case;
mod container_load;
mod container_options;
mod container_replay;
mod container_world;
pub mod flow;
pub mod front_door;
pub mod kubernetes_eks;
mod limits;
#[cfg(test)]
pub(crate) mod plain_scene;
mod platform;
pub mod servers_ec2;
mod settings;
mod usage;
#[cfg(test)]
mod worked_bills;

pub use case::{Case, Member, Site};
pub use limits::{Limited, Limits};
pub use platform::{Counts, Evaluation, Family, Obstacle, Platform, Timeline, Together};
pub use settings::{
    Configuration, FrontDoor, FunctionSettings, ManagedSettings, PodSettings, PodTarget,
    ServerSettings, Settings, TaskSettings,
};
pub use usage::{
    Flow, FunctionUsage, ManagedUsage, PodUsage, Replicas, ServerUsage, TaskUsage, Usage,
};

/// Every platform, in the order a table shows them. A new platform is one folder and one line here.
pub const ALL: &[&dyn Platform] = &[
    &aws_lambda::AwsLambda,
    &aws_fargate::AwsFargate,
    &kubernetes_eks::KubernetesEks,
    &servers_ec2::ServersEc2,
    &aws_managed::AwsManaged,
];

/// The platform with this id.
pub fn by_id(id: model::PlatformId) -> Option<&'static dyn Platform> {
    ALL.iter().copied().find(|platform| platform.id() == id)
}
