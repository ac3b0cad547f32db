//! Who pods of Google's and Azure's clusters are to their providers: both halves name the same ServiceAccount.

use emit::Emitted;
use model::{Engine, MachinePool, ManagedSettings, PlatformId, Settings};
use serde_json::Value;
use units::Bytes;

use crate::outside::page;
use crate::shapes::{at, objects};
use crate::terraform::{emitted, json};
use crate::{keep, placed, read};

const APP: &str = "
name: shop
region: aws/us-east-1
components:
  web: { kind: http, memory: 256 MB, cpu: 10 ms, load: 5/s, calls: [files, jobs, other] }
  other: { kind: http, memory: 256 MB, cpu: 10 ms, public: false }
  jobs: { kind: stateful, engine: queue }
  files: { kind: stateful, engine: objects, storage: 5 GB }
";

/// Everything that runs code on one kind of cluster, the stores at its provider.
fn on(cluster: &'static str, stores: &'static str, region: &str) -> (Emitted, Value) {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed::on_kubernetes(&app);
    for placement in &mut placements {
        region.clone_into(&mut placement.region);
        placement.platform = PlatformId(cluster);
        placement.machines =
            Some(MachinePool { instance: "small-2".to_owned(), min: 1, max: 3, pool: 0 });
        let engine = match placement.component.as_str() {
            "jobs" => Engine::Queue,
            "files" => Engine::Objects,
            _ => continue,
        };
        placement.platform = PlatformId(stores);
        placement.machines = None;
        let (size, storage) = (String::new(), Bytes::from_gib(5));
        placement.configured =
            Settings::Managed(ManagedSettings { engine, size, storage, zones: 1 });
    }
    let terraform = emitted(&app, &placements, &sources);
    keep(&format!("identity/{cluster}"), &terraform);
    let root = json(&terraform);
    (terraform, root)
}

#[test]
fn pods_of_gke_use_what_they_call_as_their_service_account() {
    let (emitted, root) = on("kubernetes/gke", "gcp/managed", "gcp/us-central1");
    let of = |kind: &str, name: &str| &root["resource"][kind][name];
    let pool = &of("google_container_cluster", "gke")["workload_identity_config"]["workload_pool"];
    assert_eq!(pool, "${var.google_project}.svc.id.goog");
    for (kind, name, role) in [
        ("google_storage_bucket_iam_member", "web__to__files", "roles/storage.objectUser"),
        ("google_pubsub_topic_iam_member", "web__to__jobs", "roles/pubsub.publisher"),
    ] {
        let right = of(kind, name);
        assert_eq!(right["role"], role);
        let member = right["member"].as_str().unwrap();
        let account = "/subject/ns/${var.kubernetes_namespace}/sa/web";
        assert!(member.starts_with("principal://") && member.ends_with(account), "{member}");
        assert_eq!(right["depends_on"][0], "google_container_cluster.gke");
    }
    assert_eq!(root["variable"]["kubernetes_namespace"]["default"], "shop-production");
    assert!(!page(&emitted).contains("has to be allowed"), "Terraform does it");
    // Nothing is allowed to who calls nothing.
    assert!(!root["resource"].to_string().contains("sa/other"));
}

#[test]
fn pods_of_aks_stand_for_an_identity_of_azures() {
    let (emitted, root) = on("kubernetes/aks", "azure/managed", "azure/eastus");
    let of = |kind: &str, name: &str| &root["resource"][kind][name];
    assert_eq!(of("azurerm_kubernetes_cluster", "main")["oidc_issuer_enabled"], true);
    let subject = &of("azurerm_federated_identity_credential", "web__pod")["subject"];
    assert_eq!(subject, "system:serviceaccount:${var.kubernetes_namespace}:web");
    for (right, role) in [
        ("web__pod__sends", "Storage Queue Data Message Sender"),
        ("web__pod__files", "Storage Blob Data Contributor"),
    ] {
        assert_eq!(of("azurerm_role_assignment", right)["role_definition_name"], role);
    }
    assert!(of("azurerm_user_assigned_identity", "other__pod").is_null());
    // The manifests' half: the account's placeholder, which each environment says, and the pods that want one.
    let objects = objects(&emitted.files);
    let client = "metadata annotations azure.workload.identity/client-id";
    assert_eq!(at(&objects, "ServiceAccount web", client), Some("set-me"));
    assert_eq!(at(&objects, "ServiceAccount other", client), None);
    let label = "spec template metadata labels azure.workload.identity/use";
    assert_eq!(at(&objects, "Deployment web", label), Some("true"));
    let overlay = "kubernetes/overlays/staging/kustomization.yaml";
    let overlay = &emitted.files.iter().find(|file| file.path == overlay).unwrap().text;
    let path = "path: /metadata/annotations/azure.workload.identity~1client-id";
    assert!(overlay.contains(path), "{overlay}");
    let says = "terraform output -raw web__pod__client";
    assert!(page(&emitted).contains(says), "{}", page(&emitted));
    assert!(!root["output"]["web__pod__client"]["value"].is_null());
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
}
