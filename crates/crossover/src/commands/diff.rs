//! `crossover diff`: what changed between two plans, and why.

use std::path::Path;

use report::diff::Difference;
use units::Money;

use crate::cli::{Diff, Format};
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// A saved plan is larger than this only by mistake.
const BYTES_MAX: u64 = 256 << 20;

/// Reads two plans, compares, prints, and holds the gates.
pub(crate) fn run(args: &Diff, ui: &Ui) -> anyhow::Result<Exit> {
    let (format, path) = (args.output.format, args.output.output.as_deref());
    format.only(&Format::PLAIN, "a difference")?;
    let gates: Vec<Gate> = args
        .fail_on
        .iter()
        .map(|text| {
            Gate::parse(text).ok_or_else(|| {
                let hint = "write `cost>10%`, `cost>50`, `verdict` or `moved`";
                InputError::error(format!("--fail-on: `{text}` is not a gate of diff"), hint)
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let found = report::diff::compare(&before, &after).map_err(|(which, why)| {
        let path = if which == 1 { &args.before } else { &args.after };
        InputError::error(format!("{}: {why}", path.display()), String::new())
    })?;
    let text = match format {
        Format::Json => report::diff::json(&found),
        Format::Markdown => report::diff::markdown(&found),
        _ => report::diff::terminal(&found, ui.width, ui.style_for(path)),
    };
    ui.data(&text, path)?;
    let tripped: Vec<String> = gates.iter().filter_map(|gate| gate.trips(&found)).collect();
    if tripped.is_empty() {
        return Ok(Exit::Ok);
    }
    ui.talk(&tripped.concat());
    Ok(Exit::Gate)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let hint = "make it with `crossover plan --format json -o FILE`";
    let size = std::fs::metadata(path)
        .map_err(|error| InputError::error(format!("{name}: {error}"), hint))?
        .len();
    if size > BYTES_MAX {
        let message = format!("{name}: {size} bytes are more than a plan has");
        return Err(InputError::error(message, hint));
    }
    let bytes =
        std::fs::read(path).map_err(|error| InputError::error(format!("{name}: {error}"), hint))?;
    String::from_utf8(bytes)
        .map_err(|_| InputError::error(format!("{name}: it is not text in UTF-8"), hint))
}

/// A condition that turns a difference into a failed build.
#[derive(Debug, Clone, PartialEq)]
enum Gate {
    /// The cost grew by more than this share.
    Share(f64),
    /// The cost grew by more than this.
    Cost(Money),
    /// Another answer.
    Verdict,
    /// A component went elsewhere.
    Moved,
}

impl Gate {
    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "verdict" => Some(Self::Verdict),
            "moved" => Some(Self::Moved),
            other => {
                let (name, value) = other.split_once('>')?;
                if name.trim() != "cost" {
                    return None;
                }
                match value.trim().strip_suffix('%') {
                    Some(percent) => {
                        let percent: f64 = percent.trim().parse().ok()?;
                        (percent.is_finite() && percent >= 0.0)
                            .then_some(Self::Share(percent / 100.0))
                    }
                    None => Money::parse(value).ok().map(Self::Cost),
                }
            }
        }
    }

    fn trips(&self, found: &Difference) -> Option<String> {
        match self {
            Self::Share(limit) => {
                let share = found.share().filter(|share| share > limit)?;
                Some(format!("gate: the cost grew by {:.1} %\n", share * 100.0))
            }
            Self::Cost(limit) => {
                let change = found.change().filter(|change| change > limit)?;
                Some(format!("gate: the cost grew by {change}\n"))
            }
            Self::Verdict => (found.verdict.0 != found.verdict.1)
                .then(|| "gate: the answer is another one\n".to_owned()),
            Self::Moved => {
                let moved = found.moved.first()?;
                let component = &moved.component;
                Some(match (&moved.before, &moved.after) {
                    (Some(from), Some(to)) => {
                        format!("gate: {component} moves from {from} to {to}\n")
                    }
                    (None, Some(to)) => format!("gate: {component} is new, in {to}\n"),
                    (_, None) => format!("gate: {component} is gone\n"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read_or_refused() {
        assert_eq!(Gate::parse("cost>10%"), Some(Gate::Share(0.1)));
        assert_eq!(Gate::parse("cost > 50"), Some(Gate::Cost(Money::from_cents(5000))));
        assert_eq!(Gate::parse("moved"), Some(Gate::Moved));
        for bad in ["cost<5", "cost>x%", "flip<2", "cost>-5%", ""] {
            assert_eq!(Gate::parse(bad), None, "{bad}");
        }
    }
}
