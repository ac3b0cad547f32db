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

#[test]
fn a_service_is_counted_from_one_side() {
    let text = "microservice,f_AWS::Lambda,f_AWS::Lambda::Function,f_AWS::Lambda::Function,f_AWS::Lambda::Function,f_client,web,web,db_Database::SQL\n\
                metric,requests,requests,latency,latency,requests,requests,availability,requests\n\
                statistic,Sum,Sum,Average,p99,Sum,Sum,Average,Sum\n\
                unix_timestamp,,,,,,,,\n\
                1692608400.0,11,10,0.1,0.5,9,3,100,7\n\
                1692608700.0,31,30,0.2,0.9,9,,,7\n\
                1692609000.0,x,1,0.2,0.9,9,,,7\n\
                no time,1,1,0.2,0.9,9,,,7\n";
    let traffic = read(&[("m.csv", text)]);
    let subjects = &traffic.evidence.subjects;
    assert_eq!(subjects.keys().collect::<Vec<_>>(), ["db_Database::SQL", "f", "web"]);
    assert!((subjects["f"].requests() - 40.0).abs() < 1e-9, "what the function itself counts");
    assert_eq!(subjects["f"].counts[0].length_s, 300);
    let took = subjects["f"].duration_ms.as_ref().unwrap();
    assert!((took.mean.unwrap() - 175.0).abs() < 1e-9, "weighted by requests");
    assert!((500.0..900.0).contains(&took.quantiles[0].1), "{took:?}");
    assert!(subjects["web"].duration_ms.is_none(), "nobody says");
    assert_eq!(traffic.report.files[0].skipped, 2);
    let told = |part: &str| traffic.findings.iter().any(|f| f.message.contains(part));
    assert!(told("with broken numbers (line 7)") && told("without a readable time (line 8)"));
    assert!(told("2 nodes show requests of a service from another side"), "{:?}", traffic.findings);
}

#[test]
fn pods_of_one_service_add_up_while_they_run_together() {
    let header =
        "TimeStamp,PodName,CpuUsage(m),MemoryUsage(Mi),PodServerLatencyP90(s),PodWorkload(Ops)\n";
    let row = |at: u32, pod: &str, cpu: u32, ops: u32| {
        format!("{at},web-5d9f-{pod},{cpu},{cpu},0.5,{ops}\n")
    };
    let together =
        [row(60, "a", 100, 1), row(60, "b", 300, 0), row(120, "a", 100, 2), row(120, "b", 300, 3)];
    let traffic = read(&[("p.csv", &(header.to_owned() + &together.concat()))]);
    let web = &traffic.evidence.subjects["web"];
    assert_eq!(web.cpu_cores, Some((0.4, 4)));
    assert_eq!(web.memory_mb.as_ref().unwrap().quantiles.last(), Some(&(1.0, 300.0)));
    assert!((web.requests() - 5.0 * 60.0).abs() < 1e-9);
    let in_turn =
        [row(60, "a", 100, 0), row(120, "a", 100, 0), row(180, "b", 300, 0), row(240, "b", 300, 0)];
    let traffic = read(&[("p.csv", &(header.to_owned() + &in_turn.concat()))]);
    let web = &traffic.evidence.subjects["web"];
    assert_eq!(web.cpu_cores, Some((0.2, 4)));
    let again = in_turn.concat().replace("0,web", "00000,web");
    let days =
        [("a.csv", header.to_owned() + &in_turn.concat()), ("b.csv", header.to_owned() + &again)];
    let days = read(&days.each_ref().map(|(name, text)| (*name, text.as_str())));
    let (cores, looks) = days.evidence.subjects["web"].cpu_cores.unwrap();
    assert!((0.1..0.3).contains(&cores) && looks == 8, "another day adds no pod: {cores}");
    assert!(web.counts.is_empty(), "a column of zeros was not measured");
    assert!(
        traffic.findings.iter().any(|f| f.id == "TR068" && f.message.contains("how many requests"))
    );
}

#[test]
fn what_a_file_does_not_say_stays_unknown() {
    let graph = "Source,Target,Weight\nfront,cart,1\nfront,10.0.0.7,1\ncart,,1\n";
    let containers =
        "HashApp,NumEvents,MaxContainerMinute,NumInvocations,m0,m1\na,1,2,500,0,2\nb,1,1,5,1\n";
    let totals = "HashApp,NumInvocations\na,6\nb,many\n";
    let shares = "length,F(x)\n1,0.5\n2,0.75\n1,0.8\n9,0.98\n";
    let specification = "avg,mapped_wreq,1-288,289-576\n100,\"{\"\"bench\"\": \"\"x\"\"}\",1,2\n300,\"{\"\"bench\"\": \"\"x\"\"}\",0,1\n5,{},1,1\n";
    for (text, kept, skipped) in
        [(graph, 1, 1), (containers, 1, 1), (totals, 1, 1), (shares, 3, 1), (specification, 2, 1)]
    {
        let traffic = read(&[("x.csv", text)]);
        let file = &traffic.report.files[0];
        assert_eq!((file.kept, file.skipped), (kept, skipped), "{text}: {:?}", traffic.findings);
        assert!(traffic.findings.iter().any(|f| f.id == "TR068"), "{text}");
        let skip = traffic.findings.iter().find(|f| f.id == "TR016").unwrap();
        assert!(skip.message.contains("(line ") && skip.hint.is_some(), "{skip:?}");
    }
    let all = read(&[
        ("g.csv", graph),
        ("c.csv", containers),
        ("t.csv", totals),
        ("s.csv", shares),
        ("f.csv", specification),
    ])
    .evidence;
    assert_eq!((all.calls.len(), all.calls[0].calls), (1, 0));
    assert_eq!(all.subjects["a"].untimed_requests, Some(506.0));
    assert_eq!(
        all.subjects["a"].in_use.iter().map(|c| c.containers).collect::<Vec<_>>(),
        [0.0, 2.0]
    );
    assert_eq!(all.references[0].summary.quantiles.last(), Some(&(0.95, 9.0)));
    assert_eq!(all.subjects["x"].duration_ms.as_ref().unwrap().mean, Some(150.0));
    assert_eq!(all.recorded().keys().collect::<Vec<_>>(), ["x"], "nothing else is a load");
}

#[test]
fn percentiles_have_the_unit_of_their_header() {
    let text = "TimeStamp,ServiceName,LatencyP50(s),LatencyP99(ms)\n60,web,0.2,900\n120,web,0.2,900\nx,web,1,1\n180,web,NaN,\n";
    let traffic = read(&[("x.csv", text)]);
    let took = traffic.evidence.subjects["web"].duration_ms.clone().unwrap();
    for ((share, ms), wanted) in took.quantiles.iter().zip([(0.5, 200.0), (0.99, 900.0)]) {
        assert!((share - wanted.0).abs() < 1e-9 && (ms / wanted.1 - 1.0).abs() < 1e-6, "{took:?}");
    }
    assert_eq!(traffic.report.files[0].skipped, 2);
}

#[test]
fn runtimes_are_no_functions_of_yours() {
    let text = r#"{"metadata":{},"runtimeData":[{"d":"go","p":"zip","a":"arm64","m":128,"i":[40,44.5,null],"mu":18,"ad":1.2},{"d":"go","m":0,"i":[1]}]}"#;
    let traffic = read(&[("x.json", text)]);
    let told: Vec<_> = traffic
        .evidence
        .references
        .iter()
        .map(|r| (r.of.as_str(), r.quantity.as_str(), r.summary.mean))
        .collect();
    let whose = "go | zip | 128 MB | arm64";
    assert_eq!(
        told,
        [
            (whose, "init time", Some(42.25)),
            (whose, "memory used", Some(18.0)),
            (whose, "duration", Some(1.2))
        ]
    );
    assert_eq!(traffic.report.files[0].skipped, 2);
    assert!(traffic.evidence.subjects.is_empty() && traffic.evidence.recorded().is_empty());
}

#[test]
fn periods_that_no_one_could_replay_are_left_out() {
    let year = "time,count\n0,5\n4000000000,7\n";
    let traffic = read(&[("years.csv", year)]);
    assert!(traffic.evidence.recorded().is_empty());
    assert!(traffic.findings.iter().any(|f| f.id == "TR063"), "{:?}", traffic.findings);
    let month = "time,count\n0,5\n2678400,7\n";
    let traffic = read(&[("months.csv", month)]);
    assert_eq!(traffic.evidence.recorded()["months"].events.count(), 12);
    let long = "{\"nginx_version\":\"1\",\"requests\":{".repeat(80_000) + "\n{\"nginx_version\"\n";
    let traffic = read(&[("x.json", &long)]);
    let skip = traffic.findings.iter().find(|f| f.id == "TR016").unwrap();
    assert!(skip.message.contains("(line 1, 2)"), "{}", skip.message);
}

#[test]
fn metrics_of_the_conventions_are_differenced_stream_by_stream() {
    let start = 1_700_000_040_u64;
    let ns = |second: u64| (start + second) * 1_000_000_000;
    let point = |at: u64, from: u64, route: &str, count: u32, sum: u32, low: u32| {
        format!(
            r#"{{"attributes":[{{"key":"http.route","value":{{"stringValue":"{route}"}}}}],"startTimeUnixNano":"{}","timeUnixNano":"{}","count":"{count}","sum":{sum},"bucketCounts":["{low}","{}"],"explicitBounds":[0.1]}}"#,
            ns(from),
            ns(at),
            count - low
        )
    };
    let histogram = [
        point(0, 0, "/a", 1000, 100, 900),
        point(60, 0, "/a", 1060, 112, 954),
        point(0, 0, "/b", 5, 5, 0),
        point(60, 0, "/b", 8, 8, 0),
        // Another process: it counts from its own start.
        point(120, 70, "/a", 20, 4, 18),
    ]
    .join(",");
    let cpu = |at: u64, mode: &str, value: f64| {
        format!(
            r#"{{"attributes":[{{"key":"cpu.mode","value":{{"stringValue":"{mode}"}}}}],"startTimeUnixNano":"{}","timeUnixNano":"{}","asDouble":{value}}}"#,
            ns(0),
            ns(at)
        )
    };
    let cpu = [
        cpu(0, "user", 10.0),
        cpu(60, "user", 22.0),
        cpu(0, "system", 1.0),
        cpu(60, "system", 4.0),
    ]
    .join(",");
    let text = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[
            {{"name":"http.server.request.duration","unit":"s","histogram":{{"aggregationTemporality":2,"dataPoints":[{histogram}]}}}},
            {{"name":"container.cpu.time","unit":"s","sum":{{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{cpu}]}}}},
            {{"name":"container.memory.usage","unit":"By","gauge":{{"dataPoints":[{{"timeUnixNano":"{}","asInt":"104857600"}},{{"asInt":"5"}}]}}}},
            {{"name":"jvm.thread.count","gauge":{{"dataPoints":[{{"timeUnixNano":"1","asInt":"5"}}]}}}}
        ]}}],"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"web"}}}}]}}}}]}}"#,
        ns(0)
    );
    let traffic = read(&[("m.json", &text)]);
    let web = &traffic.evidence.subjects["web"];
    assert!((web.requests() - (60.0 + 3.0 + 20.0)).abs() < 1e-9, "{:?}", web.counts);
    let took = web.duration_ms.as_ref().unwrap();
    assert!((took.mean.unwrap() - (12.0 + 3.0 + 4.0) / 83.0 * 1e3).abs() < 1e-9, "{took:?}");
    assert!((took.quantiles[0].1 - 100.0 * 41.5 / 72.0).abs() < 1e-9, "{took:?}");
    assert_eq!(web.cpu_cores, Some((0.25, 2)), "user and system");
    assert_eq!(web.memory_mb.as_ref().unwrap().quantiles, [(1.0, 100.0)]);
    assert_eq!(traffic.report.files[0].skipped, 1);
    assert!(
        traffic.findings.iter().any(|f| f.id == "TR065" && f.message.contains("jvm.thread.count"))
    );
}
