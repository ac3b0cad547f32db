//! Variables of a part: text, secrets as sensitive variables, and what stands elsewhere as variables, too.

use model::Setting;
use source::Finding;

use super::address;
use super::json::template;
use super::stack::{Stack, id, region};
use crate::Part;
use crate::findings::TO_DO;
use crate::kubernetes::{PORT_ASSUMED, Ports};
use crate::tree::Node;

/// What a variable is set to.
#[derive(Debug)]
pub(super) enum Variable {
    /// Text.
    Text(Node),
    /// A secret: the name of Terraform's variable.
    Secret(String),
}

/// The variables of a part that a platform takes by their names; the others are told.
pub(super) fn variables(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    takes: fn(&str) -> bool,
) -> Vec<(String, Variable)> {
    let own = id(part);
    let why = stack.why.definition(part);
    let mut found = Vec::new();
    for (name, value) in part.environment() {
        let plain = matches!(&value, Setting::Plain(text) if text.contains('\0'));
        if !takes(name) || plain {
            let place = part.placement.platform;
            stack.left_out(part, &format!("`{}` cannot be set on {place}", name.escape_debug()));
            continue;
        }
        let wanted = format!("{own}__{}", name.to_lowercase());
        let about = format!("{name} of {}", part.component.id);
        let variable = match value {
            Setting::Plain(text) => match address::rewritten(stack, part, name, &text) {
                Some(text) => Variable::Text(
                    template(text).why(format!("{why}; where what it names is reached")),
                ),
                None => Variable::Text(Node::from(text).why(why.as_str())),
            },
            Setting::Secret(_) => Variable::Secret(stack.secret(&wanted, name, &about)),
            Setting::From(place) if place.name == "AWS::Region" && part.provider() == "aws" => {
                let region = Node::from(region(part));
                Variable::Text(region.why(stack.why.plan(part, "region")))
            }
            Setting::From(_) => {
                let given = stack.variable(&wanted, "string", &about, None);
                let message =
                    format!("{}: `{name}` has to be given as `{given}`", part.component.id);
                stack.tell(part, Finding::note(TO_DO, message));
                let node = template(format!("${{var.{given}}}"));
                Variable::Text(node.why("stands elsewhere: its value is not known here"))
            }
        };
        found.push((name.to_owned(), variable));
    }
    if Ports::of(part).assumed && takes("PORT") && !found.iter().any(|(name, _)| name == "PORT") {
        let port = Node::from(PORT_ASSUMED.to_string())
            .why("assumed: images that ask where to listen read it");
        found.push(("PORT".to_owned(), Variable::Text(port)));
    }
    found
}

/// Whether a name is one of POSIX's: letters, digits and underscores, no digit first.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
