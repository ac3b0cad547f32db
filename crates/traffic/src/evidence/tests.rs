//! What each format says, on short texts.

use crate::reading::{Reading, Traffic};
use crate::router::Router;
use crate::workload::NO_DURATION;

fn read(files: &[(&str, &str)]) -> Traffic {
    let router = Router::all_to("all");
    let mut reading = Reading::new(&router);
    for (name, text) in files {
        reading.file(name, &mut text.as_bytes());
    }
    reading.finish()
}

#[test]
fn report_lines_in_every_wrapping() {
    let tail = "2024-01-01T00:00:10.500000+00:00 2024/01/01/[$LATEST]ab REPORT RequestId: b311ef02-6f8e-5e09-b755-b5bb8ef2ecec\tDuration: 38.12 ms\tBilled Duration: 39 ms\tMemory Size: 512 MB\tMax Memory Used: 85 MB\tInit Duration: 461.88 ms\n";
    let csv = "timestamp,message\n1704067210500,\"REPORT RequestId: 04e5bb42-f791-4358-a7f9-0872d4424278 Duration: 500.00 ms Billed Duration: 100 msMemory Size: 256 MB Max Memory Used: 38 MB\"\n";
    let json = r#"{"events":[{"logStreamName":"x","timestamp":1704067210500,"message":"REPORT RequestId: 215b2f4c-2539-4c50-825d-1774bc00338c\tDuration: 500.00 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB\tMax Memory Used: 38 MB\tRestore Duration: 250.00 ms\tBilled Restore Duration: 251 ms\n","logGroupName":"/aws/lambda/shop-api"}]}"#;
    let platform = "{\"time\":\"2024-01-01T00:00:10.500Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"r\",\"metrics\":{\"durationMs\":500,\"billedDurationMs\":500,\"memorySizeMB\":128,\"maxMemoryUsedMB\":60}}}\n";
    let start = 1_704_067_210_000_000_000;
    for (name, text, function, init, size) in [
        ("tail.log", tail, "tail", 461_880, 512),
        ("logs.csv", csv, "logs", NO_DURATION, 256),
        ("events.json", json, "shop-api", 250_000, 256),
        ("platform.log", platform, "platform", NO_DURATION, 128),
    ] {
        let evidence = read(&[(name, text)]).evidence;
        let one = evidence.subjects[function].invocations[0];
        assert_eq!((one.init_us, one.size_mb), (init, size), "{name}");
        let began = if name == "events.json" { start - 250_000_000 } else { start };
        assert_eq!(one.at_ns, began, "{name}");
    }
    let local = "REPORT RequestId: 30acfa0a-5be4-490b-9d02-f13814482aea  Init Duration: 0.42 ms  Duration: 1218.03 ms\n";
    let traffic = read(&[("a.log", local)]);
    assert!(traffic.evidence.is_empty() && traffic.findings.iter().any(|f| f.id == "TR064"));
}

#[test]
fn a_trace_becomes_hops_edges_and_own_time() {
    let span = |id: u8, parent: &str, kind: u8, from: u32, to: u32| {
        format!(
            r#"{{"traceId":"0a","spanId":"{id:02}","parentSpanId":"{parent}","kind":{kind},"startTimeUnixNano":"{}","endTimeUnixNano":"{}"}}"#,
            1_000_000_000 + u64::from(from) * 1_000_000,
            1_000_000_000 + u64::from(to) * 1_000_000
        )
    };
    // 100 ms in the front: 20 ms asking a store that is no service, and 50 ms of two calls that overlap.
    let front =
        [span(1, "", 2, 0, 100), span(2, "01", 3, 10, 30), span(3, "01", 3, 30, 72)].join(",");
    let back = [span(4, "03", 2, 31, 60), span(5, "01", 2, 50, 81)].join(",");
    let named = |name: &str, spans: &str| {
        format!(
            r#"{{"scopeSpans":[{{"spans":[{spans}]}}],"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]}}}}"#
        )
    };
    let text =
        format!(r#"{{"resourceSpans":[{},{}]}}"#, named("front", &front), named("back", &back));
    let evidence = read(&[("t.json", &text), ("again.json", &text)]).evidence;
    assert_eq!((evidence.spans.read, evidence.spans.distinct, evidence.spans.roots), (10, 5, 1));
    let call = &evidence.calls[0];
    assert_eq!(
        (call.from.as_str(), call.to.as_str(), call.calls, call.requests),
        ("front", "back", 2, 1)
    );
    let own = &evidence.subjects["front"];
    assert_eq!(own.durations_us(), [50_000], "100 ms less 31 to 81");
    assert!((own.self_share.unwrap() - 29.0 / 50.0).abs() < 1e-9, "{:?}", own.self_share);
    assert_eq!(evidence.subjects["back"].durations_us(), [29_000, 31_000]);

    let mut cut = text.clone();
    cut.truncate(text.len() - 60);
    let traffic = read(&[("cut.json", &cut)]);
    assert!(traffic.findings.iter().any(|f| f.id == "TR061"));
    assert_eq!(traffic.evidence.spans.distinct, 5, "what stands before the break is used");
}

#[test]
fn sampled_traces_stand_for_more() {
    let text = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{"traceId":"1","spanId":"1","traceState":"x=1,ot=th:c","startTimeUnixNano":"60000000000","endTimeUnixNano":"61000000000"}]}]}]}"#;
    let evidence = read(&[("t.json", text)]).evidence;
    assert!((evidence.subjects["a"].requests() - 4.0).abs() < 1e-9);
    assert_eq!(evidence.recorded()["a"].events.count(), 4);
}

#[test]
fn metrics_become_rates_durations_and_memory() {
    let cloudwatch = r#"{"MetricDataResults":[{"Id":"m1","Label":"api Invocations","Timestamps":["2024-01-01T00:05:00Z","2024-01-01T00:00:00Z"],"Values":[600,301]},{"Id":"m2","Label":"api Duration","Timestamps":["2024-01-01T00:00:00Z"],"Values":[42.5]}]}"#;
    let api = read(&[("m.json", cloudwatch)]).evidence;
    assert!((api.subjects["api"].requests() - 901.0).abs() < 1e-9);
    assert_eq!(api.subjects["api"].duration_ms.as_ref().unwrap().mean, Some(42.5));
    let workload = api.recorded()["api"].workload();
    assert_eq!(workload.per_minute.len(), 10);
    assert!(
        (workload.per_minute[0] - 60.0).abs() < 2.0
            && (workload.requests_per_cycle() - 901.0).abs() < 1e-9
    );

    let prometheus = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"__name__":"http_requests_total","service":"web"},"values":[[1700000040,"10"],[1700000100,"70"],[1700000160,"5"]]},
        {"metric":{"__name__":"http_request_duration_seconds_bucket","service":"web","le":"0.1"},"value":[1700000160,"50"]},
        {"metric":{"__name__":"http_request_duration_seconds_bucket","service":"web","le":"+Inf"},"value":[1700000160,"50"]},
        {"metric":{"__name__":"container_cpu_usage_seconds_total","container":"web"},"values":[[1700000000,"1"],[1700000100,"26"]]},
        {"metric":{"__name__":"container_memory_working_set_bytes","pod":"web-5d9f-x2x"},"value":[1700000000,"104857600"]}]}}"#;
    let web = &read(&[("p.json", prometheus)]).evidence.subjects["web"];
    assert!((web.requests() - 65.0).abs() < 1e-9, "a restart counts from zero");
    assert_eq!(web.duration_ms.as_ref().unwrap().quantiles[0], (0.5, 50.0));
    assert_eq!(web.cpu_cores, Some((0.25, 2)));
    assert_eq!(web.memory_mb.as_ref().unwrap().quantiles, [(1.0, 100.0)]);
}

#[test]
fn a_power_curve() {
    let text = r#"{"power":512,"cost":2e-7,"duration":110,"stats":[{"value":128,"averagePrice":1e-7,"averageDuration":410.5},{"value":512,"averagePrice":1e-7,"averageDuration":110}]}"#;
    let power = &read(&[("api.json", text)]).evidence.subjects["api"].power;
    assert_eq!(*power, [(128, 410.5, 0), (512, 110.0, 0)]);
}

#[test]
fn counters_of_nginx_are_differenced() {
    let at = |second: u32, total: u64, api: u64, upstream: u64| {
        format!(
            r#"{{"nginx_version":"1","requests":{{"total":{total},"current":1}},"timestamp":{second}000,"server_zones":{{"api":{{"processing":0,"requests":{api}}}}},"upstreams":{{"db":{{"peers":[{{"id":0,"server":"10.0.0.1","requests":{upstream},"response_time":12}}]}}}}}}
"#
        )
    };
    let start = 1_700_000_000;
    let text = [
        at(start, 1000, 500, 300),
        at(start + 5, 1100, 560, 340),
        at(start + 10, 30, 20, 10),
        at(start + 5, 9, 9, 9),
    ];
    let traffic = read(&[("edge.json", &text.concat())]);
    let evidence = &traffic.evidence;
    let counts = |name: &str| -> Vec<(u32, u32, f64)> {
        evidence.subjects[name].counts.iter().map(|c| (c.start_s, c.length_s, c.requests)).collect()
    };
    assert_eq!(
        counts("api"),
        [(start, 5, 60.0), (start + 5, 5, 20.0)],
        "a restart counts from zero"
    );
    assert_eq!(counts("edge"), [(start, 5, 40.0), (start + 5, 5, 10.0)], "what is in no zone");
    let call = &evidence.calls[0];
    assert_eq!((call.to.as_str(), call.calls, call.requests), ("db", 50, 130));
    assert_eq!(evidence.subjects["db"].duration_ms.as_ref().unwrap().mean, Some(12.0));
    assert_eq!(traffic.report.files[0].skipped, 1, "back in time");

    let once = read(&[("edge.json", &text[0])]);
    assert_eq!(once.evidence.subjects["api"].untimed_requests, Some(500.0));
    assert!(once.evidence.recorded().is_empty(), "a total is no load");
    assert!(once.findings.iter().any(|f| f.id == "TR068"), "{:?}", once.findings);
}
