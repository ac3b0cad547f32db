//! What a definition names of its provider's that is no part of the application: services that code may use, layers below
//! a function; and what of it is lost where the part goes.

use model::{Allowed, Architecture, FrontDoor, Kind, Right, Setting, Settings, Trigger};
use source::{Finding, Span};

use crate::findings::{LEFT_OUT, TO_DO};
use crate::{Output, Part, Plan, Target, sam, serverless, terraform};

/// What the code of a part may use beside what it calls.
fn rights<'p>(part: &Part<'p>) -> &'p [Right] {
    part.component.blueprint.as_ref().map_or(&[], |blueprint| &blueprint.rights)
}

/// The actions that it may do on which resources, with the place that says so.
pub(crate) fn actions<'p>(
    part: &Part<'p>,
) -> impl Iterator<Item = (Vec<&'p str>, &'p [String], Option<Span>)> {
    rights(part).iter().filter_map(|right| match &right.allowed {
        Allowed::Actions { actions, on } => {
            let actions = actions.iter().map(String::as_str).collect();
            Some((actions, on.as_slice(), right.span))
        }
        Allowed::Policy(_) | Allowed::Other(_) => None,
    })
}

/// The policies that Amazon keeps and a definition gives it, with the place that says so.
pub(crate) fn policies<'p>(part: &Part<'p>) -> impl Iterator<Item = (&'p str, Option<Span>)> {
    rights(part).iter().filter_map(|right| match &right.allowed {
        Allowed::Policy(policy) => Some((policy.as_str(), right.span)),
        Allowed::Actions { .. } | Allowed::Other(_) => None,
    })
}

/// The layers of a part's function that have an address, as CloudFormation fills it in.
pub(crate) fn layers<'p>(part: &Part<'p>) -> impl Iterator<Item = &'p str> {
    let all = part.component.blueprint.as_ref().map_or(&[][..], |blueprint| &blueprint.layers);
    all.iter().filter_map(|layer| match layer {
        Setting::Plain(address) => Some(address.as_str()),
        Setting::Secret(_) | Setting::From(_) => None,
    })
}

/// Whether a part's function answers piece by piece.
pub(crate) fn streams_answers(part: &Part<'_>) -> bool {
    part.component.blueprint.as_ref().is_some_and(|blueprint| blueprint.streams_answers)
}

/// The rules on events and the topics that call a part's function.
pub(crate) fn triggers<'p>(part: &Part<'p>) -> &'p [Trigger] {
    part.component.blueprint.as_ref().map_or(&[], |blueprint| &blueprint.triggers)
}

/// Whether a part is called when something happens elsewhere, with no queue before it.
pub(crate) fn starts_by_notices(part: &Part<'_>) -> bool {
    part.component.events.as_ref().is_some_and(|events| events.notices)
}

/// The address of a policy that Amazon keeps, as CloudFormation fills it in.
pub(crate) fn address(policy: &str) -> String {
    if policy.starts_with("arn:") {
        return policy.to_owned();
    }
    format!("arn:${{AWS::Partition}}:iam::aws:policy/{policy}")
}

/// An address as one account and region has it, where both are left open or known: `*` stands for any account.
pub(crate) fn filled(pattern: &str, region: &str) -> String {
    let pattern = pattern.replace("${AWS::Region}", region).replace("${AWS::Partition}", "aws");
    let pattern = pattern.replace("${AWS::URLSuffix}", "amazonaws.com");
    pattern.replace("${AWS::AccountId}", "*").replace("${AWS::StackName}", "*")
}

/// The same of what has to be one address; `None` if the account is a part of it.
pub(crate) fn without_account(pattern: &str, region: &str) -> Option<String> {
    let open = ["${AWS::AccountId}", "${AWS::StackName}"];
    (!open.iter().any(|name| pattern.contains(name))).then(|| filled(pattern, region))
}

/// Says that something of the team's own account has to be named by hand.
pub(crate) fn own(part: &Part<'_>, what: &str, address: &str) -> Finding {
    let message = format!("{}: its {what} {address} is of your own account", part.component.id);
    Finding::warning(TO_DO, message).hint("write its address by hand")
}

/// Says what of this is lost.
pub(crate) fn told(plan: &Plan<'_>, out: &mut Output) {
    for part in plan.parts.iter().filter(|part| part.target.is_some()) {
        of_rights(plan, part, out);
        of_layers(plan, part, out);
        of_notices(plan, part, out);
        of_unheld(plan, part, out);
        let by_url = |s: &Settings| matches!(s, Settings::Function(function) if function.front_door == FrontDoor::FunctionUrl);
        if streams_answers(part)
            && matches!(part.placement.configured, Settings::Function(_))
            && !by_url(&part.placement.configured)
        {
            let message =
                format!("{}: its answers come in one piece, behind this door", part.component.id);
            let hint = "declare `front_door: function-url` and plan again, or send whole answers";
            let finding = Finding::warning(LEFT_OUT, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
    }
}

/// Says what a definition says of a part that has no place here.
fn of_unheld(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let unheld = part.component.blueprint.as_ref().map_or(&[][..], |blueprint| &blueprint.unheld);
    if unheld.is_empty() {
        return;
    }
    let id = &part.component.id;
    let message = format!("{id}: its definition says more than is written: {}", unheld.join("; "));
    let finding = Finding::warning(LEFT_OUT, message).hint("add it by hand before others use it");
    out.findings.push(plan.at(finding, part.component.span));
}

/// Says that what calls a part when something happens elsewhere is not written.
fn of_notices(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let functions = [sam::Sam.name(), serverless::Serverless.name()];
    let kept = functions.map(Some).contains(&part.target) && !triggers(part).is_empty();
    let Some(blueprint) = part.component.blueprint.as_ref() else { return };
    let is_called = starts_by_notices(part) || !triggers(part).is_empty();
    if kept || !is_called {
        return;
    }
    let fed =
        plan.callers(&part.component.id).any(|(from, _)| from.component.kind == Kind::Stateful);
    if fed && triggers(part).is_empty() {
        return;
    }
    let (id, names) = (&part.component.id, blueprint.events.join(", "));
    let message = format!("{id}: what starts it is not written: {names}");
    let hint = match &part.placement.configured {
        Settings::Function(_) => "add the rule, the subscription or the notification as it was",
        _ => "let it send to the queue that this takes from, or to its address",
    };
    let finding = Finding::warning(TO_DO, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

/// Whether what is written gives the code of a part its rights: a role of Amazon's that it runs as.
fn gives(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    let target = part.target;
    let pods = matches!(part.placement.configured, Settings::Pod(_));
    let functions = [sam::Sam.name(), serverless::Serverless.name()];
    functions.map(Some).contains(&target)
        || (part.provider() == "aws"
            && (target == Some(terraform::Terraform.name())
                || (pods && terraform::has_pods_of(plan, part))))
}

fn of_rights(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let gives = gives(plan, part);
    let mut lost: Vec<&str> = Vec::new();
    for right in rights(part) {
        match &right.allowed {
            Allowed::Other(words) => lost.push(words),
            Allowed::Policy(name) if !gives => {
                lost.push(name.rsplit('/').next().unwrap_or(name));
            }
            Allowed::Actions { actions, .. } if !gives => {
                lost.extend(actions.iter().map(String::as_str));
            }
            Allowed::Policy(_) | Allowed::Actions { .. } => {}
        }
    }
    if lost.is_empty() {
        return;
    }
    let (id, words) = (&part.component.id, lost.join(", "));
    let (message, hint) = if gives {
        let message = format!("{id}: is not given all that its definition allows it: {words}");
        (message, "give these to its role by hand, on what they are for")
    } else {
        let message = format!("{id}: its code uses services of Amazon's: {words}");
        (message, "give it a login there that may do this, or use what its new place has instead")
    };
    let finding = Finding::warning(TO_DO, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

fn of_layers(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let all = part.component.blueprint.as_ref().map_or(&[][..], |blueprint| &blueprint.layers);
    if all.is_empty() {
        return;
    }
    let id = &part.component.id;
    let mut tell = |message: String, hint: &str| {
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    };
    let Settings::Function(function) = &part.placement.configured else {
        tell(format!("{id}: its layers have to be in its image"), "copy what they hold into it");
        return;
    };
    for layer in all {
        if let Setting::From(place) = layer {
            let message = format!("{id}: its layer {} is not written", place.name);
            tell(message, "put what it holds into the function's own code, or add the layer");
        }
    }
    let arm = function.architecture == Architecture::Arm;
    let other = if arm { ["x86", "amd64"] } else { ["arm64", "aarch64"] };
    let is_other = |layer: &&str| other.iter().any(|word| layer.to_lowercase().contains(word));
    if let Some(layer) = layers(part).find(is_other) {
        let message = format!("{id}: its layer {layer} is for the other processor than the plan's");
        tell(message, "name the one for this processor, or declare `architectures` and plan again");
    }
}
