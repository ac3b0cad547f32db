//! Terraform.

use model::{Placement, Settings};
use source::Finding;

use crate::findings::NOT_WRITTEN;
use crate::{Construct, Fidelity, Output, Plan, Target};

/// Terraform.
#[derive(Debug)]
pub struct Terraform;

impl Target for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn title(&self) -> &'static str {
        "Terraform"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &["aws", "gcp", "azure", "kubernetes", "servers", "managed"]
    }

    fn takes(&self, placement: &Placement) -> bool {
        matches!(
            placement.configured,
            Settings::Task(_) | Settings::Instance(_) | Settings::Managed(_)
        )
    }

    fn fidelity(&self, _: Construct) -> Fidelity {
        Fidelity::Refused("not written yet")
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        for part in plan.of(self.name()) {
            let message = format!("{}: Terraform is not written yet", part.component.id);
            let finding =
                Finding::warning(NOT_WRITTEN, message).hint("plan it with `--to kubernetes`");
            out.findings.push(plan.at(finding, part.component.span));
        }
    }
}
