//! Terraform: its JSON syntax, one folder of blocks for all platforms that it writes.
//!
//! Resources of the providers and two well-known modules, with pinned versions; `.ci/terraform-known.json` holds what
//! each of them knows, and `.ci/validate-emitted` holds what is written against it. Reasons stand in the `//` of blocks.

mod address;
mod aws;
mod azure;
mod beside;
mod bursts;
mod clusters;
mod environment;
mod gcp;
mod hetzner;
mod json;
mod parts;
mod servers;
mod stack;
mod stores;

use std::fmt::Debug;

use model::{Placement, Role, Settings};
use source::Finding;

use crate::findings::NOT_WRITTEN;
use crate::tree::Node;
use crate::{Construct, Fidelity, FilesAre, Output, Part, Plan, Target};
use address::Address;
use stack::Stack;

/// Terraform.
#[derive(Debug)]
pub struct Terraform;

/// A platform that Terraform sets up.
trait Place: Sync + Debug {
    /// Whether a component as placed is this one's.
    fn takes(&self, placement: &Placement) -> bool;
    /// Why a part cannot be written here, if it cannot.
    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String>;
    /// Whether a part has a security group of its own in Amazon's network.
    fn has_group(&self, plan: &Plan<'_>, part: &Part<'_>) -> bool {
        let _ = (plan, part);
        false
    }
    /// Writes the parts, of which none is refused.
    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]);
    /// Where a caller reaches a part; `None` under the name that it has.
    fn address(
        &self,
        stack: &mut Stack<'_, '_>,
        part: &Part<'_>,
        caller: &Part<'_>,
    ) -> Option<Address>;
    /// The same for those who stand elsewhere.
    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node>;
}

/// Every platform. A new one is one file and one line here.
const ALL: &[&dyn Place] = &[
    &aws::ecs::Ecs,
    &aws::ec2::Ec2,
    &aws::functions::Functions,
    &aws::managed::Managed,
    &gcp::cloud_run::CloudRun,
    &gcp::compute::Compute,
    &gcp::managed::Managed,
    &azure::container_apps::ContainerApps,
    &azure::machines::Machines,
    &azure::managed::Managed,
    &hetzner::Hetzner,
];

pub(crate) use azure::aks::client_of;

impl Target for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn title(&self) -> &'static str {
        "Terraform"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &[
            "aws/fargate",
            "aws/lambda",
            "aws/managed",
            "azure/container-apps",
            "azure/managed",
            "gcp/cloud-run",
            "gcp/managed",
            "kubernetes/aks",
            "kubernetes/eks",
            "kubernetes/eks-auto",
            "kubernetes/gke",
            "kubernetes/gke-autopilot",
            "servers/azure-vm",
            "servers/ec2",
            "servers/gce",
            "servers/hetzner",
        ]
    }

    fn takes(&self, placement: &Placement) -> bool {
        !matches!(placement.configured, Settings::Pod(_))
            && ALL.iter().any(|place| place.takes(placement))
    }

    fn leaves(&self, placement: &Placement) -> bool {
        matches!(placement.configured, Settings::Pod(_))
    }

    fn adds_to(&self, part: &Part<'_>) -> bool {
        bursts::is_split(part)
    }

    fn fidelity(&self, construct: Construct) -> Fidelity {
        fidelity(construct)
    }

    fn has_no_place(&self, placement: &Placement, role: Role) -> Option<&'static str> {
        match (placement.platform.0, role) {
            ("aws/lambda", _) => Some("a function is one container"),
            ("gcp/cloud-run", Role::Init) => {
                Some("Cloud Run starts no container that ends before the others")
            }
            _ => None,
        }
    }

    fn files(&self, placement: &Placement) -> FilesAre {
        match placement.configured {
            Settings::Server(_) => FilesAre::Copied,
            _ => FilesAre::Missing,
        }
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let own: Vec<&Part<'_>> = plan.of(self.name()).collect();
        let mut stack = Stack::new(plan, out);
        let mut written: Vec<&Part<'_>> = Vec::new();
        for part in own {
            match place_of(plan, part) {
                Ok(_) => written.push(part),
                Err(reason) => {
                    let message = format!("{}: {reason}", part.component.id);
                    let finding = Finding::warning(NOT_WRITTEN, message)
                        .hint("set this part up by hand, or plan it with `--to kubernetes`");
                    stack.out.not_written(plan, part, finding);
                }
            }
        }
        for place in ALL {
            let here: Vec<&Part<'_>> =
                written.iter().copied().filter(|part| place.takes(part.placement)).collect();
            if !here.is_empty() {
                place.write(&mut stack, &here);
            }
        }
        if plan.asked() == Some(self.name()) {
            let pods: Vec<&Part<'_>> =
                plan.parts.iter().filter(|part| self.leaves(part.placement)).collect();
            aws::eks::write(&mut stack, &pods);
            gcp::gke::write(&mut stack, &pods);
            azure::aks::write(&mut stack, &pods);
        }
        bursts::write(&mut stack);
        if stack.is_empty() {
            return;
        }
        address::outputs(&mut stack, &written);
        stack.finish();
        let steps = [
            "give the variables of `terraform/variables.tf.json` that have no default, in `terraform/terraform.tfvars` or as `TF_VAR_NAME`",
            "`terraform -chdir=terraform init`, then `terraform -chdir=terraform apply`",
        ];
        for (at, step) in steps.into_iter().enumerate() {
            out.steps.insert(at, step.to_owned());
        }
    }
}

/// Whether a part's pods run in a cluster that Terraform writes.
pub(crate) fn has_pods_of(plan: &Plan<'_>, pods: &Part<'_>) -> bool {
    plan.asked() == Some(Terraform.name())
        && Terraform.platforms().contains(&pods.placement.platform.0)
}

/// Whether pods of a part, in a cluster that Terraform writes, may use what they call: it gives their ServiceAccount the right.
pub(crate) fn lets_use(plan: &Plan<'_>, pods: &Part<'_>, called: &Part<'_>) -> bool {
    has_pods_of(plan, pods)
        && pods.provider() == called.provider()
        && place_of(plan, called).is_ok()
}

/// Why the other side of a part's pods cannot be written, if it cannot.
pub(crate) fn burst_unfit(plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
    bursts::unfit(plan, part)
}

/// The output that says where the other side of a part's pods is reached.
pub(crate) fn burst_output(part: &Part<'_>) -> String {
    bursts::output_of(part)
}

/// The platform that writes a part, or why none does.
fn place_of(plan: &Plan<'_>, part: &Part<'_>) -> Result<&'static dyn Place, String> {
    let place = ALL.iter().copied().find(|place| place.takes(part.placement));
    let Some(place) = place.filter(|_| part.target == Some(Terraform.name())) else {
        return Err(format!("Terraform is not written for {}", part.placement.platform));
    };
    match place.refuses(plan, part) {
        Some(reason) => Err(reason),
        None => Ok(place),
    }
}

/// Whether a part has a security group of its own in Amazon's network.
fn has_group(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    place_of(plan, part).is_ok_and(|place| place.has_group(plan, part))
}

/// What becomes of a construct.
fn fidelity(construct: Construct) -> Fidelity {
    use Fidelity::{Full, Note, Refused};
    match construct {
        Construct::Http => {
            Note("a service, an app, a function or a server, behind what the plan has before it")
        }
        Construct::Worker => Note(
            "follows CPU on ECS and its queue on Container Apps; on Lambda behind a queue, a stream or a bucket; on servers as many as planned",
        ),
        Construct::Queue => Note("a queue of its own; its URL is an output"),
        Construct::Stream => Note(
            "reads with its own client; a function of a table, of Kafka at Amazon, else a Kinesis stream of its own",
        ),
        Construct::Cron => Note("in UTC: a task, a job, a function, or cron on one server"),
        Construct::Job => Note(
            "a task, a job, a function or a unit on a server that nothing starts; the page has the command",
        ),
        Construct::Store => Note(
            "on servers, one copy with a disk of its own; else on a cluster, as for Kubernetes",
        ),
        Construct::ManagedStore => {
            Note("SQL, tables, queues and buckets; caches, documents and Kafka on AWS")
        }
        Construct::Static => Note("its web server"),
        Construct::Function => Note("archives on Lambda; elsewhere an image with a host"),
        Construct::Environment => Note("names of parts become the addresses that they have now"),
        Construct::Secrets => {
            Note("sensitive variables, out of the state where the platform keeps secrets")
        }
        Construct::Ports => Note("all on ECS and servers, one elsewhere"),
        Construct::Udp => Note("on ECS and servers, behind a load balancer of its own"),
        Construct::Probes => {
            Note("paths and TCP, on servers by the load balancer; commands on ECS")
        }
        Construct::Scaling => Note(
            "as planned; twice the replay's most where the plan has no bound; servers by type and number",
        ),
        Construct::Volumes => Note("on servers, a disk a copy; the other platforms keep nothing"),
        Construct::Public => Note(
            "one load balancer for all on ECS and servers, else a host of the provider's each; addresses of single servers",
        ),
        Construct::Calls => Note("security groups and rights along the calls; what leaves is open"),
        Construct::WebSockets => Note(
            "on servers and containers; a function behind a WebSocket API, whose events its code has to take",
        ),
        Construct::Grpc => Note("on ECS and servers with a certificate; not as a function"),
        Construct::Gpu | Construct::Privileged => {
            Refused("these platforms have none, or it is not written yet")
        }
        Construct::Windows => Note("on ECS"),
        Construct::Grace => Note("full on servers; 120 s at the most on ECS; Cloud Run's own"),
        Construct::Split => Note(
            "EC2 with a function's URL, Compute Engine with Cloud Run, Azure's machines with Container Apps: a proxy on each server holds the cap; of pods the other side",
        ),
        Construct::Sidecars => Note(
            "with scratch space that they share; on Cloud Run what stays; not beside a function",
        ),
        Construct::Rights => {
            Note("roles on AWS, where any account stands for one's own; elsewhere only told")
        }
        Construct::Layers => Note("of functions; answers are streamed by a URL alone"),
        Construct::Files => Note(
            "on servers from a folder of theirs, to which the page copies them; elsewhere told: they belong into the image",
        ),
        Construct::Image | Construct::Command | Construct::Size => Full,
    }
}
