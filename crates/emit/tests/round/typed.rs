//! The manifests as the API's own types (`k8s-openapi`): each reads as its kind, and written again it is the same tree, so
//! that no field is unknown, misspelt or of another type. Fields that a type does not know would be dropped in silence.

use emit::EmittedFile;
use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core,
    networking::v1 as networking, policy::v1 as policy,
};
use k8s_openapi::serde::de::DeserializeOwned;
use serde_json::Value;
use source::SourceMap;
use source::yaml::Node;

/// Kinds of others, which have no type there.
const OTHERS: &[&str] = &[
    "gateway.networking.k8s.io/v1 GRPCRoute",
    "gateway.networking.k8s.io/v1 Gateway",
    "gateway.networking.k8s.io/v1 HTTPRoute",
    "karpenter.sh/v1 NodePool",
    "keda.sh/v1alpha1 ScaledObject",
    "keda.sh/v1alpha1 TriggerAuthentication",
    "kustomize.config.k8s.io/v1beta1 Kustomization",
    "serving.knative.dev/v1 Service",
];

/// Holds the manifests among these files against the types of their kinds: how many were held, and what is wrong.
pub(crate) fn faults(files: &[EmittedFile]) -> (usize, Vec<String>) {
    let (mut held, mut faults) = (0, Vec::new());
    for file in files.iter().filter(|file| file.path.starts_with("kubernetes/")) {
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        let (objects, findings) = source::yaml::parse(&sources, id);
        faults.extend(findings.iter().map(|f| format!("{}: {}", file.path, f.message)));
        for object in &objects {
            let tree = tree(object);
            let text = |key: &str| tree[key].as_str().unwrap_or("");
            let kind = format!("{} {}", text("apiVersion"), text("kind"));
            let what = match again(&kind, &tree) {
                Some(Ok(same)) if same == tree => None,
                Some(Ok(other)) => Some(difference("", &tree, &other)),
                Some(Err(error)) => Some(error.to_string()),
                None if OTHERS.contains(&kind.as_str()) => continue,
                None => Some("there is no such kind".to_owned()),
            };
            held += 1;
            let place = format!("{}: {kind} {}", file.path, tree["metadata"]["name"]);
            faults.extend(what.map(|what| format!("{place}: {what}")));
        }
    }
    (held, faults)
}

/// The same object through the type of its kind; `None` of a kind that is not built in.
fn again(kind: &str, tree: &Value) -> Option<serde_json::Result<Value>> {
    fn through<T: k8s_openapi::serde::Serialize + DeserializeOwned>(
        tree: &Value,
    ) -> serde_json::Result<Value> {
        serde_json::to_value(serde_json::from_value::<T>(tree.clone())?)
    }
    let through = match kind {
        "apps/v1 Deployment" => through::<apps::Deployment>,
        "apps/v1 StatefulSet" => through::<apps::StatefulSet>,
        "autoscaling/v2 HorizontalPodAutoscaler" => through::<autoscaling::HorizontalPodAutoscaler>,
        "batch/v1 CronJob" => through::<batch::CronJob>,
        "batch/v1 Job" => through::<batch::Job>,
        "networking.k8s.io/v1 Ingress" => through::<networking::Ingress>,
        "networking.k8s.io/v1 NetworkPolicy" => through::<networking::NetworkPolicy>,
        "policy/v1 PodDisruptionBudget" => through::<policy::PodDisruptionBudget>,
        "v1 ConfigMap" => through::<core::ConfigMap>,
        "v1 Namespace" => through::<core::Namespace>,
        "v1 Service" => through::<core::Service>,
        "v1 ServiceAccount" => through::<core::ServiceAccount>,
        _ => return None,
    };
    Some(through(tree))
}

/// A tree as JSON has it: what is not quoted and reads as a number, a yes or nothing is one.
pub(crate) fn tree(node: &Node) -> Value {
    match &node.value {
        source::yaml::Value::Sequence(items) => items.iter().map(tree).collect(),
        source::yaml::Value::Mapping(entries) => {
            let key = |key: &Node| key.text().unwrap_or_default().to_owned();
            Value::Object(entries.iter().map(|(k, value)| (key(k), tree(value))).collect())
        }
        source::yaml::Value::Scalar { text, quoted: false } => match serde_json::from_str(text) {
            Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Null)) => value,
            _ => Value::from(text.as_str()),
        },
        source::yaml::Value::Scalar { text, .. } => Value::from(text.as_str()),
    }
}

/// The first place at which two trees differ.
fn difference(path: &str, wanted: &Value, found: &Value) -> String {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                let path = format!("{path}.{key}");
                match found.get(key) {
                    None => return format!("{path} is no field"),
                    Some(other) if other != value => return difference(&path, value, other),
                    Some(_) => {}
                }
            }
            let more = found.keys().find(|key| !wanted.contains_key(*key));
            format!("{path}.{} is missing", more.map_or("?", String::as_str))
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            let all = wanted.iter().zip(found).enumerate();
            let first = all.into_iter().find(|(_, (wanted, found))| wanted != found);
            first.map_or_else(String::new, |(number, (wanted, found))| {
                difference(&format!("{path}[{number}]"), wanted, found)
            })
        }
        _ => format!("{path} is {wanted}, and read as {found}"),
    }
}

#[test]
fn a_field_that_is_misspelt_unknown_or_of_another_type_is_found() {
    let policy = |kind: &str, spec: &str| {
        let text =
            format!("apiVersion: policy/v1\nkind: {kind}\nmetadata: {{ name: a }}\nspec: {spec}\n");
        let path = "kubernetes/base/parts/a.yaml".to_owned();
        faults(&[EmittedFile { path, text }]).1
    };
    let kind = "PodDisruptionBudget";
    assert!(policy(kind, "{ maxUnavailable: 1 }").is_empty());
    for (kind, spec, what) in [
        (kind, "{ maxUnavailible: 1 }", ".spec.maxUnavailible is no field"),
        (kind, "{ selector: { matchLabel: { a: b } } }", ".spec.selector.matchLabel is no field"),
        (kind, "{ selector: { matchLabels: { a: 1 } } }", "expected a string"),
        ("PodDisruptionBudge", "{}", "there is no such kind"),
    ] {
        let found = policy(kind, spec);
        assert!(found.len() == 1 && found[0].contains(what), "{spec}: {found:?}");
    }
}
