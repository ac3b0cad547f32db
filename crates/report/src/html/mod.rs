//! The answer as one HTML file that needs nothing else: no request leaves it, and its policy forbids any.
//!
//! Tables and sentences are written here and readable without JavaScript. The charts are drawn by Chart.js,
//! which is part of the file, from one block of data. Everything from users is escaped by the template or, in
//! the data, by [`inert_json`]; scripts and styles run only if their hash is in the policy.

mod components;
mod cost;
mod page;
mod policy;
mod rehearse;
mod sliders;
mod table;
mod traffic;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value};
use model::Decision;
use serde::Serialize;
use source::SourceMap;

pub use rehearse::rehearsal;
pub use traffic::traffic;

const CHART_LIBRARY: &str = include_str!("../../assets/chart-4.6.1.umd.min.js");
const LICENSES: &str = include_str!("../../assets/LICENSES.txt");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(include_str!("charts.js"), include_str!("sliders.js"));
const TEMPLATES: [(&str, &str); 5] = [
    ("frame.html", include_str!("frame.html")),
    ("macros.html", include_str!("macros.html")),
    ("plan.html", include_str!("plan.html")),
    ("rehearse.html", include_str!("rehearse.html")),
    ("traffic.html", include_str!("traffic.html")),
];

/// The whole answer as one HTML file.
pub fn decision(decision: &Decision, sources: &SourceMap) -> String {
    render("plan.html", &page::page(decision, sources), &page::charts(decision))
}

/// What the frame needs besides the page.
#[derive(Serialize)]
struct Frame<'a, P> {
    policy: String,
    style: &'a str,
    library: &'a str,
    script: &'a str,
    data: String,
    page: &'a P,
}

fn render<P: Serialize, D: Serialize>(template: &str, page: &P, data: &D) -> String {
    let library = library();
    let frame = Frame {
        policy: policy::policy(&[STYLE], &[&library, SCRIPT]),
        style: STYLE,
        library: &library,
        script: SCRIPT,
        data: inert_json(data),
        page,
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("prose", |text: String| Value::from_safe_string(prose(&text)));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("our template parses");
    }
    let template = environment.get_template(template).expect("a template of the list");
    template.render(Serde(&frame)).expect("the page has what its template names")
}

/// The chart library with its licences before it, and without the name of a file that is not there.
fn library() -> String {
    let code = CHART_LIBRARY.split("//# sourceMappingURL").next().unwrap_or_default();
    format!("/*\n{LICENSES}*/\n{code}")
}

/// A sentence with what stands between backticks as code; everything in it is escaped.
fn prose(text: &str) -> String {
    let ticks = text.matches('`').count();
    let mut out = String::new();
    for (i, part) in text.split('`').enumerate() {
        if i > 0 {
            out.push_str(match (ticks.is_multiple_of(2), i % 2) {
                (false, _) => "`",
                (true, 1) => "<code>",
                (true, _) => "</code>",
            });
        }
        for c in part.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
        }
    }
    out
}

/// JSON that cannot leave the element it stands in, whatever the names in it are.
fn inert_json(data: &impl Serialize) -> String {
    let text = serde_json::to_string(data).expect("plain data becomes JSON");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
