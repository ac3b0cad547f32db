//! Functions behind URLs of their own: open to everybody, or to callers that may call them and sign what they send.
//!
//! A new URL wants both `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` ("Control access to Lambda function URLs", AWS
//! Lambda developer guide: since October 2025). The condition on the second keeps it from any other way to call the function.

use model::{FrontDoor, FunctionSettings};
use source::Finding;

use super::{Function, Stack, attribute, filled, resource};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan};

/// What each of the two actions is bound to: its name, the condition's kind, key and value.
pub(crate) const RIGHTS: [(&str, &str, &str, &str); 2] = [
    ("lambda:InvokeFunctionUrl", "StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM"),
    ("lambda:InvokeFunction", "Bool", "lambda:InvokedViaFunctionUrl", "true"),
];

/// Whether whoever knows the URL of a part may call it: clients on the internet do, and a proxy on servers that spill to it, which
/// cannot sign.
pub(crate) fn is_open(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    let own = plan.part(&part.component.id);
    let spilled = own.is_none_or(|own| own.placement.platform != part.placement.platform);
    part.is_public() || spilled
}

/// Who may call by the URL, and why: Lambda's word.
pub(crate) fn authorization(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    if !is_open(plan, part) {
        return Node::from("AWS_IAM").why("it is not public: callers sign their requests");
    }
    Node::from("NONE").why("clients on the internet call it")
}

/// What lets a caller call the function of this ARN, and its versions and aliases, by its URL.
pub(crate) fn statements(arns: &[Node]) -> impl Iterator<Item = Node> {
    RIGHTS.into_iter().map(|(action, kind, key, value)| {
        map([
            ("Effect", Node::from("Allow")),
            ("Action", list([action])),
            ("Resource", list(arns.iter().cloned())),
            ("Condition", map([(kind, map([(key, Node::from(value))]))])),
        ])
    })
}

impl Stack<'_, '_> {
    /// What a caller may do by the URL of a part that is not open, and where that is.
    pub(super) fn use_of_url(&self, part: &Part<'_>) -> (Vec<Node>, Node) {
        let id = self.ids.part(part);
        let arns = [attribute(&id, "Arn"), filled(format!("${{{id}.Arn}}:*"))];
        // Both tools name the resource of the URL so.
        (statements(&arns).collect(), attribute(&format!("{id}Url"), "FunctionUrl"))
    }

    /// Lets everybody call an open URL as well as the function behind it. A tool that says so itself says the same twice.
    pub(crate) fn open_url(&mut self, part: &Part<'_>, function: &Function) {
        let why = "new URLs want this right, too, which version 3 of the framework does not give";
        let properties = map([
            ("FunctionName", self.target(function)),
            ("Action", Node::from("lambda:InvokeFunction").why(why)),
            ("Principal", "*".into()),
            ("InvokedViaFunctionUrl", true.into()),
        ]);
        let id = self.ids.beside(part, "UrlCall");
        self.resources.set(id, resource("AWS::Lambda::Permission", properties));
    }

    /// Says that the callers of a part have to sign what they send, if they do.
    pub(super) fn tell_signed(
        &self,
        part: &Part<'_>,
        settings: &FunctionSettings,
        out: &mut Output,
    ) {
        if settings.front_door != FrontDoor::FunctionUrl || is_open(self.plan, part) {
            return;
        }
        let id = &part.component.id;
        let message = format!("{id}: its URL takes signed requests only (Signature Version 4)");
        let hint = "its callers sign them as `lambda`; `public: true` opens it to everybody";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(self.plan.at(finding, part.component.span));
    }
}
