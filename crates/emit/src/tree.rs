//! A tree of values in which each may say why it is what it is.

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text, whatever is in it.
    Text(String),
    /// Text of several lines that this program wrote: shown line by line where the format has a way to.
    Lines(String),
    /// An expression of the target's own language, as it stands there.
    Expression(String),
    /// Values in order.
    List(Vec<Node>),
    /// Values by key, in the order in which people expect them. Keys are unique.
    Map(Vec<(String, Node)>),
}

/// A value and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Why it is what it is, a phrase; empty where that is plain.
    pub why: String,
}

impl Node {
    /// The same value with a reason.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }
    /// Text of several lines that this program wrote.
    pub fn lines(text: impl Into<String>) -> Self {
        Self::from(Value::Lines(text.into()))
    }
    /// A mapping without entries.
    pub fn empty() -> Self {
        Self::from(Value::Map(Vec::new()))
    }
    /// Adds or replaces an entry; of something that is no mapping, nothing happens.
    pub fn set(&mut self, key: impl Into<String>, node: impl Into<Self>) {
        let Value::Map(entries) = &mut self.value else { return };
        let (key, node) = (key.into(), node.into());
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = node,
            None => entries.push((key, node)),
        }
    }
    /// Adds an entry unless there is one of this key.
    pub fn set_new(&mut self, key: impl Into<String>, node: impl Into<Self>) {
        let Value::Map(entries) = &mut self.value else { return };
        let key = key.into();
        if !entries.iter().any(|(known, _)| *known == key) {
            entries.push((key, node.into()));
        }
    }
    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(known, _)| known == key).map(|(_, node)| node)
    }
    /// The same without what stands under a key.
    #[must_use]
    pub(crate) fn without(mut self, key: &str) -> Self {
        if let Value::Map(entries) = &mut self.value {
            entries.retain(|(known, _)| known != key);
        }
        self
    }
    /// Adds values to the end of a list under this key, which is made where there is none.
    pub(crate) fn push(&mut self, key: &str, more: Vec<Self>) {
        let Value::Map(entries) = &mut self.value else { return };
        if more.is_empty() {
            return;
        }
        match entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, Self { value: Value::List(all), .. })) => all.extend(more),
            Some(_) => {}
            None => entries.push((key.to_owned(), list(more))),
        }
    }
    /// Adds a value to the end of a list; of something that is no list, nothing happens.
    pub(crate) fn push_item(&mut self, item: Self) {
        if let Value::List(all) = &mut self.value {
            all.push(item);
        }
    }
    /// The same with one entry more.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, node: impl Into<Self>) -> Self {
        self.set(key, node);
        self
    }
    /// The same with one entry more, if there is one.
    #[must_use]
    pub fn with_some(self, key: impl Into<String>, node: Option<impl Into<Self>>) -> Self {
        match node {
            Some(node) => self.with(key, node),
            None => self,
        }
    }
    /// A mapping with the entries of another one behind its own.
    #[must_use]
    pub(crate) fn joined(mut self, other: Self) -> Self {
        if let Value::Map(entries) = other.value {
            for (key, node) in entries {
                self.set(key, node);
            }
        }
        self
    }
    /// Whether it is a mapping with this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        matches!(&self.value, Value::Map(entries) if entries.iter().any(|(known, _)| known == key))
    }
    /// Whether it holds nothing: an empty list or mapping.
    pub fn is_empty(&self) -> bool {
        match &self.value {
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }
}

/// A mapping of these entries, in this order.
pub fn map<K: Into<String>, const N: usize>(entries: [(K, Node); N]) -> Node {
    Node::from(Value::Map(entries.into_iter().map(|(key, node)| (key.into(), node)).collect()))
}

/// A list of these values.
pub fn list(items: impl IntoIterator<Item = impl Into<Node>>) -> Node {
    Node::from(Value::List(items.into_iter().map(Into::into).collect()))
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self { value, why: String::new() }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned()).into()
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Value::Text(text).into()
    }
}

impl From<&String> for Node {
    fn from(text: &String) -> Self {
        Value::Text(text.clone()).into()
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Value::Bool(value).into()
    }
}

impl From<u16> for Node {
    fn from(value: u16) -> Self {
        Value::Int(value.into()).into()
    }
}

impl From<u32> for Node {
    fn from(value: u32) -> Self {
        Value::Int(value.into()).into()
    }
}

impl From<u64> for Node {
    fn from(value: u64) -> Self {
        Value::Int(i64::try_from(value).unwrap_or(i64::MAX)).into()
    }
}
