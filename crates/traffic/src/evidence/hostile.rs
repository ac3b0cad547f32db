//! Whatever the bytes: no panic, and the same answer every time.

use proptest::prelude::*;

use super::ALL;
use crate::gathering::Gathered;
use crate::gathering::source::Source;
use crate::lines::{Lines, unpacked};
use crate::reading::Reading;
use crate::router::Router;

const SEEDS: [&str; 25] = [
    r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{"traceId":"1","spanId":"2","parentSpanId":"2","kind":3,"traceState":"ot=th:8","startTimeUnixNano":"5","endTimeUnixNano":"9"}]}]}]}"#,
    r#"{"data":[{"traceID":"1","spans":[{"traceID":"1","spanID":"2","references":[{"refType":"CHILD_OF","traceID":"1","spanID":"1"}],"startTime":1,"duration":2,"processID":"p1","tags":[{"key":"span.kind","value":"client"}]}],"processes":{"p1":{"serviceName":"x"}}}]}"#,
    r#"[{"parent":"a","child":"b","callCount":5}]"#,
    r#"{"MetricDataResults":[{"Label":"Invocations","Timestamps":["2024-01-01T00:00:00Z",1704067260],"Values":[5,7]}]}"#,
    r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"requests_total","le":"0.5"},"values":[[1700000000,"5"],[1700000060,"4294967295"]]}]}}"#,
    r#"{"power":"128","cost":1,"duration":3,"stateMachine":{"visualization":"https://x/#gAAAAQ==;AACAQQAAAEE=;AA=="}}"#,
    "1704067210500,\"REPORT RequestId: 04e5bb42-f791-4358-a7f9-0872d4424278 Duration: 500.00 ms Billed Duration: 100 msMemory Size: 256 MB Max Memory Used: 38 MB Init Duration: 9 ms\n",
    "TraceID,SpanID,ParentID,PodName,StartTimeUnixNano,EndTimeUnixNano\n1,2,root,a-b-c,5,9\n1,3,2,d-e-f,6,7\n",
    "HashOwner,HashApp,HashFunction,1,2,3,4,5,6,7,8,9,10,11,12\no,a,f,1,2,3,4,5,6,7,8,9,0,0,4\n",
    "app,func,end_timestamp,duration\na,f,10.5,0.5\na,g,4e9,1e300\n",
    "is_cold,client_start_time,aws_duration,aws_max_mem\nTrue,1589587970.6,1862.3,54\n",
    "period,count\n1998-04-30 21:30:00,2\n1998-04-30 21:32:00,18446744073709551615\n",
    "{\"nginx_version\":\"1\",\"timestamp\":1446249499322,\"requests\":{\"total\":9},\"server_zones\":{\"z\":{\"requests\":5}},\"upstreams\":{\"u\":{\"peers\":[{\"id\":0,\"server\":\"s\",\"requests\":4,\"response_time\":3}]}}}\n{\"nginx_version\":\"1\",\"timestamp\":\"2015-10-31T00:00:00Z\",\"requests\":{\"total\":3},\"server_zones\":{\"z\":{\"requests\":18446744073709551615}},\"upstreams\":{\"u\":[{\"server\":\"s\",\"requests\":7,\"response_time\":2}]}}\n",
    "microservice,a_AWS::ECS::Fargate,a_AWS::ECS::Fargate,a_AWS::ECS::Fargate,a_client,b\nmetric,requests,latency,latency,requests,latency\nstatistic,Sum,Average,p99,Sum,p50\nunix_timestamp,,,,,\n1692608400.0,5,0.1,0.4,2,0.05\n1692608700.0,7,0.2,0.5,,0.06\n",
    ",a,b\na,0.0,1.0\nb,0,0\n",
    "Source,Target,Weight\na,b,1\na,33.33.33.1,1\n",
    "time,timestamp,a_b,b_c\nx,1661140279,0.1,\ny,1661140339,,0.3\n",
    "Time,TimeStamp,PodName,CpuUsage(m),MemoryUsage(Mi),PodServerLatencyP90(s),PodServerLatencyP99(s),PodWorkload(Ops)\nx,1661140279,a-b-c,2,38,0.8,0.9,0.3\nx,1661140339,a-b-c,3,39,0.8,NaN,0.4\n",
    "Time,TimeStamp,ServiceName,LatencyP50(s),LatencyP99(ms)\nx,1661140279,Front,0.2,900\nx,1661140339,Front,0.1,4294967295\n",
    "avg,mapped_wreq,1-288,289-576\n1633,\"{\"\"mean\"\": 1624.0, \"\"bench\"\": \"\"video\"\", \"\"payload\"\": \"\"{\\\"\"a\\\"\": 1}\"\"}\",107,119\n12,\"{\"\"bench\"\": \"\"x\"\"}\",0,1\n",
    "{\"metadata\":{\"generatedAt\":\"2026-08-22T14:00:43.227Z\"},\"runtimeData\":[{\"r\":\"x\",\"p\":\"zip\",\"d\":\"go\",\"i\":[65.5,66.84],\"m\":512,\"a\":\"arm64\",\"mu\":22,\"ad\":1.13,\"acd\":64.4}]}",
    "HashApp,NumEvents,MaxContainerMinute,AverageMemUsage,NumInvocations,m0,m1\na,1,2,120,500,0,2\nb,1,1,90,5,1,0\n",
    "HashApp,NumInvocations\na,6\nb,18446744073709551615\n",
    "length,F(x),count\n1,0.5,10\n2,0.75,5\n3,1.0,5\n",
    r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeMetrics":[{"metrics":[{"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000060000000000","count":"3","sum":2,"bucketCounts":["1","2"],"explicitBounds":[1]},{"startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000120000000000","count":"9","sum":5,"bucketCounts":["4","5"],"explicitBounds":[1]}]}},{"name":"container.cpu.time","unit":"s","sum":{"dataPoints":[{"timeUnixNano":"1700000060000000000","asDouble":1}]}}]}]}]}"#,
];
const NASTY: [&str; 14] = [
    "\0",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "-1",
    "1e308",
    "99999999999999999999",
    "\u{feff}",
    "NaN",
];

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), 0..NASTY.len());
    (0..SEEDS.len(), prop::collection::vec(edit, 0..12)).prop_map(|(seed, edits)| {
        let mut bytes = SEEDS[seed].as_bytes().repeat(2);
        for (at, how, byte, nasty) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, byte),
                2 => drop(bytes.splice(at..at, NASTY[nasty].bytes())),
                _ => drop(bytes.drain(at..(at + usize::from(byte) % 20).min(bytes.len()))),
            }
        }
        bytes
    })
}

fn read(bytes: &[u8]) -> crate::Traffic {
    let router = Router::all_to("all");
    let mut reading = Reading::new(&router);
    reading.file("x.json", &mut &*bytes);
    reading.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn mutated_files_never_panic_and_say_the_same_twice(bytes in mutated()) {
        let traffic = read(&bytes);
        for file in &traffic.report.files {
            prop_assert_eq!(file.lines, file.kept + file.skipped + file.asides);
        }
        for recorded in traffic.evidence.recorded().values() {
            let cycle = recorded.workload().requests_per_cycle();
            prop_assert!((cycle - recorded.events.count() as f64).abs() < 1.0, "{} of {}", cycle, recorded.events.count());
        }
        prop_assert_eq!(read(&bytes), traffic);
    }

    #[test]
    fn every_reader_takes_what_is_meant_for_another(bytes in mutated()) {
        for kind in ALL {
            let mut input = &*bytes;
            let (input, _) = unpacked(&mut input).unwrap();
            let mut into = Gathered::default();
            (kind.read)(&mut Source::new("x", Lines::new(input)), &mut into);
            let _ = into.finish();
        }
    }
}

#[test]
fn each_seed_is_recognised_and_read() {
    for seed in SEEDS {
        let traffic = read(seed.as_bytes());
        let file = &traffic.report.files[0];
        assert!(file.format.is_some() && file.kept > 0, "{seed}: {file:?} {:?}", traffic.findings);
    }
}
