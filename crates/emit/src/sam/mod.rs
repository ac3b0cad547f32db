//! SAM: one `template.yaml` of functions with their events, queues and alarms.
//!
//! What a function cannot be here is refused part by part, so that the rest still deploys.

mod clock;
mod environment;
mod events;
mod function;
mod ids;
mod policies;

use model::{FrontDoor, FunctionSettings, Kind, Placement, Settings};
use source::Finding;

use crate::findings::NOT_WRITTEN;
use crate::tree::{Node, map};
use crate::{Construct, Fidelity, Output, Part, Plan, Reasons, Target, yaml};
pub(crate) use clock::of as clock;
use ids::Ids;

/// SAM.
#[derive(Debug)]
pub struct Sam;

impl Target for Sam {
    fn name(&self) -> &'static str {
        "sam"
    }

    fn title(&self) -> &'static str {
        "SAM"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &["aws/lambda"]
    }

    fn takes(&self, placement: &Placement) -> bool {
        matches!(placement.configured, Settings::Function(_))
            && placement.platform.0 == "aws/lambda"
    }

    fn fidelity(&self, construct: Construct) -> Fidelity {
        use Fidelity::{Full, Note, Refused};
        match construct {
            Construct::Http => Note("a function behind an HTTP API, a REST API or its own URL"),
            Construct::Worker => Note("behind a queue only"),
            Construct::Queue => Note("a queue of its own; senders read its URL from the outputs"),
            Construct::Cron => Note("in UTC; what only one of day and weekday can say"),
            Construct::Image => Note("HTTP servers by an overlay with the Lambda Web Adapter"),
            Construct::Secrets => Note("parameters without echo; the values have to be set"),
            Construct::Size => Note("memory as planned; CPU follows from it"),
            Construct::Scaling => Note("reserved and provisioned concurrency as planned"),
            Construct::Probes => Note("the path of the ready check, for the adapter"),
            Construct::Public => Note("a host of the provider's each"),
            Construct::Command => Note("of images; an archive has its handler"),
            Construct::Function | Construct::Environment => Full,
            Construct::Udp => Refused("functions are reached over HTTP and by events"),
            Construct::Ports => Note("one, behind the adapter"),
            Construct::Store | Construct::Volumes => Refused("a function keeps nothing"),
            Construct::Gpu | Construct::Privileged | Construct::Windows => {
                Refused("Lambda has none")
            }
            Construct::Grpc => Refused("no front door of Lambda's speaks it"),
            Construct::Grace => Refused("Lambda's own"),
            Construct::Calls => Note("rights to send and to invoke; addresses stay as they are"),
            Construct::Stream
            | Construct::ManagedStore
            | Construct::Static
            | Construct::WebSockets => Refused("not written yet"),
        }
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let why = Reasons::of(plan);
        let mut ids = Ids::of(plan.of(self.name()));
        let mut template = Template::default();
        for part in plan.of(self.name()) {
            match settings(part) {
                Ok(function) => {
                    function::write(plan, part, function, why, &mut ids, &mut template, out);
                }
                Err(reason) => {
                    let message = format!("{}: {reason}", part.component.id);
                    let finding = Finding::warning(NOT_WRITTEN, message)
                        .hint("set this part up by hand, or plan it with `--to kubernetes`");
                    out.findings.push(plan.at(finding, part.component.span));
                }
            }
        }
        if template.resources.is_empty() {
            return;
        }
        let head = format!("{}: what runs as functions\n{}", plan.app.name, plan.made_by);
        out.file("sam/template.yaml", yaml::documents(&head, &[template.node()]));
        out.steps.push("fill in what `sam/template.yaml` calls a placeholder".to_owned());
        out.steps.push(
            "`sam build --template-file sam/template.yaml`, then `sam deploy --guided`, which asks for the parameters"
                .to_owned(),
        );
    }
}

/// What the template is made of.
#[derive(Debug)]
pub(crate) struct Template {
    parameters: Node,
    resources: Node,
    outputs: Node,
}

impl Default for Template {
    fn default() -> Self {
        Self { parameters: Node::empty(), resources: Node::empty(), outputs: Node::empty() }
    }
}

impl Template {
    fn node(self) -> Node {
        let mut node = map([
            ("AWSTemplateFormatVersion", Node::from("2010-09-09")),
            ("Transform", "AWS::Serverless-2016-10-31".into()),
        ]);
        let rest = [
            ("Parameters", self.parameters),
            ("Resources", self.resources),
            ("Outputs", self.outputs),
        ];
        for (key, entries) in rest {
            if !entries.is_empty() {
                node.set(key, entries);
            }
        }
        node
    }
}

/// How a part runs as a function, or why it is not written.
fn settings<'p>(part: &'p Part<'_>) -> Result<&'p FunctionSettings, String> {
    let Settings::Function(function) = &part.placement.configured else {
        return Err("SAM writes functions only".to_owned());
    };
    if function.warm_hours.is_some() {
        return Err("SAM is not written yet for environments kept ready by the hour".to_owned());
    }
    if let Some(workflow) = function.workflow {
        return Err(format!("SAM is not written yet for a {}", workflow.name()));
    }
    match (part.component.kind, function.front_door) {
        (Kind::Stateful | Kind::Static | Kind::Stream, _) => {
            return Err(format!("SAM is not written yet for {}", part.component.kind.name()));
        }
        (Kind::Worker, FrontDoor::Queue)
        | (Kind::Cron, FrontDoor::None | FrontDoor::Schedule)
        | (
            Kind::Http,
            FrontDoor::None | FrontDoor::FunctionUrl | FrontDoor::HttpApi | FrontDoor::RestApi,
        ) => {}
        (Kind::Worker, _) => {
            return Err("SAM is not written yet for a worker without a queue".to_owned());
        }
        (_, door) => return Err(format!("SAM is not written yet for the front door {door:?}")),
    }
    if part.component.kind == Kind::Cron {
        clock::of(part)?;
    }
    Ok(function)
}

/// `Ref` of something in the template.
fn reference(id: &str) -> Node {
    map([("Ref", id.into())])
}

/// An attribute of a resource.
fn attribute(id: &str, name: &str) -> Node {
    map([("Fn::GetAtt", crate::tree::list([id, name]))])
}
