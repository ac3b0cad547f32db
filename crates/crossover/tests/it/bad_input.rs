//! Bad input gets a clear message with file, line and remedy, and an exit code. Nothing good is lost.

use std::path::PathBuf;

use crate::program::{Outcome, run};

const GOOD: &str = "name: t\ncomponents:\n  api: { kind: http, runtime: nodejs24, memory: 512 MB, duration: 100 ms, load: 1M/month }\n";

fn plan(text: impl AsRef<[u8]>) -> Outcome {
    run(&["plan", "-"], Some(text.as_ref()))
}

/// A file with this content in a folder of its own, so that tests do not meet.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bad-input");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// Exit code 2, and every text stands on standard error.
fn refused(outcome: &Outcome, texts: &[&str]) {
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    for text in texts {
        assert!(outcome.err.contains(text), "`{text}` is not in\n{}", outcome.err);
    }
}

#[test]
fn the_good_file_is_good() {
    let outcome = plan(GOOD);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{}", outcome.out);
}

#[test]
fn a_missing_file_is_named_with_what_to_do() {
    refused(
        &run(&["plan", "no/such/place"], None),
        &["no/such/place", "does not exist", "crossover init"],
    );
}

#[test]
fn a_folder_without_an_app_says_what_was_looked_for() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("empty-folder");
    std::fs::create_dir_all(&folder).unwrap();
    refused(
        &run(&["plan", &folder.display().to_string()], None),
        &["crossover.yaml", "crossover init"],
    );
}

#[test]
fn an_unknown_key_is_shown_with_its_line_and_a_guess() {
    let text = GOOD.replace("memory:", "memry:");
    refused(&plan(text), &["<stdin>:3", "memry", "memory"]);
}

#[test]
fn a_wrong_unit_is_shown_with_what_to_write() {
    refused(&plan(GOOD.replace("512 MB", "512 parsecs")), &["parsecs", "<stdin>:3", "512 MB"]);
    refused(&plan(GOOD.replace("100 ms", "100")), &["no unit of time", "300 ms"]);
}

#[test]
fn negative_and_absurd_numbers_are_refused() {
    for (from, to) in [
        ("512 MB", "-512 MB"),
        ("1M/month", "-3/s"),
        ("100 ms", "-1 ms"),
        ("1M/month", "99999999999999B/s"),
        ("512 MB", "9000 TB"),
    ] {
        let outcome = plan(GOOD.replace(from, to));
        assert_eq!(outcome.code, 2, "{to}: {outcome:#?}");
        assert!(outcome.err.contains("<stdin>:3"), "{to}: {}", outcome.err);
    }
}

#[test]
fn one_bad_component_does_not_lose_the_good_one() {
    let text = format!("{GOOD}  bad: {{ kind: teapot, load: 1/s }}\n");
    let outcome = plan(text);
    refused(&outcome, &["teapot", "<stdin>:4"]);
    assert!(outcome.out.contains("api"), "the good component is planned: {}", outcome.out);
}

#[test]
fn a_route_without_traffic_is_refused() {
    for verb in ["plan", "compare"] {
        let outcome = run(&[verb, "-", "--route", "api=/api"], Some(GOOD.as_bytes()));
        refused(&outcome, &["--route", "--traffic FILE"]);
    }
}

#[test]
fn a_day_that_is_none_is_told_with_its_option() {
    for (args, option) in [
        (vec!["plan", "-", "--as-of", "soon"], "--as-of: "),
        (vec!["limits", "diff", "x.json", "--as-of", "soon"], "--as-of: "),
        (vec!["limits", "update", "x.json", "--observed", "soon"], "--observed: "),
        (vec!["prices", "update", "x.json", "--observed", "soon"], "--observed: "),
        (vec!["prices", "update", "x.json", "--as-of", "soon"], "--as-of: "),
    ] {
        refused(&run(&args, Some(GOOD.as_bytes())), &[option, "`soon` is not a date"]);
    }
}

#[test]
fn a_form_that_a_command_does_not_have_is_refused_before_anything_is_read() {
    for (args, form) in [
        (vec!["compare", "nowhere"], "html"),
        (vec!["diff", "nowhere", "nowhere"], "adr"),
        (vec!["prices", "list", "--prices", "nowhere"], "html"),
        (vec!["prices", "verify", "--prices", "nowhere"], "html"),
        (vec!["prices", "update", "nowhere"], "adr"),
        (vec!["traffic", "nowhere"], "adr"),
        (vec!["rehearse", "nowhere"], "adr"),
    ] {
        let outcome = run(&[&args[..], &["--format", form]].concat(), None);
        refused(&outcome, &["cannot be printed as", form, "write --format table, json, markdown"]);
    }
}

#[test]
fn a_trace_that_is_not_there_is_shown_where_it_is_named() {
    let text = GOOD.replace("1M/month", "{ trace: nowhere.csv }");
    refused(&plan(text), &["nowhere.csv", "<stdin>:3"]);
}

#[test]
fn a_gigabyte_of_garbage_ends_at_once() {
    let garbage = vec![b'{'; 64 << 20];
    refused(&plan(garbage), &["16 MiB", "--traffic"]);
    // As a log: sparse, so that the test does not fill a disk.
    let path = file("zeros.log", b"");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    refused(&run(&["traffic", &path.display().to_string()], None), &["no request"]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn depth_and_alias_bombs_are_limited() {
    let deep = format!("name: t\ncomponents: {}", "[".repeat(100_000));
    refused(&plan(deep), &["<stdin>:2"]);
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (this, last) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
        bomb.push_str(&format!("{this}: &{this} [*{last}, *{last}, *{last}, *{last}, *{last}, *{last}, *{last}, *{last}]\n"));
    }
    refused(&plan(format!("{bomb}{GOOD}")), &["alias"]);
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let plain = plan(GOOD);
    for odd in [GOOD.replace('\n', "\r\n"), format!("\u{feff}{GOOD}")] {
        let outcome = plan(&odd);
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        let answer = |o: &Outcome| o.out.lines().take(8).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(answer(&outcome), answer(&plain));
    }
}

#[test]
fn bytes_that_are_not_text_are_named() {
    let mut bytes = GOOD.as_bytes().to_vec();
    bytes.extend(b"  x\xff\xfe: 1\n");
    let outcome = plan(bytes);
    refused(&outcome, &["<stdin>:4"]);
    refused(&plan(vec![0_u8; 4096]), &["<stdin>"]);
}

#[test]
fn a_log_with_broken_lines_keeps_the_good_ones() {
    let mut log = String::new();
    for i in 0..600 {
        let (minute, second) = (i / 60, i % 60);
        log.push_str(&format!("10.0.0.1 - - [17/May/2026:10:{minute:02}:{second:02} +0000] \"GET /x HTTP/1.1\" 200 12 \"-\" \"-\"\n"));
        if i % 100 == 0 {
            log.push_str("%%% not a line \u{0} at all\n");
        }
    }
    let path = file("broken.log", log.as_bytes());
    let outcome = run(&["traffic", "-v", &path.display().to_string()], None);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.out.contains("600"), "{}", outcome.out);
    assert!(
        outcome.err.contains("6 of 606 lines skipped") && outcome.err.contains("lines 2, 103"),
        "{}",
        outcome.err
    );
    assert!(
        !outcome.out.contains("10.0.0.1") && !outcome.err.contains("10.0.0.1"),
        "no client address is printed"
    );
}

#[test]
fn a_bad_command_line_is_explained() {
    refused(
        &run(&["plan", "--as-of", "yesterday", "scenarios/shop"], None),
        &["yesterday", "2026-11-23"],
    );
    refused(
        &run(&["plan", "--fail-on", "sometimes", "scenarios/shop"], None),
        &["sometimes", "cost>500"],
    );
    refused(&run(&["plon"], None), &["plan"]);
    refused(&run(&["explain", "CR999", "--app", "scenarios/shop"], None), &["CR999", "thumb"]);
    refused(&run(&["prices", "list", "nothing-such"], None), &["nothing-such"]);
}

#[test]
fn a_broker_of_unknown_memory_is_asked_for() {
    let template = "Resources:\n  Broker: { Type: AWS::AmazonMQ::Broker, Properties: { EngineType: RABBITMQ } }\n  Work:\n    Type: AWS::Serverless::Function\n    Properties: { Runtime: nodejs22.x, Events: { E: { Type: MQ, Properties: { Broker: !GetAtt Broker.Arn } } } }\n";
    let path = file("broker.yaml", template.as_bytes());
    let outcome = run(&["plan", &path.display().to_string(), "-v"], None);
    let guesses = outcome.out.split("Resting on a guess").nth(1).unwrap_or_default();
    for text in ["1 GB: ", "say `--set", "Broker.memory=…"] {
        assert!(guesses.contains(text), "{outcome:#?}");
    }
}
