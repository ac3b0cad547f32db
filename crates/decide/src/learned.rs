//! What the simulation says of functions beyond their closed form, kept for closed forms of other loads.
//!
//! Closed forms see minutes at their mean rate, and of recordings several minutes as one: bursts within them are softened, and
//! with them cold starts, which are billed. A function could then be taken to become the cheaper place at a load at which
//! it is dearer still. So where simulation and closed form differ by [`TELLING`] of what a function costs today, the
//! difference of what it uses is kept, and every closed form of the same configuration gets it in proportion to its
//! requests: bursts grow with the load.

use std::collections::BTreeMap;

use model::Configuration;
use platforms::{Evaluation, FunctionUsage, Member, Settings, Usage, cut};

use crate::evaluate::Candidate;
use crate::world::World;

/// A difference of a smaller share of the cost is left to the calibration of whole placements.
const TELLING: f64 = 0.05;

/// Differences by component and platform.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learned {
    lessons: BTreeMap<(usize, usize), Vec<Lesson>>,
}

/// What one configuration uses more than its closed form says, or less.
#[derive(Debug, Clone)]
struct Lesson {
    configuration: Configuration,
    /// Requests a month of which that is.
    requests: u64,
    run_mb_ms: i128,
    init_mb_ms: i128,
    restored_mb: i128,
}

impl Learned {
    /// From what was simulated; the world is the one of closed forms.
    pub(crate) fn of(light: &World<'_>, candidates: &[Vec<Candidate>]) -> Self {
        let mut lessons: BTreeMap<(usize, usize), Vec<Lesson>> = BTreeMap::new();
        for (at, candidates) in candidates.iter().enumerate() {
            for candidate in candidates {
                let known = lessons.entry((at, candidate.platform)).or_default();
                if known.iter().all(|l| l.configuration != candidate.configuration) {
                    known.extend(lesson(light, at, candidate));
                }
            }
        }
        lessons.retain(|_, known| !known.is_empty());
        Self { lessons }
    }

    /// Adds to a closed form what it is known to leave out.
    pub(crate) fn correct(
        &self,
        (at, platform): (usize, usize),
        configuration: &Configuration,
        evaluation: &mut Evaluation,
    ) {
        let Some(known) = self.lessons.get(&(at, platform)) else { return };
        let lesson = known.iter().find(|lesson| lesson.configuration == *configuration);
        if let (Some(lesson), Usage::Function(usage)) = (lesson, &mut evaluation.usage) {
            lesson.correct(usage);
        }
    }
}

/// Of functions that come with requests; what is kept ready is simulated for its own sake.
fn lesson(light: &World<'_>, at: usize, candidate: &Candidate) -> Option<Lesson> {
    let Settings::Function(settings) = &candidate.configuration.settings else { return None };
    let Usage::Function(simulated) = &candidate.evaluation.usage else { return None };
    if settings.provisioned > 0 || simulated.requests == 0 {
        return None;
    }
    let case = light.case(at, candidate.platform, &candidate.reach);
    let platform = light.platforms[candidate.platform];
    let estimate = cut::estimate(platform, &case, &candidate.configuration).ok()?;
    let Usage::Function(estimated) = &estimate.usage else { return None };
    let member = Member {
        component: light.component(at),
        configuration: &candidate.configuration,
        evaluation: &estimate,
    };
    let seen = light.bill(candidate.platform, &[member]).ok()?.total().dollars();
    let off = (candidate.alone.dollars() - seen).abs();
    let more = |of: fn(&FunctionUsage) -> u128| {
        let whole = |n: u128| i128::try_from(n).unwrap_or(i128::MAX);
        whole(of(simulated)).saturating_sub(whole(of(estimated)))
    };
    (off > TELLING * seen).then(|| Lesson {
        configuration: candidate.configuration.clone(),
        requests: estimated.requests.max(1),
        run_mb_ms: more(|usage| usage.run_mb_ms),
        init_mb_ms: more(|usage| usage.init_mb_ms),
        restored_mb: more(|usage| usage.restored_mb),
    })
}

impl Lesson {
    fn correct(&self, usage: &mut FunctionUsage) {
        let times = usage.requests as f64 / self.requests as f64;
        let corrected = |value: u128, more: i128| {
            let more = (more as f64 * times) as i128;
            value.saturating_add_signed(more)
        };
        usage.run_mb_ms = corrected(usage.run_mb_ms, self.run_mb_ms);
        usage.init_mb_ms = corrected(usage.init_mb_ms, self.init_mb_ms);
        usage.restored_mb = corrected(usage.restored_mb, self.restored_mb);
    }
}
