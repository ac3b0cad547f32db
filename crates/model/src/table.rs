//! How a table of keys and values is laid out: its keys, its indexes, what it drops and what it tells of changes.

/// The layout of a table as its definition has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The attributes that keys are made of, each once.
    pub attributes: Vec<Attribute>,
    /// The key of its items: one attribute that spreads them, and at most one that sorts them.
    pub key: Vec<KeyPart>,
    /// Other keys by which items are found, sorted by name.
    pub indexes: Vec<Index>,
    /// The attribute that holds when an item goes, in seconds since 1970.
    pub expires: Option<String>,
    /// What a reader of its changes is told.
    pub changes: Option<Changes>,
}

/// An attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: AttributeType,
}

/// What an attribute of a key may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeType {
    /// A text.
    Text,
    /// A number.
    Number,
    /// Bytes.
    Bytes,
}

impl AttributeType {
    /// Every type with the letter that DynamoDB has for it.
    pub const ALL: [(&'static str, Self); 3] =
        [("S", Self::Text), ("N", Self::Number), ("B", Self::Bytes)];
    /// Its letter.
    pub fn letter(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("S", |(letter, _)| letter)
    }
}

/// One attribute of a key, by what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The attribute's name.
    pub attribute: String,
    /// Whether it sorts the items that the attributes before it have in common.
    pub sorts: bool,
}

/// Another key by which items are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The name that queries say.
    pub name: String,
    /// Its key.
    pub key: Vec<KeyPart>,
    /// Whether it only sorts the table's own groups anew.
    pub is_local: bool,
    /// What of an item stands in it.
    pub holds: Projection,
}

/// What of an item stands in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// All of it.
    All,
    /// The keys alone.
    Keys,
    /// The keys and these attributes.
    Of(Vec<String>),
}

/// What a reader of a table's changes is told of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Its key.
    Keys,
    /// What it is now.
    New,
    /// What it was.
    Old,
    /// Both.
    Both,
}

impl Changes {
    /// Every way with DynamoDB's name of it.
    pub const ALL: [(&'static str, Self); 4] = [
        ("KEYS_ONLY", Self::Keys),
        ("NEW_IMAGE", Self::New),
        ("OLD_IMAGE", Self::Old),
        ("NEW_AND_OLD_IMAGES", Self::Both),
    ];
    /// DynamoDB's name of it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}
