//! The Google Cloud Billing catalogue.

use super::{harvest, reasons, rows, try_harvest};

struct Sku<'a> {
    id: &'a str,
    description: &'a str,
    service: &'a str,
    usage: &'a str,
    regions: &'a str,
    unit: &'a str,
    display: &'a str,
    /// Start, units, nanos.
    tiers: &'a [(&'a str, &'a str, i64)],
}

const AUTOPILOT: Sku<'_> = Sku {
    id: "CA45-51A5-8C74",
    description: "Autopilot Pod mCPU Requests (us-east1)",
    service: "Kubernetes Engine",
    usage: "OnDemand",
    regions: r#""us-east1""#,
    unit: "h",
    display: "1000",
    tiers: &[("0", "0", 44_500)],
};

fn price(sku: &Sku<'_>, day: &str, currency: &str) -> String {
    let rates: Vec<String> = sku
        .tiers
        .iter()
        .map(|(start, units, nanos)| {
            format!(r#"{{"startUsageAmount":{start},"unitPrice":{{"currencyCode":"{currency}","units":"{units}","nanos":{nanos}}}}}"#)
        })
        .collect();
    format!(
        r#"{{"summary":"","pricingExpression":{{"usageUnit":"{}","displayQuantity":{},"tieredRates":[{}],"baseUnit":"s","baseUnitConversionFactor":3600}},"currencyConversionRate":1,"effectiveTime":"{day}T10:52:50.681Z"}}"#,
        sku.unit,
        sku.display,
        rates.join(",")
    )
}

fn entry(sku: &Sku<'_>, prices: &[String]) -> String {
    format!(
        r#"{{"name":"services/X/skus/{0}","skuId":"{0}","description":"{1}","category":{{"serviceDisplayName":"{2}","resourceFamily":"Compute","resourceGroup":"G","usageType":"{3}"}},"serviceRegions":[{4}],"pricingInfo":[{5}],"serviceProviderName":"Google"}}"#,
        sku.id,
        sku.description,
        sku.service,
        sku.usage,
        sku.regions,
        prices.join(",")
    )
}

fn page(skus: &[Sku<'_>]) -> String {
    let skus: Vec<String> =
        skus.iter().map(|sku| entry(sku, &[price(sku, "2026-08-03", "USD")])).collect();
    format!(r#"{{"skus":[{}],"nextPageToken":""}}"#, skus.join(","))
}

#[test]
fn a_thousandth_of_a_cpu_is_priced_by_the_thousand_or_not_at_all() {
    let harvest_one = harvest(&page(&[AUTOPILOT]));
    assert_eq!(rows(&harvest_one), ["gcp/gke-autopilot us-east1 pod_vcpu vCPU-hour 0.0445 0.."]);
    assert_eq!(harvest_one.rows[0].observed.unwrap().to_string(), "2026-08-03");
    let odd = Sku { id: "X", display: "1", ..AUTOPILOT };
    let odd = harvest(&page(&[odd]));
    assert_eq!(rows(&odd), [""; 0]);
    assert_eq!(
        reasons(&odd),
        [("GKE: thousandths of a CPU that are not shown by the thousand", 1)]
    );
}

#[test]
fn a_pinned_sku_stands_whatever_its_sentence_says_and_before_others() {
    let renamed = Sku { description: "Pods, renamed", ..AUTOPILOT };
    let like = Sku { id: "OTHER", tiers: &[("0", "0", 99_000)], ..AUTOPILOT };
    let harvest = harvest(&page(&[like, renamed]));
    assert_eq!(rows(&harvest), ["gcp/gke-autopilot us-east1 pod_vcpu vCPU-hour 0.0445 0.."]);
    assert_eq!(reasons(&harvest), [("a newer or a pinned price of the same row is there", 1)]);
}

#[test]
fn tiers_have_only_a_start_and_a_free_one_is_the_allowance() {
    let cpu = |regions| Sku {
        id: "R",
        description: "CPU Allocation Time",
        service: "Cloud Run",
        regions,
        unit: "s",
        display: "1",
        tiers: &[("180000", "0", 24_000), ("0", "0", 0), ("500000", "0", 20_000)],
        ..AUTOPILOT
    };
    let harvest = harvest(&page(&[cpu(r#""us-central1","europe-west1""#)]));
    assert_eq!(
        rows(&harvest),
        [
            "gcp/cloud-run account free_request_based_vcpu vCPU-s 0.00 0..180000",
            "gcp/cloud-run europe-west1 request_vcpu_active vCPU-s 0.000024 0..320000",
            "gcp/cloud-run europe-west1 request_vcpu_active vCPU-s 0.00002 320000..",
            "gcp/cloud-run us-central1 request_vcpu_active vCPU-s 0.000024 0..320000",
            "gcp/cloud-run us-central1 request_vcpu_active vCPU-s 0.00002 320000..",
        ]
    );
}

#[test]
fn machines_are_cores_and_memory_by_family_and_usage() {
    let core = |description, usage, unit| Sku {
        id: description,
        description,
        service: "Compute Engine",
        usage,
        unit,
        display: "1",
        tiers: &[("0", "2", 933_908_000)],
        ..AUTOPILOT
    };
    let harvest = harvest(&page(&[
        core("E2 Instance Core running in Americas", "OnDemand", "h"),
        core("Spot Preemptible E2 Instance Ram running in Americas", "Preemptible", "GiBy.h"),
        core("N1 Predefined Instance Core running in Americas", "OnDemand", "h"),
        core("N2D AMD Instance Core running in Americas", "OnDemand", "h"),
        core("N2 Custom Instance Core running in Americas", "OnDemand", "h"),
        core("E2 Instance Core running in Commitment", "Commit1Yr", "h"),
        core("Nvidia Tesla A100 GPU running in Americas", "OnDemand", "h"),
    ]));
    assert_eq!(
        rows(&harvest),
        [
            "gcp/compute us-east1 e2_memory_spot GB-hour 2.933908 0..",
            "gcp/compute us-east1 e2_vcpu vCPU-hour 2.933908 0..",
            "gcp/compute us-east1 n1_vcpu vCPU-hour 2.933908 0..",
            "gcp/compute us-east1 n2d_vcpu vCPU-hour 2.933908 0..",
        ]
    );
    assert_eq!(harvest.left_out.values().sum::<u64>(), 3);
}

#[test]
fn other_currencies_negative_prices_and_older_days_are_no_rows() {
    let of = |prices: &[String]| harvest(&format!(r#"{{"skus":[{}]}}"#, entry(&AUTOPILOT, prices)));
    let dear = Sku { tiers: &[("0", "0", 99_000)], ..AUTOPILOT };
    for order in [[0, 1], [1, 0]] {
        let two = [price(&AUTOPILOT, "2026-08-03", "USD"), price(&dear, "2026-07-03", "USD")];
        let harvest = of(&order.map(|at: usize| two[at].clone()));
        assert!(rows(&harvest)[0].contains(" 0.0445 "), "{:?}", rows(&harvest));
    }
    let euros = of(&[price(&AUTOPILOT, "2026-08-03", "EUR")]);
    assert_eq!(reasons(&euros), [("prices in EUR and not in US dollars", 1)]);
    let credit = Sku { tiers: &[("0", "0", -5)], ..AUTOPILOT };
    let credit = of(&[price(&credit, "2026-08-03", "USD")]);
    assert_eq!(reasons(&credit), [("prices that are negative or no price at all", 1)]);
    let zero = Sku { tiers: &[("0", "0", 0)], ..AUTOPILOT };
    assert_eq!(reasons(&of(&[price(&zero, "2026-08-03", "USD")])), [("a price of zero", 1)]);
    assert_eq!(reasons(&of(&[])), [("SKUs without a price", 1)]);
    let bad = page(&[AUTOPILOT]).replace("2026-08-03", "2026-88-03");
    assert!(try_harvest(&bad).unwrap_err().what.contains("`2026-88-03` is not a date"));
}

#[test]
fn cloud_run_tells_its_billing_modes_and_tiers_apart() {
    let run = |description, unit, nanos: &'static [(&str, &str, i64)]| Sku {
        id: description,
        description,
        service: "Cloud Run",
        unit,
        display: "1",
        tiers: nanos,
        ..AUTOPILOT
    };
    for (description, unit, row) in [
        ("Services CPU (Request-based billing)", "s", "request_vcpu_active vCPU-s"),
        ("Services CPU Tier 2  (Request-based billing)", "s", "request_vcpu_active vCPU-s"),
        ("Services Memory (Request-based billing)", "GiBy.s", "request_memory_active GB-s"),
        ("Services Min Instance CPU (Request-based)", "s", "request_vcpu_idle_min_instance vCPU-s"),
        ("Services CPU (Instance-based billing)", "s", "instance_vcpu vCPU-s"),
        ("Services Memory Tier 2 (Instance-based billing)", "GiBy.s", "instance_memory GB-s"),
        ("CPU Allocation Time (tier 2)", "s", "request_vcpu_active vCPU-s"),
        ("Requests", "count", "requests request"),
        ("Jobs CPU in us-east1", "s", "job_vcpu vCPU-s"),
    ] {
        let harvest = harvest(&page(&[run(description, unit, &[("0", "0", 24_000)])]));
        assert_eq!(rows(&harvest), [format!("gcp/cloud-run us-east1 {row} 0.000024 0..")]);
    }
    let gpu = harvest(&page(&[run("Nvidia L4 GPU", "s", &[("0", "0", 1)])]));
    assert_eq!(rows(&gpu), [""; 0]);
}
