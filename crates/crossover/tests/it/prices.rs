//! `crossover prices`: feeds become books, books change answers.

use std::path::{Path, PathBuf};

use crate::program::{Outcome, run};

/// A folder of its own for a test, taken away at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("crossover-prices-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A Lambda offer with one price: Arm duration in us-east-1, one tier.
fn lambda(price: &str, day: &str) -> String {
    format!(
        r#"{{"formatVersion":"v1.0","offerCode":"AWSLambda","version":"{0}","publicationDate":"{day}T00:00:00Z",
        "products":{{"D":{{"sku":"D","productFamily":"Serverless","attributes":{{"servicecode":"AWSLambda","regionCode":"us-east-1","group":"AWS-Lambda-Duration-ARM","usagetype":"Lambda-GB-Second-ARM"}}}},
        "F":{{"sku":"F","productFamily":"Serverless","attributes":{{"servicecode":"AWSLambda","location":"Any","group":"AWS-Lambda-Duration","usagetype":"Global-Lambda-GB-Second"}}}}}},
        "terms":{{"OnDemand":{{"D":{{"D.J":{{"effectiveDate":"{day}T00:00:00Z","priceDimensions":{{"D.J.6":{{"beginRange":"0","endRange":"Inf","unit":"Second","pricePerUnit":{{"USD":"{price}"}}}}}}}}}}}}}}}}"#,
        day.replace('-', "")
    )
}

fn refused(outcome: &Outcome, words: &[&str]) {
    assert_eq!(outcome.code, 2, "{}{}", outcome.out, outcome.err);
    for word in words {
        assert!(outcome.err.contains(word), "{word}: {}", outcome.err);
    }
}

fn hash_and_cost(books: &[&str]) -> (String, String) {
    let mut args = vec!["plan", "scenarios/shop", "--as-of", "2026-11-23", "--format", "json"];
    for book in books {
        args.extend(["--prices", book]);
    }
    let outcome = run(&args, None);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let plan: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let hash = plan["provenance"]["catalog_sha256"].as_str().unwrap().to_owned();
    (hash, plan["answer"]["cost_month"].to_string())
}

#[test]
fn a_feed_becomes_a_book_and_the_book_another_answer() {
    let folder = Folder::new("book");
    let feed = folder.write("lambda.json", &lambda("0.5", "2026-11-01"));
    let book = folder.path("book");
    let looked = run(&["prices", "update", &feed, "--as-of", "2026-11-23"], None);
    assert_eq!(looked.code, 0, "{}", looked.err);
    for words in
        ["1 changed", "$0.0000133334", "$0.50", "+3749881", "free tiers", "1 entries left out"]
    {
        assert!(looked.out.contains(words), "{words}: {}", looked.out);
    }
    assert!(!Path::new(&book).exists());
    let wrote = run(&["prices", "update", &feed, "-o", &book], None);
    assert_eq!(wrote.code, 0, "{}", wrote.err);
    let text = std::fs::read_to_string(folder.0.join("book/aws/lambda.csv")).unwrap();
    assert!(text.contains("us-east-1,duration_arm,GB-s,0.50,,,2026-11-01,,2026-11-01,aws-price-list-AWSLambda-20261101,,SKU D"), "{text}");
    let (plain, with) = (hash_and_cost(&[]), hash_and_cost(&[&book]));
    assert_ne!(plain.0, with.0);
    assert_ne!(plain.1, with.1);
    let list =
        run(&["prices", "list", "aws/lambda", "--region", "us-east-1", "--prices", &book], None);
    assert!(list.out.contains("$0.50"), "{}", list.out);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = Folder::new("force");
    let (first, later) = (lambda("0.00002", "2026-11-01"), lambda("0.00003", "2026-11-20"));
    let (first, later) = (folder.write("a.json", &first), folder.write("b.json", &later));
    let book = folder.path("book");
    let update = |feed: &str, more: &[&str]| {
        run(&[&["prices", "update", feed, "-o", &book], more].concat(), None)
    };
    assert_eq!(update(&first, &[]).code, 0);
    let file = folder.0.join("book/aws/lambda.csv");
    let before = std::fs::read_to_string(&file).unwrap();
    assert_eq!(update(&first, &[]).code, 0, "the same feed again is no conflict");
    refused(&update(&later, &[]), &["aws/lambda us-east-1 duration_arm", "--force"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert_eq!(update(&later, &["--force"]).code, 0);
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.contains("0.00002,,,2026-11-01,2026-11-20,"), "the old row ends: {after}");
    assert!(after.contains("0.00003,,,2026-11-20,,"), "{after}");
}

#[test]
fn broken_feeds_and_books_are_refused_with_the_place() {
    let folder = Folder::new("broken");
    let whole = lambda("0.00002", "2026-11-01");
    let cut = folder.write("cut.json", whole.get(..whole.len() - 40).unwrap());
    let place = format!("byte {}", whole.len() - 40);
    refused(&run(&["prices", "update", &cut], None), &["cut.json", &place, "cut off"]);
    let other = folder.write("other.json", "{\"hello\": 1}");
    refused(&run(&["prices", "update", &other], None), &["none of the price feeds", "Azure"]);
    refused(&run(&["prices", "update", "no-such.json"], None), &["no-such.json"]);
    let good = folder.write("good.json", &whole);
    folder.write(
        "euros/book.toml",
        "currency = \"EUR\"\ndollars = \"1.1\"\nobserved = \"2026-11-20\"\n",
    );
    let euros = folder.path("euros");
    refused(&run(&["prices", "update", &good, "-o", &euros], None), &["EUR", "US dollars"]);
    folder.write("bad/aws/lambda.csv", "region,price\n");
    let bad = folder.path("bad");
    refused(
        &run(&["prices", "list", "--prices", &bad], None),
        &["bad/aws/lambda.csv", "no column"],
    );
    refused(
        &run(&["plan", "scenarios/shop", "--prices", &folder.path("none")], None),
        &["not a folder"],
    );
}

#[test]
fn each_row_shows_its_source_age_and_hash_and_old_ones_are_refused_under_strict() {
    let old = ["prices", "verify", "--as-of", "2031-01-01"];
    let warned = run(&old, None);
    assert_eq!(warned.code, 0, "{}", warned.err);
    assert!(warned.err.contains("warning: ") && warned.err.contains("180 days"), "{}", warned.err);
    assert_eq!(run(&[&old[..], &["--strict"]].concat(), None).code, 4);
    let json = run(&["prices", "verify", "--as-of", "2026-11-23", "--format", "json"], None);
    let check: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let rows = check["rows"].as_array().unwrap();
    assert!(rows.len() > 3_000, "{}", rows.len());
    for row in rows {
        assert_eq!(row["sha256"].as_str().unwrap().len(), 64, "{row}");
        assert!(!row["source"].as_str().unwrap().is_empty() && row["age_days"].is_i64(), "{row}");
    }
    let every = run(&["prices", "verify", "--as-of", "2026-11-23", "-v"], None);
    assert!(every.out.lines().count() > rows.len(), "a line a row");
}

#[test]
fn a_service_model_says_which_limits_changed() {
    let folder = Folder::new("limits");
    let model = |most: u32| {
        format!(
            r#"{{"metadata":{{"apiVersion":"2015-03-31","serviceId":"Lambda"}},"shapes":{{"EphemeralStorageSize":{{"type":"integer","min":512,"max":{most}}}}}}}"#
        )
    };
    let (old, new) =
        (folder.write("old.json", &model(10240)), folder.write("new.json", &model(20480)));
    let same = run(&["limits", "diff", &old], None);
    assert!(same.out.contains("0 changed") && same.code == 0, "{}{}", same.out, same.err);
    let two = run(&["limits", "diff", &old, &new], None);
    assert!(two.out.contains("EphemeralStorageSize: 512..10240 -> 512..20480"), "{}", two.out);
    let book = folder.path("book");
    let update = |feed: &str, more: &[&str]| {
        run(&[&["limits", "update", feed, "-o", &book], more].concat(), None)
    };
    let wrote = update(&new, &["--observed", "2026-11-20"]);
    assert!(
        wrote.out.contains("aws-lambda/tmp.range: 512..10240 -> 512..20480 MB"),
        "{}",
        wrote.out
    );
    let text = std::fs::read_to_string(folder.0.join("book/aws/limits.csv")).unwrap();
    assert!(text.contains("aws-lambda,tmp.range,512..20480,MB,hard,2026-11-20,"), "{text}");
    refused(&update(&old, &[]), &["aws-lambda/tmp.range", "--force"]);
    assert_eq!(update(&old, &["--force"]).code, 0);
    let cut = folder.write("cut.json", model(1).get(..60).unwrap());
    refused(&run(&["limits", "diff", &cut], None), &["byte 60", "cut off"]);
}
