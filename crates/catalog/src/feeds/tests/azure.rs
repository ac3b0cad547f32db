//! Azure Retail Prices.

use super::{harvest, reasons, rows};

/// An item as (name, JSON value) pairs over a virtual machine that is a row.
fn item(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("currencyCode", r#""USD""#),
        ("tierMinimumUnits", "0.0"),
        ("retailPrice", "0.115"),
        ("unitPrice", "0.115"),
        ("armRegionName", r#""westeurope""#),
        ("location", r#""EU West""#),
        ("effectiveStartDate", r#""2026-06-01T00:00:00Z""#),
        ("meterId", r#""m""#),
        ("meterName", r#""D2s v5""#),
        ("productName", r#""Virtual Machines Dsv5 Series""#),
        ("skuName", r#""D2s v5""#),
        ("serviceName", r#""Virtual Machines""#),
        ("unitOfMeasure", r#""1 Hour""#),
        ("type", r#""Consumption""#),
        ("isPrimaryMeterRegion", "true"),
        ("armSkuName", r#""Standard_D2s_v5""#),
    ];
    for (name, value) in changes {
        for field in fields.iter_mut().filter(|field| field.0 == *name) {
            field.1 = value;
        }
    }
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn page(items: &[String]) -> String {
    format!(
        r#"{{"BillingCurrency":"USD","CustomerEntityId":"Default","Items":[{}],"NextPageLink":null,"Count":1}}"#,
        items.join(",")
    )
}

#[test]
fn a_linux_machine_on_demand_is_a_row_and_its_namesakes_are_not() {
    let plain = harvest(&page(&[item(&[])]));
    assert_eq!(rows(&plain), ["azure/virtual-machines westeurope D2s_v5 hour 0.115 0.."]);
    assert_eq!(plain.rows[0].effective_from.unwrap().to_string(), "2026-06-01");
    for (name, value, reason) in [
        (
            "productName",
            r#""Virtual Machines Dsv5 Series Windows""#,
            "virtual machines with Windows",
        ),
        ("skuName", r#""D2s v5 Low Priority""#, "virtual machines: low priority"),
        ("type", r#""Reservation""#, "items of the type `Reservation`, not Consumption"),
        (
            "type",
            r#""DevTestConsumption""#,
            "items of the type `DevTestConsumption`, not Consumption",
        ),
        ("currencyCode", r#""AUD""#, "prices in AUD and not in US dollars"),
        ("retailPrice", "0", "a price of zero"),
        ("retailPrice", "-1.5", "prices that are negative or no price at all"),
    ] {
        let other = harvest(&page(&[item(&[(name, value)])]));
        assert_eq!(rows(&other), [""; 0], "{name} {value}");
        assert_eq!(reasons(&other), [(reason, 1)]);
    }
}

#[test]
fn units_of_ten_and_of_a_million_are_one_request_each() {
    let executions = |tier: &'static str, price: &'static str| {
        item(&[
            ("serviceName", r#""Functions""#),
            ("meterName", r#""On Demand Total Executions""#),
            ("productName", r#""Flex Consumption""#),
            ("unitOfMeasure", r#""10""#),
            ("tierMinimumUnits", tier),
            ("retailPrice", price),
        ])
    };
    let time = item(&[
        ("meterId", r#""t""#),
        ("serviceName", r#""Functions""#),
        ("meterName", r#""On Demand Execution Time""#),
        ("unitOfMeasure", r#""1 GB Second""#),
        ("retailPrice", "2.6E-05"),
    ]);
    let requests = item(&[
        ("meterId", r#""r""#),
        ("serviceName", r#""Azure Container Apps""#),
        ("meterName", r#""Standard Requests""#),
        ("unitOfMeasure", r#""1M""#),
        ("retailPrice", "0.4"),
    ]);
    // The two tiers of a meter stand on two pages.
    let one = page(&[executions("25000", "4E-06"), time]);
    let two = page(&[requests, executions("0", "0")]);
    let wanted = [
        "azure/container-apps westeurope requests request 0.0000004 0..",
        "azure/functions-flex account free_executions request 0.00 0..250000",
        "azure/functions-flex westeurope duration GB-s 0.000026 0..",
        "azure/functions-flex westeurope executions request 0.0000004 0..",
    ];
    assert_eq!(rows(&harvest(&format!("{one}\n{two}"))), wanted);
    assert_eq!(rows(&harvest(&format!("[{one},{two}]"))), wanted);
}

#[test]
fn of_several_days_the_newest_stands() {
    let of = |day: &'static str, price: &'static str| {
        item(&[("effectiveStartDate", day), ("retailPrice", price)])
    };
    let old = of(r#""2025-01-01T00:00:00Z""#, "0.2");
    let new = of(r#""2026-10-01T00:00:00Z""#, "0.1");
    for items in [[old.clone(), new.clone()], [new, old]] {
        let harvest = harvest(&page(&items));
        assert_eq!(rows(&harvest), ["azure/virtual-machines westeurope D2s_v5 hour 0.10 0.."]);
        assert_eq!(reasons(&harvest), [("prices that a newer one has replaced", 1)]);
        assert_eq!(harvest.rows[0].observed.unwrap().to_string(), "2026-10-01");
    }
}

#[test]
fn rules_of_load_balancers_are_sold_under_the_region_global() {
    let rule = item(&[
        ("serviceName", r#""Load Balancer""#),
        ("skuName", r#""Standard""#),
        ("meterName", r#""Standard Included LB Rules and Outbound Rules""#),
        ("armRegionName", r#""Global""#),
        ("unitOfMeasure", r#""1/Hour""#),
        ("retailPrice", "0.025"),
    ]);
    let wanted = ["azure/load-balancer global hour hour 0.025 0.."];
    assert_eq!(rows(&harvest(&page(&[rule]))), wanted);
}

#[test]
fn a_bare_list_of_items_is_read_like_a_page() {
    let items = format!("[{},{}]", item(&[]), item(&[("skuName", r#""D2s v5 Low Priority""#)]));
    let harvest = harvest(&items);
    assert_eq!(rows(&harvest).len(), 1);
    assert_eq!(harvest.left_out.len(), 1);
}

#[test]
fn a_spot_machine_is_its_own_row_and_never_the_price_on_demand() {
    let spot =
        item(&[("meterId", r#""s""#), ("skuName", r#""D2s v5 Spot""#), ("retailPrice", "0.0203")]);
    let windows = item(&[
        ("meterId", r#""w""#),
        ("skuName", r#""D2s v5 Spot""#),
        ("productName", r#""Virtual Machines Dsv5 Series Windows""#),
    ]);
    let harvest = harvest(&page(&[item(&[]), spot, windows]));
    assert_eq!(
        rows(&harvest),
        [
            "azure/virtual-machines westeurope D2s_v5 hour 0.115 0..",
            "azure/virtual-machines westeurope D2s_v5 spot hour 0.0203 0..",
        ]
    );
}
