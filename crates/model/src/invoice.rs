//! A bill, line by line.

use units::{Date, Money, Price, Quantity};

use crate::decision::PlatformId;

/// One line of a bill: a quantity at a list price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// What is billed, as the provider calls it: `function run time on Arm, first 7.5 B GB-s`.
    pub item: String,
    /// The component it is for; `None` is shared by all that stand on this invoice.
    pub component: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// Of what: `GB-s`, `request`, `hour`.
    pub unit: String,
    /// List price of one unit.
    pub unit_price: Price,
    /// What it costs a month: the quantity times the price, rounded here and nowhere else.
    pub amount: Money,
    /// Where the price comes from: the catalogue row's source key.
    pub source: String,
    /// When the price was observed; `None` where the row has no date.
    pub date: Option<Date>,
}

/// The monthly bill of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Whose bill.
    pub platform: PlatformId,
    /// Its lines, in the order a person would read them.
    pub lines: Vec<InvoiceLine>,
}

impl Invoice {
    /// A bill without lines.
    pub const fn new(platform: PlatformId) -> Self {
        Self { platform, lines: Vec::new() }
    }
    /// The sum of all lines.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum()
    }
    /// The sum of the lines of one component.
    pub fn of_component(&self, id: &str) -> Money {
        self.lines.iter().filter(|l| l.component.as_deref() == Some(id)).map(|l| l.amount).sum()
    }
    /// The sum of the shared lines.
    pub fn shared(&self) -> Money {
        self.lines.iter().filter(|l| l.component.is_none()).map(|l| l.amount).sum()
    }
}
