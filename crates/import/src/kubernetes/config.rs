//! Config maps and secrets: their texts, for environments that take them from there, and where their content is.

use std::collections::BTreeMap;

use model::{Content, Held};
use source::yaml::Node;
use source::{SourceMap, Span};

use super::object::Object;
use crate::project::beside;

/// Kinds that make a config map or a secret: one themselves, or something that a controller makes one of. Below the path stands
/// its name where it has another one than theirs.
const KINDS: &[(&str, Held, &[&str])] = &[
    ("ConfigMap", Held::ConfigMap, &[]),
    ("Secret", Held::Secret, &[]),
    ("SealedSecret", Held::Secret, &["spec", "template", "metadata", "name"]),
    ("ExternalSecret", Held::Secret, &["spec", "target", "name"]),
];
/// What a kustomization makes them of.
const GENERATORS: &[(&str, Held)] =
    &[("configMapGenerator", Held::ConfigMap), ("secretGenerator", Held::Secret)];

/// What is known of the config maps and the secrets among the objects; of secrets no text.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// By what it is, its name and the key.
    texts: BTreeMap<(Held, String, String), (String, Span)>,
    content: BTreeMap<(Held, String), Content>,
}

impl Config {
    /// Of all objects; the first of a name counts for where its content is.
    pub(super) fn of(objects: &[Object], sources: &SourceMap) -> Self {
        let mut found = Self::default();
        for object in objects {
            for (kind, held, path) in KINDS {
                if object.kind == *kind {
                    let own = object.at(path).filter(|_| !path.is_empty()).and_then(Node::text);
                    found.object(object, (*held, own.unwrap_or(&object.name)), sources);
                }
            }
            for (key, held) in GENERATORS {
                let all = object.at(&[key]).filter(|_| object.kind == "Kustomization");
                for node in all.map(Node::items).unwrap_or_default() {
                    found.generator(node, *held, sources);
                }
            }
        }
        found
    }

    fn object(&mut self, object: &Object, (held, name): (Held, &str), sources: &SourceMap) {
        let place = object.at(&["metadata", "name"]).map_or(object.node.span, |node| node.span);
        let declared = Content::Declared(sources.place(place));
        self.content.entry((held, name.to_owned())).or_insert(declared);
        for data in ["data", "stringData"].into_iter().filter_map(|key| object.at(&[key])) {
            self.texts.extend(data.entries().iter().filter_map(|(key, value)| {
                let text = if held == Held::Secret { "" } else { value.text()? };
                let place = (held, name.to_owned(), key.text()?.to_owned());
                Some((place, (text.to_owned(), value.span)))
            }));
        }
    }

    /// One that is made of files says which; of anything else, where that stands.
    fn generator(&mut self, node: &Node, held: Held, sources: &SourceMap) {
        let Some(name) = node.get("name").and_then(Node::text) else { return };
        let from = &sources.file(node.span.file).path;
        let file = |item: &Node| {
            let text = item.text()?;
            let (key, path) = text
                .split_once('=')
                .unwrap_or_else(|| (text.rsplit('/').next().unwrap_or(text), text));
            Some((key.to_owned(), beside(from, path)))
        };
        let listed = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let files: Vec<(String, String)> = listed("files").iter().filter_map(file).collect();
        let other = ["literals", "envs", "env"].iter().any(|key| node.get(key).is_some());
        let content = if files.is_empty() || other {
            Content::Declared(sources.place(node.span))
        } else {
            Content::Files(files)
        };
        self.content.entry((held, name.to_owned())).or_insert(content);
    }

    /// The text under a key of a config map, if that is among the objects.
    pub(super) fn text(&self, name: &str, key: &str) -> Option<&str> {
        let place = (Held::ConfigMap, name.to_owned(), key.to_owned());
        self.texts.get(&place).map(|(text, _)| text.as_str())
    }

    /// All keys of one with their texts and places.
    pub(super) fn all(&self, held: Held, name: &str) -> impl Iterator<Item = (&str, &str, Span)> {
        let first = (held, name.to_owned(), String::new());
        let own = self
            .texts
            .range(first..)
            .take_while(move |((of, own, _), _)| *of == held && own == name);
        own.map(|((_, _, key), (text, span))| (key.as_str(), text.as_str(), *span))
    }

    /// Where the content of one is, if anybody says it.
    pub(super) fn content(&self, held: Held, name: &str) -> Option<Content> {
        self.content.get(&(held, name.to_owned())).cloned()
    }
}
