//! # The package is larger than the platform takes
//!
//! ## What it checks
//! The unzipped archive or the container image, against the platform's limits for each.
//!
//! ## Why it matters
//! An archive over its limit cannot be deployed; as an image it can, at the price of slower cold starts. An image over
//! its limit cannot be deployed at all.
//!
//! ## Evidence
//! The declared package and size. "Images over 250 MB need Kubernetes" is a mistake that is often repeated: 250 MB
//! is the limit of an unzipped archive.
//!
//! ## Source
//! Catalogue rows aws-lambda/package.zip.unzipped (250 MB) and aws-lambda/package.image (10 GB).

use model::Package;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct PackageSize;

impl Rule for PackageSize {
    fn about(&self) -> About {
        About {
            id: RuleId("CR014"),
            title: "the package is larger than the platform takes",
            hardness: Hardness::Hard,
            origin: &["P1"],
            file: include_str!("package_size.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let artifact = &case.component.artifact;
        let Some(size) = artifact.size.get() else { return };
        let span = artifact.size.origin().and_then(|origin| origin.span);
        let image = case.limits.image_max.as_ref();
        let zip = case.limits.zip_max.as_ref();
        if let Some(limit) = image.filter(|limit| size > limit.value) {
            let text = format!("its package is {size}; {} takes {}", case.name, limit.value);
            found.push(self.found(Effect::Excludes, text).at(span));
        } else if let (Some(Package::Zip), Some(limit)) =
            (artifact.package.get(), zip.filter(|limit| size > limit.value))
        {
            let text = format!("its archive is {size}; {} takes {}", case.name, limit.value);
            if image.is_some() {
                let hint = "ship it as a container image, which may be larger and starts slower";
                found.push(self.found(Effect::Risk, text).at(span).hint(hint));
            } else {
                found.push(self.found(Effect::Excludes, text).at(span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Bytes;

    fn effects(package: Package, size: Bytes) -> Vec<Effect> {
        let mut bench = Bench::function();
        bench.component.artifact.package = known(package);
        bench.component.artifact.size = known(size);
        bench.effects(&PackageSize)
    }

    #[test]
    fn a_large_archive_becomes_an_image_and_a_huge_image_goes_elsewhere() {
        assert_eq!(effects(Package::Zip, Bytes::from_mib(200)), []);
        assert_eq!(effects(Package::Zip, Bytes::from_mib(300)), [Effect::Risk]);
        assert_eq!(effects(Package::Image, Bytes::from_gib(3)), []);
        assert_eq!(effects(Package::Image, Bytes::from_gib(12)), [Effect::Excludes]);
    }
}
