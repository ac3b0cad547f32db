//! One folder a target: what it refuses, what is worth trying, how it behaves, what it costs.
//!
//! A platform is limits (rules read them), options (configurations worth trying), a world (how instances
//! come, serve and go; closed form or simulated) and a bill (usage × prices → invoice).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod account;
pub mod aws_fargate;
pub mod aws_lambda;
pub mod aws_lambda_managed;
pub mod aws_lambda_microvms;
pub mod azure_container_apps;
pub mod azure_functions_flex;
pub mod billing;
#[cfg(test)]
pub(crate) mod billing_scene;
mod case;
pub mod cloud;
pub mod cloudflare_workers;
mod container_load;
mod container_options;
mod container_replay;
mod container_world;
pub mod cut;
mod dual_price;
pub mod flow;
pub mod front_door;
pub mod gcp_cloud_run;
mod instance_estimate;
mod instance_host;
mod instance_hours;
mod instance_options;
pub mod interruption;
mod knative;
pub mod kubernetes;
mod limits;
pub mod managed;
#[cfg(test)]
pub(crate) mod plain_scene;
mod platform;
mod refit;
pub mod servers;
pub mod spill;
pub mod split;
#[cfg(test)]
pub(crate) mod split_scene;
mod usage;
mod warm_hours;
#[cfg(test)]
mod worked_bills;

pub use case::{Case, Member, Site};
pub use limits::{Language, Limited, Limits};
pub use model::{
    Beside, Billing, Configuration, FrontDoor, FunctionSettings, InstanceSettings, ManagedSettings,
    PodSettings, PodTarget, ServerSettings, Settings, Spill, TaskSettings, Workflow,
};
pub use platform::{Counts, Evaluation, Family, Floors, Obstacle, Platform, Timeline, Together};
pub use refit::refit;
pub use usage::{
    Flow, FunctionUsage, InstanceUsage, ManagedUsage, PodUsage, Replicas, ServerUsage,
    SnapshotUsage, StepUsage, TaskUsage, Usage,
};
pub use warm_hours::requests_outside;

/// Every platform, in the order a table shows them. A new platform is one folder and one line here.
pub const ALL: &[&dyn Platform] = &[
    &aws_lambda::AwsLambda,
    &aws_lambda_managed::LambdaManaged,
    &aws_lambda_microvms::MicroVms,
    &aws_fargate::AwsFargate,
    &gcp_cloud_run::CloudRun,
    &azure_functions_flex::FunctionsFlex,
    &azure_container_apps::ContainerApps,
    &cloudflare_workers::Workers,
    &kubernetes::Kubernetes(&kubernetes::flavours::EKS),
    &kubernetes::Kubernetes(&kubernetes::flavours::EKS_AUTO),
    &kubernetes::Kubernetes(&kubernetes::flavours::EKS_FARGATE),
    &kubernetes::Kubernetes(&kubernetes::flavours::GKE),
    &kubernetes::Kubernetes(&kubernetes::flavours::GKE_AUTOPILOT),
    &kubernetes::Kubernetes(&kubernetes::flavours::AKS),
    &kubernetes::Kubernetes(&kubernetes::flavours::SELF_MANAGED),
    &servers::EC2,
    &servers::GCE,
    &servers::AZURE_VM,
    &servers::HETZNER,
    &servers::FLY,
    &managed::Managed(&managed::services::AWS),
    &managed::Managed(&managed::services::GCP),
    &managed::Managed(&managed::services::AZURE),
];

/// The platform with this id.
pub fn by_id(id: model::PlatformId) -> Option<&'static dyn Platform> {
    ALL.iter().copied().find(|platform| platform.id() == id)
}
