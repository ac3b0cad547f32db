//! One JSON object a line, in one pass and without building it: only the fields that are asked for are looked at.

use memchr::{memchr, memchr2, memchr3};

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
#[cfg(test)]
use crate::readers::Line;
use crate::readers::{Outcome, Reader, Reason};

/// Deeper objects are no log line.
const DEPTH_MAX: usize = 32;
/// Keys whose order is remembered.
const LEARNED_MAX: usize = 96;

/// A JSON log of one kind: its fields by name, those of objects within behind a slash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flavour {
    /// `("request/uri", Role::Path)`. Of fields that tell the same, a later line in the table loses.
    pub(crate) fields: &'static [(&'static str, Role)],
    /// Fields that lines of this kind have, and no other kind's.
    pub(crate) marks: &'static [&'static str],
    /// Fields whose unit nobody says, and what is assumed.
    pub(crate) assumed: (&'static [&'static str], &'static str),
    /// Which moment is written.
    pub(crate) stamp: Stamp,
}

impl Flavour {
    /// A reader, if one of the first lines has every mark.
    pub(crate) fn open(self, head: &[&[u8]]) -> Option<Box<dyn Reader>> {
        let marked = |line: &&[u8]| {
            let mut found = vec![false; self.marks.len()];
            let tree = Tree::new(self.marks.iter().copied().enumerate());
            let mut order = Vec::new();
            let object = memchr(b'{', line).and_then(|brace| line.get(brace..)).unwrap_or(&[]);
            let whole = scan(object, &tree, &mut order, |at, _| found[at] = true).is_some();
            whole && found.into_iter().all(|f| f)
        };
        head.iter().any(marked).then(|| {
            let ranked = self.fields.iter().enumerate().map(|(i, (name, _))| (*name, i));
            let tree = Tree::new(ranked.map(|(name, i)| (i, name)));
            let reader = JsonReader {
                fields: self.fields.iter().map(|(_, role)| *role).collect(),
                stamp: self.stamp,
                tree,
                order: Vec::new(),
                moments: Moments::default(),
                scratch: Vec::new(),
                assumed: self.assumed,
                names: self.fields.iter().map(|(name, _)| *name).collect(),
                guessed: false,
            };
            Box::new(reader) as _
        })
    }
}

/// Reads lines of one flavour.
pub(crate) struct JsonReader {
    fields: Vec<Role>,
    stamp: Stamp,
    tree: Tree,
    order: Vec<Learned>,
    moments: Moments,
    /// A path whose escapes had to be undone.
    scratch: Vec<u8>,
    assumed: (&'static [&'static str], &'static str),
    names: Vec<&'static str>,
    /// Whether a field of unknown unit was used.
    guessed: bool,
}

impl Reader for JsonReader {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        let Self { fields, stamp, tree, order, moments, scratch, assumed, names, guessed } = self;
        // What stands before the brace is a log collector's.
        let Some(brace) = memchr(b'{', line) else { return Outcome::Skipped(Reason::Fields) };
        let mut draft = Draft::default();
        let mut ranks = Ranks::default();
        let mut escaped = false;
        let object = line.get(brace..).unwrap_or(&[]);
        let whole = scan(object, tree, order, |at, value| {
            if value.text.is_empty() || matches!(value.text, b"-" | b"null") {
                return;
            }
            let role = fields[at];
            if ranks.is_better(role, at) {
                draft.set(role, value.text, moments);
                if matches!(role, Role::Duration(_)) && !*guessed {
                    *guessed = assumed.0.contains(&names[at]);
                }
                if matches!(role, Role::Path | Role::Request) {
                    escaped = value.escaped;
                }
            }
        });
        if whole.is_none() {
            return Outcome::Skipped(Reason::Fields);
        }
        match draft.finish(*stamp) {
            Outcome::Request(mut found) if escaped => {
                unescape(found.path, scratch);
                found.path = scratch;
                Outcome::Request(found)
            }
            // The same program's other messages: no request, but nothing broken either.
            Outcome::Skipped(Reason::Fields) => Outcome::Aside,
            other => other,
        }
    }

    fn assumptions(&self) -> Vec<String> {
        if self.guessed { vec![self.assumed.1.to_owned()] } else { Vec::new() }
    }
}

/// The best field found so far for each thing that is told.
#[derive(Default)]
struct Ranks([u8; 14]);

impl Ranks {
    #[inline]
    fn is_better(&mut self, role: Role, rank: usize) -> bool {
        let slot = match role {
            Role::Time => 0,
            Role::Date => 1,
            Role::Clock => 2,
            Role::Duration(_) => 3,
            Role::Upstream(_) => 4,
            Role::Request => 5,
            Role::Method => 6,
            Role::Path => 7,
            Role::Status => 8,
            Role::Bytes => 9,
            Role::Host => 10,
            Role::Service => 11,
            Role::Agent => 12,
            Role::Client => 13,
        };
        let rank = u8::try_from(rank + 1).unwrap_or(u8::MAX);
        let better = self.0[slot] == 0 || rank < self.0[slot];
        if better {
            self.0[slot] = rank;
        }
        better
    }
}

/// The fields that are wanted, by name, object by object.
#[derive(Debug)]
struct Tree {
    nodes: Vec<Vec<(&'static [u8], Child)>>,
}

/// What a key is: the field with this number if its value is plain, an object with wanted fields if it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Child {
    field: Option<usize>,
    object: Option<usize>,
}

/// The key that came next the last time, in the object `node`.
#[derive(Debug)]
struct Learned {
    node: usize,
    key: Box<[u8]>,
    child: Child,
}

impl Tree {
    fn new(fields: impl Iterator<Item = (usize, &'static str)>) -> Self {
        let mut tree = Self { nodes: vec![Vec::new()] };
        for (number, name) in fields {
            let mut node = 0;
            let mut parts = name.split('/').peekable();
            while let Some(part) = parts.next() {
                let child = tree.entry(node, part);
                if parts.peek().is_none() {
                    tree.nodes[node][child].1.field.get_or_insert(number);
                } else if let Some(next) = tree.nodes[node][child].1.object {
                    node = next;
                } else {
                    tree.nodes.push(Vec::new());
                    let next = tree.nodes.len() - 1;
                    tree.nodes[node][child].1.object = Some(next);
                    node = next;
                }
            }
        }
        tree
    }

    /// Where the key stands in its object, put there if need be.
    fn entry(&mut self, node: usize, key: &'static str) -> usize {
        let keys = &mut self.nodes[node];
        let known = keys.iter().position(|(k, _)| *k == key.as_bytes());
        known.unwrap_or_else(|| {
            keys.push((key.as_bytes(), Child::default()));
            keys.len() - 1
        })
    }

    /// What a key of an object is; `at` counts the keys of the line, most lines having the same in the same order.
    #[inline]
    fn child(&self, node: usize, key: &[u8], at: usize, order: &mut Vec<Learned>) -> Child {
        if let Some(learned) = order.get(at)
            && learned.node == node
            && *learned.key == *key
        {
            return learned.child;
        }
        let found = self.nodes[node].iter().find(|(name, _)| *name == key);
        let child = found.map_or(Child::default(), |(_, child)| *child);
        let learned = || Learned { node, key: key.into(), child };
        if at == order.len() && at < LEARNED_MAX {
            order.push(learned());
        } else if let Some(old) = order.get_mut(at) {
            *old = learned();
        }
        child
    }
}

/// A value as it stands in the line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Value<'l> {
    text: &'l [u8],
    escaped: bool,
}

/// Visits every wanted field of the object that `line` is; `None` if it is no whole object.
fn scan<'l>(
    line: &'l [u8],
    tree: &Tree,
    order: &mut Vec<Learned>,
    mut visit: impl FnMut(usize, Value<'l>),
) -> Option<()> {
    let mut at = skip_spaces(line, 0);
    if line.get(at) != Some(&b'{') {
        return None;
    }
    at += 1;
    let mut open = [0_usize; DEPTH_MAX];
    let mut depth = 0;
    let mut keys = 0;
    loop {
        at = skip_spaces(line, at);
        match *line.get(at)? {
            b',' => at += 1,
            b'}' => {
                at += 1;
                if depth == 0 {
                    return Some(());
                }
                depth -= 1;
            }
            b'"' => {
                let (key, after) = string(line, at + 1)?;
                at = skip_spaces(line, after);
                if line.get(at) != Some(&b':') {
                    return None;
                }
                at = skip_spaces(line, at + 1);
                let child = tree.child(open[depth], key.text, keys, order);
                keys += 1;
                match (line.get(at)?, child.field, child.object) {
                    (b'{', _, Some(node)) => {
                        depth += 1;
                        *open.get_mut(depth)? = node;
                        at += 1;
                    }
                    (b'"', field, _) => {
                        let (value, after) = string(line, at + 1)?;
                        if let Some(number) = field {
                            visit(number, value);
                        }
                        at = after;
                    }
                    (b'[', Some(number), _) => {
                        // Header values are lists: the first one counts.
                        let first = skip_spaces(line, at + 1);
                        if line.get(first) == Some(&b'"') {
                            visit(number, string(line, first + 1)?.0);
                        }
                        at = skip_nested(line, at)?;
                    }
                    (b'{' | b'[', ..) => at = skip_nested(line, at)?,
                    (_, field, _) => {
                        let rest = line.get(at..)?;
                        let end = rest.iter().position(|b| matches!(b, b',' | b'}' | b' '))?;
                        let text = rest.get(..end)?;
                        if !text.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
                            return None;
                        }
                        if let Some(number) = field {
                            visit(number, Value { text, escaped: false });
                        }
                        at += end;
                    }
                }
            }
            _ => return None,
        }
    }
}

#[inline]
fn skip_spaces(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// The string that begins at `from`, behind its quote, and where it is over.
#[inline]
fn string(line: &[u8], from: usize) -> Option<(Value<'_>, usize)> {
    let mut at = from;
    let mut escaped = false;
    loop {
        at += memchr2(b'"', b'\\', line.get(at..)?)?;
        if line.get(at) == Some(&b'"') {
            return Some((Value { text: line.get(from..at)?, escaped }, at + 1));
        }
        escaped = true;
        at += 2;
    }
}

/// Behind the object or the list that begins at `from`.
fn skip_nested(line: &[u8], from: usize) -> Option<usize> {
    let (open, close) = if line.get(from) == Some(&b'{') { (b'{', b'}') } else { (b'[', b']') };
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        at += memchr3(b'"', open, close, line.get(at..)?)?;
        match line.get(at)? {
            b'"' => at = string(line, at + 1)?.1,
            byte => {
                at += 1;
                depth = if *byte == open { depth + 1 } else { depth - 1 };
                if depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

/// Undoes `\/`, `\"`, `\u0026` and their like.
fn unescape(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = text;
    while let Some(slash) = memchr(b'\\', rest) {
        let (before, after) = rest.split_at(slash);
        out.extend_from_slice(before);
        rest = match after {
            [_, b'u', a, b, c, d, rest @ ..] => {
                let hex = [*a, *b, *c, *d];
                let code =
                    std::str::from_utf8(&hex).ok().and_then(|h| u32::from_str_radix(h, 16).ok());
                let letter = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                rest
            }
            [_, byte, rest @ ..] => {
                out.push(*byte);
                rest
            }
            _ => &[],
        };
    }
    out.extend_from_slice(rest);
}

/// Whether a JSON log of this kind is what the lines are, for tests of the flavours.
#[cfg(test)]
pub(crate) fn read_all(flavour: Flavour, text: &str) -> Vec<Outcome2> {
    let head: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let mut reader = flavour.open(&head).expect("the flavour's own lines");
    head.iter().map(|line| Outcome2::of(reader.line(line))).collect()
}

/// An outcome that owns its texts.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome2 {
    Request(Owned),
    Aside,
    Skipped(Reason),
}

/// A line that owns its texts.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Owned {
    pub(crate) at_us: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) bytes: Option<u64>,
    pub(crate) duration_us: Option<u32>,
    pub(crate) upstream_us: Option<u32>,
    pub(crate) host: String,
    pub(crate) service: String,
    pub(crate) agent: String,
}

#[cfg(test)]
impl Outcome2 {
    pub(crate) fn of(outcome: Outcome<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match outcome {
            Outcome::Request(l) => Self::Request(Owned::of(&l, text)),
            Outcome::Aside => Self::Aside,
            Outcome::Skipped(reason) => Self::Skipped(reason),
        }
    }

    pub(crate) fn request(self) -> Owned {
        match self {
            Self::Request(line) => line,
            other => panic!("no request: {other:?}"),
        }
    }
}

#[cfg(test)]
impl Owned {
    fn of(l: &Line<'_>, text: impl Fn(&[u8]) -> String) -> Self {
        Self {
            at_us: l.at_ns / 1_000,
            method: text(l.method),
            path: text(l.path),
            status: l.status,
            bytes: l.bytes,
            duration_us: l.duration_us,
            upstream_us: l.upstream_us,
            host: text(l.host),
            service: text(l.service),
            agent: text(l.agent),
        }
    }
}
