//! What the answer is held against: whole-app alternatives, and the answer with one component elsewhere.

use model::{Chosen, Considered};
use units::Money;

use crate::alternatives::Alternative;
use crate::books::Books;
use crate::case::runs_code;
use crate::confidence::{self, Confidence, Placed};
use crate::evaluate::{Candidate, Field};
use crate::focus::Focus;
use crate::ladder::Known;
use crate::search::Found;
use crate::splits;
use crate::turns;
use crate::variations::Variation;

/// Placements with one component moved that the choice is held against, the cheapest ones.
const RIVALS_MOVED: usize = 8;
/// The same for an application of very many components.
const RIVALS_OF_VERY_MANY: usize = 1;

/// What the answer is held against, each with a name: the alternatives, and each component elsewhere.
pub(crate) fn by_name<'r>(
    books: &Books<'_>,
    alternatives: &'r [Alternative],
    second: &'r [Option<Found>],
) -> Vec<turns::Rival<'r>> {
    let whole = alternatives.iter().filter_map(|alternative| {
        let found = alternative.found.as_ref()?;
        Some(turns::Rival { scope: None, name: alternative.way.short.to_owned(), found })
    });
    let moved = second.iter().enumerate().filter_map(|(at, found)| {
        let found = found.as_ref()?;
        let candidate = books.candidate((at as u16, found.options[at]));
        let name = splits::name(books.world, candidate);
        Some(turns::Rival { scope: Some(books.world.component(at).id.clone()), name, found })
    });
    whole.chain(moved).collect()
}

/// The best placement with one component on another platform and all others where they are.
pub(crate) fn elsewhere(books: &Books<'_>, found: &Found, at: usize) -> Option<Found> {
    if !runs_code(books.world.component(at)) {
        return None;
    }
    let home = books.candidate((at as u16, found.options[at])).platform;
    placed_on(books, found, at, |candidate| candidate.platform != home)
}

/// The best placement with one component moved to an option that the filter allows.
fn placed_on(
    books: &Books<'_>,
    found: &Found,
    at: usize,
    allows: impl Fn(&Candidate) -> bool,
) -> Option<Found> {
    let mut options = found.options.clone();
    let others = books.candidates[at].iter().enumerate().filter(|(_, c)| allows(c));
    let priced = others.filter_map(|(option, _)| {
        options[at] = option as u16;
        let moved = books.settled(&options);
        Some((books.feasible(&moved)?, moved))
    });
    let (total, options) = priced.min()?;
    Some(Found { options, total, proven: false, at_least: Money::ZERO })
}

/// The choice and what it is held against, with how sure it is among them.
pub(crate) fn confidence(
    books: &Books<'_>,
    field: &Field,
    found: &Found,
    alternatives: &[Alternative],
    tried: &[Variation<'_>],
    focus: &Focus,
) -> (Vec<Found>, Confidence) {
    let most = if focus.is_large() { RIVALS_OF_VERY_MANY } else { RIVALS_MOVED };
    let mut rivals: Vec<Found> = vec![found.clone()];
    let others = alternatives.iter().filter_map(|a| a.found.clone());
    for other in others.chain(moved(books, found, focus, most)) {
        if rivals.iter().all(|known| known.options != other.options) {
            rivals.push(other);
        }
    }
    let placed: Vec<Placed<'_>> =
        rivals.iter().map(|r| Placed { options: &r.options, total: r.total }).collect();
    let known = Known { candidates: books.candidates, options: &field.options };
    let confidence = confidence::run(books.world, known, &placed, tried);
    (rivals, confidence)
}

/// The cheapest placements with one component on another platform, one for each component and platform.
fn moved(books: &Books<'_>, found: &Found, focus: &Focus, most: usize) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for at in (0..books.world.len()).filter(|&at| focus.explains(at)) {
        if !runs_code(books.world.component(at)) {
            continue;
        }
        let home = books.candidate((at as u16, found.options[at])).platform;
        for platform in (0..books.world.platforms.len()).filter(|&platform| platform != home) {
            all.extend(placed_on(books, found, at, |candidate| candidate.platform == platform));
        }
    }
    all.sort_by(|a, b| (a.total, &a.options).cmp(&(b.total, &b.options)));
    all.truncate(most);
    all
}

/// What choosing each alternative would cost more than the best, on average over what may be.
pub(crate) fn with_regrets(
    considered: Vec<Considered>,
    alternatives: &[Alternative],
    rivals: &[Found],
    confidence: &Confidence,
) -> Vec<Considered> {
    let regret = |options: &[u16]| {
        let at = rivals.iter().position(|rival| rival.options == options)?;
        confidence.regrets[at]
    };
    let of = |one: &Considered| {
        if one.chosen == Chosen::Yes {
            return regret(&rivals[0].options);
        }
        let alternative = alternatives.iter().find(|a| a.way.name == one.name)?;
        regret(&alternative.found.as_ref()?.options)
    };
    considered.into_iter().map(|one| Considered { regret_month: of(&one), ..one }).collect()
}
