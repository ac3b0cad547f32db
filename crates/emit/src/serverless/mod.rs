//! serverless.yml: one service of functions, and beside it the resources that CloudFormation makes.
//!
//! The syntax is that of version 3 of the Serverless Framework, which its open fork `osls` takes, too. What a
//! function cannot be here is refused part by part, so that the rest still deploys.

mod apis;
mod events;
mod function;
mod roles;
mod variables;

use model::{Kind, Placement};

use crate::lambda::{self, Code, Dialect, Stack};
use crate::names::{label, shortened};
use crate::tree::{Node, map};
use crate::{Construct, Fidelity, Output, Plan, Target, yaml};

/// serverless.yml.
#[derive(Debug)]
pub struct Serverless;

const DIALECT: Dialect = Dialect {
    target: "serverless",
    title: "serverless.yml",
    file: "serverless/serverless.yml",
    archive: |name| format!("code/{name}.zip"),
    given: variables::shell,
    place: |name| format!("the variable `{name}` of the shell that deploys"),
    value: Some(variables::from_shell),
    logical: function::logical,
    alias: function::alias,
    durable: function::durable,
    endings: &["Url"],
    taken: &["HttpApi", "HttpApiStage"],
};

/// The stage where nobody names another one.
const STAGE: &str = "production";
/// Letters of a service's name at most. The framework puts `SERVICE-STAGE-REGION-lambdaRole` together, which may have 64
/// ("IAM and AWS STS quotas", IAM user guide), with regions of 14 letters.
const SERVICE_MAX: usize = 64 - STAGE.len() - 14 - "lambdaRole".len() - 3;

impl Target for Serverless {
    fn name(&self) -> &'static str {
        DIALECT.target
    }

    fn title(&self) -> &'static str {
        DIALECT.title
    }

    fn platforms(&self) -> &'static [&'static str] {
        lambda::PLATFORMS
    }

    fn takes(&self, placement: &Placement) -> bool {
        lambda::takes(placement)
    }

    fn has_own_names(&self) -> bool {
        true
    }

    fn fidelity(&self, construct: Construct) -> Fidelity {
        match construct {
            Construct::Secrets => {
                Fidelity::Note("variables of the shell that deploys; the values have to be set")
            }
            other => lambda::fidelity(other),
        }
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let mut stack = Stack::new(plan, &DIALECT);
        let service = service(plan);
        let (mut functions, mut images) = (Node::empty(), Node::empty());
        let (mut archives, mut given) = (false, false);
        for (part, door, settings) in stack.functions(out) {
            let function = stack.function(part, settings, out);
            match &function.code {
                Code::Archive { .. } => archives = true,
                Code::Image { folder, .. } => {
                    let image = map([("path", Node::from(folder))]);
                    let platform = if function.is_arm() { "linux/arm64" } else { "linux/amd64" };
                    images.set(function::image(part), image.with("platform", platform));
                }
            }
            given |= function.variables.iter().any(|(_, variable)| variable.is_given());
            let node = function::node(part, door, &function, &service, &mut stack);
            functions.set(function.name.as_str(), node);
            if part.component.kind == Kind::Job {
                let command =
                    format!("in `serverless/`: `npx osls invoke --function {}`", function.name);
                out.run(part, vec![command]);
            }
        }
        stack.add_balancer(out);
        given |= !stack.givens.is_empty();
        stack.add_stores(out);
        if functions.is_empty() && stack.resources.is_empty() {
            return;
        }
        let root = map([
            ("service", Node::from(&service)),
            (
                "frameworkVersion",
                Node::from("3 || 4").why("version 3's syntax, which `osls` takes"),
            ),
            ("provider", provider(&stack, images)),
            ("functions", functions),
        ]);
        let mut beside = map([("Resources", stack.resources)]);
        if !stack.outputs.is_empty() {
            beside.set("Outputs", stack.outputs);
        }
        let head = format!("{}: what runs as functions\n{}", plan.app.name, plan.made_by);
        out.file(DIALECT.file, yaml::documents(&head, &[root.with("resources", beside)]));
        steps(archives, given, out);
    }
}

/// The service's name: two letters at least.
fn service(plan: &Plan<'_>) -> String {
    let name = shortened(&label(&plan.app.name), SERVICE_MAX);
    if name.len() > 1 { name } else { format!("{name}-app") }
}

fn provider(stack: &Stack<'_, '_>, images: Node) -> Node {
    let mut node = map([("name", Node::from("aws"))]);
    if let Some(region) = stack.region() {
        node.set("region", Node::from(region).why("plan: the region that it was made for"));
    }
    node.set("stage", Node::from(STAGE).why("default: `--stage` names another one"));
    node.set("deploymentMethod", "direct");
    if !images.is_empty() {
        node.set("ecr", map([("images", images)]));
    }
    node
}

fn steps(archives: bool, given: bool, out: &mut Output) {
    out.steps.push("fill in what `serverless/serverless.yml` calls a placeholder".to_owned());
    if archives {
        out.steps.push("pack each function's code as `serverless/code/NAME.zip`".to_owned());
    }
    if given {
        let names = "set the variables that `serverless/serverless.yml` reads as `${env:NAME}` in the shell that deploys";
        let where_to =
            "the framework writes their values into the stack's template in your account";
        out.steps.push(format!("{names}: {where_to}"));
    }
    out.steps.push(
        "`cd serverless`, then `npx osls deploy`, which builds the images that it needs with Docker"
            .to_owned(),
    );
}
