//! The alternatives of a plan beside each other, component by component: a column each.

use model::{Chosen, Decision};

use crate::markdown::Document;
use crate::parts;
use crate::style::{Style, Tone};
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// Alternatives beside each other for a terminal of `width` columns.
pub fn terminal(decision: &Decision, width: usize, style: Style) -> String {
    let head = style.folded(&parts::header(decision), width, 0, Tone::Strong);
    let mut out = format!("{head}\n{}", table(decision, Cells::Short).terminal(width, 0, style));
    for considered in parts::beaten(decision).filter(|c| c.chosen == Chosen::Impossible) {
        let why = parts::reasons(&considered.why_not);
        let sentence = format!("{}: impossible, {why}", considered.name);
        out.push('\n');
        out.push_str(&style.folded(&sentence, width, 0, Tone::Plain));
    }
    style.finish(out)
}

/// The same as Markdown.
pub fn markdown(decision: &Decision) -> String {
    let mut doc = Document::default();
    doc.heading(2, &format!("{}: the alternatives", decision.app.name));
    doc.paragraph(&parts::header(decision));
    doc.raw(&table(decision, Cells::Long).markdown());
    for considered in parts::beaten(decision).filter(|c| c.chosen == Chosen::Impossible) {
        doc.paragraph(&format!(
            "{}: impossible, {}",
            considered.name,
            parts::reasons(&considered.why_not)
        ));
    }
    doc.text
}

/// How much of a placement stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    /// The platform.
    Short,
    /// The platform and how it is configured.
    Long,
}

fn table(decision: &Decision, cells: Cells) -> Table {
    let possible: Vec<_> =
        decision.considered.iter().filter(|c| c.chosen != Chosen::Impossible).collect();
    let mut columns: Vec<(&str, Align)> = vec![("", Align::Left)];
    columns.extend(possible.iter().map(|c| (c.name.as_str(), Align::Left)));
    let mut table = Table::new(&columns);
    let mut row = |name: &str, cell: &dyn Fn(&model::Considered) -> String| {
        let texts = possible.iter().map(|c| cell(c));
        table.row(std::iter::once(name.to_owned()).chain(texts));
    };
    row("a month", &|c| c.cost_month.map_or_else(|| NOTHING.to_owned(), words::dollars));
    row("difference", &|c| match c.chosen {
        Chosen::Yes => "the answer".to_owned(),
        _ => parts::delta(decision, c).map(words::difference).unwrap_or_default(),
    });
    row("slowest p99", &|c| words::latency(c.p99));
    if possible.iter().any(|c| c.operating_hours.is_some()) {
        row("hours of work", &|c| c.operating_hours.map(words::hours).unwrap_or_default());
    }
    let ids = decision.considered.first().map(|c| c.placement.iter().map(|(id, _)| id.clone()));
    for id in ids.into_iter().flatten() {
        row(&id, &|c| {
            let place = c.placement.iter().find(|(component, _)| *component == id);
            let Some((_, place)) = place else { return NOTHING.to_owned() };
            match cells {
                Cells::Long => place.clone(),
                Cells::Short => place.split(" · ").next().unwrap_or(place).to_owned(),
            }
        });
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_possible_alternative_is_a_column_and_the_others_say_why_not() {
        let (plan, _) = sample::decision();
        let text = terminal(&plan, 200, Style::default());
        for considered in &plan.considered {
            assert!(text.contains(&considered.name), "{}\n{text}", considered.name);
        }
        assert!(text.contains("the answer") && markdown(&plan).contains("| a month |"), "{text}");
    }

    #[test]
    fn names_do_not_steer_the_terminal_and_reasons_fold() {
        let (mut plan, _) = sample::decision();
        plan.app.name = "shop\u{1b}[2J".to_owned();
        let last = plan.considered.last_mut().unwrap();
        last.chosen = Chosen::Impossible;
        last.why_not = vec![model::Reason::plain("chat\u{1b}[31m has no place; ".repeat(9))];
        let text = terminal(&plan, 60, Style::default());
        assert!(!text.contains('\u{1b}') && text.contains("shop\u{fffd}[2J"), "{text:?}");
        assert!(text.lines().all(|line| crate::text::width(line) <= 60), "{text}");
    }
}
