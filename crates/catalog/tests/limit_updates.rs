//! AWS service models against the catalogue's limits.

mod common;

use catalog::{Catalog, Layer, LimitUpdate, ServiceModel, update_limits};
use units::Date;

fn model(shapes: &str) -> ServiceModel {
    let text = format!(
        r#"{{"version":"2.0","metadata":{{"apiVersion":"2015-03-31","serviceId":"Lambda"}},"operations":{{"X":{{"name":"X"}}}},"shapes":{{{shapes}}},"documentation":"d"}}"#
    );
    ServiceModel::read(&mut text.as_bytes()).expect("a model")
}

const TMP: &str = r#""EphemeralStorageSize":{"type":"integer","box":true,"max":10240,"min":512}"#;

fn day() -> Date {
    Date::new(2026, 11, 25).expect("a day")
}

fn update(book: &[(String, String)], model: ServiceModel) -> LimitUpdate {
    let book = Layer { name: "book".to_owned(), files: book.to_vec() };
    let now = Catalog::layered(&common::files(), std::slice::from_ref(&book)).expect("a catalogue");
    update_limits(&common::files(), &now, day(), &book, &[model]).expect("an update")
}

#[test]
fn a_model_that_says_what_the_catalogue_has_changes_nothing() {
    let update = update(&[], model(TMP));
    assert_eq!(update.same, ["aws-lambda/tmp.range"]);
    assert!(update.changed.is_empty());
    assert!(update.not_stated.iter().any(|(row, _)| row == "aws-lambda/async.retention"));
}

#[test]
fn a_raised_bound_becomes_a_row_from_that_day_on() {
    let raised = model(
        r#""EphemeralStorageSize":{"type":"integer","max":20480,"min":512},"MaximumNumberOfPollers":{"type":"integer","max":2000,"min":1}"#,
    );
    let first = update(&[], raised);
    let shown: Vec<String> = first
        .changed
        .iter()
        .map(|(new, old)| format!("{} {old} {}", new.row(), new.value))
        .collect();
    assert_eq!(
        shown,
        [
            "aws-lambda/tmp.range 512..10240 512..20480",
            "aws-lambda-event-sources/sqs.provisioned_pollers 2..10000 2..2000"
        ]
    );
    let book = Layer { name: "book".to_owned(), files: first.files.clone() };
    let ours = Catalog::layered(&common::files(), &[book]).unwrap();
    let most = |day: Date| ours.at(day).limit_number("aws-lambda", "tmp.range").unwrap();
    let before = Date::new(2026, 11, 24).unwrap();
    assert_eq!((most(before), most(day())), (10_240.0, 20_480.0));
    // Back again: the book has another value already.
    let second = update(&first.files, model(TMP));
    assert_eq!(second.replaced, ["aws-lambda/tmp.range"]);
    let limits = &second.files.iter().find(|(path, _)| path == "aws/limits.csv").unwrap().1;
    assert!(limits.contains("sqs.provisioned_pollers,2..2000"), "{limits}");
}

#[test]
fn two_models_are_compared_field_by_field() {
    let old = model(
        r#""A":{"type":"integer","min":1,"max":5},"B":{"type":"string","max":3},"C":{"type":"string"}"#,
    );
    let new = model(
        r#""A":{"type":"integer","min":1,"max":9},"D":{"type":"double","min":0.5},"C":{"type":"string"}"#,
    );
    let names: Vec<String> = old.diff(&new).iter().map(|change| change.shape.clone()).collect();
    assert_eq!(names, ["A", "B", "D"]);
    assert!(old.diff(&old.clone()).is_empty());
}

#[test]
fn what_is_no_model_or_cut_off_is_refused_with_the_place() {
    let read = |text: &str| ServiceModel::read(&mut text.as_bytes()).unwrap_err();
    assert!(read("{}").what.contains("serviceId"));
    assert!(read("").what.contains("cut off"));
    let text = r#"{"metadata":{"serviceId":"Lambda"},"shapes":{"A":{"type":"integer","min":1"#;
    let error = read(text);
    assert_eq!(error.offset, text.len() as u64);
    assert!(
        read(r#"{"metadata":{"serviceId":"L"},"shapes":{"A":{"min":"one"}}}"#)
            .what
            .contains("invalid type")
    );
}
