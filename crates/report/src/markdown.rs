//! The answer as Markdown: for a comment on a pull request, or to file as a decision record.

use model::Decision;
use source::{Severity, SourceMap};

use crate::findings;
use crate::gathered;
use crate::parts;
use crate::table::{Align, Cell, Table, escape_html, escape_markdown};
use crate::words::{self, NOTHING};

/// The whole answer; ends with a line break.
pub fn decision(decision: &Decision, sources: &SourceMap) -> String {
    let d = decision;
    let mut doc = Document::default();
    doc.heading(2, &format!("{}: {}", d.app.name, verdict_word(d)));
    doc.paragraph(&parts::header(d));
    if !d.app.traffic.is_empty() {
        doc.paragraph(&format!("Traffic: {}", d.app.traffic));
    }
    verdict(&mut doc, d);
    for remark in parts::remarks(d) {
        doc.paragraph(&format!("{remark}."));
    }
    doc.table("Where each component goes", &parts::placements(d));
    doc.table("Alternatives", &alternatives(d));
    doc.table("Regions", &parts::regions(d));
    doc.list(
        "The answer changes",
        parts::flips(d).map(|[scope, to, when]| (scope, format!("{to} {when}"))),
    );
    doc.table("Resting on a guess", &assumptions(d, sources));
    doc.list("With and without", d.left_out.iter().map(|l| (l.item.clone(), parts::left_out(l))));
    doc.table("Operating hours, apart from the bill", &parts::operating(d));
    reasons(&mut doc, d, sources);
    doc.details("Options tried, each priced alone", &parts::options(d.options.iter()));
    for invoice in &d.invoices {
        let title =
            format!("Bill of {}: {} a month", invoice.platform, words::dollars(invoice.total()));
        doc.details(&title, &parts::invoice(invoice));
    }
    if let Some(line) = parts::accounting_line(d) {
        doc.details(&line, &parts::accounting(d));
    }
    found(&mut doc, d, sources);
    provenance(&mut doc, d);
    doc.text
}

fn verdict_word(decision: &Decision) -> &'static str {
    decision.verdict.map_or("no feasible placement", model::Verdict::name)
}

fn verdict(doc: &mut Document, decision: &Decision) {
    let verdict = escape_markdown(&parts::verdict(decision));
    let Some(cost) = decision.cost_month else {
        doc.raw(&format!("**{verdict}.**"));
        return;
    };
    let range =
        parts::range(decision).map(|r| format!(" ({})", escape_markdown(&r))).unwrap_or_default();
    doc.raw(&format!("**{verdict}.** **{} a month**{range}.", words::dollars(cost.expected)));
}

fn alternatives(decision: &Decision) -> Table {
    let mut table = Table::new(&[
        ("alternative", Align::Left),
        ("a month", Align::Decimal),
        ("difference", Align::Decimal),
        ("slowest p99", Align::Right),
        ("why not", Align::Left),
    ]);
    for c in &decision.considered {
        let (cost, delta) = match c.chosen {
            model::Chosen::Impossible => ("impossible".to_owned(), NOTHING.to_owned()),
            model::Chosen::Yes => {
                (c.cost_month.map(words::dollars).unwrap_or_default(), "chosen".to_owned())
            }
            model::Chosen::Beaten => (
                c.cost_month.map(words::dollars).unwrap_or_default(),
                parts::delta(decision, c).map(words::difference).unwrap_or_default(),
            ),
        };
        table.row([c.name.clone(), cost, delta, words::latency(c.p99), parts::reasons(&c.why_not)]);
    }
    table
}

fn assumptions(decision: &Decision, sources: &SourceMap) -> Table {
    let mut table = Table::new(&[
        ("what", Align::Left),
        ("value", Align::Left),
        ("what another value does", Align::Left),
        ("changes the answer", Align::Left),
        ("how to replace it", Align::Left),
        ("place", Align::Left),
    ]);
    for a in &gathered::telling_assumptions(&decision.assumptions) {
        table.row([
            a.subject.clone(),
            match parts::untold_origin(a) {
                "" => a.value.clone(),
                origin => format!("{} ({origin})", a.value),
            },
            a.effect.clone(),
            if a.changes_answer { "yes" } else { "no" }.to_owned(),
            a.remedy.clone(),
            parts::place(sources, a.span).unwrap_or_else(|| NOTHING.to_owned()),
        ]);
    }
    table
}

fn reasons(doc: &mut Document, decision: &Decision, sources: &SourceMap) {
    let mut table =
        Table::new(&[("component", Align::Left), ("reason", Align::Left), ("place", Align::Left)]);
    for p in &decision.placements {
        for r in &p.reasons {
            let place = parts::place(sources, r.span).unwrap_or_else(|| NOTHING.to_owned());
            table.row([p.component.clone(), parts::reason(r), place]);
        }
    }
    doc.details("All reasons", &table);
}

fn found(doc: &mut Document, decision: &Decision, sources: &SourceMap) {
    let mut table = Table::new(&[
        ("id", Align::Left),
        ("severity", Align::Left),
        ("what", Align::Left),
        ("place", Align::Left),
        ("what to do", Align::Left),
    ]);
    let mut sorted: Vec<_> = decision.findings.iter().collect();
    sorted.sort_by_key(|f| std::cmp::Reverse(f.severity));
    for f in sorted {
        let place = parts::place(sources, f.labels.first().map(|l| l.span));
        table.row([
            Cell::from(f.id),
            findings::severity(f.severity).into(),
            f.message.as_str().into(),
            place.unwrap_or_else(|| NOTHING.to_owned()).into(),
            f.hint.as_deref().unwrap_or(NOTHING).into(),
        ]);
    }
    let errors = decision.findings.iter().any(|f| f.severity > Severity::Note);
    let summary = findings::summary(&decision.findings);
    let title = if errors { format!("Findings: {summary}") } else { "Findings".to_owned() };
    doc.details(&title, &table);
}

fn provenance(doc: &mut Document, decision: &Decision) {
    let p = &decision.provenance;
    let inputs: Vec<String> =
        p.inputs.iter().map(|i| format!("{} {}", i.path, words::hash_prefix(&i.sha256))).collect();
    let mut line = vec![p.tool.clone()];
    line.extend(parts::provenance(decision));
    line.push(format!("{} requests simulated", words::grouped(p.simulated_requests)));
    if !inputs.is_empty() {
        line.push(format!("inputs: {}", inputs.join(", ")));
    }
    doc.raw(&format!("<sub>{}</sub>", escape_markdown(&line.join(" · "))));
}

/// Markdown as it grows; everything but [`Document::raw`] escapes what it is given.
#[derive(Default)]
pub(crate) struct Document {
    pub(crate) text: String,
}

impl Document {
    /// Finished Markdown, as a paragraph.
    pub(crate) fn raw(&mut self, markdown: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(markdown.trim_end());
        self.text.push('\n');
    }

    pub(crate) fn heading(&mut self, level: usize, title: &str) {
        self.raw(&format!("{} {}", "#".repeat(level), escape_markdown(title)));
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.raw(&escape_markdown(text));
    }

    pub(crate) fn table(&mut self, title: &str, table: &Table) {
        if !table.rows.is_empty() {
            self.heading(3, title);
            self.raw(&table.markdown());
        }
    }

    fn list(&mut self, title: &str, rows: impl Iterator<Item = (String, String)>) {
        let items: Vec<String> = rows
            .map(|(label, text)| {
                format!("- **{}** {}", escape_markdown(&label), escape_markdown(&text))
            })
            .collect();
        if !items.is_empty() {
            self.heading(3, title);
            self.raw(&items.join("\n"));
        }
    }

    /// A table that is folded away until somebody asks.
    fn details(&mut self, title: &str, table: &Table) {
        if table.rows.is_empty() {
            return;
        }
        let summary = escape_html(title);
        self.raw(&format!(
            "<details><summary>{summary}</summary>\n\n{}\n</details>",
            table.markdown()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_whole_document() {
        let (plan, sources) = sample::decision();
        insta::assert_snapshot!(decision(&plan, &sources));
    }

    #[test]
    fn nothing_feasible() {
        let (plan, sources) = sample::infeasible();
        let text = decision(&plan, &sources);
        assert!(text.starts_with("## shop: no feasible placement\n"), "{text}");
        assert!(text.contains("runs 40 min, the limit is 15 min (CR012)"), "{text}");
    }

    #[test]
    fn names_stay_names() {
        let (mut plan, sources) = sample::decision();
        plan.placements[0].component = "<img src=x>|\n# @everyone [x](http://x)".to_owned();
        plan.headline = "</details><script>".to_owned();
        let text = decision(&plan, &sources);
        assert!(
            !text.contains("<img") && !text.contains("<script") && !text.contains('@'),
            "{text}"
        );
        assert!(
            text.contains("| &lt;img src=x&gt;\\| \\# &#64;everyone \\[x\\](http://x) |"),
            "{text}"
        );
    }
}
