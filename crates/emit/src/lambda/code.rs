//! What a function runs: an archive that a runtime calls, or an image, for HTTP servers with the adapter.

use model::{Blueprint, Check, Kind, Need, Package};
use source::Finding;

use super::{Stack, Variable};
use crate::findings::{NO_IMAGE, TO_DO};
use crate::image::image_of;
use crate::kubernetes::Ports;
use crate::tree::{Node, list};
use crate::{Output, Part, Reasons};

/// The image in which the adapter is published (README of `aws/aws-lambda-web-adapter`, its last release before 1.0, which
/// reads the same variables).
const ADAPTER: &str = "public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1";

/// What a function runs.
#[derive(Debug)]
pub(crate) enum Code {
    /// Code in an archive.
    Archive { runtime: Node, handler: Node },
    /// An image that is built from a folder.
    Image {
        /// The folder, from that of the target on, and the name of the part.
        folder: String,
        /// Who says that it is one.
        why: String,
        /// What replaces the image's entry point and its arguments; empty keeps them.
        entry_point: Node,
        command: Node,
    },
}

/// What a part runs. The adapter's own variables are added, and the file that makes the image is written.
pub(super) fn of(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    variables: &mut Vec<(String, Variable)>,
    out: &mut Output,
) -> Code {
    let (plan, why) = (stack.plan, stack.why);
    let target = stack.dialect.target;
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    let runtime = part.component.runtime.value().filter(|r| is_managed(&r.0));
    let zip = part.component.artifact.package.get() != Some(Package::Image);
    if let (true, Some(runtime), None) = (zip, &runtime, &blueprint.image) {
        let place = (stack.dialect.archive)(&part.name);
        let message = format!("{}: its code has to stand in `{target}/{place}`", part.component.id);
        out.findings.push(plan.at(Finding::warning(TO_DO, message), part.component.span));
        return Code::Archive {
            runtime: Node::from(runtime.0.as_str()).why(why.fact(&part.component.runtime)),
            handler: handler(part, blueprint, why),
        };
    }
    let folder = format!("images/{}", part.name);
    // The adapter passes on no events of a WebSocket API.
    let sockets = part.needs(Need::WebSockets);
    let adapted = part.component.kind == Kind::Http && blueprint.events.is_empty() && !sockets;
    let image = image_of(part).map_or_else(|| format!("my-{}", part.name), str::to_owned);
    if image_of(part).is_none() {
        let message = format!("no image is known of {}", part.component.id);
        let hint = format!("set it in the first line of `{target}/{folder}/Dockerfile`");
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
    out.file(format!("{target}/{folder}/Dockerfile"), dockerfile);
    let secret = |word: &String| model::is_secret("", word) || word.contains('=');
    let mut words = blueprint.command.iter().chain(&blueprint.args);
    let hidden = words.any(secret);
    if hidden {
        let message = format!("{}: its command line has to be set by hand", part.component.id);
        let hint = "it holds an assignment, which may be a secret";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    let kept = |words: &[String]| {
        let words = if hidden { &[] } else { words };
        list(words.iter()).why(why.definition(part))
    };
    Code::Image {
        folder,
        why: why.definition(part),
        entry_point: kept(&blueprint.command),
        command: kept(&blueprint.args),
    }
}

/// Where the adapter finds the server.
fn adapter(
    part: &Part<'_>,
    blueprint: &Blueprint,
    why: Reasons<'_>,
    variables: &mut Vec<(String, Variable)>,
) {
    let mut set = |name: &str, node: Node| {
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), Variable::Text(node)));
    };
    let ports = Ports::of(part);
    if let Some(port) = ports.all.first() {
        let reason = if ports.assumed {
            "assumed: nobody says where it listens".to_owned()
        } else {
            why.definition(part)
        };
        set("AWS_LWA_PORT", Node::from(port.number.to_string()).why(reason));
        let told = part.environment().iter().any(|(name, _)| *name == "PORT");
        if ports.assumed && !told {
            let port = Node::from(port.number.to_string());
            set("PORT", port.why("assumed: images that ask where to listen read it"));
        }
    }
    if let Some(Check::Http(path, _)) = blueprint.ready.as_ref().map(|probe| &probe.check) {
        set("AWS_LWA_READINESS_CHECK_PATH", Node::from(path).why(why.definition(part)));
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
