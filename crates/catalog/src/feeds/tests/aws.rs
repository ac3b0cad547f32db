//! The three forms of the AWS Price List.

use std::fmt::Write as _;

use super::{harvest, reasons, rows, try_harvest};

/// A product: SKU, family, attributes.
type Product<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
/// A rate: SKU, effective day, unit, currency, (begin, end, price)…
type Rate<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [(&'a str, &'a str, &'a str)]);

fn product((sku, family, attributes): &Product<'_>) -> String {
    let attributes: Vec<String> =
        attributes.iter().map(|(name, value)| format!("{name:?}:{value:?}")).collect();
    let attributes = attributes.join(",");
    format!(r#"{{"sku":"{sku}","productFamily":"{family}","attributes":{{{attributes}}}}}"#)
}

fn term((sku, day, unit, currency, tiers): &Rate<'_>) -> String {
    let mut rates = Vec::new();
    for (at, (begin, end, price)) in tiers.iter().enumerate() {
        rates.push(format!(
            r#""{sku}.T{day}.{at}":{{"unit":"{unit}","beginRange":"{begin}","endRange":"{end}","description":"d","pricePerUnit":{{"{currency}":"{price}"}},"appliesTo":[]}}"#
        ));
    }
    let rates = rates.join(",");
    format!(
        r#""{sku}.T{day}":{{"offerTermCode":"T","sku":"{sku}","effectiveDate":"{day}T00:00:00Z","priceDimensions":{{{rates}}},"termAttributes":{{}}}}"#
    )
}

fn parts(products: &[Product<'_>], rates: &[Rate<'_>]) -> (String, String) {
    let products: Vec<String> =
        products.iter().map(|p| format!("{:?}:{}", p.0, product(p))).collect();
    let mut terms = String::new();
    let mut skus: Vec<&str> = rates.iter().map(|rate| rate.0).collect();
    skus.dedup();
    for sku in skus {
        let of: Vec<String> = rates.iter().filter(|rate| rate.0 == sku).map(term).collect();
        let comma = if terms.is_empty() { "" } else { "," };
        write!(terms, "{comma}{sku:?}:{{{}}}", of.join(",")).unwrap();
    }
    (
        format!(r#""products":{{{}}}"#, products.join(",")),
        format!(r#""terms":{{"OnDemand":{{{terms}}},"Reserved":{{"X":{{"X.Y":{{}}}}}}}}"#),
    )
}

const META: &str = r#""formatVersion":"v1.0","disclaimer":"d","offerCode":"AWSLambda","version":"20261001184746","publicationDate":"2026-10-01T18:47:46Z""#;

fn file(products: &[Product<'_>], rates: &[Rate<'_>]) -> String {
    let (products, terms) = parts(products, rates);
    format!("{{{META},{products},{terms},\"attributesList\":{{}}}}")
}

const IRELAND: (&str, &str) = ("regionCode", "eu-west-1");
const LAMBDA: (&str, &str) = ("servicecode", "AWSLambda");
const DURATION: &[(&str, &str)] =
    &[LAMBDA, IRELAND, ("group", "AWS-Lambda-Duration"), ("usagetype", "EU-Lambda-GB-Second")];
const TIERS: Rate<'_> = (
    "SGGKTWDV7PGMPPSJ",
    "2026-10-01",
    "Lambda-GB-Second",
    "USD",
    &[
        ("15000000000", "Inf", "0.0000133334"),
        ("0", "6000000000", "0.0000166667"),
        ("6000000000", "15000000000", "0.0000150000"),
    ],
);

#[test]
fn a_tiered_product_becomes_its_rows_with_source_and_dates() {
    let harvest = harvest(&file(&[("SGGKTWDV7PGMPPSJ", "Serverless", DURATION)], &[TIERS]));
    assert_eq!(
        rows(&harvest),
        [
            "aws/lambda eu-west-1 duration_x86 GB-s 0.0000166667 0..6000000000",
            "aws/lambda eu-west-1 duration_x86 GB-s 0.000015 6000000000..15000000000",
            "aws/lambda eu-west-1 duration_x86 GB-s 0.0000133334 15000000000..",
        ]
    );
    let row = &harvest.rows[0];
    assert_eq!(row.source, "aws-price-list-AWSLambda-20261001184746");
    assert_eq!(row.observed.unwrap().to_string(), "2026-10-01");
    assert_eq!(row.effective_from.unwrap().to_string(), "2026-10-01");
    assert!(row.note.contains("SGGKTWDV7PGMPPSJ"), "{}", row.note);
    let described = &harvest.sources[&row.source];
    assert!(described.contains("version 20261001184746"), "{described}");
    assert!(described.contains(&harvest.sha256), "{described}");
    assert_eq!(reasons(&harvest), []);
}

#[test]
fn the_order_of_products_terms_and_what_is_said_about_them_means_nothing() {
    let (products, terms) = parts(&[("SGGKTWDV7PGMPPSJ", "Serverless", DURATION)], &[TIERS]);
    let straight = harvest(&format!("{{{META},{products},{terms}}}"));
    for text in [
        format!("{{{META},{terms},{products}}}"),
        format!("{{{terms},{products},{META}}}"),
        format!("{{{products},{META},{terms}}}"),
    ] {
        assert_eq!(harvest(&text).rows, straight.rows);
    }
    let page = product(&("SGGKTWDV7PGMPPSJ", "Serverless", DURATION));
    let offer = format!(
        r#"{{"product":{page},"serviceCode":"AWSLambda","terms":{{"OnDemand":{{{}}}}},"version":"20261001184746","publicationDate":"2026-10-01T18:47:46Z"}}"#,
        term(&TIERS)
    );
    let as_text =
        format!(r#"{{"FormatVersion":"aws_v1","PriceList":[{offer:?}],"NextToken":"x"}}"#);
    let as_object = format!(r#"{{"PriceList":[{offer}]}}"#);
    assert_eq!(harvest(&as_text).rows, straight.rows);
    assert_eq!(harvest(&as_object).rows, straight.rows);
    assert_eq!(harvest(&as_text).feed, "AWS Price List (GetProducts)");
}

#[test]
fn the_csv_form_gives_the_same_rows() {
    let json = harvest(&file(&[("SGGKTWDV7PGMPPSJ", "Serverless", DURATION)], &[TIERS]));
    let preface = "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"prices, as they are\"\n\"Publication Date\",\"2026-10-01T18:47:46Z\"\n\"Version\",\"20261001184746\"\n\"OfferCode\",\"AWSLambda\"\n";
    let header = "\"SKU\",\"OfferTermCode\",\"RateCode\",\"TermType\",\"PriceDescription\",\"EffectiveDate\",\"StartingRange\",\"EndingRange\",\"Unit\",\"PricePerUnit\",\"Currency\",\"Product Family\",\"serviceCode\",\"Location\",\"Location Type\",\"Group\",\"usageType\",\"Region Code\"\n";
    let line = |kind: &str, from: &str, to: &str, price: &str, currency: &str| {
        format!(
            "\"SGGKTWDV7PGMPPSJ\",\"T\",\"R\",\"{kind}\",\"a, quoted \"\"one\"\"\",\"2026-10-01\",\"{from}\",\"{to}\",\"Lambda-GB-Second\",\"{price}\",\"{currency}\",\"Serverless\",\"AWSLambda\",\"EU (Ireland)\",\"AWS Region\",\"AWS-Lambda-Duration\",\"EU-Lambda-GB-Second\",\"eu-west-1\"\n"
        )
    };
    let text = [
        preface.to_owned(),
        header.to_owned(),
        line("Reserved", "0", "Inf", "9", "USD"),
        line("OnDemand", "0", "6000000000", "0.0000166667", "USD"),
        line("OnDemand", "15000000000", "Inf", "0.0000133334", "USD"),
        line("OnDemand", "6000000000", "15000000000", "0.0000150000", "USD"),
    ];
    let csv = harvest(&text.concat());
    assert_eq!(csv.feed, "AWS Price List (CSV)");
    assert_eq!(csv.rows, json.rows);
    let yuan = [preface, header, &line("OnDemand", "0", "Inf", "1", "CNY")].concat();
    assert_eq!(reasons(&harvest(&yuan)), [("prices in CNY and not in US dollars", 1)]);
    let cut = text.concat();
    let error = try_harvest(cut.get(..cut.len() - 30).unwrap()).unwrap_err();
    assert!(error.what.contains("cut off"), "{error}");
    let short = [preface, header, "\"SGG\",\"T\"\n"].concat();
    let error = try_harvest(&short).unwrap_err();
    assert_eq!(error.offset, (preface.len() + header.len()) as u64);
    assert!(error.what.contains("2 values under 18 columns"), "{error}");
    let bad = [preface, header, &line("OnDemand", "0", "Inf", "free", "USD")].concat();
    assert!(try_harvest(&bad).unwrap_err().what.contains("`free` is no price"));
}

#[test]
fn lambda_groups_are_whole_and_free_tiers_are_not_prices() {
    let one = |group: &str, usage: &str, location: &str, region: &str| {
        let attributes = [
            LAMBDA,
            ("regionCode", region),
            ("location", location),
            ("group", group),
            ("usagetype", usage),
        ];
        let rate: Rate<'_> = ("S", "2026-10-01", "Second", "USD", &[("0", "Inf", "0.1")]);
        let harvest = harvest(&file(&[("S", "Serverless", &attributes)], &[rate]));
        rows(&harvest).first().map(|row| row.split(' ').nth(2).unwrap_or("").to_owned())
    };
    let here = |group: &str, usage: &str| one(group, usage, "EU (Ireland)", "eu-west-1");
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(here("AWS-Lambda-Duration", "EU-Lambda-GB-Second"), is("duration_x86"));
    assert_eq!(here("AWS-Lambda-Duration-ARM", "EU-Lambda-GB-Second-ARM"), is("duration_arm"));
    let storage = here("AWS-Lambda-Storage-Duration", "EU-Lambda-Storage-GB-Second");
    assert_eq!(storage, is("ephemeral_storage"));
    let provisioned = here("AWS-Lambda-Duration-Provisioned", "EU-Lambda-Provisioned-GB-Second");
    assert_eq!(provisioned, is("provisioned_duration_x86"));
    assert_eq!(here("AWS-Lambda-Edge-Duration", "EU-Lambda-Edge-GB-Second"), None);
    assert_eq!(
        here("AWS-Lambda-Duration", "EU-Lambda-Managed-Instances-c7g-Management-Hours"),
        None
    );
    assert_eq!(one("AWS-Lambda-Duration", "Global-Lambda-GB-Second", "Any", ""), None);
    assert_eq!(one("AWS-Lambda-Duration", "Global-Lambda-GB-Second", "", "eu-west-1"), None);
    // An older file without regionCode; a place that nobody knows.
    let place = |location: &str| one("AWS-Lambda-Duration", "EU-Lambda-GB-Second", location, "");
    assert_eq!(place("EU (Ireland)"), is("duration_x86"));
    assert_eq!(place("Mars (North)"), None);
}

#[test]
fn usage_types_with_and_without_a_region_are_one() {
    for (region, usage) in [
        ("us-east-1", "Fargate-vCPU-Hours:perCPU"),
        ("us-east-1", "USE1-Fargate-vCPU-Hours:perCPU"),
        ("eu-central-1", "EUC1-Fargate-vCPU-Hours:perCPU"),
    ] {
        let attributes =
            [("servicecode", "AmazonECS"), ("regionCode", region), ("usagetype", usage)];
        for unit in ["hours", "Hour", "vCPU-Hours"] {
            let rate: Rate<'_> = ("S", "2026-09-11", unit, "USD", &[("0", "Inf", "0.04048")]);
            let harvest = harvest(&file(&[("S", "Compute", &attributes)], &[rate]));
            let row = format!("aws/fargate {region} vcpu_x86 vCPU-hour 0.04048 0..");
            assert_eq!(rows(&harvest), [row]);
        }
    }
}

const M5: &[(&str, &str)] = &[
    ("servicecode", "AmazonEC2"),
    ("regionCode", "us-east-1"),
    ("locationType", "AWS Region"),
    ("instanceType", "m5.large"),
    ("operatingSystem", "Linux"),
    ("tenancy", "Shared"),
    ("capacitystatus", "Used"),
    ("preInstalledSw", "NA"),
    ("licenseModel", "No License required"),
    ("marketoption", "OnDemand"),
    ("operation", "RunInstances"),
    ("usagetype", "BoxUsage:m5.large"),
];

#[test]
fn only_plain_linux_on_shared_machines_is_the_price_of_a_machine() {
    let with = |name: &str, value: &str| {
        let mut attributes = M5.to_vec();
        for attribute in attributes.iter_mut().filter(|attribute| attribute.0 == name) {
            attribute.1 = value;
        }
        let value = value.to_owned();
        let attributes: Vec<(&str, &str)> = attributes;
        let rate: Rate<'_> = ("S", "2026-07-01", "Hrs", "USD", &[("0", "Inf", "0.096")]);
        let harvest = harvest(&file(&[("S", "Compute Instance", &attributes)], &[rate]));
        (
            rows(&harvest),
            reasons(&harvest).iter().map(|r| r.0.to_owned()).collect::<String>(),
            value,
        )
    };
    let (plain, ..) = with("tenancy", "Shared");
    assert_eq!(plain, ["aws/ec2 us-east-1 m5.large hour 0.096 0.."]);
    for (name, value) in [
        ("operatingSystem", "Windows"),
        ("operatingSystem", "SUSE"),
        ("tenancy", "Dedicated"),
        ("tenancy", "Host"),
        ("capacitystatus", "UnusedCapacityReservation"),
        ("capacitystatus", "AllocatedCapacityReservation"),
        ("preInstalledSw", "SQL Std"),
        ("licenseModel", "Bring your own license"),
        ("marketoption", "CapacityBlock"),
        ("operation", "RunInstances:0010"),
    ] {
        let (rows, reason, _) = with(name, value);
        assert_eq!(rows, [""; 0], "{name} {value}");
        assert!(reason.contains("another system, tenancy"), "{reason}");
    }
    let (rows, reason, _) = with("locationType", "AWS Local Zone");
    assert_eq!(rows, [""; 0]);
    assert!(reason.contains("local and wavelength zones"), "{reason}");
}

#[test]
fn zero_foreign_missing_old_and_contradicting_prices_are_no_rows() {
    let of = |rates: &[Rate<'_>]| {
        let harvest = harvest(&file(&[("S", "Compute Instance", M5)], rates));
        (rows(&harvest), reasons(&harvest).iter().map(|r| r.0.to_owned()).collect::<String>())
    };
    let (rows, reason) = of(&[("S", "2026-07-01", "Hrs", "USD", &[("0", "Inf", "0.0000000000")])]);
    assert_eq!((rows.len(), reason.as_str()), (0, "a price of zero"));
    let (rows, reason) = of(&[("S", "2026-07-01", "Hrs", "CNY", &[("0", "Inf", "1")])]);
    assert_eq!((rows.len(), reason.as_str()), (0, "prices in CNY and not in US dollars"));
    let (rows, reason) = of(&[("S", "2026-07-01", "Quantity", "USD", &[("0", "Inf", "1")])]);
    assert_eq!(rows.len(), 0);
    assert!(reason.contains("the unit `Quantity` is not known for aws/ec2"), "{reason}");
    let (rows, reason) = of(&[]);
    assert_eq!((rows.len(), reason.as_str()), (0, "products without an on-demand price"));
    let gap: Rate<'_> = ("S", "2026-07-01", "Hrs", "USD", &[("0", "5", "2"), ("6", "Inf", "1")]);
    assert_eq!(of(&[gap]).1, "tiers with a gap, an overlap or an end");
    let ends: Rate<'_> = ("S", "2026-07-01", "Hrs", "USD", &[("0", "5", "2")]);
    assert_eq!(of(&[ends]).1, "tiers with a gap, an overlap or an end");
    let (rows, _) = of(&[
        ("S", "2026-07-01", "Hrs", "USD", &[("0", "Inf", "0.2")]),
        ("S", "2026-08-01", "Hrs", "USD", &[("0", "Inf", "0.1")]),
        ("S", "2026-06-01", "Hrs", "USD", &[("0", "Inf", "0.3")]),
    ]);
    assert_eq!(rows, ["aws/ec2 us-east-1 m5.large hour 0.10 0.."]);
    // Two SKUs for one machine: fine if they agree, refused if not.
    let two = |price: &str| {
        let rates: [Rate<'_>; 2] = [
            ("A", "2026-07-01", "Hrs", "USD", &[("0", "Inf", "0.1")]),
            ("B", "2026-07-01", "Hrs", "USD", &[("0", "Inf", price)]),
        ];
        let products: [Product<'_>; 2] =
            [("A", "Compute Instance", M5), ("B", "Compute Instance", M5)];
        harvest(&file(&products, &rates))
    };
    assert_eq!(two("0.10").rows.len(), 1);
    assert_eq!(two("0.2").rows.len(), 0);
    let refused = two("0.2");
    assert!(reasons(&refused)[0].0.contains("SKU A and SKU B"), "{:?}", reasons(&refused));
}

#[test]
fn a_free_first_tier_is_an_allowance_and_tiers_begin_after_it() {
    let storage =
        [("servicecode", "AmazonDynamoDB"), IRELAND, ("usagetype", "EU-TimedStorage-ByteHrs")];
    let rate: Rate<'_> =
        ("S", "2026-09-01", "GB-Mo", "USD", &[("0", "25", "0"), ("25", "Inf", "0.283")]);
    let harvest = harvest(&file(&[("S", "Database Storage", &storage)], &[rate]));
    assert_eq!(
        rows(&harvest),
        [
            "aws/dynamodb account free_storage GB-month 0.00 0..25",
            "aws/dynamodb eu-west-1 storage GB-month 0.283 0..",
        ]
    );
}

#[test]
fn units_are_spelled_as_the_offers_spell_them() {
    for (code, usage, unit, row) in [
        ("AWSQueueService", "Requests-RBP", "Requests", "aws/sqs us-east-1 requests request 0.72"),
        (
            "AWSQueueService",
            "USE2-Requests-Tier1",
            "Requests",
            "aws/sqs us-east-1 requests request 0.72",
        ),
        (
            "AWSQueueService",
            "Requests-FIFO-RBP",
            "Requests",
            "aws/sqs us-east-1 requests_fifo request 0.72",
        ),
        (
            "AWSEvents",
            "USE1-Event-64K-Chunks",
            "64K-Chunks",
            "aws/eventbridge us-east-1 custom_event event 0.72",
        ),
        (
            "AmazonStates",
            "StateTransition",
            "StateTransitions",
            "aws/step-functions us-east-1 standard_transition transition 0.72",
        ),
        // A GB-second is the 3,600th part of our GB-hour.
        (
            "AmazonStates",
            "StepFunctions-GB-Second",
            "GB-Seconds",
            "aws/step-functions us-east-1 express_duration GB-hour 2592.00",
        ),
    ] {
        let attributes = [("servicecode", code), ("regionCode", "us-east-1"), ("usagetype", usage)];
        let rate: Rate<'_> = ("S", "2026-10-01", unit, "USD", &[("0", "Inf", "0.72")]);
        let harvest = harvest(&file(&[("S", "F", &attributes)], &[rate]));
        assert_eq!(rows(&harvest), [format!("{row} 0..")]);
    }
}
