//! serverless.yml.

use model::{Placement, Settings};
use source::Finding;

use crate::findings::NOT_WRITTEN;
use crate::{Construct, Fidelity, Output, Plan, Target};

/// serverless.yml.
#[derive(Debug)]
pub struct Serverless;

impl Target for Serverless {
    fn name(&self) -> &'static str {
        "serverless"
    }

    fn title(&self) -> &'static str {
        "serverless.yml"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &["aws/lambda"]
    }

    fn takes(&self, placement: &Placement) -> bool {
        matches!(placement.configured, Settings::Function(_))
    }

    fn fidelity(&self, _: Construct) -> Fidelity {
        Fidelity::Refused("not written yet")
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        for part in plan.of(self.name()) {
            let message = format!("{}: serverless.yml is not written yet", part.component.id);
            let finding =
                Finding::warning(NOT_WRITTEN, message).hint("plan it with `--to kubernetes`");
            out.findings.push(plan.at(finding, part.component.span));
        }
    }
}
