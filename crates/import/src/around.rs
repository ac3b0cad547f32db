//! What is said of the containers around a part's main one, whoever describes them.

use model::Role;
use source::Finding;
use source::yaml::Node;

use crate::container::Part;
use crate::defaults;
use crate::findings::{CHOSEN, TAKEN};
use crate::names::quoted;

/// Says that the time which containers take before the main one is assumed.
pub(crate) fn told_of_start(part: &Part, place: &Node, findings: &mut Vec<Finding>) {
    let ending = part.containers.iter().filter(|container| !container.role.stays());
    let ending: Vec<&str> = ending.map(|container| container.name.as_str()).collect();
    let Some(time) = defaults::init_container().get().filter(|_| !ending.is_empty()) else {
        return;
    };
    let (verb, each) = if ending.len() > 1 { ("run", " each") } else { ("runs", "") };
    let (id, ending) = (&part.id, ending.join(", "));
    let message =
        format!("{id}: {ending} {verb} before its main container, for {time}{each}: assumed");
    let hint = "write their `time` into the file that `crossover init --from` makes";
    findings.push(place.mark(Finding::note(TAKEN, message)).hint(hint));
}

/// Says which of several containers is the application, and why.
pub(crate) fn told_of_main(
    part: &Part,
    name: Option<&str>,
    why: &str,
    place: &Node,
    findings: &mut Vec<Finding>,
) {
    let others = part.containers.iter().filter(|container| container.role == Role::Sidecar);
    let others: Vec<&str> = others.map(|container| container.name.as_str()).collect();
    let message = format!(
        "{}: {} is its main container, as it {why}; beside it: {}",
        part.id,
        quoted(name.unwrap_or(&part.id)),
        others.join(", ")
    );
    findings.push(place.mark(Finding::note(CHOSEN, message)));
}

/// The name of a further container: its own, where it may be called so (a label of RFC 1123) and no other of the part is.
pub(crate) fn name_of(part: &Part, own: Option<String>) -> String {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = |name: &String| {
        (1..=63).contains(&name.len())
            && name.chars().all(inside)
            && !name.starts_with('-')
            && !name.ends_with('-')
    };
    let is_free = |name: &String| !part.containers.iter().any(|known| known.name == *name);
    let mut made = (part.containers.len() + 1..).map(|number| format!("container-{number}"));
    let own = own.filter(|name| is_name(name) && is_free(name));
    own.or_else(|| made.find(is_free)).unwrap_or_default()
}
