//! From a plan to files that deploy it: one folder a target.
//!
//! Files are typed trees with a comment on every value that says where it comes from, written by a writer of our
//! own: a template could not promise valid YAML for a hostile string, and serialisers drop comments. Nothing here
//! reads printed text, and nothing secret is ever written.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod beyond;
mod containers;
mod files;
pub mod findings;
mod hours;
mod image;
pub mod knative;
pub mod kubernetes;
mod lambda;
pub mod matrix;
mod names;
mod plan;
mod proxy;
mod readme;
mod reason;
pub mod sam;
pub mod serverless;
mod stores;
pub mod terraform;
mod tree;
pub mod yaml;

use source::Finding;

pub use files::FilesAre;
pub use matrix::{Construct, Fidelity};
pub use names::Names;
pub use plan::{Output, Part, Plan, Routes, made_by};
pub use reason::Reasons;
pub use tree::{Node, Value, list, map};

/// One way to deploy.
pub trait Target: Sync {
    /// Its name on the command line: `kubernetes`.
    fn name(&self) -> &'static str;
    /// The folder that it writes to.
    fn folder(&self) -> &'static str {
        self.name()
    }
    /// Its name in prose.
    fn title(&self) -> &'static str;
    /// Platforms, by id or prefix, that a plan may use when this target is asked for.
    fn platforms(&self) -> &'static [&'static str];
    /// Whether a component as placed is this target's, where nobody asks for one.
    fn takes(&self, placement: &model::Placement) -> bool;
    /// Whether it sets up what a component of its platforms runs on, and leaves the component itself to another target.
    fn leaves(&self, placement: &model::Placement) -> bool {
        let _ = placement;
        false
    }
    /// Whether it writes something beside a component that another target writes: the other side of a split.
    fn adds_to(&self, part: &Part<'_>) -> bool {
        let _ = part;
        false
    }
    /// Whether parts stand here under names of its own, so that the plan's are nobody's concern.
    fn has_own_names(&self) -> bool {
        false
    }
    /// What becomes of a construct here.
    fn fidelity(&self, construct: Construct) -> Fidelity;
    /// Why further containers of a role have no place where a component was placed; `None` if they have.
    fn has_no_place(
        &self,
        placement: &model::Placement,
        role: model::Role,
    ) -> Option<&'static str> {
        let _ = (placement, role);
        match self.fidelity(Construct::Sidecars) {
            Fidelity::Refused(why) => Some(why),
            Fidelity::Full | Fidelity::Note(_) => None,
        }
    }
    /// What becomes of the files of config maps and secrets that a main container sees where a component was placed.
    fn files(&self, placement: &model::Placement) -> FilesAre {
        let _ = placement;
        match self.fidelity(Construct::Files) {
            Fidelity::Refused(_) => FilesAre::Missing,
            Fidelity::Full | Fidelity::Note(_) => FilesAre::Seen,
        }
    }
    /// Writes the parts that are its own; the others are in the plan, to be wired to.
    fn write(&self, plan: &Plan<'_>, out: &mut Output);
}

/// Every target, in the order in which a component is offered to them. A new one is one folder and one line here.
pub const ALL: &[&dyn Target] = &[
    &kubernetes::Kubernetes,
    &knative::Knative,
    &sam::Sam,
    &serverless::Serverless,
    &terraform::Terraform,
];

/// The target of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Target> {
    ALL.iter().copied().find(|target| target.name() == name)
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmittedFile {
    /// Where, from the folder on, with `/` between its parts.
    pub path: String,
    /// Its text, which ends with a line break.
    pub text: String,
}

/// What carries a plan out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Emitted {
    /// The files, sorted by path.
    pub files: Vec<EmittedFile>,
    /// What has to be known or done before they deploy.
    pub findings: Vec<Finding>,
}

/// Writes a plan: each part by the target that it was given to.
pub fn emit(plan: &Plan<'_>) -> Emitted {
    let mut out = Output::default();
    out.findings.extend(plan.renamed().iter().cloned());
    for part in plan.parts.iter().filter(|part| part.target.is_none()) {
        let message =
            format!("{}: nothing is written for {}", part.component.id, part.placement.platform);
        let hint = "choose a target with `--to kubernetes`, or set this part up by hand";
        let finding = Finding::warning(findings::NO_TARGET, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    for target in ALL {
        let asked = plan.asked() == Some(target.name());
        let below = asked && plan.parts.iter().any(|part| target.leaves(part.placement));
        let beside = plan.parts.iter().any(|part| out.is_written(part) && target.adds_to(part));
        if below || beside || plan.of(target.name()).next().is_some() {
            target.write(plan, &mut out);
        }
    }
    containers::told(plan, &mut out);
    beyond::told(plan, &mut out);
    files::told(plan, &mut out);
    image::told(plan, &mut out);
    let text = readme::text(plan, &out);
    out.file("README.md", text);
    out.finished()
}
