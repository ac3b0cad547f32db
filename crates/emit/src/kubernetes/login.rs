//! Who pods are outside of the cluster: no key is written, their ServiceAccount is allowed what the part calls.

use std::collections::{BTreeMap, BTreeSet};

use model::Settings;
use source::Finding;

use super::kustomize::Said;
use super::object::labels;
use super::outside::Way;
use crate::findings::TO_DO;
use crate::terraform;
use crate::tree::{Node, map};
use crate::{Output, Part, Plan};

/// By which Azure knows the identity that a ServiceAccount stands for, and by which it knows the pods that want one ("Use
/// Microsoft Entra Workload ID with AKS").
const CLIENT: &str = "azure.workload.identity/client-id";
const USES: &str = "azure.workload.identity/use";

/// Says how a part gets the rights that it needs outside, as far as Terraform does not give them.
pub(super) fn told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let by_hand = |called: &Part<'_>| !terraform::lets_use(plan, part, called);
    for (provider, rights) in rights(plan, part, &by_hand) {
        let message = format!("{} has to be allowed to {}", part.component.id, rights.join(", "));
        let finding = Finding::warning(TO_DO, message).hint(hint(part, provider));
        out.findings.push(plan.at(finding, part.component.span));
    }
    let by_terraform = |called: &Part<'_>| terraform::lets_use(plan, part, called);
    if is_known_to_azure(plan, part) && !rights(plan, part, &by_terraform).is_empty() {
        let account = part.name.as_str();
        let message = format!(
            "who the ServiceAccount `{account}` is to Azure is known once Terraform has run"
        );
        let hint = format!(
            "write what `terraform output -raw {}` prints into the overlays' patch of the ServiceAccount `{account}`",
            terraform::client_of(part)
        );
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
}

/// What the pods of a part must be allowed to do to use what stands outside of the cluster, by provider; of those called that
/// count.
fn rights<'p>(
    plan: &'p Plan<'_>,
    part: &'p Part<'_>,
    counts: &dyn Fn(&Part<'_>) -> bool,
) -> BTreeMap<&'p str, Vec<String>> {
    let mut rights: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (called, _) in plan.called(&part.component.id) {
        let id = called.component.id.as_str();
        if matches!(called.placement.configured, Settings::Pod(_)) || !seen.insert(id) {
            continue;
        }
        if let Some(right) = right(called).filter(|_| counts(called)) {
            rights.entry(called.provider()).or_default().push(format!("{right} {id}"));
        }
    }
    rights
}

/// What a pod must be allowed to do to use a part that its provider guards.
fn right(called: &Part<'_>) -> Option<&'static str> {
    Some(match Way::to(called) {
        Way::Variable("QUEUE_URL") => "send to",
        Way::Variable("TABLE" | "BUCKET") => "read and write",
        Way::Variable("STREAM") => "put records into",
        Way::Variable("TOPIC") => "publish to",
        Way::Variable("FUNCTION") => "invoke",
        Way::Variable(_) | Way::Name => return None,
    })
}

fn hint(part: &Part<'_>, provider: &str) -> String {
    let account = part.name.as_str();
    let own = part.provider();
    match (part.placement.platform.0, provider) {
        ("kubernetes/eks" | "kubernetes/eks-auto", "aws") => format!(
            "give the ServiceAccount `{account}` a role, without a key: `aws eks create-pod-identity-association --cluster-name CLUSTER --namespace NAMESPACE --service-account {account} --role-arn ROLE`"
        ),
        ("kubernetes/eks-fargate", "aws") => {
            format!("give the ServiceAccount `{account}` a role by IAM roles for service accounts")
        }
        (_, "gcp") if own == "gcp" => format!(
            "allow the ServiceAccount `{account}` itself by Workload Identity Federation for GKE: the member is `principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/PROJECT.svc.id.goog/subject/ns/NAMESPACE/sa/{account}`"
        ),
        ("kubernetes/aks", "azure") => format!(
            "give an identity a federated credential for `system:serviceaccount:NAMESPACE:{account}`, and write its client id into the overlays' patch of the ServiceAccount `{account}`"
        ),
        _ => format!(
            "the cluster is not {provider}'s: let the ServiceAccount `{account}` log in by identity federation"
        ),
    }
}

/// Whether the pods of a part are somebody to Azure.
fn is_known_to_azure(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    part.placement.platform.0 == "kubernetes/aks"
        && rights(plan, part, &|_| true).contains_key("azure")
}

/// The ServiceAccount's annotations, where it stands for an identity.
pub(super) fn annotations(plan: &Plan<'_>, part: &Part<'_>) -> Option<Node> {
    let client = Node::from("set-me").why("placeholder: the overlays say which identity it is");
    is_known_to_azure(plan, part).then(|| map([(CLIENT, client)]))
}

/// The labels of a part's pods.
pub(crate) fn pod_labels(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    let mut all = labels(plan, part);
    if is_known_to_azure(plan, part) {
        all.set(USES, Node::from("true").why("its ServiceAccount stands for an identity at Azure"));
    }
    all
}

/// What each environment says of the accounts.
pub(super) fn said<'p>(plan: &Plan<'_>, parts: &[&'p Part<'_>]) -> Vec<Said<'p>> {
    let known = parts.iter().filter(|part| is_known_to_azure(plan, part));
    let path = format!("/metadata/annotations/{}", CLIENT.replace('/', "~1"));
    let one = |part: &&'p Part<'_>| Said {
        kind: "ServiceAccount",
        name: part.name.as_str(),
        values: vec![(path.clone(), "set-me".to_owned())],
        is_host: false,
    };
    known.map(one).collect()
}
