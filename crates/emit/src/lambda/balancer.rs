//! One load balancer in front of all functions that ask for one: by their paths, else by hosts that are given.

use model::FrontDoor;

use super::given::several;
use super::{Function, Routes, Stack, attribute, reference, resource};
use crate::tree::{Node, list, map};
use crate::{Output, Part};

/// What is given for the balancer, and what it is.
const GIVEN: [(&str, &str); 3] = [
    ("subnets", "two public subnets or more, with commas between them"),
    (
        "security-groups",
        "security groups that let clients in on port 443, with commas between them",
    ),
    ("certificate", "the ARN of the certificate of its hosts"),
];
const BALANCER: &str = "balancer";

/// A function behind the balancer.
#[derive(Debug)]
pub(super) struct Group {
    /// The target group's id.
    id: String,
    /// The component.
    part: String,
    /// Its paths, where all have some.
    paths: Option<Vec<String>>,
}

impl Stack<'_, '_> {
    /// Adds the target group of a function, which may be called by balancers.
    pub(super) fn group(&mut self, part: &Part<'_>, function: &Function) {
        let permission = map([
            ("FunctionName", self.target(function)),
            ("Action", "lambda:InvokeFunction".into()),
            ("Principal", "elasticloadbalancing.amazonaws.com".into()),
        ]);
        let permitted = self.ids.beside(part, "BalancerPermission");
        self.resources.set(permitted.as_str(), resource("AWS::Lambda::Permission", permission));
        let target = map([("Id", self.target(function))]);
        let group = map([("TargetType", Node::from("lambda")), ("Targets", list([target]))]);
        let id = self.ids.beside(part, "Group");
        let node = resource("AWS::ElasticLoadBalancingV2::TargetGroup", group);
        let why = self.why.plan(part, "front door");
        self.resources.set(id.as_str(), node.with("DependsOn", permitted).why(why));
        let paths = match self.routes(part, FrontDoor::Alb) {
            Routes::Below(paths) => Some(paths.to_vec()),
            Routes::All => None,
        };
        self.groups.push(Group { id, part: part.name.clone(), paths });
    }

    /// Adds the balancer, if something stands behind it.
    pub(crate) fn add_balancer(&mut self, out: &mut Output) {
        let groups = std::mem::take(&mut self.groups);
        if groups.is_empty() {
            return;
        }
        let [subnets, security, certificate] =
            GIVEN.map(|(what, meaning)| self.given(BALANCER, what, meaning, out));
        let id = self.ids.give("Balancer");
        let properties = map([
            ("Type", Node::from("application")),
            ("Scheme", Node::from("internet-facing").why("clients on the internet call it")),
            ("Subnets", several(subnets)),
            ("SecurityGroups", several(security)),
        ]);
        let kind = "AWS::ElasticLoadBalancingV2::LoadBalancer";
        self.resources.set(id.as_str(), resource(kind, properties));
        let forward = |group: &str| {
            list([map([("Type", Node::from("forward")), ("TargetGroupArn", reference(group))])])
        };
        let nowhere = map([("StatusCode", Node::from("404"))]);
        let nowhere =
            map([("Type", Node::from("fixed-response")), ("FixedResponseConfig", nowhere)]);
        // What no rule takes: of one function all, of several with paths what the root's has.
        let root = |group: &&Group| match &group.paths {
            Some(paths) => paths.iter().any(|path| path.trim_end_matches('/').is_empty()),
            None => groups.len() == 1,
        };
        let rest = groups.iter().find(root);
        let listener = map([
            ("LoadBalancerArn", reference(&id)),
            ("Port", 443_u32.into()),
            ("Protocol", "HTTPS".into()),
            ("Certificates", list([map([("CertificateArn", certificate)])])),
            ("DefaultActions", rest.map_or_else(|| list([nowhere]), |group| forward(&group.id))),
        ]);
        let listener_id = self.ids.give("BalancerListener");
        let kind = "AWS::ElasticLoadBalancingV2::Listener";
        self.resources.set(listener_id.as_str(), resource(kind, listener));
        for (number, (group, condition)) in self.rules(&groups, out).into_iter().enumerate() {
            let rule = map([
                ("ListenerArn", reference(&listener_id)),
                ("Priority", Node::from(number as u32 + 1)),
                ("Conditions", list([condition])),
                ("Actions", forward(&group)),
            ]);
            let id = self.ids.give(&format!("BalancerRule{}", number + 1));
            self.resources.set(id, resource("AWS::ElasticLoadBalancingV2::ListenerRule", rule));
        }
        let output = self.ids.give("BalancerAddress");
        let address = attribute(&id, "DNSName");
        self.outputs.set(output, map([("Value", address)]));
    }

    /// Which group takes what, the longest path first.
    fn rules(&mut self, groups: &[Group], out: &mut Output) -> Vec<(String, Node)> {
        let mut paths: Vec<(&str, &Group)> = Vec::new();
        let mut rules = Vec::new();
        for group in groups.iter().filter(|_| groups.len() > 1) {
            let Some(own) = &group.paths else {
                let what = "the host by which clients reach it";
                let host = self.given(&group.part, "host", what, out);
                let hosts = map([("Values", list([host]))]);
                let asked = [("Field", Node::from("host-header")), ("HostHeaderConfig", hosts)];
                rules.push((group.id.clone(), map(asked)));
                continue;
            };
            let plain = own.iter().map(|path| path.trim_end_matches('/'));
            paths.extend(plain.filter(|path| !path.is_empty()).map(|path| (path, group)));
        }
        paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        rules.extend(paths.into_iter().map(|(path, group)| {
            let values = map([("Values", list([path.to_owned(), format!("{path}/*")]))]);
            let asked = [("Field", Node::from("path-pattern")), ("PathPatternConfig", values)];
            (group.id.clone(), map(asked))
        }));
        rules
    }
}
