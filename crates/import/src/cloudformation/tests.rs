//! Templates as people write them.

use model::{Engine, Held, Kind, Load, Need, Place, Role, Setting};
use source::SourceMap;
use units::{Bytes, Duration};

use super::*;

fn read(files: &[(&str, &str)]) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    CloudFormation.read(&Project::new(&sources, "shop"), &ids[..1])
}

fn said(findings: &[Finding]) -> String {
    let shown = findings.iter().filter(|f| f.severity > Severity::Note);
    shown.map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn part<'a>(app: &'a App, id: &str) -> &'a Component {
    app.component(id).unwrap_or_else(|| panic!("no {id}"))
}

const SHOP: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: prod }
  Memory: { Type: Number, Default: 1024 }
Mappings:
  Sizes: { prod: { timeout: 30 }, dev: { timeout: 5 } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
Globals:
  Function:
    Runtime: nodejs22.x
    MemorySize: !Ref Memory
    Environment: { Variables: { TABLE: !Ref Orders, STAGE: !Ref Stage } }
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Timeout: !FindInMap [Sizes, !Ref Stage, timeout]
      Events:
        Get: { Type: HttpApi, Properties: { Path: '/orders/{id}', Method: get } }
      Environment: { Variables: { QUEUE: !GetAtt Jobs.Arn } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: !If [IsProd, 2048, 128]
      PackageType: Image
      Architectures: [arm64]
      Events: { Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn } } }
      VpcConfig: { SubnetIds: [a], SecurityGroupIds: [b] }
  Nightly:
    Type: AWS::Serverless::Function
    Properties: { Events: { T: { Type: Schedule, Properties: { Schedule: 'cron(0 3 * * ? *)' } } } }
  Debug: { Type: AWS::Serverless::Function, Condition: IsDev }
  Orders: { Type: AWS::DynamoDB::Table }
  Jobs: { Type: AWS::SQS::Queue }
  Role: { Type: AWS::IAM::Role }
";

#[test]
fn functions_take_globals_parameters_and_conditions() {
    let (app, findings) = read(&[("shop/template.yaml", SHOP)]);
    assert_eq!(said(&findings), "");
    let kinds: Vec<(&str, Kind)> = app.components.iter().map(|c| (c.id.as_str(), c.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("Api", Kind::Http),
            ("Jobs", Kind::Stateful),
            ("Nightly", Kind::Cron),
            ("Orders", Kind::Stateful),
            ("Worker", Kind::Worker)
        ]
    );
    let api = part(&app, "Api");
    assert_eq!(api.memory.get(), Some(Bytes::from_mib(1024)));
    assert_eq!(api.run_time_max.as_ref().and_then(Fact::get), Some(Duration::from_secs(30)));
    assert_eq!(api.runtime.value().unwrap().0, "nodejs22.x");
    assert_eq!(api.paths, ["/orders"]);
    let worker = part(&app, "Worker");
    assert_eq!(worker.memory.get(), Some(Bytes::from_mib(2048)));
    assert!(worker.needs.has(Need::PrivateNetwork));
    assert!(
        matches!(&part(&app, "Nightly").load, Load::Cron { expression, .. } if expression == "0 3 * * *")
    );
    assert_eq!(part(&app, "Orders").engine.as_ref().and_then(Fact::get), Some(Engine::KeyValue));
    assert_eq!(
        worker.run_time_max.as_ref().map(Fact::is_known),
        Some(false),
        "3 s is Lambda's, not declared"
    );
}

#[test]
fn who_calls_whom_follows_from_names_and_event_sources() {
    let (app, _) = read(&[("shop/template.yaml", SHOP)]);
    let edges: Vec<String> =
        app.edges.iter().map(|e| format!("{} → {} {:?}", e.from, e.to, e.kind)).collect();
    assert_eq!(
        edges,
        [
            "Api → Jobs Async",
            "Api → Orders Sync",
            "Jobs → Worker Async",
            "Nightly → Orders Sync",
            "Worker → Orders Sync"
        ]
    );
    assert_eq!(part(&app, "Worker").load, Load::Derived);
}

#[test]
fn a_websocket_api_holds_connections_and_an_http_api_does_not() {
    let template = |protocol: &str| {
        format!(
            "
Resources:
  Chat: {{ Type: AWS::Lambda::Function, Properties: {{ Runtime: nodejs22.x, Environment: {{ Variables: {{ A: !Ref T, B: !GetAtt T.Arn }} }} }} }}
  T: {{ Type: AWS::DynamoDB::Table }}
  Api: {{ Type: AWS::ApiGatewayV2::Api, Properties: {{ ProtocolType: {protocol} }} }}
  Calls:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:x:${{Chat.Arn}}/invocations' }}
"
        )
    };
    for (protocol, sockets) in [("WEBSOCKET", true), ("HTTP", false)] {
        let (app, _) = read(&[("template.yaml", &template(protocol))]);
        let chat = part(&app, "Chat");
        assert_eq!((chat.kind, chat.needs.has(Need::WebSockets)), (Kind::Http, sockets));
        // What a variable names keeps whether it is the name or something of it.
        let variables = &chat.blueprint.as_ref().unwrap().environment;
        let named = |at: usize| variables[at].value.clone();
        assert_eq!(named(0), Setting::From(Place::whole("T")));
        assert_eq!(named(1), Setting::From(Place::whole("T.Arn")));
    }
}

#[test]
fn json_and_long_forms_mean_the_same() {
    let json = r#"{
      "Resources": {
        "F": { "Type": "AWS::Lambda::Function", "Properties": {
          "Runtime": "python3.13", "MemorySize": { "Fn::If": ["Big", 512, 128] },
          "Timeout": { "Fn::Select": [1, ["5", "7"]] },
          "Environment": { "Variables": { "B": { "Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}" } } } } },
        "Rule": { "Type": "AWS::Events::Rule", "Properties": {
          "ScheduleExpression": "rate(5 minutes)", "Targets": [{ "Arn": { "Fn::GetAtt": ["F", "Arn"] } }] } },
        "Bucket": { "Type": "AWS::S3::Bucket" }
      },
      "Conditions": { "Big": { "Fn::And": [{ "Fn::Equals": ["a", "a"] }, { "Fn::Not": [{ "Fn::Equals": ["a", "b"] }] }] } }
    }"#;
    let (app, findings) = read(&[("shop/template.json", json)]);
    assert_eq!(said(&findings), "");
    let f = part(&app, "F");
    assert_eq!(f.memory.get(), Some(Bytes::from_mib(512)));
    assert_eq!(f.run_time_max.as_ref().and_then(Fact::get), Some(Duration::from_secs(7)));
    assert!(matches!(&f.load, Load::Cron { expression, .. } if expression == "*/5 * * * *"));
    assert_eq!(app.edges.len(), 1);
}

#[test]
fn nested_templates_are_read_and_circles_refused() {
    let outer = "Resources:\n  Sub: { Type: AWS::Serverless::Application, Properties: { Location: sub/inner.yaml } }\n  F: { Type: AWS::Serverless::Function }\n";
    let inner = "Resources:\n  F: { Type: AWS::Serverless::Function }\n  Back: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ../template.yaml } }\n";
    let (app, findings) = read(&[("shop/template.yaml", outer), ("shop/sub/inner.yaml", inner)]);
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["F", "Sub-F"]);
    assert!(said(&findings).contains("nests itself"), "{}", said(&findings));
}

#[test]
fn a_template_named_by_the_address_of_its_upload_is_found() {
    let outer = "
Resources:
  Web: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: 'https://s3.amazonaws.com/bucket/infra/web.yaml' } }
  Db: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: !Sub 'https://${Bucket}.s3.amazonaws.com/db.yaml' } }
  Far: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: 'https://example.com/far.yaml' } }
";
    let web = "Resources:\n  F: { Type: AWS::Serverless::Function }\n";
    let db = "Resources:\n  T: { Type: AWS::DynamoDB::Table }\n";
    let files = [("shop/main.yaml", outer), ("shop/infra/web.yaml", web), ("shop/db.yaml", db)];
    let (app, findings) = read(&files);
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    assert_eq!((ids, said(&findings)), (vec!["F", "T"], String::new()));
    let mut sources = SourceMap::default();
    let file = sources.add(files[0].0, outer);
    let named = CloudFormation.references(&sources, file);
    assert!(named.iter().any(|reference| reference.path == "infra/web.yaml"), "{named:?}");
}

#[test]
fn what_is_only_known_at_deployment_is_said() {
    let template = "Parameters:\n  M: { Type: Number }\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: { MemorySize: !Ref M, Runtime: provided.al2023023, Timeout: 9000 }\n";
    let (app, findings) = read(&[("shop/template.yaml", template)]);
    let text = said(&findings);
    assert!(text.contains("F.MemorySize is only known at deployment"), "{text}");
    assert!(text.contains("F.Timeout: `9000` is not a whole number from 1 to 900"), "{text}");
    assert!(!part(&app, "F").memory.is_known());
}

#[test]
fn containers_on_ecs() {
    let template = "
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: '512'
      Memory: 1 GB
      ContainerDefinitions:
        - { Name: web, Image: org/web:1, PortMappings: [{ ContainerPort: 8080 }], Environment: [{ Name: TABLE, Value: !Ref T }] }
  Service: { Type: AWS::ECS::Service, Properties: { TaskDefinition: !Ref Task, DesiredCount: 3, LoadBalancers: [{ ContainerPort: 8080 }] } }
  T: { Type: AWS::DynamoDB::Table }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    let task = part(&app, "Task");
    assert_eq!(task.kind, Kind::Http);
    assert_eq!(task.cpu_request.as_ref().and_then(Fact::get), Some(units::Millicores::new(500)));
    assert_eq!(task.memory.get(), Some(Bytes::from_gib(1)));
    assert_eq!(task.blueprint.as_ref().unwrap().replicas, Some(3));
    assert_eq!(task.public.get(), Some(true));
    assert_eq!(app.edges.len(), 1);
}

/// A page behind a proxy, which waits for its tables and for an agent, beside a router of logs.
const TASK: &str = "
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: '1024'
      Memory: '2048'
      Volumes: [{ Name: site }, { Name: share, EFSVolumeConfiguration: { FilesystemId: fs-1 } }]
      ContainerDefinitions:
        - Name: logs
          Image: amazon/aws-for-fluent-bit:2
          FirelensConfiguration: { Type: fluentbit }
          MountPoints: [{ SourceVolume: share, ContainerPath: /share }]
        - Name: proxy
          Image: nginx:1.27
          Memory: 128
          PortMappings: [{ ContainerPort: 80 }]
          MountPoints: [{ SourceVolume: site, ContainerPath: /site, ReadOnly: true }]
        - Name: app
          Image: org/app:1
          PortMappings: [{ ContainerPort: 3000 }]
          MountPoints: [{ SourceVolume: site, ContainerPath: /out }]
          DependsOn: [{ ContainerName: Set_up, Condition: SUCCESS }, { ContainerName: agent, Condition: HEALTHY }]
        - { Name: Set_up, Image: 'org/app:1', Essential: false, Command: [migrate], DependsOn: [{ ContainerName: agent, Condition: START }] }
        - Name: agent
          Image: org/agent
          Cpu: 256
          Environment: [{ Name: TABLE, Value: !Ref T }, { Name: API_TOKEN, Value: s3cr3t }]
          HealthCheck: { Command: [CMD, up] }
  Service: { Type: AWS::ECS::Service, Properties: { TaskDefinition: !Ref Task, LoadBalancers: [{ ContainerName: proxy, ContainerPort: 80 }] } }
  T: { Type: AWS::DynamoDB::Table }
";

#[test]
fn containers_of_a_task_are_told_apart() {
    let (app, findings) = read(&[("shop/template.yaml", TASK)]);
    let task = part(&app, "Task");
    assert_eq!(task.blueprint.as_ref().unwrap().image.as_deref(), Some("org/app:1"));
    let all = task.containers.iter().map(|c| (c.name.as_str(), c.role));
    let wanted = [
        ("agent", Role::NativeSidecar),
        ("set-up", Role::Init),
        ("logs", Role::Sidecar),
        ("proxy", Role::Sidecar),
    ];
    assert_eq!(all.collect::<Vec<_>>(), wanted);
    // What the task has is for all of them, though nobody says it of each.
    assert_eq!(task.cpu_request.as_ref().and_then(Fact::get), Some(units::Millicores::new(1000)));
    assert_eq!(task.memory.get(), Some(Bytes::from_gib(2)));
    assert!(task.memory.is_known());
    assert_eq!(task.beside(), (units::Millicores::new(250), Bytes::from_mib(128)));
    let [agent, set_up, _, proxy] = &task.containers[..] else { panic!("{:?}", task.containers) };
    assert!(agent.alive.is_some() && !format!("{agent:?}").contains("s3cr3t"));
    assert_eq!(set_up.args, ["migrate"]);
    assert_eq!(proxy.served().map(|port| port.number).collect::<Vec<_>>(), [80]);
    let shared: Vec<_> = task.mounts.iter().chain(&proxy.mounts).collect();
    let shared: Vec<_> = shared.iter().map(|m| (m.path.as_str(), m.held, m.read_only)).collect();
    assert_eq!(shared, [("/out", Held::Scratch, false), ("/site", Held::Scratch, true)]);
    assert_eq!(edges(&app), ["Task → T Sync"]);
    let text: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let text = text.join("\n");
    for told in [
        "Task: `app` is its main container, as it is the first essential one that is no proxy; beside it: logs, proxy",
        "Task: set-up runs before its main container",
        "Task (logs): what it sees at `/share` is not kept",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn containers_that_wait_for_each_other_in_a_circle_are_read() {
    let waits = |name: &str, on: &str| {
        format!(
            "{{ Name: {name}, Image: x, DependsOn: [{{ ContainerName: {on}, Condition: START }}] }}"
        )
    };
    let all = [waits("a", "b"), waits("b", "c"), waits("c", "b")].join(", ");
    let template = format!(
        "Resources:\n  Task: {{ Type: AWS::ECS::TaskDefinition, Properties: {{ ContainerDefinitions: [{all}] }} }}\n"
    );
    let (app, _) = read(&[("shop/template.yaml", &template)]);
    let mut names: Vec<_> = part(&app, "Task").containers.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn a_container_keeps_its_command_and_its_health_check() {
    let (app, _) = read(&[(
        "shop/template.yaml",
        "Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Image: org/web
          Command: [serve, '80']
          StopTimeout: 9
          PortMappings: [{ ContainerPort: 80 }]
          HealthCheck: { Command: [CMD-SHELL, curl localhost], StartPeriod: 40, Retries: 4 }
",
    )]);
    let web = &app.components[0];
    let blueprint = web.blueprint.as_ref().expect("it is deployed");
    assert_eq!(blueprint.args, ["serve", "80"]);
    assert_eq!(blueprint.grace, Some(Duration::from_secs(9)));
    let alive = blueprint.alive.as_ref().expect("a health check");
    assert_eq!((alive.failures, alive.period), (4, Duration::from_secs(30)));
    assert_eq!(web.start.init.get(), Some(Duration::from_secs(40)));
}

#[test]
fn brokers_documents_and_search_are_stores() {
    let types = [
        ("AWS::MSK::Cluster", "{}", Engine::Kafka),
        ("AWS::DocDB::DBCluster", "{}", Engine::Mongodb),
        ("AWS::OpenSearchService::Domain", "{}", Engine::Opensearch),
        ("AWS::AmazonMQ::Broker", "{ EngineType: RABBITMQ }", Engine::Rabbitmq),
        ("AWS::AmazonMQ::Broker", "{ EngineType: ACTIVEMQ }", Engine::Activemq),
        ("AWS::ElastiCache::CacheCluster", "{ Engine: memcached }", Engine::Memcached),
    ];
    for (kind, properties, engine) in types {
        let text = format!("Resources:\n  S: {{ Type: {kind}, Properties: {properties} }}\n");
        let (app, _) = read(&[("shop/template.yaml", &text)]);
        let found = app.components[0].engine.as_ref().and_then(Fact::get);
        assert_eq!(found, Some(engine), "{kind}");
    }
}

fn edges(app: &App) -> Vec<String> {
    app.edges.iter().map(|e| format!("{} → {} {:?}", e.from, e.to, e.kind)).collect()
}

#[test]
fn brokers_and_clusters_start_functions() {
    let template = "
Resources:
  Cluster: { Type: AWS::MSK::ServerlessCluster }
  Broker: { Type: AWS::AmazonMQ::Broker, Properties: { EngineType: RABBITMQ } }
  A:
    Type: AWS::Serverless::Function
    Properties: { Events: { E: { Type: MSK, Properties: { Stream: !GetAtt Cluster.Arn, Topics: [t] } } } }
  B:
    Type: AWS::Serverless::Function
    Properties: { Events: { E: { Type: MQ, Properties: { Broker: !GetAtt Broker.Arn, Queues: [q] } } } }
  C: { Type: AWS::Lambda::Function }
  Map:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !Ref C, EventSourceArn: !GetAtt Broker.Arn, Queues: [q] }
  D:
    Type: AWS::Serverless::Function
    Properties: { Events: { E: { Type: SelfManagedKafka, Properties: { KafkaBootstrapServers: [!GetAtt Cluster.Arn], Topics: [t] } } } }
";
    let (app, findings) = read(&[("shop/template.yaml", template)]);
    assert_eq!(said(&findings), "");
    assert_eq!(
        edges(&app),
        ["Broker → B Async", "Broker → C Async", "Cluster → A Async", "Cluster → D Async"]
    );
    assert_eq!(part(&app, "C").kind, Kind::Worker, "a broker's messages are no stream");
    assert!(matches!(part(&app, "Broker").load, Load::Rate { .. }), "it is filled from elsewhere");
    assert_eq!(part(&app, "B").load, Load::Derived);
}

#[test]
fn what_stands_between_is_followed() {
    let template = "
Resources:
  Put:
    Type: AWS::Serverless::Function
    Properties:
      Events: { E: { Type: HttpApi, Properties: { Path: /x, Method: post } } }
      Environment: { Variables: { TOPIC: !Ref Topic, MACHINE: !Ref Machine, STREAM: !Ref Stream, BUS: !Ref Bus } }
  Topic: { Type: AWS::SNS::Topic }
  Sub: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn } }
  Queue: { Type: AWS::SQS::Queue }
  Mail: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } } } }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: { DefinitionUri: x.asl.json, DefinitionSubstitutions: { Step: !GetAtt Step.Arn } }
  Step: { Type: AWS::Serverless::Function }
  Stream: { Type: AWS::Kinesis::Stream }
  Count: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: Kinesis, Properties: { Stream: !GetAtt Stream.Arn } } } } }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: shop } }
  Rule: { Type: AWS::Events::Rule, Properties: { EventBusName: !Ref Bus, EventPattern: { source: [a] }, Targets: [{ Arn: !GetAtt Tell.Arn }] } }
  Tell: { Type: AWS::Serverless::Function }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    assert_eq!(
        edges(&app),
        [
            "Put → Count Async",
            "Put → Queue Async",
            "Put → Step Async",
            "Put → Tell Async",
            "Queue → Mail Async"
        ]
    );
}

#[test]
fn what_starts_a_function_outweighs_what_it_may_call() {
    let template = "
Resources:
  A: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: SQS, Properties: { Queue: !GetAtt ToA.Arn } } }, Environment: { Variables: { B: !Ref Bus, TOPIC: !Ref Topic } } } }
  B: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { B: !Ref Bus } } } }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: shop } }
  Rule: { Type: AWS::Events::Rule, Properties: { EventBusName: !Ref Bus, EventPattern: { source: [a] }, Targets: [{ Arn: !GetAtt Other.Arn }] } }
  Other: { Type: AWS::SQS::Queue }
  Topic: { Type: AWS::SNS::Topic, Properties: { Subscription: [{ Protocol: sqs, Endpoint: !GetAtt ToA.Arn }] } }
  ToA: { Type: AWS::SQS::Queue }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    assert_eq!(edges(&app), ["ToA → A Async"], "a bus that two fill leads nowhere for certain");
}

#[test]
fn roles_names_and_connectors_tell_who_calls_whom() {
    let template = "
Resources:
  ByRole: { Type: AWS::Lambda::Function, Properties: { Role: !GetAtt Role.Arn } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument: { Statement: [{ Effect: Allow, Action: 'dynamodb:*', Resource: !Sub 'arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}-orders' }] }
  Orders: { Type: AWS::DynamoDB::Table, Properties: { TableName: !Sub '${AWS::StackName}-orders' } }
  ByName: { Type: AWS::Lambda::Function, Properties: { Environment: { Variables: { T: users, SERVICE_NAME: stack-orders, URL: 'arn:aws:execute-api:::GET/stack-orders' } } } }
  Users: { Type: AWS::DynamoDB::Table, Properties: { TableName: users } }
  Joined: { Type: AWS::Serverless::Function }
  Files: { Type: AWS::S3::Bucket }
  Join: { Type: AWS::Serverless::Connector, Properties: { Source: { Id: Joined }, Destination: { Id: Files }, Permissions: [Write] } }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    assert_eq!(edges(&app), ["ByName → Users Sync", "ByRole → Orders Sync", "Joined → Files Sync"]);
}

#[test]
fn a_custom_resource_runs_when_the_stack_is_deployed() {
    let template = "
Resources:
  Seed: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { Q: !Ref Jobs } } } }
  Jobs: { Type: AWS::SQS::Queue }
  Run: { Type: Custom::Seed, Properties: { ServiceToken: !GetAtt Seed.Arn } }
  Api: { Type: AWS::Lambda::Function }
  May: { Type: AWS::Lambda::Permission, Properties: { FunctionName: !Ref Api, Principal: apigateway.amazonaws.com } }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    assert_eq!(edges(&app), Vec::<String>::new(), "what it prepares is no traffic");
    let Load::Rate { rate, .. } = &part(&app, "Seed").load else { panic!("no rate") };
    assert!(rate.get().is_some_and(|rate| rate.events_per_month() < 100), "{rate:?}");
    assert_eq!(part(&app, "Api").kind, Kind::Http, "the permission says who calls it");
}

#[test]
fn stacks_hand_each_other_what_they_have() {
    let main = "
Resources:
  Db: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: db.yaml } }
  Web:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: web.yaml, Parameters: { Table: !GetAtt Db.Outputs.Table, Queue: !GetAtt [Db, Outputs.Queue] } }
  Api: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { T: !GetAtt Db.Outputs.Table, F: !ImportValue stack-files } } } }
";
    let db = "
Resources:
  Orders: { Type: AWS::DynamoDB::Table }
  Jobs: { Type: AWS::SQS::Queue }
  Files: { Type: AWS::S3::Bucket }
Outputs:
  Table: { Value: !Ref Orders }
  Queue: { Value: !GetAtt Jobs.Arn }
  Files: { Value: !Ref Files, Export: { Name: !Sub '${AWS::StackName}-files' } }
";
    let web = "
Parameters: { Table: { Type: String }, Queue: { Type: String } }
Globals: { Function: { Environment: { Variables: { T: !Ref Table } } } }
Resources:
  Put: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { F: !ImportValue { 'Fn::Sub': '${AWS::StackName}-files' } } } } }
  Work: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: SQS, Properties: { Queue: !Ref Queue } } } } }
";
    let files = [("shop/main.yaml", main), ("shop/db.yaml", db), ("shop/web.yaml", web)];
    let (app, findings) = read(&files);
    assert_eq!(said(&findings), "");
    assert_eq!(app.components.len(), 6, "what is handed on is there once");
    assert_eq!(
        edges(&app),
        [
            "Api → Files Sync",
            "Api → Orders Sync",
            "Jobs → Work Async",
            "Put → Files Sync",
            "Put → Orders Sync",
            "Work → Orders Sync"
        ]
    );
}

#[test]
fn stacks_that_hand_values_round_come_to_an_end() {
    let nested = "
Parameters: { A: { Type: String }, B: { Type: String } }
Resources: { F: { Type: AWS::Lambda::Function, Properties: { Environment: { Variables: { A: !Ref A } } } } }
Outputs: { A: { Value: !Sub '${A}${B}${A}${B}' }, B: { Value: !Sub '${B}${A}${B}${A}' } }
";
    let main = "
Resources:
  S:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: s.yaml
      Parameters: { A: !Sub '${S.Outputs.A}${S.Outputs.B}', B: !Sub '${S.Outputs.B}${S.Outputs.A}' }
";
    let (app, _) = read(&[("shop/main.yaml", main), ("shop/s.yaml", nested)]);
    assert_eq!((app.components.len(), app.edges.len()), (1, 0));
    // A file that nests the next many times, and so on: more stacks than anybody has.
    let level = |next: usize| {
        let one = |n| {
            format!(
                "  S{n}: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: l{next}.yaml }} }}\n"
            )
        };
        format!("Resources:\n{}", (0..40).map(one).collect::<String>())
    };
    let files: Vec<(String, String)> =
        (0..5).map(|n| (format!("shop/l{n}.yaml"), level(n + 1))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let (_, findings) = read(&files);
    assert!(said(&findings).contains("more than 200 stacks"), "{}", said(&findings));
}

#[test]
fn the_machine_of_a_store_is_kept_and_its_memory_asked_for() {
    let template = "
Resources:
  Broker: { Type: AWS::AmazonMQ::Broker, Properties: { EngineType: RABBITMQ, HostInstanceType: mq.t3.micro } }
  Log: { Type: AWS::MSK::Cluster, Properties: { BrokerNodeGroupInfo: { InstanceType: kafka.m5.large } } }
  Docs: { Type: AWS::DocDB::DBCluster }
  DocsOne: { Type: AWS::DocDB::DBInstance, Properties: { DBClusterIdentifier: !Ref Docs, DBInstanceClass: db.r5.large } }
";
    let (app, _) = read(&[("shop/template.yaml", template)]);
    for (id, machine) in
        [("Broker", "mq.t3.micro"), ("Log", "kafka.m5.large"), ("Docs", "db.r5.large")]
    {
        let store = part(&app, id);
        let settings = &store.blueprint.as_ref().expect("a machine").settings;
        assert_eq!(settings, &[("machine".to_owned(), machine.to_owned())]);
        assert!(
            matches!(&store.memory, Fact::Assumed(_, origin) if origin.span.is_some() && origin.note.contains(machine)),
            "{:?}",
            store.memory
        );
    }
}

const APPROVAL: &str = r#"
Resources:
  Ask: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x } }
  Pay: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x } }
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Ask
        States:
          Ask: { Type: Task, Resource: !GetAtt Ask.Arn, Next: Later }
          Later: { Type: Wait, Seconds: 7200, Next: Pay }
          Pay: { Type: Task, Resource: !GetAtt Pay.Arn, End: true }
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineType: STANDARD
      DefinitionString: !Sub '{ "StartAt": "A", "States": { "A": { "Type": "Task", "Resource": "${Ask.Arn}", "End": true } } }'
  Filed:
    Type: AWS::Serverless::StateMachine
    Properties: { Type: EXPRESS, DefinitionUri: states/m.asl.json, DefinitionSubstitutions: { Ask: !GetAtt Ask.Arn } }
  Nightly:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: elsewhere.asl.json
      Events: { E: { Type: Schedule, Properties: { Schedule: rate(1 day) } } }
  Durable:
    Type: AWS::Serverless::Function
    Properties: { Runtime: python3.14, Timeout: 120, DurableConfig: { ExecutionTimeout: 86400, RetentionPeriodInDays: 7 } }
"#;

#[test]
fn state_machines_are_components_as_far_as_their_definitions_are_seen() {
    let filed = r#"{ "StartAt": "A", "States": { "A": { "Type": "Task", "Next": "B" }, "B": { "Type": "Pass", "End": true } } }"#;
    let (app, findings) =
        read(&[("shop/template.yaml", APPROVAL), ("shop/states/m.asl.json", filed)]);
    let steps = |id: &str| part(&app, id).steps.clone().unwrap();
    let inline = steps("Inline");
    assert_eq!((inline.count, inline.elsewhere, inline.pauses()), (2, 2, 1));
    assert_eq!(inline.machine, Some(model::Machine::Standard));
    let wait = part(&app, "Inline").demand.wait.value().unwrap().mean();
    assert_eq!(wait, Duration::HOUR * 2);
    assert_eq!((steps("Text").count, steps("Filed").count), (1, 2));
    assert_eq!(steps("Filed").machine, Some(model::Machine::Express));
    assert!(app.component("Nightly").is_none(), "nothing is known of its states");
    assert_eq!(
        edges(&app),
        ["Filed → Ask Async", "Inline → Ask Async", "Inline → Pay Async", "Text → Ask Async"]
    );
    let durable = part(&app, "Durable");
    let kept = durable.steps.as_ref().unwrap().kept.as_ref().and_then(Fact::get);
    assert_eq!(kept, Some(Duration::DAY * 7));
    let all: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    let all = all.join("\n");
    for expected in [
        "Filed: an Express run is billed by its time",
        "Nightly: its definition `elsewhere.asl.json` is not in the project",
        "Durable: a durable function is planned with one step and one wait",
    ] {
        assert!(all.contains(expected), "{expected}\n{all}");
    }
}
