//! What is given when a stack is deployed, beside variables: networks, certificates, hosts.

use model::Need;
use source::Finding;

use super::Stack;
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part};

/// A network of the team's own.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub subnets: Node,
    pub security_groups: Node,
}

impl Stack<'_, '_> {
    /// A value that is given when the stack is deployed.
    pub(super) fn given(
        &mut self,
        whose: &str,
        what: &str,
        meaning: &str,
        out: &mut Output,
    ) -> Node {
        let name = self.ids.give(&(self.dialect.given)(whose, what));
        let place = (self.dialect.place)(&name);
        let message = format!("{whose}: {meaning}, has to be given as {place}");
        out.findings.push(Finding::warning(TO_DO, message));
        self.givens.push(name.clone());
        let value = self.dialect.value.map(|value| value(&name));
        value.unwrap_or_else(Node::empty).why(meaning)
    }

    /// The network of parts that need a private one, the same for all of them.
    pub(super) fn network(&mut self, part: &Part<'_>, out: &mut Output) -> Option<Network> {
        if !part.needs(Need::PrivateNetwork) {
            return None;
        }
        if self.dialect.value.is_none() {
            let message = format!("{}: it needs a private network", part.component.id);
            let hint = "give its function your own subnets and security groups";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(self.plan.at(finding, part.component.span));
            return None;
        }
        if self.network.is_none() {
            let subnets =
                "private subnets of the network that parts need, with commas between them";
            let groups = "security groups of functions in that network, with commas between them";
            self.network = Some(Network {
                subnets: several(self.given("network", "subnets", subnets, out)),
                security_groups: several(self.given("network", "security-groups", groups, out)),
            });
        }
        self.network.clone()
    }
}

/// What is given with commas between, as a list.
pub(super) fn several(node: Node) -> Node {
    map([("Fn::Split", list([Node::from(","), node]))])
}
