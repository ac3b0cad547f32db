//! What a component may do to services of its provider's that are no part of the application.

use source::Span;

/// One such right, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// What is allowed.
    pub allowed: Allowed,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// What a right allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowed {
    /// What a policy says that the provider keeps, by its name or address.
    Policy(String),
    /// Actions on resources.
    Actions {
        /// By their names: `bedrock:InvokeModel`.
        actions: Vec<String>,
        /// Addresses, at least one; `${AWS::Region}` and its like stand for what the place of deployment says.
        on: Vec<String>,
    },
    /// Something that is not held here, in words: `sns:Publish`, `SESCrudPolicy`.
    Other(String),
}
