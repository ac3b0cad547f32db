//! From a feed to a price book and back: what changed, what is kept, what a book of before loses.

mod common;

use std::collections::BTreeMap;

use catalog::feeds::{self, Harvest, Observed, Rules};
use catalog::{Catalog, Layer, Update, update};
use units::Date;

fn day() -> Date {
    Date::new(2026, 11, 25).expect("a day")
}

fn harvest(text: &str) -> Harvest {
    let rules: BTreeMap<String, Rules> = Rules::parse(&common::files()).expect("rules");
    feeds::read(&mut text.as_bytes(), &rules, Observed::Otherwise(day())).expect("a feed")
}

fn gp3(price: &str, effective: &str) -> Harvest {
    harvest(&format!(
        r#"{{"formatVersion":"v1.0","offerCode":"AmazonEC2","version":"1","publicationDate":"{effective}T00:00:00Z",
        "products":{{"M":{{"sku":"M","productFamily":"Storage","attributes":{{"servicecode":"AmazonEC2","regionCode":"us-east-1","usagetype":"EBS:VolumeUsage.gp3"}}}},
        "C":{{"sku":"C","productFamily":"Compute Instance","attributes":{{"servicecode":"AmazonEC2","regionCode":"us-east-1","instanceType":"m5.large","operatingSystem":"Linux","tenancy":"Shared","capacitystatus":"Used","preInstalledSw":"NA","licenseModel":"No License required","marketoption":"OnDemand","operation":"RunInstances","usagetype":"BoxUsage:m5.large"}}}}}},
        "terms":{{"OnDemand":{{"M":{{"M.J":{{"effectiveDate":"{effective}T00:00:00Z","priceDimensions":{{"M.J.6":{{"beginRange":"0","endRange":"Inf","unit":"GB-Mo","pricePerUnit":{{"USD":"{price}"}}}}}}}}}},
        "C":{{"C.J":{{"effectiveDate":"{effective}T00:00:00Z","priceDimensions":{{"C.J.6":{{"beginRange":"0","endRange":"Inf","unit":"Hrs","pricePerUnit":{{"USD":"0.099"}}}}}}}}}}}}}}}}"#
    ))
}

fn book(files: Vec<(String, String)>) -> Layer {
    Layer { name: "book".to_owned(), files }
}

fn changed(update: &Update) -> Vec<String> {
    let change = |c: &catalog::Change| {
        let (old, new) = (c.old.money().to_decimal(), c.row.price.money().to_decimal());
        format!("{} {} {} {old} {new}", c.row.service, c.row.region, c.row.dimension)
    };
    update.changed.iter().map(change).collect()
}

#[test]
fn a_feed_becomes_a_book_that_is_read_back() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let first = update(&plain, day(), &book(Vec::new()), vec![gp3("0.09", "2026-11-01")]).unwrap();
    assert_eq!(
        changed(&first),
        ["aws/ebs us-east-1 gp3_storage 0.08 0.09", "aws/ec2 us-east-1 m5.large 0.096 0.099"]
    );
    assert_eq!((first.same, first.new.len(), first.replaced.len()), (0, 0, 0));
    let paths: Vec<&str> = first.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["aws/ebs.csv", "aws/ec2/us-east-1.csv", "sources.csv"]);
    let ours = Catalog::layered(&common::files(), &[book(first.files.clone())]).unwrap();
    let price = |text: &str| {
        let at = ours.at(Date::parse(text).unwrap());
        at.price("aws/ebs", "us-east-1", "gp3_storage").unwrap().price.money().to_decimal()
    };
    assert_eq!((price("2026-11-25"), price("2026-10-31")), ("0.09".to_owned(), "0.08".to_owned()));
    let machine = ours.at(day()).instance("us-east-1", "m5.large").unwrap();
    assert_eq!(machine.hour.money().to_decimal(), "0.099");
    assert!(machine.spot.is_some(), "the saving of before stays");
    // The same feed again changes nothing at all.
    let again = update(&ours, day(), &book(first.files.clone()), vec![gp3("0.09", "2026-11-01")]);
    let again = again.unwrap();
    assert_eq!((again.changed.len(), again.same, again.replaced.len()), (0, 2, 0));
    assert_eq!(again.files, first.files);
}

#[test]
fn a_later_feed_ends_the_rows_of_before_and_says_which() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let first = update(&plain, day(), &book(Vec::new()), vec![gp3("0.09", "2026-11-01")]).unwrap();
    let ours = Catalog::layered(&common::files(), &[book(first.files.clone())]).unwrap();
    let second = update(&ours, day(), &book(first.files), vec![gp3("0.07", "2026-11-20")]).unwrap();
    assert_eq!(changed(&second), ["aws/ebs us-east-1 gp3_storage 0.09 0.07"]);
    assert_eq!(second.replaced, ["aws/ebs us-east-1 gp3_storage", "aws/ec2 us-east-1 m5.large"]);
    let ours = Catalog::layered(&common::files(), &[book(second.files)]).unwrap();
    for (text, wanted) in [("2026-10-31", "0.08"), ("2026-11-19", "0.09"), ("2026-11-20", "0.07")] {
        let at = ours.at(Date::parse(text).unwrap());
        let price = at.price("aws/ebs", "us-east-1", "gp3_storage").unwrap().price;
        assert_eq!(price.money().to_decimal(), wanted, "{text}");
    }
}

#[test]
fn savings_of_spot_machines_join_the_prices_that_are_there() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let spots = harvest(
        r#"{"ranges":[{"index":0,"label":"<5%"}],"spot_advisor":{"us-east-1":{"Linux":{"m5.large":{"s":71,"r":0},"q9.huge":{"s":1,"r":0}}}}}"#,
    );
    let done = update(&plain, day(), &book(Vec::new()), vec![spots, gp3("0.08", "2026-11-01")]);
    let done = done.unwrap();
    assert_eq!(done.spots.len(), 1);
    assert!(done.spots[0].starts_with("us-east-1 m5.large: 71 % <5%, was "), "{}", done.spots[0]);
    let reason = "spot machines without an on-demand price in the catalogue";
    assert_eq!(done.left_out[reason], 1);
    let ours = Catalog::layered(&common::files(), &[book(done.files)]).unwrap();
    let machine = ours.at(day()).instance("us-east-1", "m5.large").unwrap();
    assert_eq!(machine.hour.money().to_decimal(), "0.099");
    let spot = machine.spot.clone().unwrap();
    assert_eq!(spot.hour.money().to_decimal(), "0.02871");
    assert_eq!(spot.interruption.as_deref(), Some("<5%"));
}

#[test]
fn what_else_a_book_holds_stays_and_a_broken_book_is_not_touched() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let header = "region,dimension,unit,price,tier_from,tier_to,effective_from,effective_to,observed,source,doubtful,note\n";
    let limits = "platform,id,value,unit,kind,effective_from,effective_to,observed,source,doubtful,note\naws-x,y,1,s,hard,,,2026-11-01,mine,,\n";
    let mine = vec![
        (
            "aws/lambda.csv".to_owned(),
            format!("{header}us-east-1,duration_x86,GB-s,0.000012,,,,,2026-11-01,mine,,ours\n"),
        ),
        ("aws/limits.csv".to_owned(), limits.to_owned()),
        ("sources.csv".to_owned(), "source,description\nmine,a contract\n".to_owned()),
    ];
    let done = update(&plain, day(), &book(mine.clone()), vec![gp3("0.09", "2026-11-01")]).unwrap();
    for file in mine.iter().filter(|(path, _)| path != "sources.csv") {
        let found = done.files.iter().find(|(path, _)| *path == file.0).unwrap();
        assert_eq!(found.1, file.1, "{}", file.0);
    }
    let sources = &done.files.iter().find(|(path, _)| path == "sources.csv").unwrap().1;
    assert!(sources.contains("mine,a contract"), "{sources}");
    let broken = vec![(
        "aws/lambda.csv".to_owned(),
        format!("{header}us-east-1,d,GB-s,cheap,,,,,,mine,,\n"),
    )];
    let problems = update(&plain, day(), &book(broken), Vec::new()).unwrap_err();
    assert!(problems[0].what.contains("`cheap`"), "{}", problems[0]);
}

/// A page of SKUs: description, usage, unit, regions, nanos.
fn skus(skus: &[(&str, &str, &str, &str, u64)]) -> Harvest {
    let sku = |(description, usage, unit, region, nanos): &(&str, &str, &str, &str, u64)| {
        let service = if unit == &"count" { "Cloud Run" } else { "Compute Engine" };
        format!(
            r#"{{"skuId":"{description}","description":"{description}","category":{{"serviceDisplayName":"{service}","resourceFamily":"Compute","usageType":"{usage}"}},"serviceRegions":["{region}"],"pricingInfo":[{{"effectiveTime":"2026-11-01T00:00:00Z","pricingExpression":{{"usageUnit":"{unit}","displayQuantity":1,"tieredRates":[{{"startUsageAmount":0,"unitPrice":{{"currencyCode":"USD","units":"0","nanos":{nanos}}}}}]}}}}]}}"#
        )
    };
    let skus: Vec<String> = skus.iter().map(sku).collect();
    harvest(&format!(r#"{{"skus":[{}]}}"#, skus.join(",")))
}

#[test]
fn googles_machines_are_put_together_from_cores_and_memory() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let feed = skus(&[
        ("E2 Instance Core running in Americas", "OnDemand", "h", "us-central1", 22_000_000),
        ("E2 Instance Ram running in Americas", "OnDemand", "GiBy.h", "us-central1", 3_000_000),
        (
            "Spot Preemptible E2 Instance Core running",
            "Preemptible",
            "h",
            "us-central1",
            10_000_000,
        ),
        (
            "Spot Preemptible E2 Instance Ram running",
            "Preemptible",
            "GiBy.h",
            "us-central1",
            1_000_000,
        ),
        ("N2 Instance Core running in Americas", "OnDemand", "h", "us-central1", 22_000_000),
    ]);
    let done = update(&plain, day(), &book(Vec::new()), vec![feed]).unwrap();
    let ours = Catalog::layered(&common::files(), &[book(done.files)]).unwrap();
    let machine = ours.at(day()).instance("us-central1", "e2-standard-2").unwrap();
    // 2 x 0.022 + 8 x 0.003; as spot 2 x 0.010 + 8 x 0.001.
    assert_eq!(machine.hour.money().to_decimal(), "0.068");
    assert_eq!(machine.spot.as_ref().unwrap().hour.money().to_decimal(), "0.028");
    let n2 = |catalog: &Catalog| {
        catalog.at(day()).instance("us-central1", "n2-standard-4").unwrap().hour
    };
    assert_eq!(n2(&plain), n2(&ours), "a core without memory makes no machine");
}

#[test]
fn a_global_price_is_that_of_every_region() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let feed = skus(&[("Requests", "OnDemand", "count", "global", 500)]);
    let done = update(&plain, day(), &book(Vec::new()), vec![feed]).unwrap();
    assert!(done.changed.len() > 30, "{}", done.changed.len());
    assert!(done.changed.iter().all(|change| change.row.region != "global"));
}

#[test]
fn azures_spot_prices_join_the_machines() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let item = |sku: &str, price: &str| {
        format!(
            r#"{{"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":{price},"armRegionName":"westeurope","effectiveStartDate":"2026-11-01T00:00:00Z","meterId":"{sku}","skuName":"{sku}","productName":"P","serviceName":"Virtual Machines","unitOfMeasure":"1 Hour","type":"Consumption","armSkuName":"Standard_D2s_v5"}}"#
        )
    };
    let spot = harvest(&format!(r#"{{"Items":[{}]}}"#, item("D2s v5 Spot", "0.021")));
    let hour = plain.at(day()).instance("westeurope", "D2s_v5").unwrap().hour;
    let done = update(&plain, day(), &book(Vec::new()), vec![spot]).unwrap();
    assert_eq!(done.spots.len(), 1, "{:?}", done.spots);
    let ours = Catalog::layered(&common::files(), &[book(done.files)]).unwrap();
    let machine = ours.at(day()).instance("westeurope", "D2s_v5").unwrap();
    assert_eq!(machine.hour, hour);
    assert_eq!(machine.spot.as_ref().unwrap().hour.money().to_decimal(), "0.021");
}

#[test]
fn a_feed_that_is_older_than_the_catalogue_is_noticed() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let old = update(&plain, day(), &book(Vec::new()), vec![gp3("0.09", "2020-01-01")]).unwrap();
    assert_eq!(old.older, 2);
    let new = update(&plain, day(), &book(Vec::new()), vec![gp3("0.09", "2026-11-01")]).unwrap();
    assert_eq!(new.older, 0);
}

#[test]
fn a_newer_saving_comes_with_its_own_source() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let advisor = |saving: u32| {
        harvest(&format!(
            r#"{{"ranges":[{{"index":0,"label":"<5%"}}],"spot_advisor":{{"us-east-1":{{"Linux":{{"m5.large":{{"s":{saving},"r":0}}}}}}}}}}"#
        ))
    };
    let first = update(&plain, day(), &book(Vec::new()), vec![advisor(71)]).unwrap();
    let newer = advisor(72);
    let source = newer.sources.keys().next().unwrap().clone();
    let second = update(&plain, day(), &book(first.files), vec![newer]).unwrap();
    let file = |path: &str| &second.files.iter().find(|(name, _)| name == path).unwrap().1;
    let machines = file("aws/ec2/us-east-1.csv");
    assert!(machines.contains(&format!("m5.large,,,72,,<5%,,{source},")), "{machines}");
    assert_eq!(file("sources.csv").matches("aws-spot-advisor-").count(), 1);
}

#[test]
fn sources_of_the_files_that_stay_are_still_explained() {
    let plain = Catalog::parse(&common::files()).unwrap();
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let mine = vec![
        file(
            "aws/cold-starts.csv",
            "platform,runtime,language,version,arch,package,init_p50_ms,init_p95_ms,init_p99_ms,first_call_ms,samples,observed,source\n\
             aws-lambda,go1,go,1,arm,zip,1,2,3,4,100,2026-11-01,cold\n",
        ),
        file(
            "aws/idle-lifetime.csv",
            "platform,idle_minutes,cold_share,observed,source\naws-lambda,5,0.1,2026-11-01,idle\n",
        ),
        file("aws/ec2/families.csv", "family,since,source,doubtful\nq9,2026-11-01,families,\n"),
        file(
            "sources.csv",
            "source,description\ncold,our starts\nidle,our gaps\nfamilies,our days\nnone,nobody names it\n",
        ),
    ];
    let done = update(&plain, day(), &book(mine), vec![gp3("0.09", "2026-11-01")]).unwrap();
    let sources = &done.files.iter().find(|(path, _)| path == "sources.csv").unwrap().1;
    for kept in ["cold,our starts", "idle,our gaps", "families,our days"] {
        assert!(sources.contains(kept), "{kept}: {sources}");
    }
    assert!(!sources.contains("nobody names it"), "{sources}");
}
