//! Variables of a function; secrets and what stands elsewhere are given when it is deployed.

use model::{Place, Setting, Settings};
use source::Finding;

use super::stores::Store;
use super::{Stack, hosts, rights};
use crate::findings::{LEFT_OUT, TO_DO};
use crate::tree::Node;
use crate::{Output, Part};

/// What a variable is set to.
#[derive(Debug)]
pub(crate) enum Variable {
    /// This text.
    Text(Node),
    /// A secret, given under this name.
    Secret(String),
    /// Something that stands elsewhere, given under this name.
    Elsewhere(String),
}

impl Variable {
    /// Whether its value is given when the stack is deployed.
    pub(crate) const fn is_given(&self) -> bool {
        !matches!(self, Self::Text(_))
    }
}

/// Names that Lambda sets itself ("Defined runtime environment variables", AWS Lambda developer guide); `AWS_LWA_` is
/// the adapter's.
fn is_reserved(name: &str) -> bool {
    name.starts_with("AWS_") && !name.starts_with("AWS_LWA_")
}

/// What a stack knows of itself ("Pseudo parameters reference", AWS CloudFormation user guide).
const STACKS_OWN: &[&str] = &["AWS::AccountId", "AWS::Region", "AWS::StackId", "AWS::StackName"];

/// Whether Lambda takes it for the name of a variable: two letters, digits or underscores, a letter first.
fn is_variable(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variables of a part.
pub(super) fn variables(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    out: &mut Output,
) -> Vec<(String, Variable)> {
    let mut found = Vec::new();
    for (name, value) in part.environment() {
        // A dynamic reference would be read by CloudFormation, not by the code.
        let resolved = matches!(&value, Setting::Plain(text) if text.contains("{{resolve:"));
        if !is_variable(name) || is_reserved(name) || resolved {
            let message = format!("{}: `{name}` cannot be set on a function", part.component.id);
            let finding = Finding::warning(LEFT_OUT, message);
            out.findings.push(stack.plan.at(finding, part.component.span));
            continue;
        }
        let secret = match &value {
            Setting::Plain(text) => {
                let known = hosts::rewritten(stack, part, name, text);
                let text = known.unwrap_or_else(|| Node::from(text));
                let text = text.why(stack.why.definition(part));
                found.push((name.to_owned(), Variable::Text(text)));
                continue;
            }
            Setting::Secret(_) => true,
            Setting::From(place) => {
                if let Some(known) = in_stack(stack, part, place) {
                    let known = known.why(stack.why.definition(part));
                    found.push((name.to_owned(), Variable::Text(known)));
                    continue;
                }
                false
            }
        };
        let given = stack.ids.give(&(stack.dialect.given)(&part.name, name));
        if secret {
            out.secret(name, (stack.dialect.place)(&given));
            found.push((name.to_owned(), Variable::Secret(given)));
        } else {
            let place = (stack.dialect.place)(&given);
            let message = format!("{}: `{name}` has to be given as {place}", part.component.id);
            let finding = Finding::note(TO_DO, message);
            out.findings.push(stack.plan.at(finding, part.component.span));
            found.push((name.to_owned(), Variable::Elsewhere(given)));
        }
    }
    in_cluster(stack, part, &mut found, out);
    found
}

/// Adds where parts on a cluster are reached that a function calls, where no variable of the definition names them.
fn in_cluster(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    found: &mut Vec<(String, Variable)>,
    out: &mut Output,
) {
    if part.component.blueprint.is_some() {
        return;
    }
    let plan = stack.plan;
    for (called, _) in plan.called(&part.component.id) {
        let name = called.variable("URL");
        let known = found.iter().any(|(known, _)| *known == name);
        if known || !matches!(called.placement.configured, Settings::Pod(_)) {
            continue;
        }
        let given = stack.ids.give(&(stack.dialect.given)(&part.name, &name));
        let place = (stack.dialect.place)(&given);
        let id = &called.component.id;
        let message =
            format!("{}: where {id} is reached has to be given as {place}", part.component.id);
        let hint = "inside of the cluster's network, the function has to stand in it, too";
        out.findings
            .push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
        found.push((name, Variable::Elsewhere(given)));
    }
}

/// What a variable names by `Orders` or `Orders.Arn`, if that is a store of the stack for which the part need not wait in a circle.
fn in_stack(stack: &Stack<'_, '_>, part: &Part<'_>, place: &Place) -> Option<Node> {
    if place.key.is_none() && STACKS_OWN.contains(&place.name.as_str()) {
        return Some(super::reference(&place.name));
    }
    if let Some(topic) = stack.topic_named(&place.name).filter(|_| place.key.is_none()) {
        return Some(topic);
    }
    let (id, attribute) = match place.name.split_once('.') {
        Some((id, attribute)) => (id, Some(attribute)),
        None => (place.name.as_str(), None),
    };
    if let Some(known) = hosts::attribute_of(stack, part, id, attribute.unwrap_or_default()) {
        return place.key.is_none().then_some(known);
    }
    let known = |(store, _): &(&Part<'_>, Store)| store.component.id == id && place.key.is_none();
    let (store, kind) = stack.stores().into_iter().find(known)?;
    if kind == Store::Bucket && rights::reaches(stack.plan, id, &part.component.id) {
        return None;
    }
    let id = stack.ids.part(store);
    Some(match attribute {
        Some(name) => super::attribute(&id, name),
        None => super::reference(&id),
    })
}
