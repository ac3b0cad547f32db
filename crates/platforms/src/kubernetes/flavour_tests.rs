//! What differs between kinds of cluster: the control plane, what nodes keep, or that there are none.

use model::{Architecture, Kind};
use units::{Bytes, Duration, Millicores};

use super::Kubernetes;
use super::flavours::{AKS, EKS, EKS_AUTO, Flavour, GKE, GKE_AUTOPILOT, SELF_MANAGED};
use crate::billing_scene::{Scene, component, dollars, known};
use crate::platform::Platform;
use crate::usage::{Flow, PodUsage, Replicas, Usage};
use model::{FrontDoor, PodSettings, PodTarget, Settings};

/// The bill of a pod of half a vCPU and 1 GB that is always there: (item, dollars).
fn billed(
    region: &str,
    flavour: &'static Flavour,
    change: impl Fn(&mut Scene),
) -> Vec<(String, String)> {
    let mut scene = Scene::new("2026-11-25");
    scene.region(region);
    let settings = PodSettings {
        cpu_request: Millicores::new(500),
        memory: Bytes::from_gib(1),
        architecture: Architecture::X86,
        min: 1,
        max: 1,
        target: PodTarget::Fixed,
        front_door: FrontDoor::None,
        volume: Bytes::ZERO,
        spill: None,
    };
    let usage = PodUsage {
        replicas: Replicas {
            step: Duration::MINUTE,
            counts: vec![1; 1440],
            memory: settings.memory,
            cpu_millicores: 500,
        },
        cpu_used_millicores: vec![100; 1440],
        spilled: None,
        flow: Flow::default(),
    };
    let pod = model::Component { kind: Kind::Http, ..component("api") };
    scene.place(pod, Settings::Pod(settings), Usage::Pod(usage));
    change(&mut scene);
    let invoice = Kubernetes(flavour).bill(&scene.members(), &scene.site()).unwrap();
    invoice.lines.into_iter().map(|line| (line.item, dollars(line.amount))).collect()
}

fn amount(lines: &[(String, String)], item: &str) -> Option<String> {
    lines.iter().find(|(name, _)| name.contains(item)).map(|(_, amount)| amount.clone())
}

#[test]
fn the_credit_pays_for_one_cluster_in_one_zone() {
    let plain = billed("gcp/us-central1", &GKE, |_| {});
    assert_eq!(amount(&plain, "control plane").as_deref(), Some("73.00"));
    let with_credit = billed("gcp/us-central1", &GKE, Scene::free_tier);
    assert_eq!(amount(&with_credit, "control plane"), None, "{with_credit:?}");
    let regional = billed("gcp/us-central1", &GKE, |scene| {
        scene.free_tier();
        scene.app.availability.zones = known(2);
    });
    assert_eq!(amount(&regional, "control plane").as_deref(), Some("73.00"));
}

#[test]
fn autopilot_bills_what_pods_request_and_no_nodes() {
    let lines = billed("gcp/us-central1", &GKE_AUTOPILOT, Scene::free_tier);
    // 365 vCPU-hours at 0.0445 and 730 GB-hours at 0.0049225.
    assert_eq!(amount(&lines, "vCPU").as_deref(), Some("16.24"));
    assert_eq!(amount(&lines, "memory").as_deref(), Some("3.59"));
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn azure_asks_for_nothing_in_one_zone() {
    let lines = billed("azure/eastus", &AKS, |_| {});
    assert_eq!(amount(&lines, "tier"), None, "{lines:?}");
    assert!(amount(&lines, "nodes").is_some());
    let zones = billed("azure/eastus", &AKS, |scene| scene.app.availability.zones = known(3));
    assert_eq!(amount(&zones, "Standard tier").as_deref(), Some("73.00"));
}

#[test]
fn a_cluster_of_ones_own_pays_for_its_control_plane_at_the_monthly_cap() {
    let lines = billed("hetzner/eu", &SELF_MANAGED, |_| {});
    assert_eq!(amount(&lines, "control-plane nodes cpx22").as_deref(), Some("22.99"));
    assert!(amount(&lines, "nodes cpx").is_some());
    let zones = billed("hetzner/eu", &SELF_MANAGED, |s| s.app.availability.zones = known(2));
    assert_eq!(amount(&zones, "control-plane nodes cpx22").as_deref(), Some("68.97"));
}

#[test]
fn auto_mode_adds_its_share_of_the_nodes() {
    let (plain, auto) =
        (billed("aws/us-east-1", &EKS, |_| {}), billed("aws/us-east-1", &EKS_AUTO, |_| {}));
    let nodes: f64 = amount(&plain, "nodes").unwrap().parse().unwrap();
    let fee: f64 = amount(&auto, "12 %").unwrap().parse().unwrap();
    assert!((fee - nodes * 0.12).abs() < 0.011, "{fee} of {nodes}");
    assert_eq!(auto.len(), plain.len() + 1);
}
