//! A load in print.

use super::*;
use crate::sample;
use crate::style::Glyphs;

#[test]
fn a_hundred_columns() {
    insta::assert_snapshot!(terminal(&sample::traffic(), 100, Style::default()));
}

#[test]
fn ascii_and_narrow() {
    let style = Style::default().glyphs(Glyphs::Ascii);
    let text = terminal(&sample::traffic(), 60, style);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_ever_longer_than_the_terminal() {
    for width in 40..130 {
        for line in terminal(&sample::traffic(), width, Style::default()).lines() {
            assert!(text::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(markdown(&sample::traffic()));
}

#[test]
fn json_has_its_version_and_units() {
    let value: serde_json::Value = serde_json::from_str(&json(&sample::traffic())).unwrap();
    assert_eq!(value["schema"], "crossover.traffic/v1");
    assert_eq!(value["requests_per_hour"].as_array().unwrap().len(), 14 * 24);
    assert_eq!(value["components"][0]["p99_ms"], 590.0);
}

#[test]
fn an_empty_summary_is_a_line() {
    let empty =
        TrafficSummary { title: "access.log: no requests".to_owned(), ..TrafficSummary::default() };
    assert_eq!(terminal(&empty, 80, Style::default()), "access.log: no requests\n");
    assert_eq!(markdown(&empty), "## access.log: no requests\n\n\n");
}

#[test]
fn json_keeps_to_its_schema_and_holds_no_nan() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let mut summary = sample::traffic();
    if let Some(figures) = &mut summary.figures {
        figures.gap_variation = Some(f64::NAN);
    }
    let text = json(&summary);
    assert!(!text.contains("NaN"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let required = schema["required"].as_array().unwrap();
    assert!(required.iter().all(|name| value.get(name.as_str().unwrap()).is_some()));
    assert_eq!(required.len(), value.as_object().unwrap().len());
    assert_eq!(value["statistics"]["scales"][1]["dispersion"], 41.2);
}

#[test]
fn a_short_load_is_drawn_by_the_minute() {
    let summary = TrafficSummary {
        title: "access.log: 34 min".to_owned(),
        step: Duration::MINUTE,
        over_time: vec![3.0; 34],
        ..TrafficSummary::default()
    };
    let text = terminal(&summary, 80, Style::default());
    assert!(text.contains("requests a minute") && text.contains("34 min"), "{text}");
}
