//! `crossover diff`: what changed between two plans, and why.

use std::path::Path;

use report::diff::Difference;
use units::{Duration, Money};

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
                let hint = "write `cost>10%`, `cost>50`, `p99>300ms`, `p99>20%`, `flip<1.5`, `verdict` or `moved`";
                InputError::error(format!("--fail-on: `{text}` is not a gate of diff"), hint)
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let found = report::diff::compare(&before, &after).map_err(|(which, why)| {
        let path = if which == 1 { &args.before } else { &args.after };
        InputError::error(format!("{}: {why}", path.display()), String::new())
    })?;
    if args.only_changes && found.is_nothing() {
        ui.talk("nothing changed: no comment is written\n");
        return Ok(Exit::Ok);
    }
    let text = match format {
        Format::Json => report::diff::json(&found),
        Format::Markdown => {
            let marker = args.tag.as_ref().map(|tag| format!("<!-- crossover:{tag} -->\n"));
            marker.unwrap_or_default() + &report::diff::markdown(&found)
        }
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
    /// A component's p99 is above this, and was not.
    P99(Duration),
    /// A component's p99 grew by more than this share.
    P99Share(f64),
    /// The load is nearer than this factor to where the answer changes.
    Flip(f64),
}

impl Gate {
    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "verdict" => Some(Self::Verdict),
            "moved" => Some(Self::Moved),
            other => {
                if let Some((name, factor)) = other.split_once('<') {
                    let factor: f64 = factor.trim().parse().ok()?;
                    let is = name.trim() == "flip" && factor.is_finite() && factor >= 1.0;
                    return is.then_some(Self::Flip(factor));
                }
                let (name, value) = other.split_once('>')?;
                let share = value.trim().strip_suffix('%').map(|percent| {
                    let percent: f64 = percent.trim().parse().ok()?;
                    (percent.is_finite() && percent >= 0.0).then_some(percent / 100.0)
                });
                match (name.trim(), share) {
                    ("cost", Some(share)) => share.map(Self::Share),
                    ("cost", None) => Money::parse(value).ok().map(Self::Cost),
                    ("p99", Some(share)) => share.map(Self::P99Share),
                    ("p99", None) => Duration::parse(value).ok().map(Self::P99),
                    _ => None,
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
            Self::P99(limit) => {
                let limit_ms = limit.millis_f64();
                let over = |(_, was, is): &&(String, f64, f64)| *was <= limit_ms && *is > limit_ms;
                let (component, was, is) = found.p99_ms.iter().find(over)?;
                Some(format!(
                    "gate: p99 of {component} goes from {was:.0} to {is:.0} ms, past {limit}\n"
                ))
            }
            Self::P99Share(limit) => {
                let grew = |(_, was, is): &&(String, f64, f64)| *is > was * (1.0 + limit);
                let (component, was, is) = found.p99_ms.iter().find(grew)?;
                Some(format!("gate: p99 of {component} grew from {was:.0} to {is:.0} ms\n"))
            }
            Self::Flip(factor) => {
                let distance = found.flip_distance.filter(|distance| distance < factor)?;
                Some(format!(
                    "gate: the answer changes at {distance:.2}× the load or a part of it, nearer than {factor}×\n"
                ))
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
        assert_eq!(Gate::parse("flip<1.5"), Some(Gate::Flip(1.5)));
        assert_eq!(Gate::parse("p99>20%"), Some(Gate::P99Share(0.2)));
        assert_eq!(Gate::parse("p99 > 300ms"), Some(Gate::P99(Duration::from_millis(300))));
        for bad in ["cost<5", "cost>x%", "flip<0.5", "flip>2", "p99>300", "cost>-5%", ""] {
            assert_eq!(Gate::parse(bad), None, "{bad}");
        }
    }
}
