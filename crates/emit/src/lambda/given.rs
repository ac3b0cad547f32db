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

    /// Something of the team's network, the same for all.
    pub(super) fn of_network(
        &mut self,
        what: &'static str,
        meaning: &str,
        out: &mut Output,
    ) -> Node {
        if let Some(known) = self.network.get(what) {
            return known.clone();
        }
        let given = self.given("network", what, meaning, out);
        self.network.insert(what, given.clone());
        given
    }

    /// Its private subnets.
    pub(super) fn subnets(&mut self, out: &mut Output) -> Node {
        let what = "private subnets of the network that parts need, in two zones, with commas between them";
        several(self.of_network("subnets", what, out))
    }

    /// The network of parts that need a private one, or that call what only the network reaches.
    pub(super) fn network(&mut self, part: &Part<'_>, out: &mut Output) -> Option<Network> {
        let (needs, own) = (part.needs(Need::PrivateNetwork), self.group_of(part, out));
        if needs && self.dialect.value.is_none() {
            let message = format!("{}: it needs a private network", part.component.id);
            let hint = "give its function your own subnets and security groups";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(self.plan.at(finding, part.component.span));
            return None;
        }
        let groups = "security groups of functions in that network, with commas between them";
        let security_groups = match (needs, own) {
            (false, None) => return None,
            (false, Some(own)) => list([own]),
            (true, None) => several(self.of_network("security-groups", groups, out)),
            (true, Some(own)) => {
                let given = self.of_network("security-groups", groups, out);
                several(map([("Fn::Join", list([Node::from(","), list([given, own])]))]))
            }
        };
        Some(Network { subnets: self.subnets(out), security_groups })
    }
}

/// What is given with commas between, as a list.
pub(super) fn several(node: Node) -> Node {
    map([("Fn::Split", list([Node::from(","), node]))])
}
