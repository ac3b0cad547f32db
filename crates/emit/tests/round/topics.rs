//! Functions that read topics of Kafka, and clusters of it at Amazon.

use model::{App, PlatformId, Settings};
use source::SourceMap;

use crate::functions::{TARGETS, text, written};
use crate::stores::placed;
use crate::{keep, read, terraform};

const APP: &str = "
name: topics
region: aws/us-east-1
components:
  api: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, calls: [kafka] }
  clicks: { kind: stream, memory: 512 MB, duration: 30 ms, events: { batch: 100, window: 2 s, max_receives: 4 } }
  mails: { kind: worker, memory: 512 MB, cpu: 30 ms }
  kafka: { kind: stateful, engine: kafka, storage: 100 GB, calls: [clicks, mails] }
";

fn app() -> (App, SourceMap) {
    read("crossover.yaml", APP.as_bytes()).unwrap()
}

/// With a cluster of this size, on so many brokers.
fn sized(app: &App, size: &str, brokers: u8) -> Vec<model::Placement> {
    let mut placements = placed(app);
    for placement in &mut placements {
        if let Settings::Managed(managed) = &mut placement.configured {
            (managed.size, managed.zones) = (size.to_owned(), brokers);
        }
    }
    placements
}

#[test]
fn functions_read_topics_of_the_cluster_that_the_plan_has() {
    let (app, sources) = app();
    for (target, path, _) in TARGETS {
        for (size, kind) in [("kafka.m7g.large", "Cluster"), ("serverless", "ServerlessCluster")] {
            let emitted = written(target, &app, &sized(&app, size, 3), &sources);
            keep(&format!("topics {size} {target}"), &emitted);
            let text = text(&emitted, path);
            let count = |what: &str| text.matches(what).count();
            assert_eq!(count(&format!("Type: AWS::MSK::{kind}\n")), 1, "{text}");
            let event = if target == "sam" { "Type: MSK" } else { "- msk:" };
            assert_eq!(count(event), 2, "{text}");
            assert_eq!(count("Type: AWS::SQS::Queue"), 0, "the topic is before them: {text}");
            assert_eq!(count("Type: AWS::Kinesis::Stream"), 0, "{text}");
            assert_eq!(count("kafka-cluster:ReadData"), 2, "{text}");
            assert_eq!(count("kafka-cluster:WriteData"), 1, "{text}");
            assert!(text.contains("KAFKA_CLUSTER_ARN:"), "{text}");
            // Who writes, and Lambda itself where it reads.
            assert_eq!(count("FromPort: 9098"), 2, "{text}");
            if size != "serverless" {
                assert!(text.contains("NumberOfBrokerNodes: 3"), "{text}");
                assert!(text.contains("VolumeSize: 100"), "{text}");
            }
            let told = |id: &str, what: &str| {
                emitted.findings.iter().any(|f| f.id == id && f.message.starts_with(what))
            };
            assert!(told("EM006", "clicks: records of Kafka"), "{:?}", emitted.findings);
            assert!(told("EM009", "mails: the topic"), "{:?}", emitted.findings);
        }
    }
}

#[test]
fn a_cluster_that_stands_elsewhere_is_given_or_told() {
    let (app, sources) = app();
    for (target, path, _) in TARGETS {
        // Without a size nobody knows the cluster, but it is Amazon's.
        let emitted = written(target, &app, &sized(&app, "", 1), &sources);
        keep(&format!("topics given {target}"), &emitted);
        let text = text(&emitted, path);
        let given = if target == "sam" { "clicksClusterArn" } else { "CLICKS_CLUSTER_ARN" };
        assert!(text.contains(given), "{target}: {text}");
        let mut placements = sized(&app, "kafka.m7g.large", 3);
        for placement in &mut placements {
            if placement.component == "kafka" {
                placement.platform = PlatformId("gcp/managed");
            }
        }
        let emitted = written(target, &app, &placements, &sources);
        let told = emitted.findings.iter().any(|f| {
            f.id == "EM010" && f.message.contains("not written yet for Kafka on gcp/managed")
        });
        assert!(told, "{:?}", emitted.findings);
    }
}

#[test]
fn terraform_has_topics_and_clusters_too() {
    let (app, sources) = app();
    for (size, kind) in
        [("kafka.m7g.large", "aws_msk_cluster"), ("serverless", "aws_msk_serverless_cluster")]
    {
        let emitted = terraform::emitted(&app, &sized(&app, size, 3), &sources);
        keep(&format!("topics {size} terraform"), &emitted);
        let root = terraform::json(&emitted);
        let cluster = &root["resource"][kind]["kafka"];
        if size != "serverless" {
            assert_eq!(cluster["number_of_broker_nodes"], 3);
            let group = &cluster["broker_node_group_info"];
            assert_eq!(group["storage_info"]["ebs_storage_info"]["volume_size"], 100);
        }
        let azs = root["module"]["vpc"]["azs"].as_str().unwrap();
        assert!(azs.contains(", 0, 3)"), "a zone a broker: {azs}");
        for reader in ["clicks", "mails"] {
            let mapping = &root["resource"]["aws_lambda_event_source_mapping"][reader];
            assert_eq!(mapping["event_source_arn"], format!("${{{kind}.kafka.arn}}"));
            assert_eq!(mapping["topics"][0], reader);
            let rights = root["locals"][format!("{reader}__function__rights")].to_string();
            assert!(rights.contains("kafka-cluster:ReadData"), "{rights}");
        }
        assert!(root["resource"]["aws_sqs_queue"].is_null());
        let rights = root["locals"]["api__function__rights"].to_string();
        assert!(rights.contains("kafka-cluster:WriteData"), "{rights}");
        assert!(root["resource"]["aws_lambda_function"]["api"]["vpc_config"].is_object());
        assert!(root["output"]["kafka__brokers"].is_object());
    }
}
