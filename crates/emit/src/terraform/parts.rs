//! What every platform asks of a part: its image, its command line, the most copies of it.

use model::Port;
use source::Finding;

use super::json::template;
use super::stack::{Stack, id};
use crate::Part;
use crate::findings::{NO_IMAGE, TO_DO};
use crate::image::image_of;
use crate::kubernetes::{Ports, without_secrets};
use crate::tree::{Node, map};

/// Tasks that one firing of a schedule starts at the most (`TaskCount`, EventBridge Scheduler API reference).
pub(super) const TASKS_OF_A_RUN_MAX: u64 = 10;
/// How far above what the replay had at work the autoscaler may go, as a factor.
const ROOM: u32 = 2;

/// The image of a part; one that nobody names is a variable.
pub(super) fn image(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Node {
    let declared = part.component.blueprint.as_ref().and_then(|b| b.image.as_deref());
    match image_of(part) {
        Some(image) if declared == Some(image) => Node::from(image).why(stack.why.definition(part)),
        Some(image) => Node::from(image).why("official image of the engine: choose its version"),
        None => {
            let about = format!("image of {}, with its tag", part.component.id);
            let given = stack.variable(&format!("{}__image", id(part)), "string", &about, None);
            let message = format!("no image is known of {}", part.component.id);
            let hint = format!("give it as variable `{given}`");
            stack.tell(part, Finding::warning(NO_IMAGE, message).hint(hint));
            template(format!("${{var.{given}}}")).why("nobody says which image it is")
        }
    }
}

/// What replaces the image's entry point and its arguments; nothing of either where a secret is in them.
pub(super) fn command(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> (Vec<String>, Vec<String>) {
    let Some(blueprint) = part.component.blueprint.as_deref() else {
        return (Vec::new(), Vec::new());
    };
    let mut words = blueprint.command.iter().chain(&blueprint.args);
    if words.all(|word| without_secrets(word) && !word.contains('\0')) {
        return (blueprint.command.clone(), blueprint.args.clone());
    }
    let message = format!("{}: its command line has to be set by hand", part.component.id);
    let finding = Finding::warning(TO_DO, message).hint("a secret is in it");
    stack.tell(part, finding);
    (Vec::new(), Vec::new())
}

/// The port that requests come to.
pub(super) fn main_port(ports: &Ports) -> Option<&Port> {
    ports.main()
}

/// The most copies that an autoscaler may start, where the plan itself sets no bound, and why.
pub(super) fn most(part: &Part<'_>, least: u32) -> (u32, String) {
    if let Some(most) = part.placement.copies_most.filter(|most| *most > 0) {
        let bound = most.saturating_mul(ROOM).max(least).max(1);
        let why =
            format!("default: {ROOM} times the {most} that the replay had at work at the most");
        return (bound, why);
    }
    let bound = least.saturating_mul(ROOM).max(1);
    (bound, format!("default: {ROOM} times the least; nothing was replayed"))
}

/// Says by which command a release runs a part; Terraform knows what stands in it.
pub(super) fn run(stack: &mut Stack<'_, '_>, part: &Part<'_>, command: String) {
    let name = format!("{}__run", id(part));
    let about = format!("the command that runs {} once, as each release has to", part.component.id);
    stack.output(&name, &about, template(command));
    let shown = format!("`eval \"$(terraform -chdir=terraform output -raw {name})\"`");
    stack.out.run(part, vec![shown]);
}

/// A schedule of Amazon's, in UTC.
pub(super) fn schedule(stack: &mut Stack<'_, '_>, part: &Part<'_>, clock: String, target: Node) {
    let name = stack.name(part, 50);
    let body = map([
        ("name", Node::from(name)),
        ("schedule_expression", Node::from(clock).why(stack.why.definition(part))),
        ("schedule_expression_timezone", Node::from("UTC").why("schedules are planned in UTC")),
        ("flexible_time_window", map([("mode", Node::from("OFF"))])),
        ("target", target),
    ]);
    stack.resource("aws_scheduler_schedule", &id(part), body);
}
