//! Statistics as JSON: numbers to six significant digits, counts exact.

use report::traffic::Spread;
use serde_json::{Map, Value};
use traffic::statistics::{Figure, Group, Summary, six_digits};

/// A tree of figures.
pub(crate) fn tree(group: &Group) -> Map<String, Value> {
    group.0.iter().map(|(name, figure)| (name.clone(), value(figure))).collect()
}

fn value(figure: &Figure) -> Value {
    match figure {
        Figure::Count(n) => (*n).into(),
        Figure::Moment(second) => (*second).into(),
        Figure::Real(value) => six_digits(*value).into(),
        Figure::Spread(summary) => {
            serde_json::to_value(spread(summary)).expect("plain numbers are JSON")
        }
        Figure::Group(group) => Value::Object(tree(group)),
    }
}

/// A spread as it is printed.
pub(crate) fn spread(all: &Summary) -> Spread {
    Spread {
        n: all.n,
        mean: six_digits(all.mean),
        deviation: six_digits(all.deviation),
        min: all.min,
        max: all.max,
        linear: all.linear.map(six_digits).into(),
        nearest_rank: all.nearest_rank.map(six_digits).into(),
    }
}
