//! Whole plans on real platforms and prices.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use catalog::Catalog;
use model::{
    App, Architecture, CallKind, Chosen, Decision, Discount, Distribution, Edge, Engine,
    ExistingCluster, Fact, Kind, Need, Verdict,
};
use source::{FileId, Span};
use traffic::Workload;
use units::{Bytes, Date, Duration, Millicores, Money, Share};

use crate::testing::{app, catalog_files, component, constant, known, workload};
use crate::{Question, decide};

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::parse(&catalog_files()).unwrap())
}

/// Enough for a day of the article's load; plans of tests stay quick.
const REPLAYED: usize = 100_000;

const SOMEWHERE: Span = Span::new(FileId(0), 0, 0);

fn per_month(requests: f64) -> Workload {
    workload(requests / Duration::MONTH.secs_f64())
}

fn plan_on(app: &App, loads: &[(&str, f64)], day: Date) -> Decision {
    let loads: BTreeMap<String, Workload> =
        loads.iter().map(|(id, month)| ((*id).to_owned(), per_month(*month))).collect();
    let mut question = Question::new(app, loads, catalog().at(day));
    question.replay_max = REPLAYED;
    decide(&question)
}

fn plan(app: &App, loads: &[(&str, f64)]) -> Decision {
    plan_on(app, loads, Date::new(2026, 11, 23).unwrap())
}

/// The published comparison: 512 MB, 300 ms, no front door, one pinned node.
fn article(nodes: u32) -> App {
    let mut api = component("api");
    // 300 ms at 512 MB, half of it CPU on 0.289 vCPU.
    api.demand.cpu = known(Distribution::Constant(Duration::from_nanos(43_414_358)));
    api.demand.wait = constant(150);
    api.demand.duration = Some(constant(300));
    // A start as the table has it for the runtime: starting is billed too.
    api.start.init = Fact::Unknown;
    let mut app = app(vec![api]);
    app.assume.no_front_door = Some(SOMEWHERE);
    app.assume.no_disks = Some(SOMEWHERE);
    app.assume.no_public_ipv4 = Some(SOMEWHERE);
    app.assume.no_logs = Some(SOMEWHERE);
    app.assume.no_egress = Some(SOMEWHERE);
    app.assume.no_node_overhead = Some(SOMEWHERE);
    app.assume.node = Some(("t3a.small".to_owned(), SOMEWHERE));
    app.assume.nodes = Some((nodes, SOMEWHERE));
    app.assume.architecture = Some((Architecture::X86, SOMEWHERE));
    app
}

#[test]
fn declared_discounts_are_in_the_bill_and_told_apart() {
    let app = app(vec![component("api")]);
    let discount = Discount { service: "aws/ec2".to_owned(), hundredths: 4_000, span: None };
    let day = Date::new(2026, 11, 23).unwrap();
    let own = catalog().discounted(&[discount]);
    let loads = || BTreeMap::from([("api".to_owned(), workload(200.0))]);
    let asked = |question: Question<'_>| decide(&Question { replay_max: REPLAYED, ..question });
    let list = asked(Question::new(&app, loads(), catalog().at(day)));
    let with = asked(Question {
        list: Some(catalog().at(day)),
        ..Question::new(&app, loads(), own.at(day))
    });
    let cost = |decision: &Decision| decision.cost_month.unwrap().expected;
    assert!(cost(&with) < cost(&list), "{} {}", cost(&with), cost(&list));
    let told = |decision: &Decision| decision.findings.iter().find(|f| f.id == "DE005").cloned();
    assert_eq!(told(&list), None);
    let note = told(&with).expect("what the discount is worth");
    let machines = with.invoices.iter().flat_map(|i| &i.lines).find(|l| l.unit == "hour").unwrap();
    assert!(note.message.contains("at list prices"), "{}", note.message);
    // Two thirds of what machines cost now is what came off.
    let off = crate::words::money(machines.amount.scaled(2, 3));
    assert!(note.message.contains(&off), "{} holds no {off}", note.message);
}

fn cost_of(decision: &Decision, name: &str) -> Option<String> {
    let found = decision.considered.iter().find(|c| c.name == name)?;
    found.cost_month.map(|money| money.to_string())
}

#[test]
fn the_articles_figures_come_out_then_and_now() {
    let then = plan_on(&article(1), &[("api", 3e6)], Date::new(2019, 12, 31).unwrap());
    assert_eq!(cost_of(&then, "all Kubernetes").as_deref(), Some("$159.72"));
    let now = plan(&article(1), &[("api", 3e6)]);
    assert_eq!(cost_of(&now, "all Kubernetes").as_deref(), Some("$86.72"));
    let lambda = cost_of(&now, "all Lambda");
    assert_eq!(lambda.as_deref(), Some("$8.10"));
    let ninety = plan(&article(2), &[("api", 90e6)]);
    assert_eq!(cost_of(&ninety, "all Kubernetes").as_deref(), Some("$100.45"));
    let cluster = ninety.considered.iter().find(|c| c.name == "all Kubernetes").unwrap();
    let short = cluster.why_not.iter().find(|r| r.rule == Some("CR082")).unwrap();
    assert!(short.text.contains("5.1 GB"), "{}", short.text);
    let left_out: Vec<&str> = now.left_out.iter().map(|l| l.item.as_str()).collect();
    for item in ["front door", "load balancer", "second zone", "node disks"] {
        assert!(left_out.contains(&item), "{left_out:?}");
    }
}

/// A shop that calls a database, works off uploads and holds long connections.
fn shop() -> App {
    let mut api = component("api");
    api.slo.latency = vec![(Share::new(0.99), Duration::from_millis(1500), None)];
    let mut chat = component("chat");
    chat.demand.cpu = constant(2);
    chat.demand.wait = constant(8);
    chat.needs.insert(Need::WebSockets, None);
    chat.connection = Some(known(Duration::from_secs(3 * 3600)));
    let mut db = component("db");
    db.kind = Kind::Stateful;
    db.engine = Some(known(Engine::Postgres));
    db.memory = known(Bytes::from_gib(4));
    db.storage = Some(known(Bytes::from_gib(50)));
    let mut thumb = component("thumb");
    thumb.kind = Kind::Worker;
    thumb.public = known(false);
    let mut app = app(vec![api, chat, db, thumb]);
    app.edges = vec![Edge {
        from: "api".to_owned(),
        to: "db".to_owned(),
        calls_per_request: 2.0,
        bytes: known(Bytes::from_kib(4)),
        kind: CallKind::Sync,
        origin: None,
    }];
    app
}

const SHOP_LOADS: [(&str, f64); 4] =
    [("api", 3e6), ("chat", 30e6), ("db", 6e6), ("thumb", 200_000.0)];

#[test]
fn every_cent_and_every_request_of_a_plan_is_accounted_for() {
    let decision = plan(&shop(), &SHOP_LOADS);
    let expected = decision.cost_month.unwrap().expected;
    let billed: Money = decision.invoices.iter().map(model::Invoice::total).sum();
    let placed: Money = decision.placements.iter().map(|p| p.cost_month).sum();
    assert_eq!(billed, expected);
    assert_eq!(placed, expected);
    assert_eq!(decision.considered[0].cost_month, Some(expected));
    for a in &decision.accounting {
        assert_eq!(a.arrivals, a.served + a.rejected + a.in_flight, "{}", a.component);
    }
    let range = decision.cost_month.unwrap();
    assert!(range.low <= expected && expected <= range.high);
}

#[test]
fn long_connections_rule_functions_out_and_the_reason_is_named() {
    let decision = plan(&shop(), &SHOP_LOADS);
    let lambda = decision.considered.iter().find(|c| c.name == "all Lambda").unwrap();
    assert_eq!(lambda.chosen, Chosen::Impossible);
    assert_eq!(lambda.why_not[0].rule, Some("CR021"));
    let db = decision.placements.iter().find(|p| p.component == "db").unwrap();
    assert_eq!(db.platform.0, "aws/managed");
    let refused = decision
        .options
        .iter()
        .any(|o| o.component == "chat" && o.why_not.iter().any(|r| r.rule == Some("CR021")));
    assert!(refused, "the refused option is listed");
}

#[test]
fn the_choice_is_never_dearer_than_an_alternative() {
    let decision = plan(&shop(), &SHOP_LOADS);
    let choice = decision.considered[0].cost_month.unwrap();
    assert_eq!(decision.considered[0].chosen, Chosen::Yes);
    let others = decision.considered.iter().skip(1).filter_map(|c| c.cost_month);
    assert!(others.into_iter().all(|other| other >= choice));
}

#[test]
fn the_same_question_gives_the_same_bytes_on_any_number_of_threads() {
    let shop = shop();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", plan(&shop, &SHOP_LOADS)))
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn the_order_of_components_means_nothing() {
    let sorted = shop();
    let mut turned = shop();
    turned.components.reverse();
    let (a, b) = (plan(&sorted, &SHOP_LOADS), plan(&turned, &SHOP_LOADS));
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
}

#[test]
fn an_idle_webhook_goes_to_functions_and_a_steady_flood_does_not() {
    let app = app(vec![component("api")]);
    let idle = plan(&app, &[("api", 50_000.0)]);
    assert_eq!(idle.verdict, Some(Verdict::Serverless));
    let flood = plan(&app, &[("api", 800e6)]);
    assert_ne!(flood.placements[0].platform.0, "aws/lambda");
    let upward = idle.flips.iter().filter(|flip| flip.factor > 1.0);
    assert!(upward.count() > 0, "it says when that changes: {:?}", idle.flips);
}

#[test]
fn what_nothing_holds_is_refused_with_reasons() {
    let mut model = component("model");
    model.needs.insert(Need::OnPremises, None);
    let decision = plan(&app(vec![model]), &[("model", 1e6)]);
    assert_eq!(decision.verdict, None);
    assert!(decision.placements.is_empty());
    assert!(decision.considered.iter().all(|c| c.chosen == Chosen::Impossible));
    let reasons = decision.options.iter().flat_map(|o| &o.why_not);
    assert!(reasons.into_iter().any(|r| r.rule == Some("CR040")));
    assert!(decision.findings.iter().any(|f| f.id == "DE002"));
}

#[test]
fn a_region_without_prices_leaves_platforms_out_by_the_row() {
    let mut app = app(vec![component("api")]);
    app.region = known("aws/mars-1".to_owned());
    let decision = plan(&app, &[("api", 1e6)]);
    assert_eq!(decision.verdict, None);
    let named = decision
        .options
        .iter()
        .flat_map(|o| &o.why_not)
        .any(|r| r.text.contains("the catalogue has no") && r.text.contains("mars-1"));
    assert!(named, "{:?}", decision.options);
}

#[test]
fn an_existing_cluster_with_room_is_decided_at_the_margin() {
    let mut app = app(vec![component("api")]);
    let new = plan(&app, &[("api", 20e6)]);
    app.existing_cluster = Some(ExistingCluster {
        spare_cpu: known(Millicores::new(8000)),
        spare_memory: known(Bytes::from_gib(32)),
        span: None,
    });
    let shared = plan(&app, &[("api", 20e6)]);
    let of = |d: &Decision| {
        d.considered.iter().find(|c| c.name == "all Kubernetes").unwrap().cost_month.unwrap()
    };
    assert!(of(&shared) < of(&new), "{} {}", of(&shared), of(&new));
    assert_eq!(shared.marginal_cost_month, Some(of(&shared)));
    let cluster = shared.considered.iter().find(|c| c.name == "all Kubernetes").unwrap();
    let told = cluster.why_not.iter().any(|r| r.text.contains("with a cluster of its own"));
    assert!(told || cluster.chosen == Chosen::Yes);
}

#[test]
fn calls_that_are_waited_for_count_for_the_callers_promise() {
    let mut web = component("web");
    web.slo.latency = vec![(Share::new(0.5), Duration::from_millis(900), None)];
    let mut slow = component("slow");
    slow.public = known(false);
    slow.demand.wait = constant(700);
    let mut app = app(vec![slow, web]);
    let loads = [("web", 2e6), ("slow", 2e6)];
    assert!(plan(&app, &loads).verdict.is_some(), "apart they are fast enough");
    app.edges = vec![Edge {
        from: "web".to_owned(),
        to: "slow".to_owned(),
        calls_per_request: 1.0,
        bytes: Fact::Unknown,
        kind: CallKind::Sync,
        origin: None,
    }];
    let decision = plan(&app, &loads);
    assert_eq!(decision.verdict, None, "300 ms and 800 ms are more than 900 ms together");
    assert!(decision.headline.contains("calls between components"), "{}", decision.headline);
}

#[test]
fn functions_of_one_account_share_its_concurrency() {
    let slow = |id: &str| {
        let mut slow = component(id);
        slow.demand.cpu = constant(10);
        slow.demand.wait = constant(1000);
        slow
    };
    let month = 700.0 * Duration::MONTH.secs_f64();
    let loads = [("orders", month), ("search", month)];
    let mut both = app(vec![slow("orders"), slow("search")]);
    let why = |decision: &Decision| {
        let found = decision.considered.iter().find(|c| c.name == "all Lambda").unwrap();
        let why: Vec<&str> = found.why_not.iter().map(|reason| reason.text.as_str()).collect();
        (found.chosen == Chosen::Impossible, why.join("; "))
    };
    let (impossible, reason) = why(&plan(&both, &loads));
    assert!(impossible, "{reason}");
    for part in
        ["orders 8", "search 8", "more than 1,000", "aws-lambda/concurrency.account_default"]
    {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    // Where there is nothing else, that is the answer.
    let alone = |both: &App| {
        let loads = loads.map(|(id, month)| (id.to_owned(), per_month(month))).into();
        let mut question =
            Question::new(both, loads, catalog().at(Date::new(2026, 11, 23).unwrap()));
        question.replay_max = REPLAYED;
        question.platforms = &[&platforms::aws_lambda::AwsLambda];
        decide(&question).headline
    };
    let headline = alone(&both);
    assert!(headline.starts_with("No placement: functions that share an account"), "{headline}");
    both.quotas.lambda_concurrency = Some((2000, Some(SOMEWHERE)));
    let (impossible, reason) = why(&plan(&both, &loads));
    assert!(!impossible, "{reason}");
    let headline = alone(&both);
    assert!(!headline.starts_with("No placement"), "{headline}");
}

#[test]
fn a_job_costs_cents_and_turns_nothing() {
    let mut job = component("migrate");
    job.kind = Kind::Job;
    job.demand.cpu = Fact::assumed(Distribution::Constant(Duration::from_secs(5)), "a guess");
    job.demand.wait = Fact::assumed(Distribution::Constant(Duration::from_secs(15)), "a guess");
    job.memory = Fact::assumed(Bytes::from_mib(512), "a guess");
    let app = app(vec![component("api"), job]);
    let decision = plan(&app, &[("api", 3e6), ("migrate", 20.0)]);
    let placed = decision.placements.iter().find(|p| p.component == "migrate").unwrap();
    assert!(placed.cost_month < Money::from_cents(5), "{}", placed.cost_month);
    let flips = decision.flips.iter().filter(|f| f.scope.as_deref() == Some("migrate"));
    assert_eq!(flips.count(), 0);
    let guesses = decision.assumptions.iter().filter(|a| format!("{a:?}").contains("migrate"));
    assert_eq!(guesses.count(), 0);
}
