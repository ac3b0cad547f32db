//! The catalogue in this repository loads, answers, and holds what plans need.

mod common;

use catalog::{Catalog, LimitValue, Prices, ProblemKind};
use units::{Bytes, Date, Duration, Millicores};

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn load() -> Catalog {
    match Catalog::parse(&common::files()) {
        Ok(catalog) => catalog,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"));
        }
    }
}

fn dollars(prices: Prices<'_>, service: &str, region: &str, dimension: &str) -> String {
    let row =
        prices.price(service, region, dimension).unwrap_or_else(|missing| panic!("{missing}"));
    row.price.money().to_decimal()
}

#[test]
fn prices_are_those_in_force_on_the_day() {
    let catalog = load();
    for (day, service, dimension, price) in [
        ("2019-12-31", "aws/eks", "cluster_standard_support", "0.20"),
        ("2020-01-20", "aws/eks", "cluster_standard_support", "0.20"),
        ("2020-01-21", "aws/eks", "cluster_standard_support", "0.10"),
        ("2026-11-23", "aws/eks", "cluster_standard_support", "0.10"),
        ("2024-01-31", "aws/ipv4", "hour", "0.00"),
        ("2024-02-01", "aws/ipv4", "hour", "0.005"),
        ("2019-12-31", "aws/lambda", "duration_x86", "0.0000166667"),
        ("2026-11-23", "aws/lambda", "duration_x86", "0.0000166667"),
        ("2019-12-31", "aws/ec2", "t3a.small", "0.0188"),
    ] {
        let got = dollars(catalog.at(date(day)), service, "us-east-1", dimension);
        assert_eq!(got, price, "{service} {dimension} {day}");
    }
}

#[test]
fn tiers_come_in_order_and_reach_to_infinity() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    let tiers = today.tiers("aws/lambda", "eu-west-1", "duration_arm").unwrap();
    let shown: Vec<_> =
        tiers.iter().map(|t| (t.price.money().to_decimal(), t.tier_from, t.tier_to)).collect();
    assert_eq!(
        shown,
        [
            ("0.0000133334".to_owned(), 0, Some(7_500_000_000)),
            ("0.0000120001".to_owned(), 7_500_000_000, Some(18_750_000_000)),
            ("0.0000106667".to_owned(), 18_750_000_000, None),
        ]
    );
    let before_tiers = catalog.at(date("2020-06-01"));
    assert_eq!(before_tiers.tiers("aws/lambda", "us-east-1", "duration_x86").unwrap().len(), 1);
}

#[test]
fn a_missing_row_names_itself_and_says_what_there_is() {
    let catalog = load();
    let missing = catalog
        .at(date("2026-11-23"))
        .price("aws/lambda", "eu-south-2", "duration_arm")
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("price aws/lambda eu-south-2 duration_arm on 2026-11-23"),
        "{missing}"
    );
    assert!(missing.contains("us-east-1"), "{missing}");
    let too_early = catalog.at(date("2021-01-01")).price("aws/lambda", "us-east-1", "duration_arm");
    let too_early = too_early.unwrap_err().to_string();
    assert!(too_early.contains("in force from 2021-09-29"), "{too_early}");
    assert!(catalog.at(date("2026-11-23")).instances("mars-1").is_err());
    assert!(catalog.at(date("2026-11-23")).limit("aws-lambda", "colour").is_err());
}

#[test]
fn allowances_are_whole_units_and_absent_ones_are_zero() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    for (service, dimension, units) in [
        ("aws/lambda", "free_requests", 1_000_000),
        ("aws/lambda", "free_duration", 400_000),
        ("aws/data-transfer", "free_internet_out", 100),
        ("aws/cloudwatch-logs", "free_ingest", 5),
        ("aws/sqs", "free_requests", 1_000_000),
        ("aws/alb", "free_hours", 0),
    ] {
        assert_eq!(today.allowance(service, dimension), units, "{service}");
    }
    let before = catalog.at(date("2021-11-30"));
    assert_eq!(before.allowance("aws/data-transfer", "free_internet_out"), 1);
}

#[test]
fn instance_types_are_those_on_the_market_and_know_their_limits() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    let small = today.instance("us-east-1", "t3a.small").unwrap();
    assert_eq!((small.cpu, small.memory), (Millicores::new(2000), Bytes::from_gib(2)));
    assert_eq!((small.max_pods, small.baseline_per_mille, small.arm), (Some(8), 200, false));
    assert_eq!(small.hour.money().to_decimal(), "0.0188");
    // The ENI table of the EKS image: three more types from its published list.
    for (name, pods) in [("t3.medium", 17), ("m7g.large", 29), ("m5.xlarge", 58)] {
        assert_eq!(today.instance("us-east-1", name).unwrap().max_pods, Some(pods), "{name}");
    }
    let sold = today.instances("us-east-1").unwrap();
    assert!(sold.len() > 300 && sold.is_sorted_by(|a, b| a.name < b.name));
    assert!(sold.iter().all(|machine| machine.max_pods.is_some()));
    let then = catalog.at(date("2019-12-31")).instances("us-east-1").unwrap();
    assert!(then.iter().any(|machine| machine.name == "t3a.small"));
    assert!(then.iter().all(|machine| machine.family != "m7g" && machine.family != "t4g"));
}

#[test]
fn a_family_with_a_dash_is_sold_from_its_own_day() {
    let catalog = load();
    for (day, c7i, flex) in
        [("2023-09-12", false, false), ("2024-01-01", true, false), ("2024-05-14", true, true)]
    {
        let sold = catalog.at(date(day)).instances("us-east-1").unwrap();
        let family = |name: &str| sold.iter().find(|m| m.name == name).map(|m| m.family.as_str());
        assert_eq!(family("c7i.large"), c7i.then_some("c7i"), "{day}");
        assert_eq!(family("c7i-flex.large"), flex.then_some("c7i-flex"), "{day}");
    }
    let price = |day| catalog.at(date(day)).price("aws/ec2", "us-east-1", "c7i-flex.large");
    assert!(price("2024-05-13").is_err() && price("2024-05-14").is_ok());
}

#[test]
fn limits_have_values_units_and_days() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    let timeout = today.limit("aws-lambda", "timeout.max").unwrap();
    assert_eq!((&timeout.value, timeout.unit.as_str()), (&LimitValue::Number(900.0), "s"));
    assert_eq!(timeout.row(), "aws-lambda/timeout.max");
    let memory = today.limit("aws-lambda", "memory.range").unwrap();
    assert_eq!(memory.value, LimitValue::Range(128.0, 10240.0));
    for (day, ms, init) in
        [("2020-11-30", 100.0, false), ("2025-07-31", 1.0, false), ("2025-08-01", 1.0, true)]
    {
        let then = catalog.at(date(day));
        assert_eq!(then.limit_number("aws-lambda", "billing.granularity"), Ok(ms));
        assert_eq!(then.limit("aws-lambda", "billing.init").unwrap().flag(), Some(init), "{day}");
    }
    assert!(today.limit_number("aws-lambda", "snapstart.runtimes").is_err());
}

#[test]
fn cold_starts_are_found_as_people_write_runtimes() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    for (asked, named) in [
        ("nodejs24", Some("nodejs24.x")),
        ("python3.13", Some("python3.13")),
        ("go", Some("go (prov.al2023)")),
        ("rust", Some("rust (prov.al2023)")),
        ("java", Some("java25")),
        ("fortran", None),
    ] {
        let found = today.cold_start("aws-lambda", asked, true, false);
        assert_eq!(found.as_ref().map(|c| c.runtime.as_str()), named, "{asked}");
        if let Some(start) = found {
            assert!(start.init_p50 <= start.init_p95 && start.init_p95 <= start.init_p99);
            assert!(start.init_p99 < Duration::from_secs(5), "{asked}");
        }
    }
    let idle = today.idle_lifetime("aws-lambda");
    assert!(idle.is_sorted_by(|a, b| a.idle < b.idle && a.gone.get() <= b.gone.get()));
    assert!(today.idle_lifetime("nowhere").is_empty());
}

#[test]
fn both_first_regions_have_every_price_that_bills_ask_for() {
    let needed = [
        (
            "aws/lambda",
            "requests requests_arm duration_x86 duration_arm provisioned_concurrency_x86 provisioned_concurrency_arm provisioned_duration_x86 provisioned_duration_arm ephemeral_storage snapstart_cache snapstart_restore response_streaming durable_operation durable_data_written durable_data_retained tenant_isolation_x86 tenant_isolation_arm event_poller_unit_kafka event_poller_unit_sqs managed_instances_fee",
        ),
        ("aws/lambda-edge", "requests duration"),
        ("aws/lambda-function-url", "surcharge"),
        ("aws/api-gateway-http", "requests"),
        ("aws/api-gateway-rest", "requests"),
        ("aws/api-gateway-websocket", "messages connection_minutes"),
        ("aws/alb", "hour lcu"),
        ("aws/nlb", "hour nlcu"),
        ("aws/nat", "hour data"),
        ("aws/ipv4", "hour"),
        ("aws/data-transfer", "internet_out inter_az inter_region_out"),
        ("aws/cloudwatch-logs", "ingest_standard storage"),
        ("aws/eks", "cluster_standard_support cluster_extended_support auto_mode_fee"),
        ("aws/ebs", "gp3_storage gp2_storage snapshot"),
        ("aws/fargate", "vcpu_x86 memory_x86 vcpu_arm memory_arm ephemeral_storage"),
        ("aws/fargate-spot", "vcpu_x86 memory_x86 vcpu_arm memory_arm"),
        (
            "aws/ec2",
            "t3_unlimited_cpu_credits t4g_unlimited_cpu_credits t3a.small t4g.small m7g.large c7g.large r7g.large",
        ),
        ("aws/aurora", "acu storage io_requests"),
        ("aws/dynamodb", "read_request_unit write_request_unit storage rcu wcu"),
        ("aws/sqs", "requests requests_fifo"),
        ("aws/s3", "storage put_copy_post_list get"),
        ("aws/ecr", "storage"),
        ("aws/step-functions", "standard_transition express_request express_duration"),
        ("aws/sns", "publish"),
        ("aws/eventbridge", "custom_event"),
    ];
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    for region in ["us-east-1", "eu-west-1"] {
        for (service, dimensions) in needed {
            for dimension in dimensions.split(' ') {
                dollars(today, service, region, dimension);
            }
        }
        for (service, engines) in
            [("aws/rds", &["postgres", "mysql"]), ("aws/elasticache", &["redis", "valkey"])]
        {
            let mut sizes = 0;
            for size in today.sizes(service).filter(|s| s.name != "db.t3.medium aurora") {
                assert!(size.memory > Bytes::ZERO && size.cpu > Millicores::ZERO);
                for engine in engines {
                    dollars(today, service, region, &format!("{} {engine}", size.name));
                    sizes += 1;
                }
            }
            assert!(sizes >= 10, "{service}");
        }
        dollars(today, "aws/rds", region, "gp3_storage");
    }
}

#[test]
fn listing_filters_and_verifying_finds_what_is_old_or_doubtful() {
    let catalog = load();
    let today = catalog.at(date("2026-11-23"));
    let lambda = today.list(Some("aws/lambda"), Some("eu-west-1"));
    assert!(lambda.iter().all(|row| row.region == "eu-west-1" || row.region == "account"));
    assert!(lambda.iter().any(|row| row.dimension == "duration_arm"));
    assert!(today.list(None, None).len() > 2500);

    let found = catalog.verify(date("2026-11-23"));
    assert!(found.iter().all(|problem| problem.kind != ProblemKind::Broken));
    let stale = |p: &&catalog::Problem| p.kind == ProblemKind::Stale;
    // Regional EC2 prices were observed in 2025.
    assert!(found.iter().filter(stale).any(|p| p.file == "aws/ec2/eu-west-1.csv" && p.line > 1));
    let doubtful = found.iter().find(|p| p.kind == ProblemKind::Doubtful).unwrap();
    assert!(!doubtful.remedy.is_empty() && doubtful.what.contains("doubtful"));
    assert!(!catalog.is_fresh(date("2026-11-23")));
}

#[test]
fn the_hash_follows_the_content_and_not_the_order() {
    let mut files = common::files();
    let hash = load().sha256().to_owned();
    assert_eq!(hash.len(), 64);
    files.reverse();
    assert_eq!(Catalog::parse(&files).unwrap().sha256(), hash);
    let price = files.iter_mut().find(|(path, _)| path == "aws/lambda.csv").unwrap();
    price.1 = price.1.replacen("0.0000002", "0.0000003", 1);
    assert_ne!(Catalog::parse(&files).unwrap().sha256(), hash);
}

#[test]
fn every_source_is_explained_and_used() {
    let catalog = load();
    for limit in catalog.limits() {
        assert!(catalog.sources().contains_key(&limit.source), "{}", limit.row());
    }
    for (key, description) in catalog.sources() {
        assert!(description.len() > 10, "{key}");
    }
}
