//! Kafka: functions that read a topic of a cluster of MSK, and the cluster where the plan has it.
//!
//! Clients prove who they are by their role (IAM), which the kind without brokers to choose asks for.

use model::{Engine, Kind, ManagedSettings, Settings};
use source::Finding;

use super::inside::Inside;
use super::rights::statement;
use super::{Stack, filled, reference, resource, source};
use crate::findings::{LEFT_OUT, TO_DO};
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, stores};

/// The size of a cluster without brokers to choose, as a plan names it.
pub(crate) const SERVERLESS: &str = "serverless";
/// The version that brokers run.
pub(crate) const VERSION: (&str, &str) =
    ("3.9.x", "default: `aws kafka list-kafka-versions` names others");
/// Where brokers listen for clients that prove who they are by IAM ("Port information", Amazon MSK developer guide).
pub(crate) const PORT: u16 = 9098;
/// What a reader may do to a cluster, and to its topics and groups ("IAM role permissions", AWS Lambda developer guide, on MSK).
pub(crate) const READ: [&[&str]; 2] = [
    &["kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"],
    &[
        "kafka-cluster:DescribeTopic",
        "kafka-cluster:ReadData",
        "kafka-cluster:DescribeGroup",
        "kafka-cluster:AlterGroup",
    ],
];
/// What a writer may do to them ("Common use cases", Amazon MSK developer guide).
pub(crate) const WRITE: [&[&str]; 2] = [
    &["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"],
    &["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
];

/// What a function reads.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The ARN of the cluster.
    pub cluster: Node,
    /// The topic's name.
    pub name: Node,
    /// Where reading begins.
    pub from: Node,
}

/// Whether a part has its records from Kafka.
pub(crate) fn reads(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    matches!(part.component.kind, Kind::Stream | Kind::Worker)
        && matches!(&part.placement.configured, Settings::Function(f) if f.workflow.is_none())
        && source(plan, part) == Some(Engine::Kafka)
}

/// The cluster that a part reads.
pub(crate) fn cluster<'p, 'a>(plan: &'p Plan<'a>, part: &Part<'_>) -> Option<&'p Part<'a>> {
    let kafka = |part: &&Part<'_>| {
        part.component.engine.as_ref().and_then(model::Fact::get) == Some(Engine::Kafka)
    };
    let mut feeding = plan.app.edges.iter().filter(|edge| edge.to == part.component.id);
    feeding.find_map(|edge| plan.part(&edge.from).filter(kafka))
}

/// Why a reader is not written, if it is not: a cluster that Amazon does not run has no ARN.
pub(super) fn refusal(plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
    let cluster = cluster(plan, part)?;
    let elsewhere = !matches!(cluster.placement.configured, Settings::Managed(_))
        || !cluster.placement.platform.0.starts_with("aws/");
    let place = cluster.placement.platform;
    elsewhere.then(|| format!("is not written yet for Kafka on {place}"))
}

/// The name of the topic of a part.
pub(crate) fn topic(part: &Part<'_>) -> Node {
    Node::from(part.name.as_str()).why("placeholder: nobody says which topic it reads")
}

/// Where reading begins.
pub(crate) fn from() -> Node {
    Node::from("TRIM_HORIZON").why("default: from the oldest record that is kept")
}

/// Says what of a reader does not arrive.
pub(crate) fn told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let id = &part.component.id;
    let message = format!("{id}: the topic that it reads has to be named and made");
    let hint = "Lambda makes no topics, and nobody says what it is called";
    let finding = Finding::warning(TO_DO, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
    if part.component.events.as_ref().is_some_and(|events| events.receives_max.is_some()) {
        let message = format!("{id}: records of Kafka are tried until they expire");
        let hint = "its greatest number of attempts is not carried over";
        let finding = Finding::warning(LEFT_OUT, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
}

impl Stack<'_, '_> {
    /// What a part reads; a cluster that stands elsewhere is given.
    pub(crate) fn topic_of(&mut self, part: &Part<'_>) -> Topic {
        Topic { cluster: self.cluster_of(part), name: topic(part), from: from() }
    }

    /// The ARN of the cluster that a part reads.
    fn cluster_of(&self, part: &Part<'_>) -> Node {
        let target = Some(self.dialect.target);
        let own = cluster(self.plan, part).filter(|cluster| {
            cluster.target == target && Inside::of(cluster) == Some(Inside::Kafka)
        });
        match (own, self.clusters.get(&part.name)) {
            (Some(own), _) => reference(&self.ids.part(own)),
            (None, Some(given)) => given.clone(),
            (None, None) => Node::empty(),
        }
    }

    /// What lets a part read its topic. A cluster outside of the stack is asked for.
    pub(super) fn reads_topic(&mut self, part: &Part<'_>, out: &mut Output) -> Vec<Node> {
        if !reads(self.plan, part) || self.dialect.value.is_none() {
            return Vec::new();
        }
        told(self.plan, part, out);
        let target = Some(self.dialect.target);
        let own = cluster(self.plan, part).is_some_and(|cluster| {
            cluster.target == target && Inside::of(cluster) == Some(Inside::Kafka)
        });
        if !own {
            let what = "the ARN of the cluster of MSK that it reads";
            let given = self.given(&part.name, "cluster-arn", what, out);
            self.clusters.insert(part.name.clone(), given);
        }
        let arn = self.cluster_of(part);
        rights(&arn, READ).into_iter().map(|right| right.why("reads its topic")).collect()
    }

    /// Adds a cluster.
    pub(super) fn kafka(
        &mut self,
        part: &Part<'_>,
        managed: &ManagedSettings,
        group: Node,
        out: &mut Output,
    ) {
        let why = self.why;
        let planned = |value: Node, what: &str| value.why(why.plan(part, what));
        let subnets = self.subnets(out);
        let iam = map([("Iam", map([("Enabled", Node::from(true))]))]);
        let proof = map([("Sasl", iam)]).why("clients prove who they are by their role");
        let name = filled(format!("${{AWS::StackName}}-{}", part.name));
        let (kind, properties) = if managed.size == SERVERLESS {
            let place = map([("SubnetIds", subnets), ("SecurityGroups", list([group]))]);
            let properties = map([
                ("ClusterName", name),
                ("VpcConfigs", list([place])),
                ("ClientAuthentication", proof),
            ]);
            ("AWS::MSK::ServerlessCluster", properties)
        } else {
            let disk = planned(stores::gib_of(managed).into(), "disk of a broker in GiB");
            let disk = map([("EBSStorageInfo", map([("VolumeSize", disk)]))]);
            let brokers = map([
                ("InstanceType", planned(managed.size.as_str().into(), "size")),
                ("ClientSubnets", subnets),
                ("SecurityGroups", list([group])),
                ("StorageInfo", disk),
            ]);
            let number = planned(u32::from(managed.zones.max(1)).into(), "brokers, a zone each");
            let properties = map([
                ("ClusterName", name),
                ("KafkaVersion", Node::from(VERSION.0).why(VERSION.1)),
                ("NumberOfBrokerNodes", number),
                ("BrokerNodeGroupInfo", brokers),
                ("ClientAuthentication", proof),
            ]);
            ("AWS::MSK::Cluster", properties)
        };
        let node = super::stores::kept(resource(kind, properties));
        self.resources.set(self.ids.part(part), node);
        let id = &part.component.id;
        let message = format!("{id}: its addresses are known once it stands");
        let hint = "`aws kafka get-bootstrap-brokers` says them; clients prove who they are by their role (IAM), and the subnets have to be as many as its zones";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(self.plan.at(finding, part.component.span));
    }
}

/// What is allowed to a cluster of this ARN, and to its topics and groups.
pub(super) fn rights(arn: &Node, [to_cluster, below]: [&[&str]; 2]) -> [Node; 2] {
    let all = |kind: &str| {
        let split = map([("Fn::Split", list([Node::from(":cluster/"), arn.clone()]))]);
        let own = map([("Fn::Join", list([Node::from(format!(":{kind}/")), split]))]);
        map([("Fn::Join", list([Node::from(""), list([own, "/*".into()])]))])
    };
    let groups = below.iter().any(|action| action.ends_with("Group"));
    let mut under = vec![all("topic")];
    under.extend(groups.then(|| all("group")));
    [statement(to_cluster, arn.clone()), statement(below, list(under))]
}
