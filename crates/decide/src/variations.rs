//! What was assumed, and what else it might be.
//!
//! A value that nobody declared gets a low and a high alternative: the ends of what is plausible, as named beside
//! each. They feed the list of assumptions that matter and the range of the cost.

use std::borrow::Cow;

use model::{App, Component, Demand, Distribution, Fact, Load, Network, Origin, OriginKind};
use source::Span;
use units::{Bytes, Duration};

use crate::case::runs_code;
use crate::focus::Focus;
use crate::world::World;

/// How slow a start might be where nobody measured it: a heavy package with its libraries.
const HEAVY_START: Duration = Duration::from_secs(3);
/// How much more or less a size might be where nobody declared it.
const SIZE_FACTOR: u64 = 5;
/// How much more or less a work time might be where nobody declared it.
const WORK_FACTOR: f64 = 2.0;
/// How much more requests at once one instance might serve than assumed.
const CONCURRENCY_FACTOR: u32 = 4;

/// One assumption with its alternatives.
pub(crate) struct Variation<'w> {
    /// `api.duration`.
    pub(crate) subject: String,
    /// The value used, in words.
    pub(crate) value: String,
    pub(crate) origin: OriginKind,
    pub(crate) span: Option<Span>,
    pub(crate) remedy: String,
    /// The component it is about; `None` is all of them.
    pub(crate) component: Option<usize>,
    pub(crate) sides: Vec<Side<'w>>,
}

/// One alternative.
pub(crate) struct Side<'w> {
    /// What it is, in words that can be followed by "costs $3 more".
    pub(crate) label: String,
    /// The world in which it is so.
    pub(crate) world: World<'w>,
    /// Whether it is the low end.
    pub(crate) is_low: bool,
}

/// Every assumption of the app and its components that has an alternative.
pub(crate) fn all<'w>(world: &World<'w>, focus: &Focus) -> Vec<Variation<'w>> {
    let mut found = Vec::new();
    for (at, component) in world.app.components.iter().enumerate().filter(|(at, _)| focus.has(*at))
    {
        let mut maker = Maker { world, at: Some(at), found: &mut found };
        maker.work(component);
        maker.start(component);
        maker.sizes(component);
        maker.concurrency(component);
        maker.load(component);
        maker.connection(component);
    }
    Maker { world, at: None, found: &mut found }.app();
    found
}

/// Adds variations of one component or of the app.
struct Maker<'m, 'w> {
    world: &'m World<'w>,
    at: Option<usize>,
    found: &'m mut Vec<Variation<'w>>,
}

impl<'w> Maker<'_, 'w> {
    fn work(&mut self, component: &Component) {
        let demand = &component.demand;
        if let Some((whole, cpu, wait)) = split(demand) {
            let value = match whole.value() {
                Some(Distribution::Constant(d)) => format!("{d} declared as a whole"),
                Some(d) => format!("{} declared as a whole", d.mean()),
                None => return,
            };
            let Some(duration) = whole.value() else { return };
            let wall = duration.mean().secs_f64();
            let share = wait.mean().secs_f64() / wall.max(1e-12);
            // CPU time for the whole wall time at the declared memory's share of a CPU.
            let all_cpu = cpu.times_f64(1.0 / (1.0 - share).max(1e-9));
            let sides = vec![
                self.side("all waiting instead", true, |c| {
                    c.demand.cpu = given(Distribution::Constant(Duration::ZERO));
                    c.demand.wait = given(duration.clone());
                }),
                self.side("all CPU instead", false, |c| {
                    c.demand.cpu = given(all_cpu.clone());
                    c.demand.wait = given(Distribution::Constant(Duration::ZERO));
                }),
            ];
            let remedy = "declare `cpu` and `wait`, or give a trace that shows them";
            let origin = demand.cpu.origin().or(whole.origin());
            let span = whole.origin().and_then(|origin| origin.span);
            self.add("duration", value, origin, span, remedy, sides);
            return;
        }
        for (name, fact) in [("cpu", &demand.cpu), ("wait", &demand.wait)] {
            let Fact::Assumed(time, origin) = fact else { continue };
            let set = |factor: f64| {
                let time = time.times_f64(factor);
                move |c: &mut Component| {
                    let part = if name == "cpu" { &mut c.demand.cpu } else { &mut c.demand.wait };
                    *part = given(time);
                }
            };
            let mean = time.mean();
            let (low, high) = (mean.times_f64(1.0 / WORK_FACTOR), mean.times_f64(WORK_FACTOR));
            let sides = vec![
                self.side(&low.to_string(), true, set(1.0 / WORK_FACTOR)),
                self.side(&high.to_string(), false, set(WORK_FACTOR)),
            ];
            let remedy = format!("declare `{name}`");
            self.add(name, mean.to_string(), Some(origin), origin.span, &remedy, sides);
        }
    }

    fn start(&mut self, component: &Component) {
        let init = &component.start.init;
        if init.is_known() || !runs_code(component) {
            return;
        }
        let value = init
            .get()
            .map_or_else(|| "taken from the table by runtime".to_owned(), |init| init.to_string());
        let heavy = HEAVY_START.max(init.get().unwrap_or_default() * 2);
        let side = self.side(&format!("a start of {heavy}"), false, |c| {
            c.start.init = given(heavy);
        });
        let remedy = "measure it and declare `init`";
        self.add("init", value, init.origin(), component.span, remedy, vec![side]);
    }

    fn sizes(&mut self, component: &Component) {
        type Part = fn(&mut Component) -> &mut Fact<Bytes>;
        let parts: [(&str, &Fact<Bytes>, Part, &str); 4] = [
            ("memory", &component.memory, |c| &mut c.memory, "declare `memory`"),
            (
                "response_bytes",
                &component.response_bytes,
                |c| &mut c.response_bytes,
                "declare `response_bytes`, or give a log that shows it",
            ),
            ("log_bytes", &component.log_bytes, |c| &mut c.log_bytes, "declare `log_bytes`"),
            (
                "storage",
                component.storage.as_ref().unwrap_or(&Fact::Unknown),
                |c| c.storage.get_or_insert(Fact::Unknown),
                "declare `storage`",
            ),
        ];
        for (name, fact, part, remedy) in parts {
            let Fact::Assumed(size, origin) = fact else { continue };
            let factor = if name == "memory" { 2 } else { SIZE_FACTOR };
            let (low, high) = (Bytes::new(size.get() / factor), *size * factor);
            let sides = vec![
                self.side(&low.to_string(), true, |c| *part(c) = given(low)),
                self.side(&high.to_string(), false, |c| *part(c) = given(high)),
            ];
            self.add(name, size.to_string(), Some(origin), origin.span, remedy, sides);
        }
    }

    fn concurrency(&mut self, component: &Component) {
        let Fact::Assumed(many, origin) = &component.concurrency else { return };
        if !runs_code(component) {
            return;
        }
        let more = many.saturating_mul(CONCURRENCY_FACTOR);
        let sides = vec![
            self.side("one request at a time", true, |c| c.concurrency = given(1)),
            self.side(&format!("{more} at once"), false, |c| c.concurrency = given(more)),
        ];
        let value = format!("{many} requests at once in one instance");
        self.add("concurrency", value, Some(origin), origin.span, "declare `concurrency`", sides);
    }

    fn load(&mut self, component: &Component) {
        let Load::Rate { rate: Fact::Assumed(rate, origin), .. } = &component.load else { return };
        let Some(at) = self.at else { return };
        let sides = [(0.5, "half as many", true), (2.0, "twice as many", false)];
        let sides = sides.map(|(factor, label, is_low)| Side {
            label: label.to_owned(),
            world: self.world.with_load_scaled(at, factor),
            is_low,
        });
        let remedy = "declare `load`, or give a log with `--traffic`";
        self.add("load", rate.to_string(), Some(origin), origin.span, remedy, sides.into());
    }

    fn connection(&mut self, component: &Component) {
        let Some(Fact::Assumed(stays, origin)) = &component.connection else { return };
        let (short, long) = (*stays / 4, *stays * 4);
        let sides = vec![
            self.side(&short.to_string(), true, |c| c.connection = Some(given(short))),
            self.side(&long.to_string(), false, |c| c.connection = Some(given(long))),
        ];
        let remedy = "declare `connection`";
        self.add("connection", stays.to_string(), Some(origin), origin.span, remedy, sides);
    }

    fn app(&mut self) {
        let app = &self.world.app;
        if let Fact::Assumed(zones, origin) = &app.availability.zones {
            let more = zones + 1;
            let side = self.whole(&format!("{more} zones"), |app| {
                app.availability.zones = given(more);
            });
            let remedy = "declare `availability: { zones: 1 }`";
            let zones = if *zones == 1 { "1 zone".to_owned() } else { format!("{zones} zones") };
            self.add("availability", zones, Some(origin), origin.span, remedy, vec![side]);
        }
        if let Fact::Assumed(Network::Public, origin) = &app.network {
            let side = self.whole("a private network", |app| app.network = given(Network::Private));
            let (value, remedy) = ("public addresses".to_owned(), "declare `network: public`");
            self.add("network", value, Some(origin), origin.span, remedy, vec![side]);
        }
        if let Fact::Assumed(false, origin) = &app.free_tier {
            let mut side = self.whole("with the free tier", |app| app.free_tier = given(true));
            side.is_low = true;
            let (value, remedy) = ("used up by others".to_owned(), "declare `free_tier: true`");
            self.add("free_tier", value, Some(origin), origin.span, remedy, vec![side]);
        }
    }

    /// A world in which this component is changed.
    fn side(&self, label: &str, is_low: bool, change: impl FnOnce(&mut Component)) -> Side<'w> {
        let mut app = self.world.app.clone().into_owned();
        if let Some(component) = self.at.and_then(|at| app.components.get_mut(at)) {
            change(component);
        }
        Side { label: label.to_owned(), world: self.world.with_app(app), is_low }
    }

    /// A world in which the app is changed.
    fn whole(&self, label: &str, change: impl FnOnce(&mut App)) -> Side<'w> {
        let mut app = self.world.app.clone().into_owned();
        change(&mut app);
        Side { label: label.to_owned(), world: self.world.with_app(app), is_low: false }
    }

    fn add(
        &mut self,
        name: &str,
        value: String,
        origin: Option<&Origin>,
        span: Option<Span>,
        remedy: &str,
        sides: Vec<Side<'w>>,
    ) {
        let subject = match self.at {
            Some(at) => format!("{}.{name}", self.world.component(at).id),
            None => name.to_owned(),
        };
        // Other formats than our own have no place for most of it.
        let imported =
            self.at.is_some() && self.world.app.components.iter().any(|c| c.blueprint.is_some());
        let remedy =
            if imported { format!("say `--set {subject}=…`") } else { remedy.to_owned() };
        self.found.push(Variation {
            subject,
            value,
            origin: origin.map_or(OriginKind::Assumed, |origin| origin.kind),
            span,
            remedy,
            component: self.at,
            sides,
        });
    }
}

/// The declared whole with its assumed parts, where the split was assumed.
fn split(demand: &Demand) -> Option<(&Fact<Distribution>, &Distribution, &Distribution)> {
    let whole = demand.duration.as_ref()?;
    match (&demand.cpu, &demand.wait) {
        (Fact::Assumed(cpu, _), Fact::Assumed(wait, _)) => Some((whole, cpu, wait)),
        _ => None,
    }
}

/// A value for the sake of argument.
fn given<T>(value: T) -> Fact<T> {
    Fact::Known(value, Origin::assumed("tried by the sensitivity analysis"))
}

/// The band of the traffic itself: every load at its low and at its high end.
pub(crate) fn traffic<'w>(world: &World<'w>) -> Option<[World<'w>; 2]> {
    let varies = world.loads.iter().any(|load| load.band.1 / load.band.0.max(1e-9) > 1.001);
    varies.then(|| {
        let low = (0..world.len()).fold(world.clone(), |w, at| {
            let factor = w.loads[at].band.0;
            w.with_load_scaled(at, factor)
        });
        let high = (0..world.len()).fold(world.clone(), |w, at| {
            let factor = w.loads[at].band.1;
            w.with_load_scaled(at, factor)
        });
        [low, high]
    })
}

impl World<'_> {
    /// The same with one load times a factor.
    pub(crate) fn with_load_scaled(&self, at: usize, factor: f64) -> Self {
        let mut world = self.clone();
        let load = crate::world::thin(&world.loads[at], factor);
        world.loads[at] = Cow::Owned(load);
        world
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, component, known};

    #[test]
    fn a_whole_duration_is_split_from_all_waiting_to_all_cpu() {
        // 300 ms at 512 MB: half of it CPU, on 0.289 vCPU.
        let mut demand = Demand {
            cpu: Fact::assumed(Distribution::Constant(Duration::from_micros(43_414)), "half"),
            wait: Fact::assumed(Distribution::Constant(Duration::from_millis(150)), "half"),
            duration: Some(known(Distribution::Constant(Duration::from_millis(300)))),
        };
        let (_, cpu, wait) = split(&demand).unwrap();
        let share = wait.mean().secs_f64() / 0.3;
        let all_cpu = cpu.times_f64(1.0 / (1.0 - share)).mean();
        assert_eq!(all_cpu, Duration::from_micros(86_828));
        demand.cpu = known(Distribution::Constant(Duration::ZERO));
        assert!(split(&demand).is_none(), "a declared part is no assumption");
    }

    #[test]
    fn declared_values_are_left_alone() {
        let mut api = component("api");
        api.concurrency = known(4);
        api.response_bytes = known(Bytes::from_kib(1));
        api.log_bytes = known(Bytes::from_kib(1));
        let mut app = app(vec![api]);
        app.availability.zones = known(2);
        app.network = known(Network::Private);
        app.free_tier = known(false);
        let files = crate::testing::catalog_files();
        let catalog = catalog::Catalog::parse(&files).unwrap();
        let question = crate::testing::question(&app, &catalog);
        let world = World::new(&question, "aws/us-east-1");
        assert_eq!(all(&world, &Focus::of(&[units::Money::ZERO; 1])).len(), 0);
    }
}
