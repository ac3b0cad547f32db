//! What is kept in some hours of the week only, in Terraform: what changes its number, and what is left to that.

use model::{Settings, WarmHours};
use serde_json::Value;

use crate::terraform::{COMPOSE, emitted, json, on};
use crate::{keep, read};

/// An API that is kept ready from 22 to 2 o'clock on working days.
fn by_the_hour(platform: &'static str, stores: &'static str) -> Value {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let mut placements = on(&app, platform, stores);
    let hours = WarmHours::new(0, 5, 22, 4);
    for placement in placements.iter_mut().filter(|placement| placement.component == "orders") {
        match &mut placement.configured {
            Settings::Instance(instance) => instance.warm_hours = Some(hours),
            Settings::Task(task) => task.warm_hours = Some(hours),
            other => panic!("{other:?}"),
        }
    }
    let emitted = emitted(&app, &placements, &sources);
    keep(&format!("hours {}", platform.replace('/', " ")), &emitted);
    json(&emitted)
}

#[test]
fn cloud_scheduler_keeps_instances_by_the_hour() {
    let root = by_the_hour("gcp/cloud-run", "gcp/managed");
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    let service = of("google_cloud_run_v2_service", "orders");
    assert_eq!(service["scaling"]["min_instance_count"], 0);
    assert_eq!(service["lifecycle"]["ignore_changes"], serde_json::json!(["scaling"]));
    assert!(service["template"]["scaling"].get("min_instance_count").is_none());
    for (name, schedule, count) in
        [("orders__keep", "0 22 * * 1,2,3,4,5", 1), ("orders__release", "0 2 * * 2,3,4,5,6", 0)]
    {
        let job = of("google_cloud_scheduler_job", name);
        assert_eq!(job["schedule"], schedule);
        let target = &job["http_target"];
        assert_eq!(target["http_method"], "PATCH");
        assert!(target["uri"].as_str().unwrap().ends_with("?updateMask=scaling.minInstanceCount"));
        let body = target["body"].as_str().unwrap();
        assert!(body.contains(&format!("minInstanceCount = {count}")), "{body}");
    }
    let right = of("google_cloud_run_v2_service_iam_member", "orders__clock");
    assert_eq!(right["role"], "roles/run.developer");
    let others = root["resource"]["google_cloud_scheduler_job"].as_object().unwrap();
    assert!(
        others.keys().all(|name| name == "cleanup" || name.starts_with("orders__")),
        "{others:?}"
    );
}

#[test]
fn a_rule_by_the_clock_keeps_replicas_of_container_apps() {
    let root = by_the_hour("azure/container-apps", "azure/managed");
    let template = &root["resource"]["azurerm_container_app"]["orders"]["template"];
    assert_eq!(template["min_replicas"], 0);
    let rule = &template["custom_scale_rule"];
    assert_eq!(rule["custom_rule_type"], "cron");
    let metadata = serde_json::json!({
        "timezone": "Etc/UTC",
        "start": "0 22 * * 1,2,3,4,5",
        "end": "0 2 * * 2,3,4,5,6",
        "desiredReplicas": "1",
    });
    assert_eq!(rule["metadata"], metadata);
}

#[test]
fn tasks_of_ecs_are_there_by_the_hour() {
    let root = by_the_hour("aws/fargate", "aws/managed");
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    let target = of("aws_appautoscaling_target", "orders");
    let most = target["max_capacity"].as_u64().unwrap();
    assert!(most > 2, "{target}");
    let ignored = serde_json::json!(["min_capacity", "max_capacity"]);
    assert_eq!(target["lifecycle"]["ignore_changes"], ignored);
    for (name, schedule, amount) in [
        ("orders__keep", "cron(0 22 ? * MON,TUE,WED,THU,FRI *)", (2, most)),
        ("orders__release", "cron(0 2 ? * TUE,WED,THU,FRI,SAT *)", (0, 0)),
    ] {
        let action = of("aws_appautoscaling_scheduled_action", name);
        assert_eq!(action["schedule"], schedule);
        let found = &action["scalable_target_action"];
        assert_eq!(
            (&found["min_capacity"], &found["max_capacity"]),
            (&amount.0.into(), &amount.1.into())
        );
    }
}
