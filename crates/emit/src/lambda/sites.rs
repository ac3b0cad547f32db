//! Static files: a bucket that only CloudFront reads.

use model::{Engine, Kind, Settings};
use source::Finding;

use super::stores::{PLATFORM, bucket, kept};
use super::{Stack, attribute, filled, reference, resource, rights};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part};

/// The cache policy `CachingOptimized` ("Use managed cache policies", Amazon CloudFront developer guide).
const CACHED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
/// The distribution's name of its bucket.
const FILES: &str = "files";

/// Whether a part is files that the provider serves.
pub(super) fn is_site(part: &Part<'_>) -> bool {
    let managed = matches!(&part.placement.configured, Settings::Managed(managed) if managed.engine == Engine::Objects);
    managed && part.component.kind == Kind::Static && part.placement.platform.0 == PLATFORM
}

impl Stack<'_, '_> {
    /// Adds the bucket of each part that is files, and what stands before it.
    pub(crate) fn add_sites(&mut self, out: &mut Output) {
        let (plan, target) = (self.plan, self.dialect.target);
        let own = plan.parts.iter().filter(|part| part.target == Some(target));
        for part in own.filter(|part| is_site(part)) {
            self.site(part);
            let message = format!(
                "{}: its files have to be copied into the bucket that the outputs name",
                part.component.id
            );
            let hint = "`aws s3 sync FOLDER s3://BUCKET`; the plan bills the bucket's reads, CloudFront's own prices stand beside them";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
    }

    fn site(&mut self, part: &Part<'_>) {
        let id = self.ids.part(part);
        let why = self.why.plan(part, "files that the provider serves");
        self.resources.set(id.as_str(), kept(resource("AWS::S3::Bucket", bucket())).why(why));
        let access = self.ids.beside(part, "Access");
        let signed = map([
            ("Name", filled(format!("${{AWS::StackName}}-{}", part.name))),
            ("OriginAccessControlOriginType", "s3".into()),
            ("SigningBehavior", "always".into()),
            ("SigningProtocol", "sigv4".into()),
        ]);
        let control = map([("OriginAccessControlConfig", signed)]);
        self.resources
            .set(access.as_str(), resource("AWS::CloudFront::OriginAccessControl", control));
        let site = self.ids.beside(part, "Site");
        self.resources.set(site.as_str(), distribution(&id, &access));
        let source = format!(
            "arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{site}}}"
        );
        let read = rights::statement(&["s3:GetObject"], filled(format!("${{{id}.Arn}}/*")))
            .with("Principal", map([("Service", Node::from("cloudfront.amazonaws.com"))]))
            .with("Condition", map([("StringEquals", map([("AWS:SourceArn", filled(source))]))]));
        let policy =
            map([("Bucket", reference(&id)), ("PolicyDocument", rights::document(&[read]))]);
        let policy_id = self.ids.beside(part, "Policy");
        self.resources.set(policy_id, resource("AWS::S3::BucketPolicy", policy));
        self.output(part, "Address", filled(format!("https://${{{site}.DomainName}}")));
        self.output(part, "Bucket", reference(&id));
    }
}

fn distribution(bucket: &str, access: &str) -> Node {
    let origin = map([
        ("Id", Node::from(FILES)),
        ("DomainName", attribute(bucket, "RegionalDomainName")),
        ("OriginAccessControlId", attribute(access, "Id")),
        // Empty where the access control signs.
        ("S3OriginConfig", map([("OriginAccessIdentity", Node::from(""))])),
    ]);
    let cached = Node::from(CACHED).why("CloudFront's own policy `CachingOptimized`");
    let behavior = map([
        ("TargetOriginId", Node::from(FILES)),
        ("ViewerProtocolPolicy", "redirect-to-https".into()),
        ("CachePolicyId", cached),
        ("Compress", true.into()),
    ]);
    let config = map([
        ("Enabled", Node::from(true)),
        ("DefaultRootObject", Node::from("index.html").why("assumed: the page of the root")),
        ("HttpVersion", "http2and3".into()),
        ("Origins", list([origin])),
        ("DefaultCacheBehavior", behavior),
    ]);
    resource("AWS::CloudFront::Distribution", map([("DistributionConfig", config)]))
}
