//! Where parts are reached: names in variables are replaced by what they are called where they now stand.

use super::json::escape;
use super::stack::{Stack, id};
use super::{place_of, servers};
use crate::Part;
use crate::kubernetes::Ports;
use crate::names::holds_host;
use crate::tree::Node;

/// Where a part is reached; `${…}` in it is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A name in DNS, with the ports that it had.
    Host(String),
    /// A host of its own with scheme and port: `https://…`.
    Url(String),
}

impl Address {
    /// The host that an expression gives.
    pub(super) fn of(host: &str) -> Self {
        Self::Host(format!("${{{host}}}"))
    }
}

/// A value with the names of parts replaced, as a template; `None` if it names none.
pub(super) fn rewritten(
    stack: &mut Stack<'_, '_>,
    caller: &Part<'_>,
    variable: &str,
    text: &str,
) -> Option<String> {
    if text.contains("://") {
        return in_urls(stack, caller, text);
    }
    let holds = holds_host(variable);
    let mut found = false;
    let mut out = Vec::new();
    for item in text.split(',') {
        let (host, port) = match item.split_once(':') {
            Some((host, port)) if is_port(port) => (host, Some(port)),
            None if holds => (item, None),
            Some(_) | None => return None,
        };
        match of(stack, caller, host.trim()) {
            Some(Address::Host(address)) => {
                found = true;
                let port = port.map(|port| port_of(stack, host.trim(), port));
                out.push(port.map_or_else(|| address.clone(), |port| format!("{address}:{port}")));
            }
            Some(Address::Url(_)) => {
                stack.told(caller, &format!("`{variable}` names {host}, which is reached by HTTPS at a host of its own: set it by hand"));
                return None;
            }
            None => out.push(escape(item)),
        }
    }
    found.then(|| out.join(","))
}

/// The hosts of URLs.
fn in_urls(stack: &mut Stack<'_, '_>, caller: &Part<'_>, text: &str) -> Option<String> {
    let mut found = false;
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let part_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        let lead = before.trim_end_matches(part_of_scheme);
        let scheme = before.strip_prefix(lead).unwrap_or_default();
        let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let end = after.find(|c: char| !inside(c)).unwrap_or(after.len());
        let (host, mut tail) = after.split_at(end);
        out.push_str(&escape(lead));
        match of(stack, caller, host) {
            Some(Address::Host(address)) => {
                found = true;
                out.push_str(&format!("{}://{address}", escape(scheme)));
                let (given, end) = match tail.strip_prefix(':') {
                    Some(rest) => {
                        let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                        (rest.strip_suffix(end).unwrap_or_default(), end)
                    }
                    None => ("", tail),
                };
                let usual = if scheme == "https" { "443" } else { "80" };
                let known = if given.is_empty() { usual } else { given };
                let port = port_of(stack, host, known);
                if port != known || !given.is_empty() {
                    out.push_str(&format!(":{port}"));
                    tail = end;
                }
            }
            Some(Address::Url(url)) if scheme.starts_with("http") => {
                found = true;
                out.push_str(&url);
                if let Some(port) = tail.strip_prefix(':') {
                    tail = port.trim_start_matches(|c: char| c.is_ascii_digit());
                }
            }
            _ => out.push_str(&escape(&format!("{scheme}://{host}"))),
        }
        rest = tail;
    }
    out.push_str(&escape(rest));
    found.then_some(out)
}

/// The port by which a part is now reached: servers that several share may give it another one.
fn port_of(stack: &Stack<'_, '_>, host: &str, port: &str) -> String {
    let number = port.parse().unwrap_or(0);
    let found = stack.plan.part(host).and_then(|part| {
        let (inside, outside) = (Ports::of_pod(part), servers::ports(stack.plan, part));
        let known = inside.all.iter().position(|known| known.number == number)?;
        Some(outside.all[known].number)
    });
    found.map_or_else(|| port.to_owned(), |number| number.to_string())
}

fn is_port(text: &str) -> bool {
    (1..6).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit())
}

/// Where a part of this id is reached from here; `None` if there is none, or it keeps its name.
fn of(stack: &mut Stack<'_, '_>, caller: &Part<'_>, host: &str) -> Option<Address> {
    if host == caller.component.id {
        return None;
    }
    let plan = stack.plan;
    let callee = plan.part(host)?;
    if let Ok(place) = place_of(stack.plan, callee) {
        return place.address(stack, callee, caller);
    }
    let description = format!(
        "host under which {host} is reached: it stands on {}, outside of these files",
        callee.placement.platform
    );
    let name = format!("{}__address", id(callee));
    let default = Node::from(host).why("the name that the code calls today");
    let Node { value, .. } = stack.shared(&name, "string", &description, Some(default));
    match value {
        crate::tree::Value::Expression(text) => Some(Address::Host(text)),
        _ => None,
    }
}

/// Writes where parts are reached, for those who stand elsewhere.
pub(super) fn outputs(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    for part in parts {
        let name = format!("{}__address", id(part));
        let text = format!("where {} is reached", part.component.id);
        if let Some(value) =
            place_of(stack.plan, part).ok().and_then(|place| place.public(stack, part))
        {
            stack.output(&name, &text, value);
        }
    }
}
