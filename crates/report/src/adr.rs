//! The answer as an architecture decision record: MADR 4 (adr.github.io/madr), ready to be filed.
//!
//! A record says what was decided, from what, and what would make somebody decide anew; the details stay in the report.

use model::{Chosen, Decision};
use source::SourceMap;

use crate::markdown::Document;
use crate::parts;
use crate::table::escape_markdown;
use crate::words;

/// Guesses that the record names.
const GUESSES: usize = 5;

/// The record; ends with a line break.
pub fn decision(decision: &Decision, sources: &SourceMap) -> String {
    let d = decision;
    let mut doc = Document::default();
    let status = if d.verdict.is_some() { "proposed" } else { "rejected" };
    doc.raw(&format!("---\nstatus: {status}\ndate: {}\n---", d.provenance.as_of));
    doc.heading(1, &format!("Where {} runs", d.app.name));
    doc.heading(2, "Context and Problem Statement");
    doc.paragraph(&format!("{}.", parts::header(d)));
    if !d.app.traffic.is_empty() {
        doc.paragraph(&format!("The load is that of {}.", d.app.traffic));
    }
    doc.paragraph("Where should each component run, so that its goals are met at the lowest cost?");
    doc.heading(2, "Considered Options");
    let options: Vec<String> =
        d.considered.iter().map(|c| format!("* {}", escape_markdown(&c.name))).collect();
    doc.raw(&options.join("\n"));
    doc.heading(2, "Decision Outcome");
    outcome(&mut doc, d);
    consequences(&mut doc, d);
    doc.heading(3, "Confirmation");
    doc.paragraph(
        "Run `crossover plan --format json -o plan.json` again when load, prices or definitions change, and hold it against \
         the plan of this record with `crossover diff`; `--fail-on` turns that into a gate.",
    );
    doc.heading(2, "Pros and Cons of the Options");
    for considered in d.considered.iter().filter(|c| c.chosen != Chosen::Yes) {
        doc.heading(3, &considered.name);
        let cost = match (considered.chosen, considered.cost_month) {
            (Chosen::Impossible, _) | (_, None) => "Bad, because it cannot be done".to_owned(),
            (_, Some(cost)) => {
                let more = parts::delta(d, considered).map(words::difference).unwrap_or_default();
                format!("Neutral, because it costs {} a month ({more})", words::dollars(cost))
            }
        };
        let why = parts::reasons(&considered.why_not);
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        doc.raw(&format!("* {}", escape_markdown(&format!("{cost}{why}"))));
    }
    more(&mut doc, d, sources);
    doc.text
}

fn outcome(doc: &mut Document, d: &Decision) {
    let Some(cost) = d.cost_month else {
        doc.paragraph(&format!("None of them: {}.", d.headline));
        return;
    };
    let range = parts::range(d).map(|range| format!(" ({range})")).unwrap_or_default();
    doc.paragraph(&format!(
        "{}, because it is the cheapest that meets every goal: {} a month{range}.",
        parts::verdict(d),
        words::dollars(cost.expected)
    ));
    doc.raw(&parts::placements(d).markdown());
    if !d.regions.is_empty() {
        doc.table("Regions", &parts::regions(d));
    }
}

fn consequences(doc: &mut Document, d: &Decision) {
    doc.heading(3, "Consequences");
    let mut lines: Vec<String> = Vec::new();
    for [scope, to, when] in parts::flips(d) {
        lines.push(format!("Neutral, because {scope} {to} {when}"));
    }
    for guess in d.assumptions.iter().filter(|a| a.changes_answer).take(GUESSES) {
        lines.push(format!(
            "Bad, because it rests on {} ({})",
            guess.subject,
            parts::assumption(guess)
        ));
    }
    for hours in &d.operating {
        lines.push(format!(
            "Neutral, because {} takes about {} of work a month",
            hours.name,
            words::hours(hours.hours)
        ));
    }
    lines.extend(parts::remarks(d).into_iter().map(|remark| {
        let (first, rest) = remark.split_at(remark.chars().next().map_or(0, char::len_utf8));
        format!("Neutral, because {}{rest}", first.to_lowercase())
    }));
    if lines.is_empty() {
        lines.push("Good, because nothing that was looked at changes it".to_owned());
    }
    let lines: Vec<String> =
        lines.iter().map(|line| format!("* {}", escape_markdown(line))).collect();
    doc.raw(&lines.join("\n"));
}

fn more(doc: &mut Document, d: &Decision, sources: &SourceMap) {
    doc.heading(2, "More Information");
    let guesses: Vec<String> = d
        .assumptions
        .iter()
        .filter(|a| !a.slight)
        .take(GUESSES)
        .map(|a| {
            let place =
                parts::place(sources, a.span).map(|p| format!(" ({p})")).unwrap_or_default();
            format!(
                "* {}",
                escape_markdown(&format!("{}: {}{place}", a.subject, parts::assumption(a)))
            )
        })
        .collect();
    if !guesses.is_empty() {
        doc.paragraph("What the figures rest on most:");
        doc.raw(&guesses.join("\n"));
    }
    let made = [vec![d.provenance.tool.clone()], parts::provenance(d)].concat().join(" · ");
    doc.paragraph(&format!("Made by {made}."));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_record_has_the_sections_of_madr_and_names_every_option() {
        let (plan, sources) = sample::decision();
        let text = decision(&plan, &sources);
        for section in [
            "# Where shop runs",
            "## Context and Problem Statement",
            "## Considered Options",
            "## Decision Outcome",
            "### Consequences",
            "### Confirmation",
            "## Pros and Cons of the Options",
            "## More Information",
        ] {
            assert!(text.contains(&format!("\n{section}\n")), "{section}\n{text}");
        }
        assert!(text.starts_with("---\nstatus: proposed\ndate: "), "{text}");
        for considered in &plan.considered {
            assert!(text.contains(&considered.name), "{}", considered.name);
        }
    }

    #[test]
    fn where_nothing_is_feasible_the_record_is_rejected() {
        let (plan, sources) = sample::infeasible();
        let text = decision(&plan, &sources);
        assert!(text.contains("status: rejected") && text.contains("None of them"), "{text}");
    }
}
