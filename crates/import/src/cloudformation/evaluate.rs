//! Intrinsic functions: what a template's values come to without an account.

use std::collections::BTreeMap;

use source::yaml::{Node, Value};

/// Functions inside functions.
const DEPTH_MAX: usize = 30;
/// Bytes of one text after everything was put in.
const TEXT_MAX: usize = 16 << 10;

/// What values of a template are taken from.
#[derive(Debug, Default)]
pub(super) struct Scope<'t> {
    pub(super) parameters: BTreeMap<&'t str, &'t Node>,
    pub(super) mappings: Option<&'t Node>,
    pub(super) conditions: BTreeMap<&'t str, &'t Node>,
    pub(super) resources: BTreeMap<&'t str, &'t Node>,
    /// Resources by the names that they get in the account, with the service that ARNs of them have.
    pub(super) names: BTreeMap<String, (&'t str, &'static str)>,
}

/// Letters that a name has at least to be found in other texts.
const NAME_MIN: usize = 3;

/// A function and its argument. In the short form (`!Ref x`) the argument is the node itself without its tag.
pub(crate) fn call(node: &Node) -> Option<(&str, &Node)> {
    if let Some(tag) = node
        .tag
        .as_deref()
        .and_then(|tag| tag.strip_prefix('!'))
        .filter(|tag| !tag.is_empty() && !tag.starts_with('!'))
    {
        return Some((tag, node));
    }
    let [(key, argument)] = node.entries() else { return None };
    match key.text()? {
        "Ref" => Some(("Ref", argument)),
        "Condition" if argument.text().is_some() => Some(("Condition", argument)),
        name => name.strip_prefix("Fn::").map(|name| (name, argument)),
    }
}

/// What `Ref` or `GetAtt` names: `Table`, `Table.Arn`.
pub(crate) fn named(node: &Node) -> Option<String> {
    let (name, argument) = call(node)?;
    match name {
        "Ref" => argument.text().map(str::to_owned),
        "GetAtt" if argument.items().is_empty() => argument.text().map(str::to_owned),
        "GetAtt" => {
            let words: Option<Vec<&str>> = argument.items().iter().map(Node::text).collect();
            Some(words?.join("."))
        }
        _ => None,
    }
}

impl<'t> Scope<'t> {
    /// The node that a value comes to: conditions and look-ups followed. `None` if it is nothing
    /// (`AWS::NoValue`) or not known before deployment.
    pub(super) fn pick(&self, node: &'t Node) -> Option<&'t Node> {
        self.pick_at(node, 0)
    }

    fn pick_at(&self, node: &'t Node, depth: usize) -> Option<&'t Node> {
        if depth > DEPTH_MAX {
            return None;
        }
        let Some((name, argument)) = call(node) else { return Some(node) };
        match name {
            "Ref" => {
                let parameter = self.parameters.get(argument.text()?)?;
                self.pick_at(parameter.get("Default")?, depth + 1)
            }
            "If" => {
                let [condition, yes, no] = argument.items() else { return None };
                let branch = if self.condition(condition.text()?, depth + 1).unwrap_or(true) {
                    yes
                } else {
                    no
                };
                self.pick_at(branch, depth + 1)
            }
            "FindInMap" => {
                let [map, top, second, ..] = argument.items() else { return None };
                let keys = [
                    self.text_at(top, depth + 1, pseudo)?,
                    self.text_at(second, depth + 1, pseudo)?,
                ];
                let map = self.mappings?.get(&self.text_at(map, depth + 1, pseudo)?)?;
                self.pick_at(map.get(&keys[0])?.get(&keys[1])?, depth + 1)
            }
            "Select" => {
                let [index, list] = argument.items() else { return None };
                let index: usize = self.text_at(index, depth + 1, pseudo)?.trim().parse().ok()?;
                self.pick_at(self.pick_at(list, depth + 1)?.items().get(index)?, depth + 1)
            }
            _ => None,
        }
    }

    /// A property: the value under a key, followed.
    pub(super) fn get(&self, node: &'t Node, key: &str) -> Option<&'t Node> {
        let node = self.pick(node)?;
        self.pick(node.get(key)?).filter(|value| !value.is_null())
    }

    /// The text that a value comes to, where that is known before deployment.
    pub(super) fn text(&self, node: &'t Node) -> Option<String> {
        self.text_at(node, 0, pseudo)
    }

    /// The text under a key, where that is known before deployment.
    pub(super) fn text_of(&self, node: &'t Node, key: &str) -> Option<String> {
        self.text(node.get(key)?)
    }

    /// The same, but nothing that only the account or the place of the stack says: that stays to be set.
    pub(super) fn exact(&self, node: &'t Node) -> Option<String> {
        self.text_at(node, 0, everywhere)
    }

    /// The same with what only the account or the place of the stack says as CloudFormation writes it: `${AWS::Region}`.
    pub(super) fn pattern(&self, node: &'t Node) -> Option<String> {
        self.text_at(node, 0, written)
    }

    fn text_at(&self, node: &'t Node, depth: usize, pseudo: Pseudo) -> Option<String> {
        if depth > DEPTH_MAX {
            return None;
        }
        let Some((name, argument)) = call(node) else { return node.text().map(str::to_owned) };
        let text = match name {
            "Ref" => match pseudo(argument.text()?) {
                Some(value) => value.to_owned(),
                None => self.text_at(self.pick_at(node, depth + 1)?, depth + 1, pseudo)?,
            },
            "Sub" => self.sub(argument, depth, pseudo)?,
            "Join" => {
                let [delimiter, list] = argument.items() else { return None };
                let delimiter = delimiter.text().unwrap_or("");
                let list = self.pick_at(list, depth + 1)?;
                let parts: Option<Vec<String>> =
                    list.items().iter().map(|item| self.text_at(item, depth + 1, pseudo)).collect();
                parts?.join(delimiter)
            }
            "Base64" => {
                self.text_at(argument, depth + 1, pseudo).filter(|_| argument.tag.is_none())?
            }
            "Select" => {
                let [index, list] = argument.items() else { return None };
                let index: usize = self.text_at(index, depth + 1, pseudo)?.trim().parse().ok()?;
                match call(list) {
                    Some(("Split", split)) => {
                        let [delimiter, text] = split.items() else { return None };
                        let text = self.text_at(text, depth + 1, pseudo)?;
                        text.split(delimiter.text()?).nth(index)?.to_owned()
                    }
                    _ => self.text_at(self.pick_at(node, depth + 1)?, depth + 1, pseudo)?,
                }
            }
            "If" | "FindInMap" => {
                let picked = self.pick_at(node, depth + 1)?;
                self.text_at(picked, depth + 1, pseudo)?
            }
            _ => return None,
        };
        (text.len() <= TEXT_MAX).then_some(text)
    }

    /// `${Parameter}` put in; a resource's name or attribute is not known before deployment.
    fn sub(&self, argument: &'t Node, depth: usize, pseudo: Pseudo) -> Option<String> {
        let (template, extra) = match argument.items() {
            [template, extra] => (template.text()?, Some(extra)),
            _ => (argument.text()?, None),
        };
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, after) = after.split_once('}')?;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
            } else if let Some(value) = extra.and_then(|extra| extra.get(name)) {
                out.push_str(&self.text_at(value, depth + 1, pseudo)?);
            } else if let Some(value) = pseudo(name) {
                out.push_str(value);
            } else {
                let parameter = self.parameters.get(name)?;
                out.push_str(&self.text_at(parameter.get("Default")?, depth + 1, pseudo)?);
            }
            if out.len() > TEXT_MAX {
                return None;
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    /// Whether a named condition holds; `None` if that is not known before deployment.
    pub(super) fn holds(&self, name: &str) -> Option<bool> {
        self.condition(name, 0)
    }

    fn condition(&self, name: &str, depth: usize) -> Option<bool> {
        self.truth(self.conditions.get(name)?, depth + 1)
    }

    fn truth(&self, node: &'t Node, depth: usize) -> Option<bool> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (name, argument) = call(node)?;
        let all =
            || argument.items().iter().map(|item| self.truth(item, depth + 1)).collect::<Vec<_>>();
        match name {
            "Equals" => {
                let [a, b] = argument.items() else { return None };
                Some(self.text_at(a, depth + 1, pseudo)? == self.text_at(b, depth + 1, pseudo)?)
            }
            "Not" => {
                argument.items().first().and_then(|item| self.truth(item, depth + 1)).map(|it| !it)
            }
            "And" if all().contains(&Some(false)) => Some(false),
            "And" => all()
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(|all| all.into_iter().all(|it| it)),
            "Or" if all().contains(&Some(true)) => Some(true),
            "Or" => all()
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(|all| all.into_iter().any(|it| it)),
            "Condition" => self.condition(argument.text()?, depth + 1),
            _ => None,
        }
    }

    /// Every resource that a value names, through whatever functions, in order and without repetition.
    pub(super) fn resources_in(&self, node: &'t Node) -> Vec<&'t str> {
        let mut found = Vec::new();
        for name in self.names_in(node) {
            let id = name.split('.').next().unwrap_or(&name);
            let whole = self.resources.get_key_value(name.as_str());
            if let Some((&known, _)) = whole.or_else(|| self.resources.get_key_value(id))
                && !found.contains(&known)
            {
                found.push(known);
            }
        }
        found
    }

    /// The name of an export; the short form has its function below its own tag.
    fn import(&self, argument: &'t Node) -> Option<String> {
        match (argument.tag.as_deref(), argument.entries()) {
            (Some("!ImportValue"), [(key, value)]) if key.text() == Some("Fn::Sub") => {
                self.sub(value, 0, pseudo)
            }
            (Some("!ImportValue"), _) => argument.text().map(str::to_owned),
            _ => self.text(argument),
        }
    }

    /// What a value names: `Table`, `Table.Arn`, `Stack.Outputs.Table`, parameters and names of exports.
    pub(super) fn names_in(&self, node: &'t Node) -> Vec<String> {
        let mut found = Vec::new();
        self.collect(node, 0, &mut found);
        found
    }

    fn collect(&self, node: &'t Node, depth: usize, found: &mut Vec<String>) {
        if depth > DEPTH_MAX * 3 {
            return;
        }
        if !self.names.is_empty()
            && let Some(text) = self.text(node)
        {
            for (name, &(id, service)) in &self.names {
                if is_named(&text, name, service) {
                    found.push(id.to_owned());
                }
            }
        }
        let mut add = |name: &str| found.push(name.to_owned());
        match call(node) {
            Some(("Ref", argument)) => argument.text().into_iter().for_each(&mut add),
            Some(("GetAtt", argument)) => {
                let parts: Vec<&str> = argument.items().iter().filter_map(Node::text).collect();
                add(argument.text().unwrap_or(&parts.join(".")));
            }
            Some(("ImportValue", argument)) if self.import(argument).is_some() => {
                self.import(argument).iter().for_each(|name| add(name));
            }
            Some(("Sub", argument)) => {
                let template = argument.items().first().unwrap_or(argument);
                if let Value::Scalar { text, .. } = &template.value {
                    let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
                    names.for_each(&mut add);
                }
                for (_, value) in argument.items().get(1).map(Node::entries).unwrap_or_default() {
                    self.collect(value, depth + 1, found);
                }
            }
            _ => {
                for item in node.items() {
                    self.collect(item, depth + 1, found);
                }
                for (_, value) in node.entries() {
                    self.collect(value, depth + 1, found);
                }
            }
        }
    }
}

/// Whether a text is a name, or an ARN or a queue's address with it as one of its parts.
fn is_named(text: &str, name: &str, service: &str) -> bool {
    if name.len() < NAME_MIN {
        return false;
    }
    if text == name {
        return true;
    }
    let of = text.split(':').nth(2).filter(|_| text.starts_with("arn:"));
    if of != Some(service) && !text.starts_with(&format!("https://{service}.")) {
        return false;
    }
    let edge = |c: char| matches!(c, ':' | '/');
    text.match_indices(name).any(|(at, _)| {
        text.split_at_checked(at).is_some_and(|(before, rest)| {
            let after = rest.strip_prefix(name).and_then(|after| after.chars().next());
            before.ends_with(edge) && after.is_none_or(edge)
        })
    })
}

/// Parameters that every stack has.
fn pseudo(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::Region" => "us-east-1",
        "AWS::Partition" => "aws",
        "AWS::URLSuffix" => "amazonaws.com",
        "AWS::AccountId" => "123456789012",
        "AWS::StackName" => "stack",
        _ => return None,
    })
}

/// What a name of CloudFormation's own stands for, where that is known.
type Pseudo = fn(&str) -> Option<&'static str>;

/// The names that say the same in every account and region of the commercial partition.
fn everywhere(name: &str) -> Option<&'static str> {
    pseudo(name).filter(|_| matches!(name, "AWS::Partition" | "AWS::URLSuffix"))
}

/// The names as a template that is filled in writes them.
fn written(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::Region" => "${AWS::Region}",
        "AWS::Partition" => "${AWS::Partition}",
        "AWS::URLSuffix" => "${AWS::URLSuffix}",
        "AWS::AccountId" => "${AWS::AccountId}",
        "AWS::StackName" => "${AWS::StackName}",
        _ => return None,
    })
}
