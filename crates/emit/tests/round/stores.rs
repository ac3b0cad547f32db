//! Stores that stand in the stack beside the functions, and who may do what to them.

use model::{
    App, Component, Engine, Fact, FrontDoor, Kind, ManagedSettings, Placement, PlatformId, Settings,
};
use source::SourceMap;
use units::Bytes;

use crate::functions::{TARGETS, on_lambda, text, written};
use crate::{corpora, keep, read, terraform};

const APP: &str = "
name: stores
region: aws/us-east-1
components:
  api: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, calls: [jobs, uploads, orders, clicks] }
  resize: { kind: worker, memory: 1 GB, cpu: 900 ms, calls: [orders], events: { batch: 5, max_receives: 3 } }
  second: { kind: worker, memory: 1 GB, cpu: 900 ms }
  scan: { kind: worker, memory: 1 GB, cpu: 900 ms, calls: [uploads] }
  changes: { kind: stream, memory: 512 MB, duration: 30 ms, events: { max_receives: 4, batch: 100 } }
  clicks: { kind: stream, needs: [private-network], memory: 512 MB, duration: 30 ms, load: 3M/month, events: { shards: 2 }, calls: [orders] }
  jobs: { kind: stateful, engine: queue, calls: [resize, second] }
  uploads: { kind: stateful, engine: objects, calls: [scan] }
  orders: { kind: stateful, engine: key-value, calls: [changes] }
  chat: { kind: http, needs: [websockets], memory: 256 MB, duration: 30 ms, load: 3M/month, public: true }
  shop-window: { kind: static, load: 3M/month, public: true }
  db: { kind: stateful, engine: postgres, memory: 1 GB, storage: 7 GB }
";

/// Functions on Lambda, stores with the provider.
pub(crate) fn placed(app: &App) -> Vec<Placement> {
    let mut placements = on_lambda(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        let door = match component.kind {
            Kind::Stream => FrontDoor::Stream,
            Kind::Worker => match feeding(app, &component.id) {
                Some(Engine::Objects) => FrontDoor::Notice,
                Some(Engine::KeyValue) => FrontDoor::Stream,
                _ => FrontDoor::Queue,
            },
            _ => FrontDoor::None,
        };
        if let Settings::Function(function) = &mut placement.configured
            && door != FrontDoor::None
        {
            function.front_door = door;
        }
        if matches!(component.kind, Kind::Stateful | Kind::Static) {
            placement.platform = PlatformId("aws/managed");
            placement.configured = Settings::Managed(ManagedSettings {
                engine: engine(component),
                size: size(engine(component)).to_owned(),
                storage: component
                    .storage
                    .as_ref()
                    .and_then(Fact::get)
                    .unwrap_or(Bytes::from_gib(1)),
                zones: 1,
            });
        }
    }
    placements
}

/// The engine of the store that a part has its work from, of several the queue, as the planner looks at it.
fn feeding(app: &App, id: &str) -> Option<Engine> {
    let from = app.edges.iter().filter(|edge| edge.to == id);
    let stores = from.filter_map(|edge| app.component(&edge.from));
    let engines: Vec<Engine> =
        stores.filter(|store| store.kind == Kind::Stateful).map(engine).collect();
    engines.iter().find(|engine| engine.holds_messages()).or(engines.first()).copied()
}

fn engine(component: &Component) -> Engine {
    if component.kind == Kind::Static {
        return Engine::Objects;
    }
    component.engine.as_ref().and_then(Fact::get).unwrap_or(Engine::Other)
}

/// A size that Amazon's service for an engine has; none where it has none.
fn size(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres | Engine::Mysql => "db.t4g.medium",
        Engine::Mongodb => "db.t3.medium",
        Engine::Redis | Engine::Valkey | Engine::Memcached => "cache.t4g.small",
        _ => "",
    }
}

pub(crate) fn stacks(app: &App, sources: &SourceMap) -> Vec<(&'static str, String)> {
    let all = TARGETS.iter().map(|(target, path, _)| {
        let emitted = written(target, app, &placed(app), sources);
        keep(&format!("{} {target}", app.name), &emitted);
        (*target, text(&emitted, path))
    });
    all.collect()
}

#[test]
fn stores_stand_beside_the_functions_that_use_them() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    for (target, text) in stacks(&app, &sources) {
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("Type: AWS::DynamoDB::Table"), 1, "{text}");
        assert_eq!(count("Type: AWS::S3::Bucket\n"), 2, "of objects and of files: {text}");
        assert_eq!(count("Type: AWS::Kinesis::Stream"), 1, "{text}");
        // The queue that feeds two workers, one for what it could not do, and one of the stream's.
        assert_eq!(count("Type: AWS::SQS::Queue"), 3, "{target}: {text}");
        assert_eq!(count("maxReceiveCount: 3"), 1, "{text}");
        assert_eq!(count("StreamViewType: NEW_AND_OLD_IMAGES"), 1, "{text}");
        // Data outlives the stack: that of the table and of the buckets.
        assert_eq!(count("DeletionPolicy: Retain"), 3, "{text}");
        for variable in ["JOBS_QUEUE_URL:", "UPLOADS_BUCKET:", "ORDERS_TABLE:", "CLICKS_STREAM:"] {
            assert!(text.contains(variable), "{target} lacks {variable}\n{text}");
        }
        assert_eq!(count("dynamodb:PutItem"), 3, "api, resize and clicks write to it: {text}");
        assert_eq!(count("kinesis:PutRecords"), 1, "{text}");
        // The bucket waits for the function that it calls: its right to the bucket stands apart.
        assert_eq!(count("Type: AWS::IAM::Policy"), 1, "{text}");
        let retries =
            if target == "sam" { "MaximumRetryAttempts: 3" } else { "maximumRetryAttempts: 3" };
        assert!(text.contains(retries), "{text}");
    }
}

#[test]
fn variables_name_the_stores_that_they_named() {
    let service = include_str!("serverless.yml");
    let (app, sources) = read("serverless.yml", service.as_bytes()).unwrap();
    for (target, text) in stacks(&app, &sources) {
        // The name and the ARN are not the same.
        assert!(text.contains("TABLE:"), "{target}: {text}");
        assert!(text.contains("Ref: Pictures\n"), "{target}: {text}");
        assert!(text.contains("TABLE_ARN:"), "{target}: {text}");
        assert!(text.contains("- Pictures\n"), "{target}: {text}");
        assert!(!text.contains("PICTURES_TABLE"), "its own variable names it: {text}");
        assert_eq!(text.matches("Type: AWS::SQS::Queue").count(), 1, "{target}: {text}");
    }
}

#[test]
fn the_gateway_holds_connections_and_the_function_may_send_over_them() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    for (target, text) in stacks(&app, &sources) {
        assert_eq!(text.matches("ProtocolType: WEBSOCKET").count(), 1, "{target}: {text}");
        for route in ["$connect", "$disconnect", "$default"] {
            assert!(text.contains(&format!("RouteKey: \"{route}\"")), "{target}: {text}");
        }
        assert_eq!(text.matches("execute-api:ManageConnections").count(), 1, "{text}");
        assert!(text.contains("CONNECTIONS_URL:"), "{text}");
        let emitted = written(target, &app, &placed(&app), &sources);
        let told =
            emitted.findings.iter().find(|f| f.message.contains("events of a WebSocket API"));
        let hint = told.and_then(|finding| finding.hint.clone()).unwrap_or_default();
        assert!(hint.contains("does not run so"), "{hint}");
    }
}

#[test]
fn files_stand_behind_cloudfront_which_alone_reads_them() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    for (target, text) in stacks(&app, &sources) {
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("Type: AWS::CloudFront::Distribution"), 1, "{target}: {text}");
        assert_eq!(count("OriginAccessControlId"), 1, "{target}: {text}");
        assert_eq!(count("Service: cloudfront.amazonaws.com"), 1, "{target}: {text}");
        assert_eq!(count("BlockPublicPolicy: true"), 2, "{target}: {text}");
    }
}

const BALANCED: &str = "
name: balanced
region: aws/us-east-1
components:
  orders: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, front_door: load-balancer }
  stock: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, front_door: load-balancer }
";

#[test]
fn one_balancer_serves_all_by_paths_else_by_hosts() {
    let (mut app, sources) = read("crossover.yaml", BALANCED.as_bytes()).unwrap();
    for paths in [None, Some(["/", "/stock"])] {
        for (component, path) in app.components.iter_mut().zip(paths.iter().flatten()) {
            component.paths = vec![(*path).to_owned()];
        }
        for (target, path, _) in TARGETS {
            let mut placements = on_lambda(&app);
            for placement in &mut placements {
                if let Settings::Function(function) = &mut placement.configured {
                    function.front_door = FrontDoor::Alb;
                }
            }
            let emitted = written(target, &app, &placements, &sources);
            keep(&format!("balanced {} {target}", paths.is_some()), &emitted);
            let text = text(&emitted, path);
            let count = |what: &str| text.matches(what).count();
            assert_eq!(count("Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n"), 1, "{text}");
            assert_eq!(count("TargetType: lambda"), 2, "{text}");
            let rules = count("Type: AWS::ElasticLoadBalancingV2::ListenerRule");
            assert_eq!(rules, if paths.is_some() { 1 } else { 2 }, "{target}: {text}");
            let what = if paths.is_some() { "/stock/*" } else { "HostHeaderConfig" };
            assert!(text.contains(what), "{target}: {text}");
            let told = emitted.findings.iter().filter(|f| f.message.contains("has to be given"));
            assert_eq!(told.count(), if paths.is_some() { 3 } else { 5 }, "{target}");
        }
    }
}

#[test]
fn stores_that_nobody_here_declared_stand_in_their_stacks() {
    let mut stores = 0;
    let apps = corpora(&["sam", "cfn", "serverless"], |file, bytes| {
        let Some((app, sources)) = read(file, bytes) else { return };
        for (target, path, _) in TARGETS {
            // Looks for names that lead nowhere itself.
            let emitted = written(target, &app, &placed(&app), &sources);
            keep(&format!("{file} stores {target}"), &emitted);
            stores += text(&emitted, path).matches("UpdateReplacePolicy: Retain").count();
        }
    });
    assert!(apps == 0 || stores > 200, "{stores} tables and buckets of {apps} files");
}

#[test]
fn parts_in_a_private_network_stand_in_the_one_that_is_given() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    for (target, text) in stacks(&app, &sources) {
        let (key, given) = match target {
            "sam" => ("VpcConfig:", "networkSubnets"),
            _ => ("vpc:", "${env:NETWORK_SUBNETS}"),
        };
        assert_eq!(text.matches(key).count(), 1, "{target}: {text}");
        assert!(text.contains(given), "{target}: {text}");
        let managed = text.matches("AWSLambdaVPCAccessExecutionRole").count();
        assert_eq!(managed, usize::from(target == "serverless"), "SAM adds it itself: {text}");
    }
}

/// The same in Terraform: streams, buckets and connections start functions there, too.
#[test]
fn terraform_has_what_starts_functions() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed(&app);
    for placement in &mut placements {
        if let (Settings::Function(function), "chat") =
            (&mut placement.configured, placement.component.as_str())
        {
            function.front_door = FrontDoor::WebSocketApi;
        }
    }
    let emitted = terraform::emitted(&app, &placements, &sources);
    keep("terraform-stores", &emitted);
    let root = terraform::json(&emitted);
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    // The changes of a table.
    assert_eq!(of("aws_dynamodb_table", "orders")["stream_view_type"], "NEW_AND_OLD_IMAGES");
    let mapping = of("aws_lambda_event_source_mapping", "changes");
    assert_eq!(mapping["event_source_arn"], "${aws_dynamodb_table.orders.stream_arn}");
    assert_eq!(
        (&mapping["batch_size"], &mapping["maximum_retry_attempts"]),
        (&100.into(), &3.into())
    );
    let failed = &mapping["destination_config"]["on_failure"]["destination_arn"];
    assert_eq!(failed, "${aws_sqs_queue.changes__failed.arn}");
    // A stream of its own, and who writes to it.
    assert_eq!(of("aws_kinesis_stream", "clicks")["shard_count"], 2);
    let rights = root["locals"]["api__function__rights"].to_string();
    assert!(rights.contains("kinesis:PutRecords"), "{rights}");
    // A bucket that calls.
    let notice = of("aws_s3_bucket_notification", "uploads");
    assert_eq!(
        notice["lambda_function"][0]["lambda_function_arn"],
        "${aws_lambda_function.scan.arn}"
    );
    assert_eq!(of("aws_lambda_permission", "scan")["principal"], "s3.amazonaws.com");
    // Connections that the gateway holds.
    assert_eq!(of("aws_apigatewayv2_api", "chat")["protocol_type"], "WEBSOCKET");
    for name in ["chat__connect", "chat__disconnect", "chat__default"] {
        assert!(of("aws_apigatewayv2_route", name)["target"].is_string(), "{name}");
    }
    let variables = &of("aws_lambda_function", "chat")["environment"]["variables"];
    assert!(variables["CONNECTIONS_URL"].as_str().unwrap().contains("https://"), "{variables}");
}

/// A hybrid: pods call what stands outside of their cluster with rights of their own.
#[test]
fn pods_may_use_what_they_call_outside_of_the_cluster() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed(&app);
    let pods = crate::placed::on_kubernetes(&app);
    for (placement, pod) in placements.iter_mut().zip(pods) {
        if placement.component == "api" {
            *placement = pod;
        }
    }
    let root = terraform::json(&terraform::emitted(&app, &placements, &sources));
    let identity = &root["resource"]["aws_eks_pod_identity_association"]["api__pod"];
    assert_eq!(identity["service_account"], "api");
    assert_eq!(identity["role_arn"], "${aws_iam_role.api__pod.arn}");
    let rights = root["locals"]["api__pod__rights"].to_string();
    for what in ["aws_sqs_queue.jobs.arn", "aws_dynamodb_table.orders.arn", "kinesis:PutRecords"] {
        assert!(rights.contains(what), "{what}: {rights}");
    }
}
