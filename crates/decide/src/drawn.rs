//! What is drawn to see how sure the answer is, and the world that a draw makes.
//!
//! Beside what nobody declared about the application ([`Variation`]) two things are drawn that lie outside of it: how long
//! idle instances stay, and what has become of prices since they were observed. Their bands are assumptions of ours, named
//! below with what they rest on. How long a new node takes is as uncertain, but moves only what is simulated: closed forms
//! do not follow it, so that a place for it would say nothing.

use std::collections::BTreeSet;

use catalog::Behaviour;
use model::{Assumption, Invoice, Measurement, OriginKind};
use platforms::Family;
use units::{Date, Money, Share};

use crate::variations::{LOAD_FACTOR, Turns, Variation};
use crate::world::{World, thin};

/// Idle instances stay between a half and twice as long as the catalogue says: functions were measured to stay for about
/// ten minutes in 2020, for more than twenty in one month of it, and for six in 2021 (see the catalogue's rows).
pub(crate) const KEEP_ALIVE_FACTOR: f64 = 2.0;
/// In a year a list price goes up or down by so much, all prices of a platform together. Most stay for years; those
/// in the catalogue that moved did so by more, at once.
const PRICE_DRIFT_A_YEAR: f64 = 1.1;
/// How old a price is that has no date.
const AGE_UNKNOWN_YEARS: f64 = 1.0;
/// Shares of draws that differ by less are told as one: chance makes as much of a few hundred.
const TELLING: f64 = 0.05;
const DAYS_A_YEAR: f64 = 365.25;

/// Something that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// One of the values that nobody declared.
    Guess(usize),
    /// All loads together, in their bands.
    Traffic,
    /// How long idle instances stay.
    KeepAlive,
    /// The prices of one platform.
    Prices(usize),
}

/// All draws.
pub(crate) struct Draws<'d, 'w> {
    light: &'d World<'w>,
    tried: &'d [Variation<'w>],
    /// What is drawn.
    pub(crate) quantities: Vec<Quantity>,
    /// Where each is in each draw, from −1 to 1.
    pub(crate) places: Vec<Vec<f64>>,
}

/// One of them.
pub(crate) struct Draw<'w> {
    pub(crate) world: World<'w>,
    /// Where the prices of each platform are, from −1 to 1.
    prices: Vec<f64>,
}

impl<'d, 'w> Draws<'d, 'w> {
    /// Of placements on these platforms.
    pub(crate) fn new(
        light: &'d World<'w>,
        tried: &'d [Variation<'w>],
        platforms: &BTreeSet<usize>,
        draws: usize,
    ) -> Self {
        let guesses = (0..tried.len()).filter(|&at| tried[at].turns != Turns::Nothing);
        let mut quantities: Vec<Quantity> = guesses.map(Quantity::Guess).collect();
        if light.loads.iter().any(|load| load.band.1 / load.band.0.max(1e-9) > 1.001) {
            quantities.push(Quantity::Traffic);
        }
        let has = |family: Family| platforms.iter().any(|&p| light.platforms[p].family() == family);
        quantities.extend(has(Family::Serverless).then_some(Quantity::KeepAlive));
        quantities.extend(platforms.iter().map(|&platform| Quantity::Prices(platform)));
        let name = |quantity: &Quantity| match *quantity {
            Quantity::Guess(at) => tried[at].subject.clone(),
            Quantity::Traffic => String::new(),
            Quantity::KeepAlive => "keep-alive".to_owned(),
            Quantity::Prices(platform) => format!("prices of {}", light.platforms[platform].id().0),
        };
        let places = quantities.iter().map(|q| stratified(light, &name(q), draws)).collect();
        Self { light, tried, quantities, places }
    }

    /// The world with every quantity at its place.
    pub(crate) fn at(&self, draw: usize) -> Draw<'w> {
        self.grown(draw, vec![1.0; self.light.len()])
    }

    /// The same with every load times a factor of its own besides.
    pub(crate) fn grown(&self, draw: usize, mut factors: Vec<f64>) -> Draw<'w> {
        let light = self.light;
        let mut app = light.app.clone().into_owned();
        let mut prices = vec![0.0; light.platforms.len()];
        let mut behaviour = Behaviour::AS_KNOWN;
        for (quantity, places) in self.quantities.iter().zip(&self.places) {
            let place = places[draw];
            match *quantity {
                Quantity::Guess(at) => {
                    let Some(component) = self.tried[at].component else { continue };
                    match &self.tried[at].turns {
                        Turns::Knob(knob) => knob.turn(&mut app.components[component], place),
                        Turns::Load => factors[component] *= LOAD_FACTOR.powf(place),
                        Turns::Nothing => {}
                    }
                }
                Quantity::Traffic => {
                    for (factor, load) in factors.iter_mut().zip(&light.loads) {
                        let end = if place < 0.0 { load.band.0 } else { load.band.1 };
                        *factor *= end.max(1e-9).powf(place.abs());
                    }
                }
                Quantity::KeepAlive => behaviour.keep_alive = KEEP_ALIVE_FACTOR.powf(place),
                Quantity::Prices(platform) => prices[platform] = place,
            }
        }
        let mut world = light.with_app(app);
        for (at, factor) in factors.into_iter().enumerate() {
            world.loads[at] = thin(&light.loads[at], factor).into();
        }
        world.prices = world.prices.behaving(behaviour);
        Draw { world, prices }
    }

    /// How one would know more of a quantity.
    pub(crate) fn measurement(&self, at: usize, confidence: Share) -> Measurement {
        let quantity = self.quantities[at];
        Measurement { subject: self.subject(quantity), confidence, remedy: self.remedy(quantity) }
    }

    fn subject(&self, quantity: Quantity) -> String {
        match quantity {
            Quantity::Guess(at) => self.tried[at].subject.clone(),
            Quantity::Traffic => "traffic".to_owned(),
            Quantity::KeepAlive => "idle instances".to_owned(),
            Quantity::Prices(at) => format!("prices of {}", self.light.platforms[at].name()),
        }
    }

    fn remedy(&self, quantity: Quantity) -> String {
        let how = match quantity {
            Quantity::Guess(at) => return self.tried[at].remedy.clone(),
            Quantity::Traffic => "give a log of some weeks with `--traffic`",
            Quantity::KeepAlive => {
                "call an instance again after pauses of 2 to 30 minutes and see from which on the start is cold"
            }
            Quantity::Prices(_) => "take today's with `crossover prices update`",
        };
        how.to_owned()
    }

    /// The bands that lie outside of the application, as assumptions, each with how far it moves the confidence.
    /// `wins` says in which draws the choice is the cheapest.
    pub(crate) fn assumptions(&self, wins: &[bool]) -> Vec<Assumption> {
        let halves = |at: usize| {
            [true, false].map(|low| {
                let here = |(place, _): &(&f64, &bool)| (**place < 0.0) == low;
                let half: Vec<bool> =
                    self.places[at].iter().zip(wins).filter(here).map(|(_, won)| *won).collect();
                half.iter().filter(|won| **won).count() as f64 / half.len().max(1) as f64
            })
        };
        let told = |quantity: Quantity, at: usize, ends: [&str; 2]| {
            let [low, high] = halves(at);
            let percent = |share: f64| format!("{:.0} %", share * 100.0);
            let slight = (high - low).abs() < TELLING;
            let effect = if slight {
                "hardly moves how sure the answer is".to_owned()
            } else {
                let [lower, higher] = ends;
                format!("{} sure if {lower}, {} if {higher}", percent(low), percent(high))
            };
            let (subject, value) = if quantity == Quantity::KeepAlive {
                let times = format!(
                    "stay 1/{KEEP_ALIVE_FACTOR} to {KEEP_ALIVE_FACTOR}× as long as measured"
                );
                (self.subject(quantity), times)
            } else {
                let percent = (PRICE_DRIFT_A_YEAR - 1.0) * 100.0;
                let drift = format!("±{percent:.0} % for each year since they were observed");
                ("prices".to_owned(), drift)
            };
            Assumption {
                subject,
                // Where it was measured that is another time; how far off it may be is our choice.
                value: format!("{value}, assumed"),
                origin: OriginKind::Assumed,
                effect,
                cost_swing: None,
                changes_answer: false,
                slight,
                remedy: self.remedy(quantity),
                span: None,
            }
        };
        let mut found = Vec::new();
        let all = self.quantities.iter().enumerate();
        let kept = all.clone().find(|(_, quantity)| **quantity == Quantity::KeepAlive);
        found.extend(kept.map(|(at, &quantity)| told(quantity, at, ["shorter", "longer"])));
        // Of all prices those that move it most.
        let prices = all.filter(|(_, quantity)| matches!(quantity, Quantity::Prices(_)));
        let swing = |at: usize| {
            let [low, high] = halves(at);
            (high - low).abs()
        };
        let most = prices.max_by(|a, b| swing(a.0).total_cmp(&swing(b.0)).then(b.0.cmp(&a.0)));
        if let Some((at, &quantity)) = most {
            let name = self.subject(quantity);
            let ends = ["lower", "higher"].map(|end| format!("{name} are {end}"));
            found.push(told(quantity, at, [&ends[0], &ends[1]]));
        }
        found
    }
}

impl<'w> Draw<'w> {
    /// Nothing is other than it is taken to be.
    pub(crate) fn none(light: &World<'w>) -> Self {
        Self { world: light.clone(), prices: vec![0.0; light.platforms.len()] }
    }

    /// A bill of a platform, with what became of its prices.
    pub(crate) fn cost(&self, platform: usize, invoice: &Invoice) -> Money {
        let place = self.prices[platform];
        if place.abs() < 1e-12 {
            return invoice.total();
        }
        let today = self.world.prices.date();
        let lines = invoice.lines.iter();
        lines.map(|line| line.amount.times_f64(drifted(age_years(line.date, today), place))).sum()
    }
}

fn age_years(observed: Option<Date>, today: Date) -> f64 {
    observed.map_or(AGE_UNKNOWN_YEARS, |day| {
        (today.days_since_epoch() - day.days_since_epoch()).max(0) as f64 / DAYS_A_YEAR
    })
}

/// What a price is times, at a place between its ends.
fn drifted(age_years: f64, place: f64) -> f64 {
    PRICE_DRIFT_A_YEAR.powf(age_years * place)
}

/// Places from −1 to 1, one in each of `draws` equal parts, in an order of their own.
pub(crate) fn stratified(world: &World<'_>, subject: &str, draws: usize) -> Vec<f64> {
    let mut random = world.seed.stream(subject, "confidence");
    let mut places: Vec<f64> = (0..draws)
        .map(|part| 2.0 * (part as f64 + random.uniform()) / draws as f64 - 1.0)
        .collect();
    for last in (1..draws).rev() {
        let other = (random.uniform() * (last + 1) as f64) as usize;
        places.swap(last, other.min(last));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_drifts_with_its_age() {
        let day = |month, day| Date::new(2026, month, day).unwrap();
        let half = age_years(Some(day(1, 1)), day(7, 2));
        assert!((half - 0.5).abs() < 0.01, "{half}");
        assert!((drifted(1.0, 1.0) - PRICE_DRIFT_A_YEAR).abs() < 1e-12);
        assert!((drifted(half, -1.0) * PRICE_DRIFT_A_YEAR.sqrt() - 1.0).abs() < 1e-3);
        let fresh = drifted(age_years(Some(day(7, 2)), day(7, 2)), 1.0);
        assert!((fresh - 1.0).abs() < 1e-12, "today's price is today's");
        assert!((age_years(None, day(7, 2)) - AGE_UNKNOWN_YEARS).abs() < 1e-12);
        assert!(age_years(Some(day(7, 3)), day(7, 2)).abs() < 1e-12, "an older day is asked about");
    }
}
