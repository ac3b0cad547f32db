//! What runs once at each release: nothing starts it by itself, and the page says who does.

use serde_json::Value;

use crate::functions::{on_lambda, written as written_for};
use crate::terraform::{PLATFORMS, emitted, json, on};
use crate::{read, written};

const COMPOSE: &str = include_str!("compose.yaml");

/// The section of the page about releases.
fn releases(emitted: &emit::Emitted) -> String {
    let page = emitted.files.iter().find(|file| file.path == "README.md").unwrap();
    let (_, after) = page.text.split_once("## At each release\n").unwrap();
    after.split("\n## ").next().unwrap().to_owned()
}

#[test]
fn on_a_cluster_a_release_deletes_applies_and_awaits_it_before_the_rest() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let emitted = written(&app, &sources);
    let file = emitted.files.iter().find(|f| f.path.ends_with("parts/migrate.yaml")).unwrap();
    for line in
        ["kind: Job\n", "backoffLimit: 4", "ttlSecondsAfterFinished: 86400", "restartPolicy: Never"]
    {
        assert!(file.text.contains(line), "{line} in:\n{}", file.text);
    }
    assert!(!file.text.contains("kind: Service\n"), "{}", file.text);
    let page = releases(&emitted);
    assert!(page.contains("- migrate, before the new orders: "), "{page}");
    let places = ["delete job migrate", "name=migrate`", "wait --for=condition=complete"];
    let places: Vec<usize> = places.iter().map(|text| page.find(text).expect(text)).collect();
    assert!(places.is_sorted(), "{page}");
    let orders = emitted.files.iter().find(|f| f.path.ends_with("parts/orders.yaml")).unwrap();
    assert!(orders.text.contains("starts-after: migrate"), "{}", orders.text);
    // The store lets it in.
    let db = emitted.files.iter().find(|f| f.path.ends_with("parts/orders-db.yaml")).unwrap();
    assert!(db.text.contains("app.kubernetes.io/name: migrate"), "{}", db.text);
}

#[test]
fn on_every_platform_of_terraform_a_command_runs_it_and_no_clock() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    for (platform, stores) in PLATFORMS {
        let emitted = emitted(&app, &on(&app, platform, stores), &sources);
        let (page, root) = (releases(&emitted), json(&emitted));
        assert!(page.contains("- migrate, before the new orders: "), "{platform}: {page}");
        if platform.starts_with("servers/") {
            assert!(page.contains("systemctl start migrate.service"), "{platform}: {page}");
            let text = root["locals"].to_string();
            assert!(!text.contains("/etc/cron.d/migrate"), "{platform}");
            assert!(!text.contains("\"--no-block\",\"migrate.service\""), "{platform}");
            continue;
        }
        assert!(page.contains("output -raw migrate__run"), "{platform}: {page}");
        let command = root["output"]["migrate__run"]["value"].as_str().unwrap();
        let (start, clocks): (&str, &[&str]) = match platform {
            "aws/fargate" => ("aws ecs run-task", &["aws_scheduler_schedule", "aws_ecs_service"]),
            "aws/lambda" => ("aws lambda invoke", &["aws_scheduler_schedule"]),
            "gcp/cloud-run" => ("gcloud run jobs execute", &["google_cloud_scheduler_job"]),
            _ => ("az containerapp job start", &["azurerm_container_app"]),
        };
        assert!(command.contains(start), "{platform}: {command}");
        for kind in clocks {
            assert_eq!(root["resource"][kind]["migrate"], Value::Null, "{platform}: {kind}");
        }
    }
    let job = |platform, stores, kind: &str| {
        let root = json(&emitted(&app, &on(&app, platform, stores), &sources));
        root["resource"][kind]["migrate"].clone()
    };
    let azure = job("azure/container-apps", "azure/managed", "azurerm_container_app_job");
    assert_eq!(azure["manual_trigger_config"]["replica_completion_count"], 1);
    assert_eq!(
        (&azure["schedule_trigger_config"], &azure["replica_retry_limit"]),
        (&Value::Null, &4.into())
    );
    let google = job("gcp/cloud-run", "gcp/managed", "google_cloud_run_v2_job");
    assert_eq!(google["template"]["template"]["max_retries"], 4);
}

#[test]
fn as_a_function_it_has_no_events_and_a_command() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    for (target, command) in
        [("sam", "sam remote invoke migrate"), ("serverless", "osls invoke --function migrate")]
    {
        let emitted = written_for(target, &app, &on_lambda(&app), &sources);
        let page = releases(&emitted);
        assert!(page.contains(command), "{target}: {page}");
    }
}
