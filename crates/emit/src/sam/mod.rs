//! SAM: one `template.yaml` of functions with their events, queues and alarms.
//!
//! What a function cannot be here is refused part by part, so that the rest still deploys.

mod events;
mod function;

use model::{Kind, Placement};

use crate::lambda::{self, Dialect, Stack, joined};
use crate::tree::{Node, map};
use crate::{Construct, Fidelity, Output, Plan, Target, yaml};

/// SAM.
#[derive(Debug)]
pub struct Sam;

const DIALECT: Dialect = Dialect {
    target: "sam",
    title: "SAM",
    file: "sam/template.yaml",
    archive: |name| format!("code/{name}/"),
    given: |part, variable| joined(&format!("{part}-{}", variable.to_lowercase())),
    place: |name| format!("parameter `{name}` of `sam/template.yaml`"),
    value: Some(lambda::reference),
    logical: str::to_owned,
    alias: function::alias,
    durable: function::durable,
    endings: &["Role", "Url", "UrlPublicPermissions", "URLInvokeAllowPublicAccess", "Aliaslive"],
    taken: &["ServerlessHttpApi", "ServerlessRestApi"],
};

impl Target for Sam {
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
                Fidelity::Note("parameters without echo; the values have to be set")
            }
            other => lambda::fidelity(other),
        }
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let mut stack = Stack::new(plan, &DIALECT);
        let mut template = Template::default();
        for (part, door, settings) in stack.functions(out) {
            let function = stack.function(part, settings, out);
            function::write(part, door, &function, &mut stack, &mut template);
            if part.component.kind == Kind::Job {
                let command = format!("`sam remote invoke {} --stack-name STACK`", function.id);
                out.run(part, vec![command]);
            }
        }
        stack.add_balancer(out);
        stack.add_stores(out);
        if template.functions.is_empty() && stack.resources.is_empty() {
            return;
        }
        for name in &stack.givens {
            template.parameters.set(name, map([("Type", Node::from("String"))]));
        }
        let head = format!("{}: what runs as functions\n{}", plan.app.name, plan.made_by);
        out.file(DIALECT.file, yaml::documents(&head, &[template.node(stack)]));
        out.steps.push("fill in what `sam/template.yaml` calls a placeholder".to_owned());
        out.steps.push(
            "`sam build --template-file sam/template.yaml`, then `sam deploy --guided`, which asks for the parameters"
                .to_owned(),
        );
    }
}

/// What the template is made of beside the resources that every format has.
#[derive(Debug)]
struct Template {
    parameters: Node,
    functions: Node,
}

impl Default for Template {
    fn default() -> Self {
        Self { parameters: Node::empty(), functions: Node::empty() }
    }
}

impl Template {
    fn node(self, stack: Stack<'_, '_>) -> Node {
        let mut node = map([
            ("AWSTemplateFormatVersion", Node::from("2010-09-09")),
            ("Transform", "AWS::Serverless-2016-10-31".into()),
        ]);
        let rest = [
            ("Parameters", self.parameters),
            ("Resources", self.functions.joined(stack.resources)),
            ("Outputs", stack.outputs),
        ];
        for (key, entries) in rest {
            if !entries.is_empty() {
                node.set(key, entries);
            }
        }
        node
    }
}
