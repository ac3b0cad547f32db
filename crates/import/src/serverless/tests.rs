//! Files as people write them.

use model::{Component, Kind, Load};
use source::SourceMap;

use super::*;

fn read(files: &[(&str, &str)]) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    Serverless.read(&Project::new(&sources, "shop"), &ids[..1])
}

fn said(findings: &[Finding]) -> String {
    let shown = findings.iter().filter(|f| f.severity > Severity::Note);
    shown.map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn part<'a>(app: &'a App, id: &str) -> &'a Component {
    app.component(id).unwrap_or_else(|| panic!("no {id}"))
}

const SHOP: &str = "
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  region: ${opt:region, 'eu-west-1'}
  stage: ${opt:stage, 'prod'}
  memorySize: ${self:custom.memory.${self:provider.stage}, 512}
  environment: { TABLE: !Ref Orders }
custom:
  memory: { prod: 2048, dev: 256 }
  more: ${file(config.yml):settings}
functions:
  api:
    handler: src/api.handler
    timeout: ${self:custom.more.timeout}
    events:
      - httpApi: 'GET /orders/{id}'
      - http: { path: items, method: post }
  worker:
    handler: src/worker.handler
    memorySize: 256
    events: [{ sqs: { arn: !GetAtt Jobs.Arn } }]
  tick: { handler: t.h, events: [{ schedule: rate(10 minutes) }] }
  chat: { handler: c.h, events: [{ websocket: $connect }] }
resources:
  Resources:
    Orders: { Type: AWS::DynamoDB::Table }
    Jobs: { Type: AWS::SQS::Queue }
";

#[test]
fn functions_take_provider_and_variables() {
    let (app, findings) =
        read(&[("shop/serverless.yml", SHOP), ("shop/config.yml", "settings: { timeout: 12 }\n")]);
    assert_eq!(said(&findings), "");
    assert_eq!(app.region.value().map(String::as_str), Some("aws/eu-west-1"));
    let api = part(&app, "api");
    assert_eq!(api.memory.get(), Some(Bytes::from_mib(2048)), "nested variable");
    assert_eq!(api.run_time_max.as_ref().and_then(Fact::get), Some(Duration::from_secs(12)));
    assert_eq!(api.paths, ["/items", "/orders"]);
    assert_eq!(part(&app, "worker").kind, Kind::Worker);
    assert!(part(&app, "chat").needs.has(Need::WebSockets));
    assert!(
        matches!(&part(&app, "tick").load, Load::Cron { expression, .. } if expression == "*/10 * * * *")
    );
    let edges: Vec<String> = app.edges.iter().map(|e| format!("{} → {}", e.from, e.to)).collect();
    assert_eq!(
        edges,
        ["Jobs → worker", "api → Orders", "chat → Orders", "tick → Orders", "worker → Orders"]
    );
}

#[test]
fn defaults_of_the_framework_are_no_declarations() {
    let (app, _) = read(&[(
        "shop/serverless.yml",
        "service: s\nprovider: aws\nfunctions:\n  f: { handler: a.b }\n",
    )]);
    let f = part(&app, "f");
    assert_eq!((f.memory.get(), f.memory.is_known()), (Some(Bytes::from_mib(1024)), false));
}

#[test]
fn other_sources_and_other_clouds_are_said() {
    let text = "service: s\nprovider: { name: google, memorySize: '${ssm:/x}' }\nfunctions:\n  f: { handler: a }\n";
    let (_, findings) = read(&[("shop/serverless.yml", text)]);
    let said = said(&findings);
    assert!(said.contains("the provider is `google`, not AWS"), "{said}");
    assert!(said.contains("f.memorySize: `${ssm:/x}` has no value here"), "{said}");
}

#[test]
fn circles_and_escapes_end() {
    let text = "service: s\nprovider: { name: aws }\ncustom: { a: '${self:custom.b}', b: '${self:custom.a}' }\nfunctions: ${file(../../x.yml)}\n";
    let (app, findings) = read(&[("shop/serverless.yml", text)]);
    assert!(app.components.is_empty());
    let said = said(&findings);
    assert!(said.contains("in a circle"), "{said}");
    assert!(said.contains("lies outside of the project"), "{said}");
    let outside = findings.iter().find(|f| f.message.contains("outside")).expect("it is said");
    assert_eq!(outside.severity, Severity::Warning, "the rest can be planned without it");
    let mut bomb = String::new();
    for i in 0..30 {
        let next = format!("'${{self:custom.a{}}}'", i + 1);
        bomb.push_str(&format!("  a{i}: [{next}, {next}, {next}]\n"));
    }
    let (_, findings) =
        read(&[("shop/serverless.yml", &format!("service: s\nprovider: aws\ncustom:\n{bomb}"))]);
    assert!(!findings.is_empty());
}

#[test]
fn functions_may_come_from_files() {
    let (app, findings) = read(&[
        (
            "shop/serverless.yml",
            "service: s\nprovider: aws\nfunctions:\n  - ${file(a.yml)}\n  - ${file(b.yml)}\n",
        ),
        ("shop/a.yml", "one: { handler: a.b }\n"),
        ("shop/b.yml", "two: { handler: a.b }\n"),
    ]);
    assert_eq!(said(&findings), "");
    assert_eq!(app.components.len(), 2);
}

#[test]
fn a_role_of_all_that_names_much_says_nothing_of_each() {
    let file = |tables: usize| {
        let names = (0..tables).map(|n| format!("!GetAtt T{n}.Arn")).collect::<Vec<_>>();
        let stores = (0..tables).map(|n| format!("    T{n}: {{ Type: AWS::DynamoDB::Table }}\n"));
        format!(
            "service: s\nprovider: {{ name: aws, iam: {{ role: {{ statements: [{{ Effect: Allow, Action: 'dynamodb:*', Resource: [{}] }}] }} }} }}\nfunctions: {{ a: {{ handler: a.h }}, b: {{ handler: b.h }} }}\nresources:\n  Resources:\n{}",
            names.join(", "),
            stores.collect::<String>()
        )
    };
    let edges = |tables| read(&[("shop/serverless.yml", &file(tables))]).0.edges.len();
    assert_eq!((edges(1), edges(3), edges(4)), (2, 6, 0));
}

#[test]
fn resources_plugins_and_names_tell_who_calls_whom() {
    let file = "
service: shop
provider:
  name: aws
  environment: { TABLE: '${self:custom.table}' }
custom:
  table: shop-orders-${opt:stage, 'dev'}
  appSync: { dataSources: [{ type: AWS_LAMBDA, name: Ask, config: { functionName: ask } }] }
functions:
  put-order:
    handler: a.h
    events: [{ http: 'POST /orders' }]
    environment: { STREAM: orders }
    iamRoleStatements: [{ Effect: Allow, Action: 'dynamodb:PutItem', Resource: !Sub '${Orders.Arn}/index/*' }]
  count: { handler: c.h, events: [{ stream: 'arn:aws:kinesis:eu-west-1:1:stream/orders' }] }
  ask: { handler: b.h }
  signup: { handler: d.h }
  resize: { handler: e.h, events: [{ s3: photos }] }
  mail: { handler: f.h, events: [{ rabbitmq: { arn: !GetAtt Broker.Arn, queue: q } }] }
resources:
  - Resources:
      Orders: { Type: AWS::DynamoDB::Table, Properties: { TableName: '${self:custom.table}' } }
      Stream: { Type: AWS::Kinesis::Stream, Properties: { Name: orders } }
  - Resources:
      Broker: { Type: AWS::AmazonMQ::Broker, Properties: { EngineType: RABBITMQ } }
      Pool: { Type: AWS::Cognito::UserPool, Properties: { LambdaConfig: { PostConfirmation: !GetAtt SignupLambdaFunction.Arn } } }
";
    let (app, findings) = read(&[("shop/serverless.yml", file)]);
    assert_eq!(said(&findings), "");
    let edges: Vec<String> = app.edges.iter().map(|e| format!("{} → {}", e.from, e.to)).collect();
    assert_eq!(
        edges,
        ["Broker → mail", "photos → resize", "put-order → Orders", "put-order → count"]
    );
    assert_eq!(part(&app, "ask").kind, Kind::Http, "AppSync waits for it");
    assert_eq!(part(&app, "signup").kind, Kind::Http, "who signs up waits for it");
    assert_eq!(part(&app, "photos").kind, Kind::Stateful, "the framework creates the bucket");
    assert_eq!(part(&app, "mail").load, Load::Derived);
}

#[test]
fn a_topic_that_an_event_names_is_created() {
    let file = |event: &str| {
        format!(
            "service: s\nprovider: aws\nfunctions:\n  put: {{ handler: a.h, environment: {{ TOPIC: 'arn:aws:sns:eu-west-1:1:dispatch' }} }}\n  tell: {{ handler: b.h, events: [{{ sns: {event} }}] }}\n"
        )
    };
    for (event, edges) in [
        ("dispatch", 1),
        ("{ topicName: dispatch, displayName: d }", 1),
        ("{ arn: 'arn:aws:sns:eu-west-1:1:other', topicName: other }", 0),
    ] {
        let (app, findings) = read(&[("shop/serverless.yml", &file(event))]);
        assert_eq!((app.edges.len(), said(&findings).as_str()), (edges, ""), "{event}");
        assert_eq!(app.components.len(), 2, "a topic is no part of its own");
    }
}

#[test]
fn a_file_that_is_not_there_is_said_once() {
    let file = "service: s\nprovider: aws\ncustom: { a: '${file(none.yml):x}', b: '${file(some.yml):y}' }\nfunctions: { f: { handler: a.h } }\n";
    let (_, findings) = read(&[("shop/serverless.yml", file), ("shop/some.yml", "x: 1\n")]);
    let said: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(said, ["`none.yml` is not there", "`${file(some.yml):y}` is not known here"]);
}
