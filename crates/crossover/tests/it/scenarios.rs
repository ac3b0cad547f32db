//! Every folder in `scenarios/` is a test: its runs are made and compared with its `expected.toml`.

use std::path::Path;

use crate::program::{Outcome, run};
use crate::tidy::root;

#[test]
fn every_scenario_answers_as_its_story_says() {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("scenarios"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut runs = 0;
    for folder in &folders {
        let text = std::fs::read_to_string(folder.join("expected.toml")).unwrap();
        let expected: toml::Table = text.parse().unwrap();
        for (i, story) in expected["run"].as_array().unwrap().iter().enumerate() {
            runs += 1;
            let name = format!("{} run {}", folder.file_name().unwrap().display(), i + 1);
            wrong.extend(check(folder, story).into_iter().map(|w| format!("{name}: {w}")));
        }
    }
    assert!(runs >= folders.len(), "every scenario has a run");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn check(folder: &Path, story: &toml::Value) -> Vec<String> {
    let texts = |key: &str| -> Vec<String> {
        let list = story.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
        list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let mut args = vec!["plan".to_owned(), folder.display().to_string()];
    args.extend(texts("args"));
    let table = run(&args, None);
    let mut wrong = Vec::new();
    let exit = story.get("exit").and_then(toml::Value::as_integer).unwrap_or(0);
    if i64::from(table.code) != exit {
        wrong.push(format!("exit {} instead of {exit}\n{}{}", table.code, table.out, table.err));
    }
    for text in texts("contains") {
        if !table.out.contains(&text) {
            wrong.push(format!("the table lacks `{text}`\n{}", table.out));
        }
    }
    for text in texts("lacks") {
        if table.out.contains(&text) {
            wrong.push(format!("the table has `{text}`\n{}", table.out));
        }
    }
    if exit == 0 || exit == 3 {
        args.extend(["--format".to_owned(), "json".to_owned()]);
        wrong.extend(check_json(&run(&args, None), story));
    }
    wrong
}

fn check_json(outcome: &Outcome, story: &toml::Value) -> Vec<String> {
    let json: serde_json::Value = match serde_json::from_str(&outcome.out) {
        Ok(json) => json,
        Err(error) => return vec![format!("the JSON does not parse: {error}")],
    };
    let mut wrong = Vec::new();
    if let Some(verdict) = story.get("verdict").and_then(toml::Value::as_str) {
        let found = json["answer"]["verdict"].as_str().unwrap_or("none");
        if !found.eq_ignore_ascii_case(verdict) {
            wrong.push(format!("verdict {found} instead of {verdict}"));
        }
    }
    if let Some(platforms) = story.get("platforms").and_then(toml::Value::as_table) {
        let placements = json["answer"]["placements"].as_array().cloned().unwrap_or_default();
        for (component, platform) in platforms {
            let found = placements.iter().find(|p| p["component"] == component.as_str());
            let found = found.and_then(|p| p["platform"].as_str()).unwrap_or("nowhere");
            if Some(found) != platform.as_str() {
                wrong.push(format!("{component} is placed {found} instead of {platform}"));
            }
        }
    }
    if let Some(range) = story.get("cost").and_then(toml::Value::as_array) {
        let number =
            |v: &toml::Value| v.as_float().or_else(|| v.as_integer().map(|i| i as f64)).unwrap();
        let cost = json["answer"]["cost_month"]["expected"]
            .as_str()
            .unwrap_or("nan")
            .parse()
            .unwrap_or(f64::NAN);
        if !(number(&range[0]) <= cost && cost <= number(&range[1])) {
            wrong.push(format!("costs ${cost} a month, expected {} to {}", range[0], range[1]));
        }
    }
    wrong
}
