//! What calls a component by itself when something happens elsewhere: rules on events, topics.

/// One such thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A rule of an event bus.
    Rule {
        /// Which events it is for.
        pattern: Pattern,
        /// The bus by name or address; `None` is the account's own.
        bus: Option<String>,
    },
    /// A topic to which others publish.
    Topic {
        /// Which.
        topic: Topic,
        /// Which of its messages; `None` is all.
        filter: Option<Pattern>,
    },
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// One of the definition's own, by its name there.
    Own(String),
    /// One that is there, by address; `${AWS::Region}` and its like may stand in it.
    At(String),
}

/// What events or messages have to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Truth(bool),
    /// Several.
    List(Vec<Pattern>),
    /// By name, in the order of the definition.
    Map(Vec<(String, Pattern)>),
}
