//! AWS Lambda: functions as SAM has them, what starts them, and their way into the network where they call into it.

use model::{FrontDoor, FunctionSettings, Kind, Placement, Settings, Spill, WarmHours, Workflow};

use super::kafka as topics;
use super::{
    allow, begin, document, door, events, machine, managed, network, policy, rights, role,
    scheduled,
};
use crate::kubernetes::Ports;
use crate::lambda::{self, Batches, Code, Dialect, Function, Variable, kafka, urls};
use crate::terraform::address::{self, Address};
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{Place, has_group, parts, servers};
use crate::tree::{Node, Value, list, map};
use crate::{Output, Part, Plan, beyond};

/// Lambda.
#[derive(Debug)]
pub(in crate::terraform) struct Functions;

/// What differs from SAM beside the words.
const DIALECT: Dialect = Dialect {
    target: "terraform",
    title: "Terraform",
    file: "terraform/main.tf.json",
    archive,
    given: |part, variable| format!("{}__{}", part.replace('-', "_"), variable.to_lowercase()),
    place: |name| format!("variable `{name}` of `terraform/`"),
    logical: str::to_owned,
    endings: &[],
    taken: &[],
    alias: |_| None,
    durable: |_| lambda::Alias { id: String::new(), name: "" },
    value: None,
};

/// Letters of a function's name at the most (`CreateFunction`, AWS Lambda API reference).
const NAME_MAX: usize = 64;

/// What may stand before a function here.
const DOORS: [FrontDoor; 9] = [
    FrontDoor::None,
    FrontDoor::FunctionUrl,
    FrontDoor::HttpApi,
    FrontDoor::RestApi,
    FrontDoor::Queue,
    FrontDoor::Schedule,
    FrontDoor::Stream,
    FrontDoor::Notice,
    FrontDoor::WebSocketApi,
];

fn archive(name: &str) -> String {
    format!("code/{name}.zip")
}

impl Place for Functions {
    fn takes(&self, placement: &Placement) -> bool {
        lambda::takes(placement)
    }

    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        match lambda::settings(plan, part) {
            Err(reason) => Some(format!("Terraform {reason}")),
            Ok(_) if kafka::reads(plan, part) => None,
            Ok(function) if function.workflow.is_some() => None,
            Ok(function) if !DOORS.contains(&function.front_door) => {
                let door = function.front_door;
                Some(format!("Terraform is not written yet for functions behind {door:?}"))
            }
            Ok(_) if part.component.kind == Kind::Static => {
                Some("Terraform is not written yet for static files".to_owned())
            }
            Ok(_) => None,
        }
    }

    fn has_group(&self, plan: &Plan<'_>, part: &Part<'_>) -> bool {
        calls_inside(plan, part)
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        for part in &here {
            if let Some(settings) = settings(part) {
                function(stack, part, settings);
            }
        }
        events::notices(stack, &here);
    }

    fn address(
        &self,
        stack: &mut Stack<'_, '_>,
        part: &Part<'_>,
        caller: &Part<'_>,
    ) -> Option<Address> {
        let door = settings(part)?.front_door;
        let back = lambda::reaches(stack.plan, &part.component.id, &caller.component.id);
        // Only an HTTP API stands apart from its function: the others' addresses could go round in a circle.
        if back && door != FrontDoor::HttpApi {
            return None;
        }
        url(part).map(|url| Address::Url(format!("${{{url}}}")))
    }

    fn public(&self, _: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        url(part).map(expression)
    }
}

/// The function that takes what servers or pods have no room for: the same part, placed there.
pub(in crate::terraform) fn burst(
    plan: &Plan<'_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Result<(), String> {
    let has_url =
        |other: &Part<'_>| settings(other).is_some_and(|s| s.front_door == FrontDoor::FunctionUrl);
    servers::proxy::check(plan, part, spill, &Functions, |other| {
        (!has_url(other)).then_some("with a function without a URL of its own")
    })
}

/// Writes it; the expression of the host that it is reached at.
pub(in crate::terraform) fn write_burst(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Option<String> {
    let placement = servers::proxy::placement(part, spill);
    let other = servers::proxy::other_side(part, &placement);
    function(stack, &other, settings(&other)?);
    let url = format!("aws_lambda_function_url.{}.function_url", id(&other));
    Some(format!("trimsuffix(trimprefix({url}, \"https://\"), \"/\")"))
}

fn settings<'p>(part: &'p Part<'_>) -> Option<&'p FunctionSettings> {
    match &part.placement.configured {
        Settings::Function(function) => Some(function),
        _ => None,
    }
}

/// What stands before a function, if a part is one.
pub(super) fn door_of(part: &Part<'_>) -> Option<FrontDoor> {
    settings(part).filter(|_| lambda::takes(part.placement)).map(|function| function.front_door)
}

/// Where clients reach a function, without a slash at the end.
fn url(part: &Part<'_>) -> Option<String> {
    let own = id(part);
    Some(match settings(part)?.front_door {
        FrontDoor::HttpApi => format!("aws_apigatewayv2_api.{own}.api_endpoint"),
        FrontDoor::RestApi => format!("aws_api_gateway_stage.{own}.invoke_url"),
        FrontDoor::FunctionUrl => {
            format!("trimsuffix(aws_lambda_function_url.{own}.function_url, \"/\")")
        }
        _ => return None,
    })
}

/// Whether a part calls something that only the network reaches.
fn calls_inside(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    let mut callees = plan.called(&part.component.id).map(|(callee, _)| callee);
    callees.any(|callee| {
        managed::is_inside(callee)
            || (!Functions.takes(callee.placement) && has_group(plan, callee))
    })
}

fn function(stack: &mut Stack<'_, '_>, part: &Part<'_>, settings: &FunctionSettings) {
    let own = id(part);
    let plan = stack.plan;
    let mut told = Output::default();
    let found = lambda::Stack::new(plan, &DIALECT).function(part, settings, &mut told);
    for file in told.files() {
        stack.out.file(file.path.clone(), file.text.clone());
    }
    stack.out.findings.append(&mut told.findings);
    let name = stack.name(part, NAME_MAX);
    let role_name = format!("{own}__function");
    let called = format!("{}-function", stack.name(part, 50));
    role(stack, &role_name, &called, "lambda.amazonaws.com");
    let inside = calls_inside(plan, part);
    let managed_policy = if kafka::reads(plan, part) {
        "AWSLambdaMSKExecutionRole"
    } else if inside {
        "AWSLambdaVPCAccessExecutionRole"
    } else if found.durable.is_some() {
        "AWSLambdaBasicDurableExecutionRolePolicy"
    } else {
        "AWSLambdaBasicExecutionRole"
    };
    let arn = format!("arn:aws:iam::aws:policy/service-role/{managed_policy}");
    let body = map([
        ("role", expression(format!("aws_iam_role.{role_name}.name"))),
        (
            "policy_arn",
            Node::from(arn).why("writes logs, and reaches the network where it calls into it"),
        ),
    ]);
    stack.resource("aws_iam_role_policy_attachment", &role_name, body);
    rights::add(stack, part, &role_name);
    let architecture = Node::from(found.architecture.0).why(found.architecture.1.as_str());
    let mut body = map([
        ("function_name", Node::from(name)),
        ("role", expression(format!("aws_iam_role.{role_name}.arn"))),
        ("architectures", list([architecture])),
        ("memory_size", found.memory.clone()),
        ("timeout", found.timeout.clone()),
    ]);
    let mut layers: Vec<String> = Vec::new();
    for layer in beyond::layers(part) {
        match beyond::without_account(layer, region(part)) {
            Some(layer) => layers.push(layer),
            None => stack.tell(part, beyond::own(part, "layer", layer)),
        }
    }
    if !layers.is_empty() {
        body.set("layers", list(layers).why(stack.why.definition(part)));
    }
    code(stack, part, &found.code, &mut body);
    if let Some(size) = &found.scratch {
        body.set("ephemeral_storage", map([("size", size.clone())]));
    }
    if let Some(reserved) = &found.reserved {
        body.set("reserved_concurrent_executions", reserved.clone());
    }
    if let Some(why) = &found.snap_start {
        let on = map([("apply_on", Node::from("PublishedVersions"))]);
        body.set("snap_start", on.why(why.as_str()));
    }
    if let Some(durable) = &found.durable {
        let config = map([("execution_timeout", durable.execution.clone())]);
        let config = config.with_some("retention_period", durable.kept.clone());
        body.set("durable_config", config);
    }
    if has_alias(&found) {
        body.set("publish", true);
    }
    let mut variables = variables(stack, part, &found);
    named(stack, part, &mut variables);
    if settings.front_door == FrontDoor::WebSocketApi {
        variables.set_new("CONNECTIONS_URL", events::connections(part));
    }
    if !variables.is_empty() {
        body.set("environment", map([("variables", variables)]));
    }
    if inside {
        network::add(stack);
        network::add_group(stack, part, &Ports { all: Vec::new(), assumed: false });
        let (subnets, public) = network::subnets(stack);
        if public.value == Value::Bool(true) {
            stack.told(part, "it stands in public subnets, where a function has no way to the internet and to services outside of the network: write `network: private` if it calls any");
        }
        let place = map([
            ("subnet_ids", subnets),
            ("security_group_ids", list([expression(network::group(part))])),
        ]);
        body.set("vpc_config", place.why("it calls what only the network reaches"));
    }
    stack.resource("aws_lambda_function", &own, body);
    let target = ready(stack, part, &found);
    if let Some(kind) = found.machine {
        machine::write(stack, part, &target, kind);
        return;
    }
    match lambda::door(plan, part, settings) {
        FrontDoor::Stream if kafka::reads(plan, part) => topics::topic(stack, part, &target),
        FrontDoor::HttpApi => http_api(stack, part, &target),
        FrontDoor::RestApi => rest_api(stack, part, &target),
        FrontDoor::FunctionUrl => {
            let mut body = map([
                ("function_name", expression(format!("aws_lambda_function.{own}.function_name"))),
                ("authorization_type", urls::authorization(plan, part)),
            ]);
            if target.alias {
                body.set("qualifier", expression(format!("aws_lambda_alias.{own}.name")));
            }
            if beyond::streams_answers(part) {
                let streams = Node::from("RESPONSE_STREAM");
                body.set("invoke_mode", streams.why(stack.why.definition(part)));
            }
            stack.resource("aws_lambda_function_url", &own, body);
            if urls::is_open(plan, part) {
                open_url(stack, part, &target);
            }
        }
        FrontDoor::Stream => events::stream(stack, part, &target),
        FrontDoor::Notice => events::notice(stack, part, &target),
        FrontDoor::WebSocketApi => events::sockets(stack, part, &target),
        FrontDoor::Queue => messages(stack, part, &target, seconds(&found)),
        _ if part.component.kind == Kind::Cron => {
            schedule(stack, part, &target.arn, "lambda:InvokeFunction");
        }
        _ if part.component.kind == Kind::Job => {
            let name = format!("${{aws_lambda_function.{own}.function_name}}");
            // The client waits as long as the run takes, and does not ask a second time.
            let command = format!(
                "AWS_MAX_ATTEMPTS=1 aws lambda invoke --region {} --cli-read-timeout 0 --function-name {name} /dev/stdout",
                region(part)
            );
            parts::run(stack, part, command);
        }
        _ => {}
    }
}

/// Seconds that a run may take.
fn seconds(function: &Function) -> u64 {
    match function.timeout.value {
        Value::Int(seconds) => seconds.unsigned_abs(),
        _ => 0,
    }
}

/// What a function runs.
fn code(stack: &mut Stack<'_, '_>, part: &Part<'_>, code: &Code, body: &mut Node) {
    match code {
        Code::Archive { runtime, handler } => {
            let path = format!("${{path.module}}/{}", archive(&part.name));
            body.set("runtime", runtime.clone());
            body.set("handler", handler.clone());
            body.set("filename", template(path.as_str()).why("the archive of its code"));
            let hash = format!("fileexists(\"{path}\") ? filebase64sha256(\"{path}\") : null");
            body.set("source_code_hash", expression(hash).why("new code is a new version"));
        }
        Code::Image { folder, why, entry_point, command } => {
            let about = format!("image of {} in ECR, as built from `{folder}`", part.component.id);
            let given = stack.variable(&format!("{}__image", id(part)), "string", &about, None);
            body.set("package_type", Node::from("Image").why(why.as_str()));
            body.set(
                "image_uri",
                expression(format!("var.{given}")).why("Lambda takes images from ECR only"),
            );
            let mut config = Node::empty();
            for (key, words) in [("entry_point", entry_point), ("command", command)] {
                if !words.is_empty() {
                    config.set(key, words.clone());
                }
            }
            if !config.is_empty() {
                body.set("image_config", config);
            }
        }
    }
}

/// The variables of a function; those that name CloudFormation's resources are not ours.
fn variables(stack: &mut Stack<'_, '_>, part: &Part<'_>, function: &Function) -> Node {
    let mut node = Node::empty();
    for (name, variable) in &function.variables {
        let about = format!("{name} of {}", part.component.id);
        let value = match variable {
            Variable::Text(text) => match &text.value {
                Value::Text(plain) => match address::rewritten(stack, part, name, plain) {
                    Some(found) => template(found).why("where what it names is reached"),
                    None => text.clone(),
                },
                _ => continue,
            },
            Variable::Secret(given) => {
                let given = stack.secret(given, name, &about);
                expression(format!("var.{given}")).why("secret: its value is never written here")
            }
            Variable::Elsewhere(given) => {
                let given = stack.variable(given, "string", &about, None);
                expression(format!("var.{given}"))
                    .why("stands elsewhere: its value is not known here")
            }
        };
        node.set(name.as_str(), value);
    }
    node
}

/// Names the state machines and durable functions that a part calls, but for those that lead back to it.
fn named(stack: &Stack<'_, '_>, part: &Part<'_>, variables: &mut Node) {
    let plan = stack.plan;
    for (callee, _) in plan.called(&part.component.id) {
        let back = lambda::reaches(plan, &callee.component.id, &part.component.id);
        let there =
            Functions.takes(callee.placement) && crate::terraform::place_of(plan, callee).is_ok();
        let Some(workflow) = settings(callee).filter(|_| there && !back).and_then(|s| s.workflow)
        else {
            continue;
        };
        let (ending, arn) = match workflow {
            Workflow::Durable => ("FUNCTION", format!("aws_lambda_alias.{}.arn", id(callee))),
            _ => (lambda::machine::VARIABLE, machine::arn(callee)),
        };
        let why = "nobody says by which variable the code knows it";
        variables.set_new(callee.variable(ending), expression(arn).why(why));
    }
}

/// What is called: the function, or its alias where environments are kept ready or start from a snapshot.
pub(super) struct Called {
    /// Its ARN.
    pub(super) arn: String,
    /// The ARN by which API Gateway calls it.
    pub(super) invoke: String,
    alias: bool,
}

/// The ARN that calls of a function go to, once it is written.
pub(super) fn arn_of(stack: &Stack<'_, '_>, part: &Part<'_>) -> String {
    let own = id(part);
    let alias = stack.has_resource("aws_lambda_alias", &own);
    if alias {
        format!("aws_lambda_alias.{own}.arn")
    } else {
        format!("aws_lambda_function.{own}.arn")
    }
}

/// Whether calls go to an alias: environments are kept ready or start from a snapshot, or runs have to end in the version that they
/// began in.
const fn has_alias(function: &Function) -> bool {
    function.provisioned.is_some() || function.snap_start.is_some() || function.durable.is_some()
}

/// Environments that are kept ready in some hours only: a schedule sets how many there are.
fn by_the_hour(stack: &mut Stack<'_, '_>, part: &Part<'_>, kept: &Node, hours: WarmHours) {
    let own = id(part);
    let why = stack.why.plan(part, &format!("kept ready {hours}"));
    let function = format!("aws_lambda_function.{own}.function_name");
    let place = format!("function:${{{function}}}:${{aws_lambda_alias.{own}.name}}");
    let target = map([
        ("service_namespace", Node::from("lambda")),
        ("scalable_dimension", "lambda:function:ProvisionedConcurrency".into()),
        ("resource_id", template(place)),
        ("min_capacity", 0_u32.into()),
        ("max_capacity", kept.clone()),
    ]);
    let block = format!("{own}__ready");
    stack.resource("aws_appautoscaling_target", &block, target.why(why));
    let most = || Node { why: String::new(), ..kept.clone() };
    scheduled(stack, part, (&block, hours), (most(), most()));
}

fn ready(stack: &mut Stack<'_, '_>, part: &Part<'_>, function: &Function) -> Called {
    let own = id(part);
    if !has_alias(function) {
        let of = |what: &str| format!("aws_lambda_function.{own}.{what}");
        return Called { arn: of("arn"), invoke: of("invoke_arn"), alias: false };
    }
    let body = map([
        ("name", Node::from("live")),
        ("function_name", expression(format!("aws_lambda_function.{own}.function_name"))),
        ("function_version", expression(format!("aws_lambda_function.{own}.version"))),
    ]);
    stack.resource("aws_lambda_alias", &own, body);
    if let (Some(kept), Some(hours)) = (&function.provisioned, function.warm_hours) {
        by_the_hour(stack, part, kept, hours);
    } else if let Some(kept) = &function.provisioned {
        let body = map([
            ("function_name", expression(format!("aws_lambda_function.{own}.function_name"))),
            ("qualifier", expression(format!("aws_lambda_alias.{own}.name"))),
            ("provisioned_concurrent_executions", kept.clone()),
        ]);
        stack.resource("aws_lambda_provisioned_concurrency_config", &own, body);
    }
    let of = |what: &str| format!("aws_lambda_alias.{own}.{what}");
    Called { arn: of("arn"), invoke: of("invoke_arn"), alias: true }
}

/// Lets everybody call an open URL: both rights stand in the policy of what it leads to, and go with it. The provider adds its own
/// of fixed names when it makes a URL, and leaves them.
fn open_url(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let own = id(part);
    let url = ("lambda:InvokeFunctionUrl", "function_url_auth_type", Node::from("NONE"));
    let call = ("lambda:InvokeFunction", "invoked_via_function_url", Node::from(true));
    for (name, (action, key, value)) in [("url", url), ("url_call", call)] {
        let mut body = map([
            ("action", Node::from(action).why("new URLs want both rights")),
            ("function_name", expression(format!("aws_lambda_function.{own}.function_name"))),
            ("principal", "*".into()),
            (key, value),
        ]);
        if called.alias {
            body.set("qualifier", expression(format!("aws_lambda_alias.{own}.name")));
        }
        stack.resource("aws_lambda_permission", &format!("{own}__{name}"), body);
    }
}

/// Lets a service call a function.
pub(super) fn permission(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    called: &Called,
    from: &str,
    arn: Node,
) {
    let own = id(part);
    let mut body = map([
        ("action", Node::from("lambda:InvokeFunction")),
        ("function_name", expression(format!("aws_lambda_function.{own}.function_name"))),
        ("principal", Node::from(from)),
        ("source_arn", arn),
    ]);
    if called.alias {
        body.set("qualifier", expression(format!("aws_lambda_alias.{own}.name")));
    }
    stack.resource("aws_lambda_permission", &own, body);
}

fn http_api(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let own = id(part);
    let name = stack.name(part, 128);
    let proxy = [
        ("integration_type", Node::from("AWS_PROXY")),
        ("integration_uri", expression(&called.invoke)),
        ("payload_format_version", "2.0".into()),
    ];
    door::every_path(stack, part, name, proxy);
    let arn = template(format!("${{aws_apigatewayv2_api.{own}.execution_arn}}/*"));
    permission(stack, part, called, "apigateway.amazonaws.com", arn);
}

fn rest_api(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let own = id(part);
    let name = stack.name(part, 128);
    let integration = || {
        let to = map([
            ("type", Node::from("aws_proxy")),
            ("httpMethod", "POST".into()),
            ("uri", expression(&called.invoke)),
        ]);
        let any = map([("x-amazon-apigateway-integration", to)]);
        map([("x-amazon-apigateway-any-method", any)])
    };
    let info = map([("title", Node::from(name.as_str())), ("version", "1".into())]);
    let paths = map([("/", integration()), ("/{proxy+}", integration())]);
    let description = map([("openapi", Node::from("3.0.1")), ("info", info), ("paths", paths)]);
    let text = document(stack, &format!("{own}__api"), description);
    let api =
        map([("name", Node::from(name).why(stack.why.plan(part, "front door"))), ("body", text)]);
    stack.resource("aws_api_gateway_rest_api", &own, api);
    let api = || expression(format!("aws_api_gateway_rest_api.{own}.id"));
    let again = format!("sha1(aws_api_gateway_rest_api.{own}.body)");
    let deployment =
        map([("rest_api_id", api()), ("triggers", map([("body", expression(again))]))]);
    stack.resource("aws_api_gateway_deployment", &own, deployment);
    let stage = map([
        ("rest_api_id", api()),
        ("deployment_id", expression(format!("aws_api_gateway_deployment.{own}.id"))),
        ("stage_name", Node::from("live")),
    ]);
    stack.resource("aws_api_gateway_stage", &own, stage);
    let arn = template(format!("${{aws_api_gateway_rest_api.{own}.execution_arn}}/*"));
    permission(stack, part, called, "apigateway.amazonaws.com", arn);
}

/// The queue before a worker, and how its messages are taken.
fn messages(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called, seconds: u64) {
    let own = id(part);
    managed::queue_before(stack, part, seconds);
    let batches = Batches::of_queue(part);
    let mut body = map([
        ("event_source_arn", expression(format!("aws_sqs_queue.{own}.arn"))),
        ("function_name", expression(&called.arn)),
    ]);
    let why = stack.why.definition(part);
    if let Some(size) = batches.size {
        body.set("batch_size", Node::from(size).why(why.as_str()));
    }
    if let Some(window) = batches.window {
        body.set("maximum_batching_window_in_seconds", Node::from(window).why(why.as_str()));
    }
    if let Some(most) = batches.concurrency {
        let most = map([("maximum_concurrency", Node::from(most).why(why))]);
        body.set("scaling_config", most);
    }
    if batches.partial {
        body.set("function_response_types", list(["ReportBatchItemFailures"]));
    }
    stack.resource("aws_lambda_event_source_mapping", &own, body);
}

/// The clock that calls a function or starts its state machine, which is this action on this ARN.
pub(super) fn schedule(stack: &mut Stack<'_, '_>, part: &Part<'_>, arn: &str, action: &str) {
    let Ok(text) = lambda::clock::of(part) else { return };
    let clock = format!("{}__clock", id(part));
    let name = stack.name(part, 50);
    role(stack, &clock, &format!("{name}-clock"), "scheduler.amazonaws.com");
    let call = allow(&[action], vec![expression(arn)]);
    let rights = document(stack, &format!("{clock}__rights"), policy(vec![call]));
    let body = map([
        ("name", Node::from("call")),
        ("role", expression(format!("aws_iam_role.{clock}.id"))),
        ("policy", rights),
    ]);
    stack.resource("aws_iam_role_policy", &clock, body);
    let target = map([
        ("arn", expression(arn)),
        ("role_arn", expression(format!("aws_iam_role.{clock}.arn"))),
    ]);
    parts::schedule(stack, part, text, target);
}
