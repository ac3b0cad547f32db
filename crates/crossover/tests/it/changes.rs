//! `crossover diff` and `crossover compare` on real plans.

use crate::program::run;
use crate::tidy::root;

fn plan(name: &str, more: &[&str]) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("crossover-changes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let hooks = root().join("scenarios/webhooks");
    let mut args = vec!["plan", hooks.to_str().unwrap(), "--as-of", "2026-11-23", "-q"];
    args.extend(["--format", "json", "-o", path.to_str().unwrap()]);
    args.extend(more);
    let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    let made = run(&args, None);
    assert_eq!(made.code, 0, "{}", made.err);
    path
}

fn diff(
    more: &[&str],
    before: &std::path::Path,
    after: &std::path::Path,
) -> crate::program::Outcome {
    let mut args =
        vec!["diff".to_owned(), before.display().to_string(), after.display().to_string()];
    args.extend(more.iter().map(|arg| (*arg).to_owned()));
    run(&args, None)
}

#[test]
fn a_difference_says_what_moved_why_and_trips_its_gates() {
    let (before, after) = (plan("a.json", &[]), plan("b.json", &["--region", "azure/eastus"]));
    let same = diff(&["--fail-on", "verdict", "--fail-on", "moved"], &before, &before);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.contains("unchanged"), "{}", same.out);
    let moved = diff(&["--fail-on", "moved"], &before, &after);
    assert_eq!(moved.code, 1, "{}{}", moved.out, moved.err);
    assert!(moved.out.contains("Moved") && moved.out.contains("azure/eastus"), "{}", moved.out);
    assert!(moved.err.contains("gate: "), "{}", moved.err);
    let json = diff(&["--format", "json"], &before, &after);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["schema"], "crossover.diff/v1");
    let money = |name: &str| value[name].as_str().unwrap().parse::<f64>().unwrap();
    let parts = money("by_usage") + money("by_price") + money("by_placement");
    assert!((parts - money("change")).abs() < 0.02, "{parts} and {}", money("change"));
}

#[test]
fn a_comment_has_a_marker_and_is_not_written_for_nothing() {
    let (before, after) = (plan("d.json", &[]), plan("e.json", &["--region", "azure/eastus"]));
    let markdown = ["--format", "markdown", "--tag", "shop/plan", "--skip-no-diff"];
    let same = diff(&markdown, &before, &before);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);
    let changed = diff(&markdown, &before, &after);
    assert!(changed.out.starts_with("<!-- crossover:shop/plan -->\n## "), "{}", changed.out);
    let evil = diff(&["--format", "markdown", "--tag", "a -->"], &before, &after);
    assert_eq!(evil.code, 2, "{}", evil.out);
    let near = diff(&["--fail-on", "flip<1000000"], &before, &before);
    assert_eq!(near.code, 1, "{}", near.err);
    assert!(near.err.contains("the answer changes at"), "{}", near.err);
    let slower = diff(&["--fail-on", "p99>0%"], &before, &before);
    assert_eq!(slower.code, 0, "{}", slower.err);
}

#[test]
fn the_action_uses_what_the_program_has() {
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let help = |command: &str| run(&[command, "--help"], None).out;
    let flags = [("diff", "--tag"), ("diff", "--skip-no-diff"), ("diff", "--fail-on")];
    for (command, flag) in flags.into_iter().chain([("plan", "--format"), ("plan", "--output")]) {
        let used = if flag == "--output" { "-o " } else { flag };
        assert!(action.contains(used) && help(command).contains(flag), "{command} {flag}");
    }
}

#[test]
fn what_is_no_plan_is_refused_by_name() {
    let before = plan("c.json", &[]);
    let other = root().join("Cargo.toml");
    let refused = diff(&[], &before, &other);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("Cargo.toml") && refused.err.contains("--format json"),
        "{}",
        refused.err
    );
    let slip = diff(&["--fail-on", "cots>5"], &before, &before);
    assert_eq!(slip.code, 2);
    assert!(slip.err.contains("cost>10%"), "{}", slip.err);
}

#[test]
fn alternatives_stand_beside_each_other() {
    let shop = root().join("scenarios/shop").display().to_string();
    let args = ["compare", &shop, "--as-of", "2026-11-23"].map(str::to_owned);
    let compared = run(&args, None);
    assert_eq!(compared.code, 0, "{}", compared.err);
    for text in
        ["all serverless", "all Kubernetes", "servers only", "the answer", "all Lambda: impossible"]
    {
        assert!(compared.out.contains(text), "{text}\n{}", compared.out);
    }
}

#[test]
fn compare_holds_the_gates_of_plan_and_ends_as_it_does() {
    let hooks = root().join("scenarios/webhooks").display().to_string();
    let compare = |more: &[&str]| {
        let args = [&["compare", hooks.as_str(), "--as-of", "2026-11-23"], more].concat();
        run(&args, None)
    };
    let tripped = compare(&["--fail-on", "cost>0.000001"]);
    assert_eq!(tripped.code, 1, "{}", tripped.err);
    assert!(tripped.err.contains("gate cost>"), "{}", tripped.err);
    assert!(tripped.out.contains("the answer"), "it is printed all the same: {}", tripped.out);
    let slip = compare(&["--fail-on", "cots>5"]);
    assert_eq!((slip.code, slip.out.as_str()), (2, ""), "{}", slip.err);
    assert!(slip.err.contains("cost>500"), "{}", slip.err);
    let stale = run(&["compare", &hooks, "--as-of", "2031-01-01", "--strict"], None);
    assert_eq!(stale.code, 4, "{}", stale.err);
    assert!(stale.err.contains("--strict"), "{}", stale.err);
}
