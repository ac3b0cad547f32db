//! What an application keeps of its definition knows where it stands: under every span is the construct it claims.

use std::fmt::Write as _;

use model::{Fact, Load, Need, Origin};
use source::Span;

use super::cases::{COMPOSE, KUBERNETES, SAM, SERVERLESS, path};
use super::{Read, VARIANTS, WIDE, read};

fn at<T>(fact: &Fact<T>) -> Option<Span> {
    fact.origin().and_then(|origin| origin.span)
}

/// Every span of an application with the text under it, a line each.
fn told(read: &Read) -> String {
    let text = |span: Span| -> String {
        let text = read.sources.text(span).replace(WIDE, "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut out = String::new();
    let mut say = |what: &str, span: Option<Span>| {
        if let Some(span) = span {
            let _ = writeln!(out, "{what}: {}", text(span));
        }
    };
    say("region", at(&read.app.region));
    for c in &read.app.components {
        let plain = |key: &str| format!("{}.{key}", c.id.replace(WIDE, ""));
        say(&plain("here"), c.span);
        say(&plain("runtime"), at(&c.runtime));
        say(&plain("arch"), at(&c.architectures));
        say(&plain("package"), at(&c.artifact.package));
        say(&plain("init"), at(&c.start.init));
        say(&plain("memory"), at(&c.memory));
        say(&plain("concurrency"), at(&c.concurrency));
        say(&plain("cpu"), c.cpu_request.as_ref().and_then(at));
        say(&plain("scratch"), c.scratch.as_ref().and_then(at));
        say(&plain("time"), c.run_time_max.as_ref().and_then(at));
        say(&plain("public"), at(&c.public));
        say(&plain("engine"), c.engine.as_ref().and_then(at));
        say(&plain("storage"), c.storage.as_ref().and_then(at));
        say(&plain("door"), c.front_door.and_then(|(_, span)| span));
        match &c.load {
            Load::Cron { span, .. } => say(&plain("cron"), *span),
            Load::Rate { rate, .. } => say(&plain("rate"), at(rate)),
            _ => {}
        }
        for (name, need) in Need::ALL {
            say(&plain(name), c.needs.span(need));
        }
        if let Some(blueprint) = &c.blueprint {
            for port in &blueprint.ports {
                say(&plain(&format!("port {}", port.number)), port.span);
            }
            if let Some(scaler) = &blueprint.autoscaler {
                say(&plain("scaler"), Some(scaler.span));
                scaler.metrics.iter().for_each(|metric| say(&plain("metric"), Some(metric.span)));
            }
        }
    }
    for edge in &read.app.edges {
        let ends = format!("{} to {}", edge.from, edge.to).replace(WIDE, "");
        say(&ends, edge.origin.as_ref().and_then(|origin: &Origin| origin.span));
    }
    out
}

#[test]
fn under_every_span_is_what_it_claims() {
    for (format, definition, expected) in [
        (COMPOSE, COMPOSE_FILE, COMPOSE_TOLD),
        (KUBERNETES, KUBERNETES_FILE, KUBERNETES_TOLD),
        (SAM, SAM_FILE, SAM_TOLD),
        (SERVERLESS, SERVERLESS_FILE, SERVERLESS_TOLD),
    ] {
        for variant in VARIANTS {
            let read = read(format, &[(path(format), definition.to_owned())], variant);
            assert_eq!(told(&read), expected.trim_start(), "{format} {}", variant.name);
        }
    }
}

const COMPOSE_FILE: &str = "services:
  web:
    image: \"node:20\" # §
    ports: [\"§\", '80:3000', { target: 443, published: 8443 }, \"6000-6001:6000-6001/udp\"]
    environment: { A§: \"§redis://cache:6379\", DB_HOST: \"db\" }
    deploy: { resources: { limits: { memory: 300M, cpus: '0.5' } } }
    healthcheck: { test: [CMD, \"§x\"], start_period: 40s }
  db: { image: 'postgres:16', volumes: ['§data:/data'], privileged: true }
  cache: { image: \"redis:7\" }
  job: { image: \"§x\", depends_on: [\"db\"], labels: { kompose.cronjob.schedule: \"5 * * * *\" } }
";
const COMPOSE_TOLD: &str = "
cache.here: cache
cache.engine: \"redis:7\"
db.here: db
db.engine: 'postgres:16'
db.privileged: true
job.here: job
job.package: \"x\"
job.cron: \"5 * * * *\"
web.here: web
web.runtime: \"node:20\"
web.package: \"node:20\"
web.init: 40s
web.memory: 300M
web.cpu: '0.5'
web.public: '80:3000'
web.udp: \"6000-6001:6000-6001/udp\"
web.port 3000: '80:3000'
web.port 443: { target: 443, published: 8443 }
web.port 6000: \"6000-6001:6000-6001/udp\"
web.port 6001: \"6000-6001:6000-6001/udp\"
job to db: \"db\"
web to cache: \"redis://cache:6379\"
web to db: \"db\"
";
const KUBERNETES_FILE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { labels: { app: \"web\" } }
    spec:
      containers:
        - name: \"web\"
          image: python:3.13 # §
          ports: [{ name: \"§\", containerPort: 80 }, { containerPort: 53, protocol: UDP }]
          env: [{ name: \"A§\", value: \"§http://db:80\" }]
          resources: { requests: { cpu: \"250m\" }, limits: { memory: 64Mi } }
          readinessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 20 }
---
{ apiVersion: v1, kind: Service, metadata: { name: w }, spec: { x: \"§\", type: LoadBalancer, selector: { app: web } } }
---
{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: \"§\" }, spec: { scaleTargetRef: { name: web }, maxReplicas: 3, metrics: [{ type: Resource, resource: { name: cpu, target: { averageUtilization: 70 } } }] } }
---
{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: db }, spec: { template: { spec: { containers: [{ name: \"§\", image: postgres:16 }] } }, volumeClaimTemplates: [{ metadata: { name: \"§\" }, spec: { resources: { requests: { storage: 5Gi } } } }] } }
---
{ apiVersion: batch/v1, kind: CronJob, metadata: { name: job }, spec: { x: \"§\", schedule: \"5 * * * *\", jobTemplate: { spec: { template: { spec: { containers: [{ image: x }] } } } } } }
";
const KUBERNETES_TOLD: &str = "
db.here: db
db.engine: postgres:16
db.storage: 5Gi
job.here: job
job.package: x
job.cron: \"5 * * * *\"
web.here: web
web.runtime: python:3.13
web.package: python:3.13
web.init: 20
web.memory: 64Mi
web.cpu: \"250m\"
web.public: LoadBalancer
web.udp: { containerPort: 53, protocol: UDP }
web.port 80: { name: \"\", containerPort: 80 }
web.port 53: { containerPort: 53, protocol: UDP }
web.scaler: { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: \"\" }, spec: { scaleTargetRef: { name: web }, maxReplicas: 3, metrics: [{ type: Resource, resource: { name: cpu, target: { averageUtilization: 70 } } }] } }
web.metric: { type: Resource, resource: { name: cpu, target: { averageUtilization: 70 } } }
web to db: { name: \"A\", value: \"http://db:80\" }
";
const SAM_FILE: &str = "Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: \"§\" # §
      Runtime: nodejs22.x
      MemorySize: 512
      Timeout: \"10\"
      Architectures: [arm64]
      EphemeralStorage: { Size: 1024 }
      VpcConfig: { SubnetIds: [\"§\"] }
      Environment: { Variables: { §T: \"§\", TABLE: !Ref Table } }
      Events: { \"§Get\": { Type: HttpApi, Properties: { Path: \"/§\", Method: get } } }
  Clock: { Type: \"AWS::Serverless::Function\", Properties: { Handler: \"§\", Events: { \"§C\": { Type: Schedule, Properties: { Schedule: \"rate(5 minutes)\" } } } } }
  Jobs: { Type: \"AWS::Lambda::Function\", Properties: { Handler: \"§\" } }
  Mail: { Type: \"AWS::SQS::Queue\" }
  Map: { Type: \"AWS::Lambda::EventSourceMapping\", Properties: { EventSourceArn: !GetAtt Mail.Arn, FunctionName: !Ref Jobs } }
  Table: { Type: \"AWS::DynamoDB::Table\" }
  Db: { Type: \"AWS::RDS::DBInstance\", Properties: { Engine: postgres, AllocatedStorage: \"50\" } }
  Task: { Type: \"AWS::ECS::TaskDefinition\", Properties: { Cpu: \"512\", Memory: 1 GB, ContainerDefinitions: [{ Name: \"§\", Image: \"node:20\", PortMappings: [{ ContainerPort: 80 }], HealthCheck: { Command: [CMD, x], StartPeriod: 30 } }] } }
  Service: { Type: \"AWS::ECS::Service\", Properties: { TaskDefinition: !Ref Task, LoadBalancers: [{ ContainerName: \"§\" }] } }
";
const SAM_TOLD: &str = "
Api.here: Api
Api.runtime: nodejs22.x
Api.arch: arm64
Api.package: Api
Api.memory: 512
Api.scratch: 1024
Api.time: \"10\"
Api.public: { Type: HttpApi, Properties: { Path: \"/\", Method: get } }
Api.door: { Type: HttpApi, Properties: { Path: \"/\", Method: get } }
Api.private-network: { SubnetIds: [\"\"] }
Clock.here: Clock
Clock.package: Clock
Clock.cron: \"rate(5 minutes)\"
Db.here: Db
Db.engine: Db
Db.storage: \"50\"
Jobs.here: Jobs
Jobs.package: Jobs
Mail.here: Mail
Mail.engine: Mail
Table.here: Table
Table.engine: Table
Task.here: Task
Task.runtime: \"node:20\"
Task.package: \"node:20\"
Task.init: 30
Task.memory: 1 GB
Task.cpu: \"512\"
Task.public: [{ ContainerName: \"\" }]
Task.port 80: { ContainerPort: 80 }
Api to Table: !Ref Table
Mail to Jobs: Map
";
const SERVERLESS_FILE: &str = "service: notes
provider: { name: aws, stage: \"§\", region: eu-west-1, runtime: \"python3.12\" }
functions:
  list:
    handler: \"§\" # §
    memorySize: 256
    timeout: \"12\"
    architecture: arm64
    ephemeralStorageSize: 1024
    environment: { §A: \"§\", TABLE: !Ref Table }
    events: [{ httpApi: \"GET /§\" }]
  clean: { handler: \"§\", events: [{ schedule: \"rate(1 hour)\" }] }
  work: { handler: \"§\", vpc: { subnetIds: [\"§\"] }, events: [{ sqs: { x: \"§\", arn: !GetAtt Jobs.Arn } }, { websocket: \"§\" }] }
resources: { Resources: { Table: { Type: \"AWS::DynamoDB::Table\" }, Jobs: { Type: \"AWS::SQS::Queue\" } } }
";
const SERVERLESS_TOLD: &str = "
region: eu-west-1
Jobs.here: Jobs
Jobs.engine: Jobs
Table.here: Table
Table.engine: Table
clean.here: clean
clean.runtime: \"python3.12\"
clean.package: clean
clean.cron: \"rate(1 hour)\"
list.here: list
list.runtime: \"python3.12\"
list.arch: arm64
list.package: list
list.memory: 256
list.scratch: 1024
list.time: \"12\"
list.public: httpApi
list.door: httpApi
work.here: work
work.runtime: \"python3.12\"
work.package: work
work.websockets: websocket
work.private-network: { subnetIds: [\"\"] }
Jobs to work: !GetAtt Jobs.Arn
list to Table: !Ref Table
";
