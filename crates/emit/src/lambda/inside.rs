//! Databases, caches and document stores, which only the network reaches: they stand in subnets that are given, with the plan's
//! size and disk, and let in the functions that call them.

use model::{Engine, Kind, ManagedSettings};
use source::Finding;

use super::rights::statement;
use super::stores::PLATFORM;
use super::{Stack, Variable, attribute, hosts, kafka, reference, resource};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part, stores};

/// What a store is at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// A database of RDS.
    Database,
    /// A cache of ElastiCache that may have copies.
    Cache,
    /// A cache of ElastiCache whose nodes share nothing.
    Memcached,
    /// A cluster of DocumentDB.
    Documents,
    /// A cluster of MSK.
    Kafka,
}

impl Inside {
    /// What a part is; `None` if it is no such store, or if nobody says how large.
    pub(super) fn of(part: &Part<'_>) -> Option<Self> {
        let managed = stores::managed(part)?;
        let here = part.component.kind == Kind::Stateful && part.placement.platform.0 == PLATFORM;
        if !here || managed.size.is_empty() {
            return None;
        }
        match managed.engine {
            Engine::Postgres | Engine::Mysql => Some(Self::Database),
            Engine::Redis | Engine::Valkey => Some(Self::Cache),
            Engine::Memcached => Some(Self::Memcached),
            Engine::Mongodb => Some(Self::Documents),
            Engine::Kafka => Some(Self::Kafka),
            _ => None,
        }
    }

    /// The attribute that holds its address; MSK gives none.
    pub(super) const fn host(self) -> Option<&'static str> {
        match self {
            Self::Database => Some("Endpoint.Address"),
            Self::Cache => Some("PrimaryEndPoint.Address"),
            Self::Memcached => Some("ConfigurationEndpoint.Address"),
            Self::Documents => Some("Endpoint"),
            Self::Kafka => None,
        }
    }

    /// The attribute that holds the ARN of the secret with its password; DocumentDB gives none.
    pub(super) const fn secret(self) -> Option<&'static str> {
        match self {
            Self::Database => Some("MasterUserSecret.SecretArn"),
            _ => None,
        }
    }

    /// Where it listens where nobody says another port ("CreateDBInstance", Amazon RDS API reference; the others' user guides).
    pub(super) fn port(self, part: &Part<'_>) -> u16 {
        match (self, stores::managed(part).map(|managed| managed.engine)) {
            (Self::Database, Some(Engine::Mysql)) => 3306,
            (Self::Database, _) => 5432,
            (Self::Cache, _) => 6379,
            (Self::Memcached, _) => 11_211,
            (Self::Documents, _) => 27_017,
            (Self::Kafka, _) => kafka::PORT,
        }
    }
}

impl<'p, 'a> Stack<'p, 'a> {
    /// What of this stack a part calls that only the network reaches. A target with networks of its own has them elsewhere.
    pub(super) fn called_inside(&self, part: &Part<'_>) -> Vec<(&'p Part<'a>, Inside)> {
        let (plan, target) = (self.plan, self.dialect.target);
        if self.dialect.value.is_none() {
            return Vec::new();
        }
        let called = plan.parts.iter().filter(|callee| {
            let calls = |edge: &model::Edge| {
                edge.from == part.component.id && edge.to == callee.component.id
            };
            callee.target == Some(target) && plan.app.edges.iter().any(calls)
        });
        called.filter_map(|callee| Some((callee, Inside::of(callee)?))).collect()
    }

    /// The security group of a part that calls into the network, which is added when it is asked for.
    pub(super) fn group_of(&mut self, part: &Part<'_>, out: &mut Output) -> Option<Node> {
        if self.called_inside(part).is_empty() {
            return None;
        }
        let id = self.ids.group(part);
        let why = "by it the stores know who calls them";
        self.security_group(&id, &format!("calls of {}", part.name), why, out);
        Some(attribute(&id, "GroupId"))
    }

    /// Whether a part calls something inside, which its variables then name.
    pub(super) fn name_inside(
        &self,
        part: &Part<'_>,
        callee: &Part<'_>,
        variables: &mut Vec<(String, Variable)>,
    ) -> bool {
        let called = self.called_inside(part);
        let Some((store, kind)) = called.iter().find(|(store, _)| store.name == callee.name) else {
            return false;
        };
        let id = self.ids.part(store);
        let known = |(_, value): &(String, Variable)| matches!(value, Variable::Text(node) if hosts::names(node, &id));
        let unknown = !variables.iter().any(known);
        let place = match kind.host() {
            Some(host) => ("HOST", attribute(&id, host)),
            None => ("CLUSTER_ARN", reference(&id)),
        };
        let secret = kind.secret().map(|secret| ("SECRET", attribute(&id, secret)));
        for (ending, value) in unknown.then_some(place).into_iter().chain(secret) {
            let variable = store.variable(ending);
            if !variables.iter().any(|(known, _)| *known == variable) {
                let why = "nobody says by which variable the code knows it";
                variables.push((variable, Variable::Text(value.why(why))));
            }
        }
        true
    }

    /// What a caller may do beside reaching a store: read its password, or write to its topics.
    pub(super) fn use_of_inside(&self, store: &Part<'_>) -> Vec<Node> {
        let Some(kind) = Inside::of(store) else { return Vec::new() };
        let id = self.ids.part(store);
        if kind == Inside::Kafka {
            return kafka::rights(&reference(&id), kafka::WRITE).to_vec();
        }
        let secret = kind.secret().map(|secret| attribute(&id, secret));
        let read = |arn| statement(&["secretsmanager:GetSecretValue"], arn);
        secret.map(read).into_iter().collect()
    }

    /// Adds the stores that only the network reaches.
    pub(super) fn add_inside(&mut self, out: &mut Output) {
        let (plan, target) = (self.plan, self.dialect.target);
        for part in plan.parts.iter().filter(|part| part.target == Some(target)) {
            let (Some(kind), Some(managed)) = (Inside::of(part), stores::managed(part)) else {
                continue;
            };
            let group = self.ids.group(part);
            self.security_group(&group, &format!("calls to {}", part.name), "", out);
            self.let_in(part, kind, &group, out);
            match kind {
                Inside::Database => self.database(part, managed, &group, out),
                Inside::Cache => self.cache(part, managed, &group, out),
                Inside::Memcached => self.memcached(part, managed, &group, out),
                Inside::Documents => self.documents(part, managed, &group, out),
                Inside::Kafka => self.kafka(part, managed, attribute(&group, "GroupId"), out),
            }
            let id = self.ids.part(part);
            match kind.host() {
                Some(host) => self.output(part, "Address", attribute(&id, host)),
                None => self.output(part, "ClusterArn", reference(&id)),
            }
        }
    }

    fn security_group(&mut self, id: &str, about: &str, why: &str, out: &mut Output) {
        if self.resources.has(id) {
            return;
        }
        let vpc = self.of_network("vpc", "the id of the network of these subnets", out);
        let properties = map([("GroupDescription", Node::from(about)), ("VpcId", vpc)]);
        self.resources.set(id, resource("AWS::EC2::SecurityGroup", properties).why(why));
    }

    /// Lets in who calls a store.
    fn let_in(&mut self, part: &Part<'_>, kind: Inside, group: &str, out: &mut Output) {
        let plan = self.plan;
        let port = kind.port(part);
        if kind == Inside::Kafka {
            // Lambda stands in the cluster's own group while it reads for a function.
            let rule = map([
                ("GroupId", attribute(group, "GroupId")),
                ("IpProtocol", "tcp".into()),
                ("FromPort", port.into()),
                ("ToPort", port.into()),
                ("SourceSecurityGroupId", attribute(group, "GroupId")),
            ]);
            let id = self.ids.beside(part, "FromItself");
            let why = "Lambda reads for a function from inside of this group";
            self.resources.set(id, resource("AWS::EC2::SecurityGroupIngress", rule).why(why));
        }
        let mut told = std::collections::BTreeSet::new();
        for (caller, edge) in plan.callers(&part.component.id) {
            if !told.insert(&caller.component.id) {
                continue;
            }
            if caller.target != Some(self.dialect.target) || super::settings(plan, caller).is_err()
            {
                let message = format!("{} calls {} from outside of the stack", edge.from, edge.to);
                let hint = format!("let it in by a rule of the security group `{group}`");
                let finding = Finding::warning(TO_DO, message).hint(hint);
                out.findings.push(plan.at(finding, part.component.span));
                continue;
            }
            let from = self.ids.group(caller);
            let rule = map([
                ("GroupId", attribute(group, "GroupId")),
                ("IpProtocol", "tcp".into()),
                ("FromPort", port.into()),
                ("ToPort", port.into()),
                ("SourceSecurityGroupId", attribute(&from, "GroupId")),
            ]);
            let id = self.ids.beside(part, &format!("From{from}"));
            let why = format!("{} calls {}", edge.from, edge.to);
            self.resources.set(id, resource("AWS::EC2::SecurityGroupIngress", rule).why(why));
        }
    }

    /// Where a store stands; the id of its subnets.
    fn subnet_group(
        &mut self,
        part: &Part<'_>,
        kind: &str,
        about: &'static str,
        out: &mut Output,
    ) -> Node {
        let id = self.ids.beside(part, "Subnets");
        let subnets = self.subnets(out);
        let text = format!("where {} stands", part.name);
        let properties = map([(about, Node::from(text)), ("SubnetIds", subnets)]);
        self.resources.set(id.as_str(), resource(kind, properties));
        reference(&id)
    }

    fn database(
        &mut self,
        part: &Part<'_>,
        managed: &ManagedSettings,
        group: &str,
        out: &mut Output,
    ) {
        let why = self.why;
        let planned = |value: Node, what: &str| value.why(why.plan(part, what));
        let kind = "AWS::RDS::DBSubnetGroup";
        let subnets = self.subnet_group(part, kind, "DBSubnetGroupDescription", out);
        let engine = if managed.engine == Engine::Mysql { "mysql" } else { "postgres" };
        let disk = Node::from(stores::gib(managed).to_string());
        let mut properties = map([
            ("Engine", Node::from(engine)),
            ("DBInstanceClass", planned(managed.size.as_str().into(), "size")),
            ("AllocatedStorage", planned(disk, "disk in GiB")),
            ("StorageType", Node::from("gp3").why("plan: the volumes that it is billed for")),
            ("StorageEncrypted", Node::from(true).why("default")),
            ("MultiAZ", planned((managed.zones > 1).into(), "zones")),
            ("PubliclyAccessible", false.into()),
            ("MasterUsername", stores::user(why, part)),
            ("ManageMasterUserPassword", managed_password()),
            ("DBSubnetGroupName", subnets),
            ("VPCSecurityGroups", list([attribute(group, "GroupId")])),
            ("BackupRetentionPeriod", Node::from(7_u32).why("default: a week")),
        ]);
        if let Some(name) = stores::database(part) {
            properties.set("DBName", Node::from(name).why(why.definition(part)));
        }
        if let Some(version) = stores::version(part) {
            properties.set("EngineVersion", Node::from(version).why(why.definition(part)));
        }
        let node = snapshot(resource("AWS::RDS::DBInstance", properties));
        self.resources.set(self.ids.part(part), node);
        self.tell_password(part, out);
    }

    fn cache(&mut self, part: &Part<'_>, managed: &ManagedSettings, group: &str, out: &mut Output) {
        let why = self.why;
        let planned = |value: Node, what: &str| value.why(why.plan(part, what));
        let subnets = self.subnet_group(part, CACHE_SUBNETS, "Description", out);
        let engine = if managed.engine == Engine::Valkey { "valkey" } else { "redis" };
        let copies = u32::from(managed.zones.max(1));
        let plain = "default: the code calls it in plain text, inside the network";
        let properties = map([
            ("ReplicationGroupDescription", Node::from(part.name.as_str())),
            ("Engine", engine.into()),
            ("CacheNodeType", planned(managed.size.as_str().into(), "size")),
            ("NumCacheClusters", planned(copies.into(), "copies, a zone each")),
            ("AutomaticFailoverEnabled", (copies > 1).into()),
            ("MultiAZEnabled", (copies > 1).into()),
            ("TransitEncryptionEnabled", Node::from(false).why(plain)),
            ("AtRestEncryptionEnabled", Node::from(true).why("default")),
            ("CacheSubnetGroupName", subnets),
            ("SecurityGroupIds", list([attribute(group, "GroupId")])),
        ]);
        let node = snapshot(resource("AWS::ElastiCache::ReplicationGroup", properties));
        self.resources.set(self.ids.part(part), node);
    }

    fn memcached(
        &mut self,
        part: &Part<'_>,
        managed: &ManagedSettings,
        group: &str,
        out: &mut Output,
    ) {
        let why = self.why;
        let planned = |value: Node, what: &str| value.why(why.plan(part, what));
        let subnets = self.subnet_group(part, CACHE_SUBNETS, "Description", out);
        let nodes = u32::from(managed.zones.max(1));
        let properties = map([
            ("Engine", Node::from("memcached")),
            ("CacheNodeType", planned(managed.size.as_str().into(), "size")),
            ("NumCacheNodes", planned(nodes.into(), "nodes")),
            ("AZMode", if nodes > 1 { "cross-az" } else { "single-az" }.into()),
            ("CacheSubnetGroupName", subnets),
            ("VpcSecurityGroupIds", list([attribute(group, "GroupId")])),
        ]);
        // It keeps nothing that a snapshot could hold.
        self.resources
            .set(self.ids.part(part), resource("AWS::ElastiCache::CacheCluster", properties));
    }

    fn documents(
        &mut self,
        part: &Part<'_>,
        managed: &ManagedSettings,
        group: &str,
        out: &mut Output,
    ) {
        let why = self.why;
        let kind = "AWS::DocDB::DBSubnetGroup";
        let subnets = self.subnet_group(part, kind, "DBSubnetGroupDescription", out);
        let id = self.ids.part(part);
        let properties = map([
            ("MasterUsername", stores::user(why, part)),
            ("ManageMasterUserPassword", managed_password()),
            ("StorageEncrypted", Node::from(true).why("default")),
            ("DBSubnetGroupName", subnets),
            ("VpcSecurityGroupIds", list([attribute(group, "GroupId")])),
        ]);
        let node = snapshot(resource("AWS::DocDB::DBCluster", properties));
        self.resources.set(id.as_str(), node);
        for number in 1..=managed.zones.max(1) {
            let size = Node::from(managed.size.as_str()).why(why.plan(part, "size"));
            let instance =
                map([("DBClusterIdentifier", reference(&id)), ("DBInstanceClass", size)]);
            let id = self.ids.beside(part, &format!("Instance{number}"));
            self.resources.set(id, resource("AWS::DocDB::DBInstance", instance));
        }
        self.tell_password(part, out);
    }

    fn tell_password(&self, part: &Part<'_>, out: &mut Output) {
        let id = &part.component.id;
        let message = format!("{id}: AWS makes its password and renews it every week");
        let hint = "the code reads it from Secrets Manager, which functions in the network reach by a NAT gateway or an endpoint";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(self.plan.at(finding, part.component.span));
    }
}

const CACHE_SUBNETS: &str = "AWS::ElastiCache::SubnetGroup";

fn managed_password() -> Node {
    Node::from(true).why("AWS makes it, keeps it in Secrets Manager and renews it")
}

/// A store that leaves a snapshot where it is deleted or replaced.
fn snapshot(node: Node) -> Node {
    let left = || Node::from("Snapshot");
    node.with("DeletionPolicy", left().why("what is deleted leaves a snapshot"))
        .with("UpdateReplacePolicy", left())
}
