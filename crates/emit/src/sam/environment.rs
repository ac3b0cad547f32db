//! Variables of a function; secrets and what stands elsewhere become parameters.

use model::Setting;
use source::Finding;

use super::ids::{Ids, joined};
use super::{Template, reference};
use crate::findings::{LEFT_OUT, TO_DO};
use crate::tree::{Node, map};
use crate::{Output, Part, Plan, Reasons};

/// Names that Lambda sets itself ("Defined runtime environment variables", AWS Lambda developer guide); `AWS_LWA_` is
/// the adapter's.
fn is_reserved(name: &str) -> bool {
    name.starts_with("AWS_") && !name.starts_with("AWS_LWA_")
}

/// Whether Lambda takes it for the name of a variable: two letters, digits or underscores, a letter first.
fn is_variable(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variables of a part.
pub(super) fn variables(
    plan: &Plan<'_>,
    part: &Part<'_>,
    why: Reasons<'_>,
    ids: &mut Ids,
    template: &mut Template,
    out: &mut Output,
) -> Node {
    let mut node = Node::empty();
    for (name, value) in part.environment() {
        // A dynamic reference would be read by CloudFormation, not by the code.
        let resolved = matches!(&value, Setting::Plain(text) if text.contains("{{resolve:"));
        if !is_variable(name) || is_reserved(name) || resolved {
            let message = format!("{}: `{name}` cannot be set on a function", part.component.id);
            out.findings.push(plan.at(Finding::warning(LEFT_OUT, message), part.component.span));
            continue;
        }
        let secret = match &value {
            Setting::Plain(text) => {
                node.set(name, Node::from(text).why(why.definition(part)));
                continue;
            }
            Setting::Secret(_) => true,
            Setting::From(_) => false,
        };
        let id = ids.give(&joined(&format!("{}-{}", part.name, name.to_lowercase())));
        let kind = map([("Type", Node::from("String"))]);
        if secret {
            out.secret(name, format!("parameter `{id}` of `sam/template.yaml`"));
            template.parameters.set(id.as_str(), kind.with("NoEcho", true));
            node.set(name, reference(&id).why("secret: its value is never written"));
        } else {
            let message = format!("{}: `{name}` has to be given as `{id}`", part.component.id);
            out.findings.push(plan.at(Finding::note(TO_DO, message), part.component.span));
            template.parameters.set(id.as_str(), kind);
            node.set(name, reference(&id).why("stands elsewhere: its value is not known here"));
        }
    }
    node
}
