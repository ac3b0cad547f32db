//! What functions and tasks may do to services that are no part of the application: rights towards its parts follow from the
//! calls.

use model::{Allowed, Right};
use source::Span;
use source::yaml::Node;

use super::evaluate::Scope;
use super::template::{Resource, Template};
use super::{machines, stores, triggers};

/// What everything that runs has anyway, by the start of the action: logs, traces, its place in a network.
const USUAL: &[&str] = &[
    "logs:",
    "xray:",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:GetAuthorizationToken",
];
/// The same of policies that Amazon keeps, by the end of the name.
const USUAL_POLICIES: &[&str] = &["ExecutionRole", "ExecutionRolePolicy", "XRayDaemonWriteAccess"];

/// The rights of a function or a task.
pub(super) fn of(resource: &Resource<'_>, template: &Template<'_>) -> Vec<Right> {
    let mut found = Vec::new();
    let reader = Reader { template };
    let property = |key: &str| resource.properties.and_then(|p| p.get(key));
    for policies in [template.property(resource, "Policies"), property("ManagedPolicyArns")] {
        reader.policies(policies, &mut found);
    }
    for role in ["Role", "TaskRoleArn"].into_iter().filter_map(property) {
        template.scope.resources_in(role).iter().for_each(|role| reader.role(role, &mut found));
    }
    tidied(found)
}

/// The rights that statements of a policy give, which stand in a list or alone, and those of a role of the template's.
pub(crate) fn of_statements<'t>(
    nodes: &[&'t Node],
    role: Option<&str>,
    template: &Template<'t>,
) -> Vec<Right> {
    let reader = Reader { template };
    let mut found = Vec::new();
    if let Some(role) = role {
        reader.role(role, &mut found);
    }
    for node in nodes {
        reader.statements(node, &mut found);
    }
    tidied(found)
}

/// Each once, by what they allow.
fn tidied(mut rights: Vec<Right>) -> Vec<Right> {
    rights.sort_by(|a, b| a.allowed.cmp(&b.allowed));
    rights.dedup_by(|a, b| a.allowed == b.allowed);
    rights
}

struct Reader<'r, 't> {
    template: &'r Template<'t>,
}

impl<'t> Reader<'_, 't> {
    fn scope(&self) -> &Scope<'t> {
        &self.template.scope
    }

    fn role(&self, role: &str, found: &mut Vec<Right>) {
        let managed = self.template.resources.get(role).and_then(|role| role.properties);
        self.policies(managed.and_then(|p| p.get("ManagedPolicyArns")), found);
        for node in self.template.policies_of(role) {
            self.policies(Some(node), found);
        }
    }

    /// A policy or a list of such: names, documents, and templates of SAM's.
    fn policies(&self, node: Option<&'t Node>, found: &mut Vec<Right>) {
        let Some(node) = node else { return };
        if let Some(name) = self.scope().pattern(node) {
            let kept = ["arn:aws:iam::aws:policy/", "arn:${AWS::Partition}:iam::aws:policy/"];
            let name = kept.iter().find_map(|start| name.strip_prefix(start)).unwrap_or(&name);
            if !USUAL_POLICIES.iter().any(|end| name.ends_with(end)) {
                let allowed = Allowed::Policy(name.to_owned());
                found.push(Right { allowed, span: Some(node.span) });
            }
            return;
        }
        let Some(node) = self.scope().pick(node) else { return };
        if !node.items().is_empty() {
            node.items().iter().for_each(|item| self.policies(Some(item), found));
        } else if let Some(document) = node.get("PolicyDocument") {
            self.policies(Some(document), found);
        } else if let Some(statements) = node.get("Statement") {
            self.statements(statements, found);
        } else {
            let named = |(name, argument): &'t (Node, Node)| {
                let name = name.text().filter(|name| name.ends_with("Policy"))?;
                (!self.is_towards_parts(argument)).then_some(name)
            };
            found.extend(node.entries().iter().filter_map(named).map(|n| other(n, node.span)));
        }
    }

    fn statements(&self, node: &'t Node, found: &mut Vec<Right>) {
        if !node.items().is_empty() {
            node.items().iter().for_each(|item| self.statements(item, found));
            return;
        }
        let Some(node) = self.scope().pick(node) else { return };
        let text = |key: &str| node.get(key).and_then(|node| self.scope().text(node));
        let actions = self.texts(node.get("Action"));
        let is_usual = |action: &String| USUAL.iter().any(|usual| action.starts_with(usual));
        let actions: Vec<String> = actions.into_iter().filter(|a| !is_usual(a)).collect();
        if text("Effect").is_none_or(|effect| effect != "Allow") || actions.is_empty() {
            return;
        }
        let Some(on) = node.get("Resource") else { return };
        let single = std::slice::from_ref(on);
        let all = if on.items().is_empty() { single } else { on.items() };
        // What is allowed towards parts of the application follows from the calls.
        let outside: Vec<&Node> = all.iter().filter(|node| !self.is_towards_parts(node)).collect();
        if outside.is_empty() {
            return;
        }
        let known: Vec<String> = outside.iter().filter_map(|n| self.scope().pattern(n)).collect();
        let is_known = known.len() == outside.len() && node.get("Condition").is_none();
        // Texts of the Serverless Framework may have variables of its own in them.
        let is_plain = |text: &String| text.replace("${AWS::", "").find("${").is_none();
        if is_known && known.iter().all(is_plain) {
            let allowed = Allowed::Actions { actions, on: known };
            found.push(Right { allowed, span: Some(node.span) });
        } else {
            found.push(other(&actions.join(", "), node.span));
        }
    }

    /// Whether a value names parts of the application and nothing else of the template's.
    fn is_towards_parts(&self, node: &'t Node) -> bool {
        let named = self.scope().resources_in(node);
        let is_part = |id: &&str| {
            let resource = self.template.resources.get(*id);
            resource.is_some_and(|resource| {
                resource.is_function()
                    || resource.is_task()
                    || machines::is_machine(&resource.kind)
                    || triggers::calls_functions(id, self.template)
                    || stores::KINDS.iter().any(|kind| resource.kind.contains(kind))
            })
        };
        !named.is_empty() && named.iter().all(is_part)
    }

    fn texts(&self, node: Option<&'t Node>) -> Vec<String> {
        let Some(node) = node else { return Vec::new() };
        if node.items().is_empty() {
            return self.scope().text(node).into_iter().collect();
        }
        node.items().iter().filter_map(|item| self.scope().text(item)).collect()
    }
}

fn other(words: &str, span: Span) -> Right {
    Right { allowed: Allowed::Other(words.to_owned()), span: Some(span) }
}
