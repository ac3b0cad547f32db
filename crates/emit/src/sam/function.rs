//! A function: its code, its sizes, what starts it, and the alarm on its errors.

use model::{Architecture, Blueprint, Check, FrontDoor, FunctionSettings, Kind, Need, Package};
use source::Finding;

use super::ids::Ids;
use super::{Template, attribute, environment, events, policies, reference};
use crate::findings::{NO_IMAGE, TO_DO};
use crate::kubernetes::{Ports, image_of};
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// Seconds of a run that nobody limits: as long as an HTTP API waits for a request, and as long as Lambda allows for
/// the rest ("Lambda quotas", AWS Lambda developer guide; "Quotas for HTTP APIs", API Gateway developer guide).
const TIMEOUT_HTTP: u64 = 30;
const TIMEOUT_MAX: u64 = 900;
/// Scratch disk that every function has, and the most it can have, in MiB (same quotas).
const SCRATCH_MIB: (u64, u64) = (512, 10_240);
/// The image in which the adapter is published (its own README).
const ADAPTER: &str = "public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1";

/// Writes a part's function and what belongs to it.
pub(super) fn write(
    plan: &Plan<'_>,
    part: &Part<'_>,
    settings: &FunctionSettings,
    why: Reasons<'_>,
    ids: &mut Ids,
    template: &mut Template,
    out: &mut Output,
) {
    let id = ids.part(part);
    let mut variables = environment::variables(plan, part, why, ids, template, out);
    let mut function = Node::empty();
    let metadata = code(plan, part, why, &mut function, &mut variables, out);
    let arm = settings.architecture == Architecture::Arm;
    let architecture = Node::from(if arm { "arm64" } else { "x86_64" });
    function.set("Architectures", list([architecture]).why(why.plan(part, "architecture")));
    let memory = Node::from(settings.memory.mib_ceil()).why(why.plan(part, "memory"));
    function.set("MemorySize", memory);
    let (seconds, reason) = timeout(part, why);
    function.set("Timeout", Node::from(seconds).why(reason));
    let scratch = settings.scratch.mib_ceil().clamp(SCRATCH_MIB.0, SCRATCH_MIB.1);
    if scratch > SCRATCH_MIB.0 {
        let size = Node::from(scratch).why(why.plan(part, "scratch disk"));
        function.set("EphemeralStorage", map([("Size", size)]));
    }
    if let Some((reserved, span)) = part.component.reserved {
        let place = why.place(span).unwrap_or_else(|| why.definition(part));
        function.set("ReservedConcurrentExecutions", Node::from(reserved).why(place));
    }
    if settings.provisioned > 0 || settings.snap_start {
        function.set("AutoPublishAlias", "live");
    }
    if settings.provisioned > 0 {
        let kept = Node::from(settings.provisioned).why(why.plan(part, "kept warm"));
        let kept = map([("ProvisionedConcurrentExecutions", kept)]);
        function.set("ProvisionedConcurrencyConfig", kept);
    }
    if settings.snap_start {
        let on = map([("ApplyOn", Node::from("PublishedVersions"))]);
        function.set("SnapStart", on.why(why.plan(part, "starts from a snapshot")));
    }
    if part.needs(Need::PrivateNetwork) {
        let message = format!("{}: it needs a private network", part.component.id);
        let hint = "add `VpcConfig` with your own subnets and security groups to its function";
        out.findings
            .push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
    }
    if !variables.is_empty() {
        function.set("Environment", map([("Variables", variables)]));
    }
    let rights = policies::of(plan, part, ids);
    if !rights.is_empty() {
        function.set("Policies", rights);
    }
    let door = settings.front_door;
    let events = events::of(part, &id, door, seconds, why, ids, template);
    if !events.is_empty() {
        function.set("Events", events);
    }
    if door == FrontDoor::FunctionUrl {
        let url = map([("AuthType", Node::from("NONE").why("clients on the internet call it"))]);
        function.set("FunctionUrlConfig", url.why(why.plan(part, "front door")));
        // SAM names the resource of the URL so.
        let address = attribute(&format!("{id}Url"), "FunctionUrl");
        events::output(template, ids, &id, "Address", address);
    }
    let node = map([("Type", Node::from("AWS::Serverless::Function")), ("Properties", function)]);
    template.resources.set(id.as_str(), node.with_some("Metadata", metadata));
    let alarm = ids.give(&format!("{id}Errors"));
    template.resources.set(alarm, errors(&id));
}

/// Sets what the function runs; for an image, gives how SAM builds it.
fn code(
    plan: &Plan<'_>,
    part: &Part<'_>,
    why: Reasons<'_>,
    function: &mut Node,
    variables: &mut Node,
    out: &mut Output,
) -> Option<Node> {
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    let runtime = part.component.runtime.value().filter(|r| is_managed(&r.0));
    let zip = part.component.artifact.package.get() != Some(Package::Image);
    if let (true, Some(runtime), None) = (zip, &runtime, &blueprint.image) {
        function
            .set("Runtime", Node::from(runtime.0.as_str()).why(why.fact(&part.component.runtime)));
        function.set("Handler", handler(part, blueprint, why));
        let folder = Node::from(format!("code/{}/", part.name));
        function.set("CodeUri", folder.why("placeholder: the folder of the code"));
        let message =
            format!("{}: its code has to stand in `sam/code/{}/`", part.component.id, part.name);
        out.findings.push(plan.at(Finding::warning(TO_DO, message), part.component.span));
        return None;
    }
    let folder = format!("images/{}", part.name);
    let adapted = part.component.kind == Kind::Http && blueprint.events.is_empty();
    let image = image_of(part).map_or_else(|| format!("my-{}", part.name), str::to_owned);
    if image_of(part).is_none() {
        let message = format!("no image is known of {}", part.component.id);
        let hint = format!("set it in the first line of `sam/{folder}/Dockerfile`");
        out.findings.push(Finding::warning(NO_IMAGE, message).hint(hint));
    }
    let mut dockerfile = format!("# {}\nFROM {image}\n", plan.made_by.replace(['\n', '\r'], " "));
    if adapted {
        dockerfile.push_str(&format!(
            "# Turns each event into a request to the server in the image.\nCOPY --from={ADAPTER} /lambda-adapter /opt/extensions/lambda-adapter\n"
        ));
        adapter(part, blueprint, why, variables);
    } else {
        let message = format!(
            "{}: its image has to hold a client of Lambda's runtime interface",
            part.component.id
        );
        out.findings.push(plan.at(Finding::warning(TO_DO, message), part.component.span));
    }
    out.file(format!("sam/{folder}/Dockerfile"), dockerfile);
    function.set("PackageType", Node::from("Image").why(why.definition(part)));
    let secret = |word: &String| model::is_secret("", word) || word.contains('=');
    let words = blueprint.command.iter().chain(&blueprint.args);
    if words.clone().any(secret) {
        let message = format!("{}: its command line has to be set by hand", part.component.id);
        let hint = "it holds an assignment, which may be a secret";
        out.findings
            .push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
    } else {
        let mut config = Node::empty();
        for (key, words) in [("EntryPoint", &blueprint.command), ("Command", &blueprint.args)] {
            if !words.is_empty() {
                config.set(key, list(words.iter()).why(why.definition(part)));
            }
        }
        if !config.is_empty() {
            function.set("ImageConfig", config);
        }
    }
    Some(map([
        ("Dockerfile", Node::from("Dockerfile")),
        ("DockerContext", folder.into()),
        ("DockerTag", "planned".into()),
    ]))
}

/// Where the adapter finds the server.
fn adapter(part: &Part<'_>, blueprint: &Blueprint, why: Reasons<'_>, variables: &mut Node) {
    let ports = Ports::of(part);
    if let Some(port) = ports.all.first() {
        let reason = if ports.assumed {
            "assumed: nobody says where it listens".to_owned()
        } else {
            why.definition(part)
        };
        variables.set("AWS_LWA_PORT", Node::from(port.number.to_string()).why(reason));
        let told = part.environment().iter().any(|(name, _)| *name == "PORT");
        if ports.assumed && !told {
            let port = Node::from(port.number.to_string());
            variables.set("PORT", port.why("assumed: images that ask where to listen read it"));
        }
    }
    if let Some(Check::Http(path, _)) = blueprint.ready.as_ref().map(|probe| &probe.check) {
        variables.set("AWS_LWA_READINESS_CHECK_PATH", Node::from(path).why(why.definition(part)));
    }
}

/// Whether Lambda has a runtime of this kind; which versions it still has is not known here.
fn is_managed(runtime: &str) -> bool {
    let numbered = |name: &str| {
        let rest = runtime.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    ["nodejs", "python", "java", "dotnet", "ruby", "provided.al"].into_iter().any(numbered)
}

fn handler(part: &Part<'_>, blueprint: &Blueprint, why: Reasons<'_>) -> Node {
    match &blueprint.handler {
        Some(handler) if !handler.trim().is_empty() => {
            Node::from(handler).why(why.definition(part))
        }
        _ => Node::from("index.handler").why("placeholder: nobody says which function is called"),
    }
}

/// Seconds that a run may take, and who says so.
fn timeout(part: &Part<'_>, why: Reasons<'_>) -> (u64, String) {
    if let Some(fact) = &part.component.run_time_max
        && let Some(time) = fact.get()
    {
        return (time.millis_ceil().div_ceil(1000).clamp(1, TIMEOUT_MAX), why.fact(fact));
    }
    if part.component.kind == Kind::Http {
        return (TIMEOUT_HTTP, "assumed: as long as an HTTP API waits".to_owned());
    }
    (TIMEOUT_MAX, "assumed: as long as Lambda allows".to_owned())
}

/// An alarm on a run that fails.
fn errors(function: &str) -> Node {
    let dimension = map([("Name", Node::from("FunctionName")), ("Value", reference(function))]);
    let properties = map([
        ("Namespace", Node::from("AWS/Lambda")),
        ("MetricName", "Errors".into()),
        ("Dimensions", list([dimension])),
        ("Statistic", "Sum".into()),
        ("Period", 300_u32.into()),
        ("EvaluationPeriods", 1_u32.into()),
        ("Threshold", Node::from(1_u32).why("default: one run that fails in five minutes")),
        ("ComparisonOperator", "GreaterThanOrEqualToThreshold".into()),
        ("TreatMissingData", "notBreaching".into()),
    ]);
    map([("Type", Node::from("AWS::CloudWatch::Alarm")), ("Properties", properties)])
}
