//! What every provider's stores are asked in Terraform.

use super::stack::{Stack, id};
use crate::Part;
use crate::tree::Node;

pub(super) use crate::stores::{database, gib, gib_of, managed, version};

/// The name of the variable that holds the password.
pub(super) fn password(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> String {
    let about = format!("password of {}'s user", part.component.id);
    let variable = format!("password of {}", part.component.id);
    stack.secret(&format!("{}__password", id(part)), &variable, &about)
}

/// The user: the one that the image of the store is given, else a plain one.
pub(super) fn user(stack: &Stack<'_, '_>, part: &Part<'_>) -> Node {
    crate::stores::user(stack.why, part)
}
