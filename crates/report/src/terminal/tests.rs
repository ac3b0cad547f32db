//! The answer on terminals of many widths.

use super::*;
use crate::sample;
use crate::style::{Colour, Glyphs};
use units::Duration;

fn print(width: usize, style: Style) -> String {
    let (plan, sources) = sample::decision();
    decision(&plan, &sources, width, style)
}

fn timed() -> Style {
    Style::default().elapsed(Duration::from_millis(1300))
}

#[test]
fn a_hundred_columns() {
    insta::assert_snapshot!(print(100, timed()));
}

#[test]
fn seventy_columns() {
    insta::assert_snapshot!(print(70, timed()));
}

#[test]
fn verbose() {
    insta::assert_snapshot!(print(120, timed().verbosity(Verbosity::Verbose)));
}

#[test]
fn what_hardly_moves_anything_is_told_in_full_only() {
    let said = "hardly moves how sure the answer is";
    assert!(!print(200, timed()).contains(said));
    assert!(print(200, timed().verbosity(Verbosity::Verbose)).contains(said));
}

#[test]
fn quiet_is_the_verdict_alone() {
    insta::assert_snapshot!(print(64, Style::default().verbosity(Verbosity::Quiet)), @r"
    Hybrid: Lambda for api and thumb, one small      $113.13 a month
    server for chat, RDS for db
                        $98 to $141 · 80 % sure to stay the cheapest
    ");
}

#[test]
fn nothing_feasible() {
    let (plan, sources) = sample::infeasible();
    insta::assert_snapshot!(decision(&plan, &sources, 100, Style::default()));
}

#[test]
fn no_line_is_ever_longer_than_the_terminal() {
    for width in 40..=130 {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            let text = print(width, timed().verbosity(verbosity));
            for line in text.lines() {
                assert!(text::width(line) <= width, "{width}: {line:?}");
                assert_eq!(line.trim_end(), line, "no space at the end");
            }
        }
    }
}

#[test]
fn colour_changes_no_character() {
    let coloured = print(100, timed().colour(Colour::On));
    let mut plain = String::new();
    let mut escaped = false;
    for c in coloured.chars() {
        match c {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            c if !escaped => plain.push(c),
            _ => {}
        }
    }
    assert_ne!(coloured, plain);
    assert_eq!(plain, print(100, timed()));
}

#[test]
fn an_ascii_terminal_keeps_the_alignment() {
    let ascii = print(100, timed().glyphs(Glyphs::Ascii));
    assert!(ascii.is_ascii(), "{ascii}");
    assert_eq!(ascii.lines().count(), print(100, timed()).lines().count());
}

#[test]
fn names_cannot_steer_the_terminal() {
    let (mut plan, sources) = sample::decision();
    plan.placements[0].component = "\u{1b}[2Jevil".to_owned();
    plan.app.name = "a\u{1b}]0;title\u{7}".to_owned();
    plan.headline = "x\u{1b}[31m".to_owned();
    plan.considered[1].name = "\u{1b}c".to_owned();
    plan.assumptions[0].subject = "\u{9b}31m".to_owned();
    let text = decision(&plan, &sources, 100, Style::default().verbosity(Verbosity::Verbose));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}
