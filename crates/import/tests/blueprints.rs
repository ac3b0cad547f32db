//! What carrying out a plan needs of a definition is kept: ports, environment, commands, probes, schedules.
//! The whole blueprint of every component is compared, and what it cannot hold is said in a note.

use std::fmt::Write as _;

use import::{ALL, Project, native};
use model::{App, Blueprint, Check, Load, Probe, Setting};
use source::{Finding, Severity, SourceMap};

fn read(format: &str, files: &[(&str, &str)]) -> (App, Vec<Finding>, SourceMap) {
    let mut sources = SourceMap::default();
    let ids: Vec<_> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let importer = ALL.iter().find(|importer| importer.name() == format).expect("it is there");
    let (app, findings) = importer.read(&Project::new(&sources, ""), &ids[..1]);
    (app, findings, sources)
}

fn probe(out: &mut String, what: &str, probe: Option<&Probe>) {
    let Some(p) = probe else { return };
    let check = match &p.check {
        Check::Http(path, port) => format!("http {path} {port:?}"),
        Check::Tcp(port) => format!("tcp {port:?}"),
        Check::Command(words) => words.join("|"),
    };
    let _ = writeln!(
        out,
        "  {what}: {check}; delay {}, period {}, timeout {}, failures {}",
        p.delay, p.period, p.timeout, p.failures
    );
}

/// Every field of a blueprint, a line each; what is not there has no line.
fn told(app: &App) -> String {
    let mut out = String::new();
    for c in &app.components {
        let _ = writeln!(out, "{}", c.id);
        if let Load::Cron { expression, requests, .. } = &c.load {
            let _ = writeln!(out, "  cron: {expression}, {requests}");
        }
        let Some(blueprint) = &c.blueprint else { continue };
        // Without `..`: a new field has to be told, too.
        let Blueprint {
            image,
            build,
            handler,
            command,
            args,
            environment,
            ports,
            ready,
            alive,
            started,
            replicas,
            autoscaler,
            grace,
            retries,
            after,
            volumes,
            events,
            rights,
            layers,
            streams_answers,
            table,
            triggers,
            unheld,
            settings,
        } = &**blueprint;
        let mut line = |what: &str, text: Option<String>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                let _ = writeln!(out, "  {what}: {text}");
            }
        };
        line("image", image.clone());
        line("build", build.clone());
        line("handler", handler.clone());
        line("command", Some(command.join("|")));
        line("args", Some(args.join("|")));
        for variable in environment {
            let value = match &variable.value {
                Setting::Plain(text) => format!("{}={text}", variable.name),
                Setting::Secret(_) => format!("{} is secret", variable.name),
                Setting::From(place) => format!("{} from {}", variable.name, place.name),
            };
            line("env", Some(value));
        }
        let many = ports.len() > 10;
        line("ports", many.then(|| format!("{}, from {}", ports.len(), ports[0].number)));
        for port in ports.iter().filter(|_| !many) {
            let name = port.name.as_deref().unwrap_or("-");
            let published = if port.published { " published" } else { "" };
            let at: Vec<String> = port.reached_at.iter().map(|n| format!(" as {n}")).collect();
            let at = at.concat();
            line(
                "port",
                Some(format!("{} {:?} {name}{published}{at}", port.number, port.protocol)),
            );
        }
        line("replicas", replicas.map(|n| n.to_string()));
        line(
            "autoscaler",
            autoscaler.as_ref().map(|s| {
                let of: Vec<String> =
                    s.metrics.iter().map(|m| format!("{:?} {:?}", m.of, m.target)).collect();
                format!("{:?} {:?} to {:?}: {}", s.kind, s.min, s.max, of.join(", "))
            }),
        );
        line("grace", grace.map(|grace| grace.to_string()));
        line("retries", retries.map(|retries| retries.to_string()));
        line("after", Some(after.join("|")));
        for volume in volumes {
            line("volume", Some(format!("{} at {}", volume.name, volume.path)));
        }
        line("events", Some(events.join(", ")));
        for trigger in triggers {
            line("trigger", Some(format!("{trigger:?}")));
        }
        for about in unheld {
            line("unheld", Some(about.clone()));
        }
        for right in rights {
            line("right", Some(format!("{:?}", right.allowed)));
        }
        line("layers", (!layers.is_empty()).then(|| format!("{layers:?}")));
        line("answers", streams_answers.then(|| "piece by piece".to_owned()));
        if let Some(table) = table {
            let key = |key: &[model::KeyPart]| {
                let part = |part: &model::KeyPart| {
                    format!("{}{}", part.attribute, if part.sorts { " sorts" } else { "" })
                };
                key.iter().map(part).collect::<Vec<_>>().join(", ")
            };
            line("key", Some(key(&table.key)));
            for a in &table.attributes {
                line("attribute", Some(format!("{} {}", a.name, a.holds.letter())));
            }
            for i in &table.indexes {
                let of = if i.is_local { "local" } else { "global" };
                line("index", Some(format!("{} by {}, {of}, {:?}", i.name, key(&i.key), i.holds)));
            }
            line("expires", table.expires.clone());
            line("changes", table.changes.map(|changes| changes.name().to_owned()));
        }
        for (name, value) in settings {
            line("setting", Some(format!("{name}={value}")));
        }
        probe(&mut out, "ready", ready.as_ref());
        probe(&mut out, "alive", alive.as_ref());
        probe(&mut out, "started", started.as_ref());
    }
    out
}

fn notes(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// What was read is written as our own file and read again: the same parts, kinds, memory and schedules.
fn written(app: &App, sources: &SourceMap) {
    let text = native::write(app, sources);
    let mut again = SourceMap::default();
    let file = again.add("crossover.yaml", text.as_str());
    let native = ALL.iter().find(|importer| importer.name() == "crossover.yaml").expect("ours");
    let (back, findings) = native.read(&Project::new(&again, ""), &[file]);
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    let facts = |app: &App| -> Vec<String> {
        let one = |c: &model::Component| {
            let cron = match &c.load {
                Load::Cron { expression, .. } => expression.as_str(),
                _ => "",
            };
            let engine = c.engine.as_ref().and_then(|engine| engine.value());
            format!(
                "{} {:?} {:?} {cron} {engine:?} {:?}",
                c.id,
                c.kind,
                c.memory.get(),
                c.public.get()
            )
        };
        let edges = app.edges.iter().map(|e| format!("{} to {} {:?}", e.from, e.to, e.kind));
        app.components.iter().map(one).chain(edges).collect()
    };
    assert_eq!(facts(&back), facts(app), "{text}");
    // How it is deployed has no place in our file: the guide says so.
    assert!(back.components.iter().all(|c| c.blueprint.is_none()));
}

fn check(format: &str, files: &[(&str, &str)], expected: &str, said: &str) {
    let (app, findings, sources) = read(format, files);
    assert_eq!(told(&app).trim(), expected.trim(), "{format}");
    assert_eq!(notes(&findings).trim(), said.trim(), "{format}");
    written(&app, &sources);
}

#[test]
fn compose_keeps_what_deploying_needs() {
    check(
        "compose",
        &[("shop/compose.yaml", COMPOSE), ("shop/web.env", "MODE=fast\nAPI_TOKEN=x\n")],
        COMPOSE_TOLD,
        COMPOSE_SAID,
    );
}

#[test]
fn kubernetes_keeps_what_deploying_needs() {
    check("Kubernetes", &[("shop/all.yaml", KUBERNETES)], KUBERNETES_TOLD, KUBERNETES_SAID);
}

#[test]
fn templates_keep_what_deploying_needs() {
    check("SAM and CloudFormation", &[("shop/template.yaml", SAM)], SAM_TOLD, SAM_SAID);
}

#[test]
fn serverless_keeps_what_deploying_needs() {
    check(
        "serverless.yml",
        &[("shop/serverless.yml", SERVERLESS)],
        SERVERLESS_TOLD,
        SERVERLESS_SAID,
    );
}

const COMPOSE: &str = r#"
services:
  web:
    build: { context: ./web }
    image: example/web:2
    entrypoint: ["/entry", "--fast"]
    command: 'serve --name "two words" --q=''a b'''
    ports:
      - "8080:80"
      - "127.0.0.1:9000-9002:9000-9002"
      - "5353:53/udp"
      - { target: 443, published: "8443", protocol: tcp, name: tls }
      - "7000/sctp"
    expose: ["9100"]
    env_file: web.env
    environment: { LOG: info, DATABASE_URL: "postgres://u:p@db/shop", FROM_SHELL: }
    healthcheck: { test: curl -f http://localhost/up || exit 1, interval: 1m30s, timeout: 10s, retries: 5, start_period: 40s, start_interval: 2s }
    stop_grace_period: 1m10s
    deploy: { replicas: 3 }
    volumes: ["uploads:/srv/uploads", "./src:/src"]
  listed:
    image: example/listed
    command: ["run", "a b"]
    ports: ["80"]
    environment: ["A=1", "B"]
    healthcheck: { test: ["CMD-SHELL", "test -f /up"] }
  plain: { image: example/plain, ports: ["81"], healthcheck: { test: [CMD, check, "x y"] } }
  quiet: { image: example/quiet, ports: ["1000-1100:1000-1100"], healthcheck: { disable: true } }
  job: { image: example/job, labels: { kompose.cronjob.schedule: "5 3 * * *" } }
volumes: { uploads: {} }
"#;
const COMPOSE_TOLD: &str = "
job
  cron: 5 3 * * *, 1
  image: example/job
listed
  image: example/listed
  args: run|a b
  env: A=1
  env: B from B
  port: 80 Tcp -
  alive: /bin/sh|-c|test -f /up; delay 0 s, period 30 s, timeout 30 s, failures 3
plain
  image: example/plain
  port: 81 Tcp -
  alive: check|x y; delay 0 s, period 30 s, timeout 30 s, failures 3
quiet
  image: example/quiet
  ports: 64, from 1000
web
  image: example/web:2
  build: ./web
  command: /entry|--fast
  args: serve|--name|two words|--q=a b
  env: API_TOKEN is secret
  env: DATABASE_URL is secret
  env: FROM_SHELL from FROM_SHELL
  env: LOG=info
  env: MODE=fast
  port: 80 Tcp - published
  port: 9000 Tcp - published
  port: 9001 Tcp - published
  port: 9002 Tcp - published
  port: 53 Udp - published
  port: 443 Tcp tls published
  port: 7000 Tcp - published
  port: 9100 Tcp -
  replicas: 3
  grace: 70 s
  volume: uploads at /srv/uploads
  alive: /bin/sh|-c|curl -f http://localhost/up || exit 1; delay 40 s, period 90 s, timeout 10 s, failures 5
";
const COMPOSE_SAID: &str = "
quiet.ports: of a range, 64 ports are kept
quiet: that it has no health check is not kept
web: the transport `sctp` of a port is read as TCP
web: how often it is checked while it starts is not kept
web: what it sees of its host (`./src` at `/src`) is not kept
";

const KUBERNETES: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 45
      initContainers: [{ name: prepare, image: "example/web:2", command: [prepare] }]
      containers:
        - name: web
          image: example/web:2
          command: ["/entry"]
          args: ["--port", "8080", "a b"]
          ports: [{ containerPort: 9090, name: metrics }, { containerPort: 8080, name: http }, { containerPort: 53, protocol: UDP }, { containerPort: 7000, protocol: SCTP }]
          envFrom: [{ configMapRef: { name: settings } }, { prefix: K_, secretRef: { name: keys } }, { secretRef: { name: elsewhere } }]
          env:
            - { name: LOG, value: info }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: keys, key: p } } }
            - { name: MODE2, valueFrom: { configMapKeyRef: { name: settings, key: MODE } } }
            - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
          readinessProbe: { httpGet: { path: /ready, port: http, scheme: HTTPS }, initialDelaySeconds: 5, periodSeconds: 7, timeoutSeconds: 2, failureThreshold: 4, successThreshold: 2 }
          livenessProbe: { grpc: { port: 9090 }, periodSeconds: 20 }
          startupProbe: { exec: { command: [cat, "/tmp/a b"] }, failureThreshold: 30 }
          volumeMounts: [{ name: data, mountPath: /data }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: uploads } }]
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { MODE: fast } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: keys }, stringData: { p: hunter2 } }
---
{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: uploads }, spec: { resources: { requests: { storage: 5Gi } } } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: http }] } }
---
{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: web }, spec: { scaleTargetRef: { name: web }, minReplicas: 2, maxReplicas: 9, metrics: [{ type: Resource, resource: { name: cpu, target: { averageUtilization: 70 } } }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "30 2 * * 1-5"
  timeZone: Europe/Berlin
  jobTemplate: { spec: { template: { spec: { containers: [{ name: n, image: "example/n:1", args: [run] }] } } } }
"#;
const KUBERNETES_TOLD: &str = "
nightly
  cron: 30 2 * * 1-5, 1
  image: example/n:1
  args: run
web
  image: example/web:2
  command: /entry
  args: --port|8080|a b
  env: K_p is secret
  env: LOG=info
  env: MODE=fast
  env: MODE2=fast
  env: PASSWORD is secret
  env: POD from metadata.name
  port: 9090 Tcp metrics
  port: 8080 Tcp http published as 80
  port: 53 Udp -
  port: 7000 Tcp -
  replicas: 3
  autoscaler: Hpa Some(2) to Some(9): Cpu Utilization(70)
  grace: 45 s
  volume: uploads at /data
  ready: http /ready Some(8080); delay 5 s, period 7 s, timeout 2 s, failures 4
  alive: tcp Some(9090); delay 0 s, period 20 s, timeout 1 s, failures 3
  started: cat|/tmp/a b; delay 0 s, period 10 s, timeout 1 s, failures 30
";
const KUBERNETES_SAID: &str = "
web: its probe over HTTPS is kept as one over HTTP
web: how often its probe must succeed is not kept
web: its probe over gRPC is kept as a connection to the port
web: the transport `SCTP` of a port is read as TCP
web: the names of the variables in `elsewhere` are not known here
web: prepare runs before its main container, for 5 s: assumed
nightly: its schedule is read as UTC, not in the time zone `Europe/Berlin`
";

const SAM: &str = r#"
Globals: { Function: { Environment: { Variables: { STAGE: prod, LOG: debug } } } }
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs22.x
      CodeUri: src/
      Environment: { Variables: { LOG: info, TABLE: !Ref Table, SECRET_KEY: abc, TOPIC: !Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:t', PLACE: !Ref AWS::Region } }
      Layers: [!Sub 'arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:24', !Ref Own]
      FunctionUrlConfig: { AuthType: NONE, InvokeMode: RESPONSE_STREAM }
      Policies:
        - AmazonBedrockLimitedAccess
        - AWSLambdaBasicExecutionRole
        - DynamoDBCrudPolicy: { TableName: !Ref Table }
        - SESCrudPolicy: { IdentityName: !Ref AWS::StackName }
        - Statement:
            - { Effect: Allow, Action: ['bedrock:InvokeModel', 'logs:*'], Resource: '*' }
            - { Effect: Allow, Action: 'sns:Publish', Resource: !Ref Topic }
            - { Effect: Allow, Action: 'ssm:GetParameter', Resource: [!Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/x', !GetAtt Table.Arn] }
            - { Effect: Deny, Action: '*', Resource: '*' }
      ReservedConcurrentExecutions: 20
      Events: { Get: { Type: HttpApi, Properties: { Path: /, Method: get } }, Warm: { Type: Schedule, Properties: { Schedule: rate(5 minutes) } } }
  Clock:
    Type: AWS::Serverless::Function
    Properties:
      Handler: clock.handler
      Runtime: nodejs22.x
      Events:
        Off: { Type: Schedule, Properties: { Schedule: rate(1 hour), Enabled: false } }
        On: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 8 ? * 2-6 *), ScheduleExpressionTimezone: Europe/Berlin } }
  Image:
    Type: AWS::Lambda::Function
    Properties: { PackageType: Image, Code: { ImageUri: "example/image:1" }, ImageConfig: { EntryPoint: [/entry], Command: [run, a b] } }
  Plain: { Type: AWS::Lambda::Function, Properties: { Handler: p.h, Runtime: python3.13 } }
  Rule: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 day), State: DISABLED, Targets: [{ Arn: !GetAtt Plain.Arn }] } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: at, AttributeType: N }, { AttributeName: state, AttributeType: S }]
      KeySchema: [{ AttributeName: at, KeyType: RANGE }, { AttributeName: pk, KeyType: HASH }]
      GlobalSecondaryIndexes: [{ IndexName: by-state, KeySchema: [{ AttributeName: state, KeyType: HASH }], Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [owner] } }]
      TimeToLiveSpecification: { AttributeName: until, Enabled: true }
      StreamSpecification: { StreamViewType: NEW_IMAGE }
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: "512"
      Memory: 1 GB
      ContainerDefinitions:
        - Name: web
          Image: example/web:2
          EntryPoint: [/entry]
          Command: [serve, a b]
          PortMappings: [{ ContainerPort: 80, Name: http }, { ContainerPort: 53, Protocol: udp }, { ContainerPortRange: 6000-6001 }]
          Environment: [{ Name: LOG, Value: info }]
          Secrets: [{ Name: DB, ValueFrom: "arn:x" }]
          HealthCheck: { Command: [CMD-SHELL, curl -f localhost], Interval: 10, Retries: 2, StartPeriod: 30 }
          StopTimeout: 60
        - { Name: side, Image: example/side, HealthCheck: { Command: [CMD, up] } }
  Service: { Type: AWS::ECS::Service, Properties: { TaskDefinition: !Ref Task, DesiredCount: 4 } }
"#;
const SAM_TOLD: &str = "
Api
  build: src/
  handler: app.handler
  env: LOG=info
  env: PLACE from AWS::Region
  env: SECRET_KEY is secret
  env: STAGE=prod
  env: TABLE from Table
  env: TOPIC from TOPIC
  events: HttpApi, Schedule, FunctionUrl
  right: Policy(\"AmazonBedrockLimitedAccess\")
  right: Actions { actions: [\"bedrock:InvokeModel\"], on: [\"*\"] }
  right: Actions { actions: [\"ssm:GetParameter\"], on: [\"arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/x\"] }
  right: Other(\"SESCrudPolicy\")
  right: Other(\"sns:Publish\")
  layers: [Plain(\"arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:24\"), From(Place { name: \"Own\", key: None })]
  answers: piece by piece
  setting: ReservedConcurrentExecutions=20
Clock
  cron: 0 8 * * 1-5, 1
  handler: clock.handler
  env: LOG=debug
  env: STAGE=prod
  events: Schedule, ScheduleV2
Image
  image: example/image:1
  command: /entry
  args: run|a b
Plain
  cron: 0 0 * * *, 1
  handler: p.h
  events: Schedule
Table
  key: pk, at sorts
  attribute: at N
  attribute: pk S
  attribute: state S
  index: by-state by state, global, Of([\"owner\"])
  expires: until
  changes: NEW_IMAGE
Task
  image: example/web:2
  command: /entry
  args: serve|a b
  env: DB is secret
  env: LOG=info
  port: 80 Tcp http
  port: 53 Udp -
  port: 6000 Tcp -
  port: 6001 Tcp -
  replicas: 4
  grace: 60 s
  alive: /bin/sh|-c|curl -f localhost; delay 30 s, period 10 s, timeout 5 s, failures 2
";
const SAM_SAID: &str = "
Api: its schedule is not planned beside what else starts it
Clock: its schedule is read as UTC, not in the time zone `Europe/Berlin`
Clock: of its 2 schedules only `cron(0 8 ? * 2-6 *)` is planned
Plain: its schedule is switched off, and is planned as if it ran
Table: its index costs a write each time an item in it changes, which is not billed
Task: `web` is its main container, as it is the first essential one that is no proxy; beside it: side
2 resources are no components of their own: 1 × AWS::ECS::Service, 1 × AWS::Events::Rule
";

const SERVERLESS: &str = r#"
service: notes
provider: { name: aws, runtime: python3.12, environment: { STAGE: prod, LOG: debug } }
functions:
  list:
    handler: a.list
    environment: { LOG: info, TABLE: !Ref Table, API_KEY: abc }
    provisionedConcurrency: 2
    events: [{ httpApi: "GET /notes/{id}" }]
  clean:
    handler: a.clean
    events: [{ schedule: { rate: ["cron(0 12 * * ? *)", rate(1 hour)], timezone: America/New_York, method: scheduler } }]
  off: { handler: a.off, events: [{ schedule: { rate: rate(10 minutes), enabled: false } }] }
  short: { handler: a.short, events: [{ schedule: rate(2 hours) }, { schedule: rate(1 day) }] }
  image: { image: { uri: "example/image:1", entryPoint: [/entry], command: [run, a b] }, url: true }
resources: { Resources: { Table: { Type: AWS::DynamoDB::Table } } }
"#;
const SERVERLESS_TOLD: &str = "
Table
clean
  cron: 0 12 * * *, 1
  handler: a.clean
  env: LOG=debug
  env: STAGE=prod
  events: schedule
image
  image: example/image:1
  command: /entry
  args: run|a b
  env: LOG=debug
  env: STAGE=prod
  events: url
list
  handler: a.list
  env: API_KEY is secret
  env: LOG=info
  env: STAGE=prod
  env: TABLE from Table
  events: httpApi
  setting: provisionedConcurrency=2
off
  cron: */10 * * * *, 1
  handler: a.off
  env: LOG=debug
  env: STAGE=prod
  events: schedule
short
  cron: 0 */2 * * *, 1
  handler: a.short
  env: LOG=debug
  env: STAGE=prod
  events: schedule, schedule
";
const SERVERLESS_SAID: &str = "
clean: its schedule is read as UTC, not in the time zone `America/New_York`
clean: of its 2 schedules only `cron(0 12 * * ? *)` is planned
off: its schedule is switched off, and is planned as if it ran
short: of its 2 schedules only `rate(2 hours)` is planned
";
