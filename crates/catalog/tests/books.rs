//! Price books over the catalogue: what they replace, when, and in which currency.

mod common;

use catalog::{Catalog, Layer, Problem};
use units::Date;

const HEADER: &str = "region,dimension,unit,price,tier_from,tier_to,effective_from,effective_to,observed,source,doubtful,note";

fn book(files: &[(&str, &str)]) -> Layer {
    let sources = ("sources.csv", "source,description\nmine,our contract\n");
    let files = files.iter().chain(std::iter::once(&sources));
    let files = files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Layer { name: "ours".to_owned(), files }
}

fn lambda(rows: &str) -> String {
    format!("{HEADER}\n{rows}\n")
}

fn load(books: &[Layer]) -> Result<Catalog, Vec<Problem>> {
    Catalog::layered(&common::files(), books)
}

fn price(catalog: &Catalog, day: &str, dimension: &str) -> String {
    let day = Date::parse(day).expect("a day");
    let row = catalog.at(day).price("aws/lambda", "us-east-1", dimension).expect("a row");
    row.price.money().to_decimal()
}

#[test]
fn a_negotiated_rate_replaces_all_tiers_and_changes_the_hash() {
    let rows = lambda("us-east-1,duration_x86,GB-s,0.000012,,,,,2026-11-01,mine,,");
    let plain = load(&[]).unwrap();
    let ours = load(&[book(&[("aws/lambda.csv", &rows)])]).unwrap();
    assert_eq!(price(&ours, "2026-11-23", "duration_x86"), "0.000012");
    assert_eq!(price(&ours, "2019-11-23", "duration_x86"), "0.000012");
    assert_eq!(price(&ours, "2026-11-23", "duration_arm"), "0.0000133334");
    let today = ours.at(Date::parse("2026-11-23").unwrap());
    assert_eq!(today.tiers("aws/lambda", "us-east-1", "duration_x86").unwrap().len(), 1);
    assert_ne!(plain.sha256(), ours.sha256());
    assert_eq!(plain.sha256(), Catalog::parse(&common::files()).unwrap().sha256());
    let elsewhere = Layer { name: "other".to_owned(), ..book(&[("aws/lambda.csv", &rows)]) };
    assert_eq!(load(&[elsewhere]).unwrap().sha256(), ours.sha256());
}

#[test]
fn before_and_after_a_contract_the_list_price_is_in_force() {
    let rows =
        lambda("us-east-1,duration_x86,GB-s,0.000012,,,2026-03-01,2027-03-01,2026-02-20,mine,,");
    let ours = load(&[book(&[("aws/lambda.csv", &rows)])]).unwrap();
    for (day, wanted) in [
        ("2026-02-28", "0.0000166667"),
        ("2026-03-01", "0.000012"),
        ("2027-02-28", "0.000012"),
        ("2027-03-01", "0.0000166667"),
    ] {
        assert_eq!(price(&ours, day, "duration_x86"), wanted, "{day}");
    }
}

#[test]
fn the_last_of_several_books_wins() {
    let rows =
        |price: &str| lambda(&format!("us-east-1,duration_x86,GB-s,{price},,,,,2026-11-01,mine,,"));
    let one = book(&[("aws/lambda.csv", &rows("0.00001"))]);
    let two = book(&[("aws/lambda.csv", &rows("0.00002"))]);
    let both = load(&[one.clone(), two.clone()]).unwrap();
    assert_eq!(price(&both, "2026-11-23", "duration_x86"), "0.00002");
    let turned = load(&[two, one]).unwrap();
    assert_eq!(price(&turned, "2026-11-23", "duration_x86"), "0.00001");
    assert_ne!(both.sha256(), turned.sha256());
}

#[test]
fn another_currency_needs_a_rate_with_a_day() {
    let rows = lambda("us-east-1,duration_x86,GB-s,0.00001,,,,,2026-11-01,mine,,ours");
    let with = |text: &str| load(&[book(&[("aws/lambda.csv", &rows), ("book.toml", text)])]);
    let euros = "currency = \"EUR\"\ndollars = \"1.085\"\nobserved = \"2026-11-20\"\n";
    let ours = with(euros).unwrap();
    assert_eq!(price(&ours, "2026-11-23", "duration_x86"), "0.00001085");
    let day = Date::parse("2026-11-23").unwrap();
    let row = ours.at(day).price("aws/lambda", "us-east-1", "duration_x86").unwrap();
    assert_eq!(row.note, "0.00001 EUR at 1.085 USD on 2026-11-20; ours");
    for (text, what) in [
        ("currency = \"EUR\"\n", "missing field `dollars`"),
        ("currency = \"EUR\"\ndollars = \"0\"\nobserved = \"2026-11-20\"\n", "zero"),
        ("currency = \"EUR\"\ndollars = \"x\"\nobserved = \"2026-11-20\"\n", "not a number"),
        ("currency = \"EUR\"\ndollars = \"1\"\nobserved = \"soon\"\n", "`soon` is not a date"),
        ("currency = \"USD\"\ndollars = \"2\"\nobserved = \"2026-11-20\"\n", "one dollar"),
        ("colour = 1\n", "colour"),
        ("{", ""),
    ] {
        let problems = with(text).unwrap_err();
        assert_eq!(problems[0].file, "ours/book.toml");
        assert!(problems[0].what.contains(what), "{what}: {}", problems[0]);
    }
}

const MACHINES: &str =
    "type,hour,month_cap,spot_saving_percent,spot_hour,spot_interruption,observed,source,derived\n";

#[test]
fn a_machine_keeps_what_a_book_does_not_say() {
    let text = format!(
        "{MACHINES}m5.large,0.05,,,,,2026-11-01,mine,\nc5.large,,,70,,<5%,2026-11-01,mine,\n"
    );
    let ours = load(&[book(&[("aws/ec2/us-east-1.csv", &text)])]).unwrap();
    let (plain, day) = (load(&[]).unwrap(), Date::parse("2026-11-23").unwrap());
    let (old, new) = (plain.at(day), ours.at(day));
    let machine = |prices: catalog::Prices<'_>, name: &str| {
        let machine = prices.instance("us-east-1", name).unwrap();
        let spot = machine.spot.clone().expect("spot");
        (machine.hour, spot.hour, spot.interruption)
    };
    // The price is replaced and the saving of before taken from it; or the other way round.
    let (hour, spot, band) = machine(old, "m5.large");
    let share = spot.money().dollars() / hour.money().dollars();
    let (new_hour, new_spot, new_band) = machine(new, "m5.large");
    assert_eq!((new_hour.money().to_decimal().as_str(), new_band), ("0.05", band));
    assert!((new_spot.money().dollars() / 0.05 - share).abs() < 1e-9);
    let (hour, ..) = machine(old, "c5.large");
    let (new_hour, new_spot, new_band) = machine(new, "c5.large");
    assert_eq!((new_hour, new_band.as_deref()), (hour, Some("<5%")));
    assert!((new_spot.money().dollars() / hour.money().dollars() - 0.3).abs() < 1e-9);
    assert_eq!(
        old.instances("us-east-1").unwrap().len(),
        new.instances("us-east-1").unwrap().len()
    );
    let unknown = format!("{MACHINES}q9.huge,,,70,,<5%,2026-11-01,mine,\n");
    let problems = load(&[book(&[("aws/ec2/us-east-1.csv", &unknown)])]).unwrap_err();
    assert!(problems[0].what.contains("no price to save from"), "{}", problems[0]);
    assert_eq!(problems[0].file, "ours/aws/ec2/us-east-1.csv");
}

#[test]
fn a_quota_of_a_book_replaces_the_one_below() {
    let header =
        "platform,id,value,unit,kind,effective_from,effective_to,observed,source,doubtful,note";
    let row = "aws-lambda,concurrency.account,5000,requests,adjustable,,,2026-11-01,mine,,raised";
    let plain = load(&[]).unwrap();
    let day = Date::parse("2026-11-23").unwrap();
    let id = plain.limits().iter().find(|limit| limit.platform == "aws-lambda").unwrap().id.clone();
    let text = format!("{header}\n{}\n", row.replace("concurrency.account", &id));
    let ours = load(&[book(&[("aws/limits.csv", &text)])]).unwrap();
    assert_eq!(ours.at(day).limit("aws-lambda", &id).unwrap().number(), Some(5000.0));
    assert_eq!(ours.limits().len(), plain.limits().len());
}

#[test]
fn a_mistake_in_a_book_is_named_with_its_folder() {
    let rows = lambda("us-east-1,duration_x86,parsec,1,,,,,2026-11-01,mine,,");
    let problems = load(&[book(&[("aws/lambda.csv", &rows)])]).unwrap_err();
    assert_eq!((problems[0].file.as_str(), problems[0].line), ("ours/aws/lambda.csv", 2));
    let rows = lambda("us-east-1,duration_x86,GB-s,cheap,,,,,2026-11-01,mine,,");
    let problems = load(&[book(&[("aws/lambda.csv", &rows)])]).unwrap_err();
    assert_eq!(problems[0].file, "ours/aws/lambda.csv");
}

#[test]
fn a_book_may_say_only_the_cap_of_a_machine() {
    let text = format!("{MACHINES}m5.large,,41.5,,,,2026-11-01,mine,\n");
    let ours = load(&[book(&[("aws/ec2/us-east-1.csv", &text)])]).unwrap();
    let day = Date::parse("2026-11-23").unwrap();
    let plain = load(&[]).unwrap();
    let (old, new) = (plain.at(day), ours.at(day));
    let old = old.instance("us-east-1", "m5.large").unwrap();
    let machine = new.instance("us-east-1", "m5.large").unwrap();
    assert_eq!((machine.hour, &machine.spot, &machine.source), (old.hour, &old.spot, &old.source));
    assert_eq!((old.month_cap, machine.month_cap), (None, units::Price::parse("41.5").ok()));
    let month = new.price("aws/ec2", "us-east-1", "m5.large month").unwrap();
    assert_eq!(month.price.money().to_decimal(), "41.50");
}

#[test]
fn a_share_has_no_currency() {
    let rows = lambda(
        "us-east-1,managed_instances_fee,fraction,0.1,,,,,2026-11-01,mine,,ours\n\
         us-east-1,duration_x86,GB-s,0.00001,,,,,2026-11-01,mine,,",
    );
    let euros = "currency = \"EUR\"\ndollars = \"1.085\"\nobserved = \"2026-11-20\"\n";
    let ours = load(&[book(&[("aws/lambda.csv", &rows), ("book.toml", euros)])]).unwrap();
    assert_eq!(price(&ours, "2026-11-23", "managed_instances_fee"), "0.10");
    assert_eq!(price(&ours, "2026-11-23", "duration_x86"), "0.00001085");
    let day = Date::parse("2026-11-23").unwrap();
    let row = ours.at(day).price("aws/lambda", "us-east-1", "managed_instances_fee").unwrap();
    assert_eq!(row.note, "ours");
}

#[test]
fn a_saving_that_leaves_nothing_is_refused() {
    let row = |saving: &str| format!("{MACHINES}m5.large,,,{saving},,<5%,2026-11-01,mine,\n");
    for saving in ["100", "101", "4294967301"] {
        let loaded = load(&[book(&[("aws/ec2/us-east-1.csv", &row(saving))])]);
        let Err(problems) = loaded else { panic!("{saving} per cent are taken") };
        assert_eq!(
            (problems[0].file.as_str(), problems[0].line),
            ("ours/aws/ec2/us-east-1.csv", 2)
        );
        assert!(problems[0].what.contains(&format!("`{saving}`")), "{}", problems[0]);
    }
    assert!(load(&[book(&[("aws/ec2/us-east-1.csv", &row("99"))])]).is_ok());
}

#[test]
fn sizes_and_idle_lifetimes_of_a_book_replace_those_below() {
    let plain = load(&[]).unwrap();
    let day = Date::parse("2026-11-23").unwrap();
    let first = plain.at(day).sizes("aws/rds").next().expect("a size").name.clone();
    let sizes = format!(
        "service,size,vcpu,memory_mib,source,note\naws/rds,{first},3,4096,mine,\naws/rds,db.own,1,1024,mine,\n"
    );
    let idle = "platform,idle_minutes,cold_share,observed,source\n\
                aws-lambda,7,0.25,2026-11-01,mine\naws-lambda,3,0.125,2026-11-01,mine\n";
    let files = [("aws/sizes.csv", sizes.as_str()), ("aws/idle-lifetime.csv", idle)];
    let ours = load(&[book(&files)]).unwrap();
    let names = |catalog: &Catalog| -> Vec<String> {
        catalog.at(day).sizes("aws/rds").map(|size| size.name.clone()).collect()
    };
    let mut wanted = names(&plain);
    wanted.push("db.own".to_owned());
    assert_eq!(names(&ours), wanted, "in the place of the one below, or behind all");
    let cpu = ours.at(day).sizes("aws/rds").next().map(|size| size.cpu);
    assert_eq!(cpu, Some(units::Millicores::new(3000)));
    let minutes: Vec<f64> =
        ours.at(day).idle_lifetime("aws-lambda").iter().map(|row| row.idle.secs_f64()).collect();
    assert_eq!(minutes, [180.0, 420.0], "a curve is of one measurement, ascending");
}
