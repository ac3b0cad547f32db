//! Pods that spill to another platform: the proxy in each, the other side in Terraform, and how the one finds the other.

use emit::{Emitted, Plan};
use model::{
    App, Beside, Component, Configuration, FrontDoor, Placement, PlatformId, PodTarget, Settings,
    Spill,
};
use source::SourceMap;
use units::{Bytes, Millicores};

use crate::shapes::{at, objects};
use crate::terraform::{self, configured};
use crate::{again, faults, keep, placed, read};

const APP: &str = "
name: shop
region: aws/us-east-1
components:
  web: { kind: http, public: true, memory: 256 MB, duration: 80 ms, load: 10/s }
  stock: { kind: http, public: false, memory: 256 MB, duration: 20 ms, load: 1/s }
";

/// Each cluster with its provider's region and what takes what its pods spill.
const SPLITS: [(&str, &str, &str); 3] = [
    ("kubernetes/eks", "aws/us-east-1", "aws/lambda"),
    ("kubernetes/gke", "gcp/us-central1", "gcp/cloud-run"),
    ("kubernetes/aks", "azure/eastus", "azure/container-apps"),
];

/// `web` in three pods, and above 7 requests in one of them elsewhere.
fn split(
    app: &App,
    (cluster, region, other): (&'static str, &str, &'static str),
) -> Vec<Placement> {
    let mut placements = placed::on_kubernetes(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        placement.platform = PlatformId(cluster);
        placement.region = String::from(region);
        let Settings::Pod(pods) = &mut placement.configured else { panic!("pods") };
        if component.id == "web" {
            (pods.min, pods.max, pods.target) = (3, 3, PodTarget::Fixed);
            pods.spill = Some(spill(component, other));
        }
    }
    placements
}

pub(crate) fn spill(component: &Component, other: &'static str) -> Spill {
    let mut settings = configured(component, other);
    if let Settings::Function(function) = &mut settings {
        (function.front_door, function.provisioned) = (FrontDoor::FunctionUrl, 0);
    }
    let (platform, label) = (PlatformId(other), "256 MB x86".to_owned());
    let proxy = Beside { cpu: Millicores::new(60), memory: Bytes::from_mib(80) };
    Spill { in_flight: 7, proxy, to: Box::new(Configuration { platform, settings, label }) }
}

fn emitted(app: &App, sources: &SourceMap, placements: &[Placement]) -> Emitted {
    let plan = Plan::of_placements(app, placements, sources, "a test".to_owned(), None);
    emit::emit(&plan)
}

fn text<'e>(emitted: &'e Emitted, path: &str) -> &'e str {
    &emitted.files.iter().find(|file| file.path == path).unwrap().text
}

#[test]
fn a_proxy_stands_in_each_pod_and_the_other_side_in_terraform() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    for place in SPLITS {
        let emitted = emitted(&app, &sources, &split(&app, place));
        keep(&format!("split {}", place.0), &emitted);
        assert_eq!(faults(&emitted.files), Vec::<String>::new());
        assert_eq!(terraform::faults(&emitted.files), Vec::<String>::new());
        let objects = objects(&emitted.files);
        let pod =
            |path: &str| at(&objects, "Deployment web", &format!("spec template spec {path}"));
        assert_eq!(at(&objects, "Deployment web", "spec replicas"), Some("3"));
        assert_eq!(pod("containers 0 name"), Some("web"));
        for (path, value) in [
            ("name", "web-proxy"),
            ("ports 0 containerPort", "10080"),
            ("resources requests cpu", "60m"),
            ("resources requests memory", "80Mi"),
            ("resources limits memory", "80Mi"),
            ("env 0 name", "BURST_HOST"),
            ("env 0 valueFrom configMapKeyRef name", "shop-addresses"),
            ("env 0 valueFrom configMapKeyRef key", "WEB_BURST_HOST"),
            ("securityContext runAsUser", "99"),
        ] {
            assert_eq!(pod(&format!("containers 1 {path}")), Some(value), "{path}");
        }
        assert_eq!(pod("volumes 0 configMap name"), Some("web-proxy"));
        // Clients come through the proxy, and the policy lets them in there.
        assert_eq!(at(&objects, "Service web", "spec ports 0 port"), Some("8080"));
        assert_eq!(at(&objects, "Service web", "spec ports 0 targetPort"), Some("10080"));
        let open = "spec ingress 0 ports 0 port";
        assert_eq!(at(&objects, "NetworkPolicy web", open), Some("10080"));
        assert!(at(&objects, "HorizontalPodAutoscaler web", "kind").is_none());
        // What is not split is as ever.
        assert_eq!(at(&objects, "Service stock", "spec ports 0 targetPort"), Some("8080"));
        let stock = "spec template spec containers 1 name";
        assert_eq!(at(&objects, "Deployment stock", stock), None);
        let config = at(&objects, "ConfigMap web-proxy", "data haproxy.cfg").unwrap();
        for line in [
            "  bind :10080\n",
            "  use_backend burst if { be_conn(program) ge 7 }\n",
            "  server program 127.0.0.1:8080\n",
            "  http-request set-header Host \"${BURST_HOST}\"\n",
            "  server burst \"${BURST_HOST}:443\" ssl verify required ca-file @system-ca sni \"str(${BURST_HOST})\"\n",
        ] {
            assert!(config.contains(line), "{line}{config}");
        }
        assert!(config.ends_with('\n'), "HAProxy takes a file without an end for one that was cut");
        for overlay in ["staging", "production"] {
            let overlay =
                text(&emitted, &format!("kubernetes/overlays/{overlay}/kustomization.yaml"));
            assert!(overlay.contains("path: /data/WEB_BURST_HOST"), "{overlay}");
        }
        // The other side, and where it is.
        let root = terraform::json(&emitted);
        let resource = match place.2 {
            "aws/lambda" => &root["resource"]["aws_lambda_function"]["web__burst"],
            "gcp/cloud-run" => &root["resource"]["google_cloud_run_v2_service"]["web__burst"],
            _ => &root["resource"]["azurerm_container_app"]["web__burst"],
        };
        assert!(resource.is_object(), "{root}");
        let host = root["output"]["web__burst_host"]["value"].as_str().unwrap();
        assert!(host.contains("web__burst") || host.contains("web-burst"), "{host}");
        let page = text(&emitted, "README.md");
        assert!(page.contains("terraform output -raw web__burst_host"), "{page}");
        assert!(page.contains("`WEB_BURST_HOST`"), "{page}");
        // Read again it is the same service, with its program's container.
        let read_again = again(&only_kubernetes(&emitted));
        let web = read_again.components.iter().find(|c| c.id == "web").unwrap();
        assert_eq!(web.public.get(), Some(true));
        assert_eq!(read_again.components.len(), app.components.len());
    }
}

/// The manifests alone.
fn only_kubernetes(emitted: &Emitted) -> Emitted {
    let own = emitted.files.iter().filter(|file| file.path.starts_with("kubernetes/"));
    Emitted { files: own.cloned().collect(), findings: Vec::new() }
}

#[test]
fn what_cannot_be_split_is_refused_in_words() {
    let (mut app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let refused = |app: &App, placements: &[Placement]| {
        let emitted = emitted(app, &sources, placements);
        assert!(emitted.files.iter().all(|file| !file.path.contains("parts/web.yaml")));
        assert!(emitted.files.iter().all(|file| !file.path.starts_with("terraform/")));
        let told = emitted.findings.iter().filter(|finding| finding.message.starts_with("web: a "));
        told.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    // A function behind an API has no host of its own that a proxy could send to.
    let mut placements = split(&app, SPLITS[0]);
    let web = placements.iter_mut().find(|placement| placement.component == "web").unwrap();
    let Settings::Pod(pods) = &mut web.configured else { panic!("pods") };
    let Settings::Function(function) = &mut pods.spill.as_mut().unwrap().to.settings else {
        panic!("a function")
    };
    function.front_door = FrontDoor::HttpApi;
    let told = refused(&app, &placements);
    let expected = "web: a split with a function without a URL of its own is not written";
    assert_eq!(told, [expected]);
    // The function would look for `stock` under a name that leads nowhere outside of the cluster.
    let calls = APP.replace("load: 10/s }", "load: 10/s, calls: [stock] }");
    let (with_call, _) = read("crossover.yaml", calls.as_bytes()).unwrap();
    app.edges = with_call.edges;
    let told = refused(&app, &split(&app, SPLITS[0]));
    assert!(told[0].starts_with("web: a split of what calls `stock` in the cluster"), "{told:?}");
}
