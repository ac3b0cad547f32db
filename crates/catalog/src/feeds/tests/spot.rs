//! AWS Spot Advisor and Fargate Spot.

use super::{harvest, reasons, rows};

#[test]
fn savings_of_spot_machines_are_read_whatever_comes_first() {
    let ranges = r#""ranges":[{"index":0,"label":"<5%","dots":0,"max":5},{"index":4,"label":">20%","dots":4,"max":100}]"#;
    let machines = r#""spot_advisor":{"us-east-1":{"Linux":{"m5.large":{"s":66,"r":0},"c5.large":{"s":59,"r":4},"x.odd":{"s":10,"r":9},"x.none":{"r":0}},"Windows":{"m5.large":{"s":40,"r":0}}}}"#;
    let types = r#""instance_types":{"m5.large":{"emr":true,"cores":2,"ram_gb":8.0}}"#;
    for text in
        [format!("{{{types},{ranges},{machines}}}"), format!("{{{machines},{types},{ranges}}}")]
    {
        let harvest = harvest(&text);
        assert_eq!(harvest.feed, "AWS Spot Advisor");
        let spots: Vec<_> = harvest
            .spots
            .iter()
            .map(|s| (s.machine.as_str(), s.saving_percent, s.interruption.as_str()))
            .collect();
        assert_eq!(spots, [("c5.large", 59, ">20%"), ("m5.large", 66, "<5%")]);
        assert_eq!(
            reasons(&harvest),
            [
                ("machines without a saving or a known band", 2),
                ("regions of another operating system", 1)
            ]
        );
    }
}

#[test]
fn fargate_spot_prices_know_their_region_and_architecture() {
    let text = r#"{"manifest":{"serviceId":"fargate-spot"},"prices":[
        {"id":"a","unit":"vCPU-Hours","price":{"USD":"0.01288871"},"attributes":{"aws:region":"us-east-1"}},
        {"id":"b","unit":"GB-Hours","price":{"USD":"0.00141527"},"attributes":{"aws:region":"us-east-1"}},
        {"id":"c","unit":"GB-Hours","price":{"USD":"0.00113349"},"attributes":{"aws:region":"us-east-1","aws:cpuArchitecture":"ARM"}},
        {"id":"d","unit":"Bananas","price":{"USD":"1"},"attributes":{"aws:region":"us-east-1"}},
        {"id":"e","unit":"GB-Hours","price":{"CNY":"1"},"attributes":{"aws:region":"cn-north-1"}},
        {"id":"f","unit":"GB-Hours","price":{"USD":"1"},"attributes":{"aws:place":"somewhere"}}]}"#;
    let harvest = harvest(text);
    assert_eq!(
        rows(&harvest),
        [
            "aws/fargate-spot us-east-1 memory_arm GB-hour 0.00113349 0..",
            "aws/fargate-spot us-east-1 memory_x86 GB-hour 0.00141527 0..",
            "aws/fargate-spot us-east-1 vcpu_x86 vCPU-hour 0.01288871 0..",
        ]
    );
    assert_eq!(harvest.rows[0].observed.unwrap().to_string(), "2026-11-25");
    assert_eq!(
        reasons(&harvest),
        [
            ("`Bananas`: nothing in the catalogue is made of it", 1),
            ("prices in CNY and not in US dollars", 1),
            ("prices without a region or without the name that the row has", 1)
        ]
    );
}
