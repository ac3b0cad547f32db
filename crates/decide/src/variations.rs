//! What was assumed, and what else it might be.
//!
//! A value that nobody declared gets a low and a high alternative: the ends of what is plausible, as named beside
//! each. They feed the list of assumptions that matter and the range of the cost.

use model::{App, Component, Fact, Load, Network, Origin, OriginKind};
use source::Span;

use crate::case::runs_code;
use crate::focus::Focus;
use crate::knob::{Knob, Size, given};
use crate::world::World;

/// How much more or less load there might be where nobody declared it.
pub(crate) const LOAD_FACTOR: f64 = 2.0;

/// How few calls there might be where only the order of starting says that there are any.
const FEW_CALLS: f64 = 0.1;

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
    pub(crate) turns: Turns,
    pub(crate) sides: Vec<Side<'w>>,
}

/// What can be drawn between the two ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Turns {
    /// A quantity of the component.
    Knob(Knob),
    /// The component's load.
    Load,
    /// Nothing: a decision or a fact of an account.
    Nothing,
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
        maker.calls(component);
        maker.connection(component);
        maker.steps(component);
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
        if let (Some(knob), Some(whole)) = (Knob::split(demand), &demand.duration) {
            let time = whole.value().map(model::Distribution::mean).unwrap_or_default();
            let measured = whole.origin().is_some_and(|o| o.kind == OriginKind::Measured);
            let known = if measured { "measured" } else { "declared" };
            let value = format!("{time} {known} as a whole");
            let sides = self.ends(&knob, "all waiting instead", "all CPU instead");
            let remedy = "declare `cpu` and `wait`, or give a trace that shows them";
            let origin = demand.cpu.origin().or(whole.origin());
            let span = whole.origin().and_then(|origin| origin.span);
            self.add("duration", value, origin, span, remedy, (Turns::Knob(knob), sides));
            return;
        }
        for (name, fact) in [("cpu", &demand.cpu), ("wait", &demand.wait)] {
            let Fact::Assumed(time, origin) = fact else { continue };
            let knob =
                if name == "cpu" { Knob::Cpu(time.clone()) } else { Knob::Wait(time.clone()) };
            let at = |place: f64| {
                let turned = self.turned(&knob, place).demand;
                let part = if name == "cpu" { turned.cpu } else { turned.wait };
                part.value().map(model::Distribution::mean).unwrap_or_default().to_string()
            };
            let sides = self.ends(&knob, &at(-1.0), &at(1.0));
            let (value, remedy) = (time.mean().to_string(), format!("declare `{name}`"));
            self.add(name, value, Some(origin), origin.span, &remedy, (Turns::Knob(knob), sides));
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
        let knob = Knob::Init(init.get());
        let label = format!("a start of {}", Knob::starts(init.get()).1);
        let side = self.side(&knob, &label, 1.0);
        let remedy = "measure it and declare `init`";
        let turns = Turns::Knob(knob);
        self.add("init", value, init.origin(), component.span, remedy, (turns, vec![side]));
    }

    fn sizes(&mut self, component: &Component) {
        let all = [Size::Memory, Size::Response, Size::Logs, Size::Storage, Size::State];
        for size in all {
            let Some(Fact::Assumed(bytes, origin)) = size.of(component) else { continue };
            let knob = Knob::Size(size, *bytes);
            let at = |place: f64| {
                let turned = self.turned(&knob, place);
                size.of(&turned).and_then(Fact::get).unwrap_or_default().to_string()
            };
            let sides = self.ends(&knob, &at(-1.0), &at(1.0));
            let name = size.name();
            let remedy = match size {
                Size::Response => format!("declare `{name}`, or give a log that shows it"),
                _ => format!("declare `{name}`"),
            };
            let value = bytes.to_string();
            self.add(name, value, Some(origin), origin.span, &remedy, (Turns::Knob(knob), sides));
        }
    }

    fn concurrency(&mut self, component: &Component) {
        let Fact::Assumed(many, origin) = &component.concurrency else { return };
        if !runs_code(component) {
            return;
        }
        let knob = Knob::Concurrency(*many);
        let more = self.turned(&knob, 1.0).concurrency.get().unwrap_or(*many);
        let sides = self.ends(&knob, "one request at a time", &format!("{more} at once"));
        let value = format!("{many} requests at once in one instance");
        let (remedy, turns) = ("declare `concurrency`", Turns::Knob(knob));
        self.add("concurrency", value, Some(origin), origin.span, remedy, (turns, sides));
    }

    fn load(&mut self, component: &Component) {
        let Load::Rate { rate: Fact::Assumed(rate, origin), .. } = &component.load else { return };
        let Some(at) = self.at else { return };
        let ends =
            [(1.0 / LOAD_FACTOR, "half as many", true), (LOAD_FACTOR, "twice as many", false)];
        let sides = ends.map(|(factor, label, is_low)| Side {
            label: label.to_owned(),
            world: self.world.with_load_scaled(at, factor),
            is_low,
        });
        let remedy = "declare `load`, or give a log with `--traffic`";
        let (value, sides) = (rate.to_string(), sides.into());
        self.add("load", value, Some(origin), origin.span, remedy, (Turns::Load, sides));
    }

    /// A load that follows from calls which only the order of starting suggests.
    fn calls(&mut self, component: &Component) {
        let Some(at) = self.at else { return };
        let mut into = self.world.app.edges.iter().filter(|edge| edge.to == component.id);
        let follows = matches!(component.load, Load::Derived | Load::Unknown);
        let assumed = |edge: &model::Edge| {
            edge.origin.as_ref().is_some_and(|origin| origin.kind == OriginKind::Assumed)
        };
        if !follows || !runs_code(component) || !into.clone().any(&assumed) {
            return;
        }
        let origin = into.find(|edge| assumed(edge)).and_then(|edge| edge.origin.as_ref());
        let side = Side {
            label: "one call in ten requests".to_owned(),
            world: self.world.with_load_scaled(at, FEW_CALLS),
            is_low: true,
        };
        let value = "a call for every request of those that start after it".to_owned();
        let remedy = "declare `calls` or `load`, or give traces with `--traffic`";
        let span = origin.and_then(|origin| origin.span);
        self.add("load", value, origin, span, remedy, (Turns::Load, vec![side]));
    }

    fn connection(&mut self, component: &Component) {
        let Some(Fact::Assumed(stays, origin)) = &component.connection else { return };
        let knob = Knob::Connection(*stays);
        let at = |place: f64| {
            let turned = self.turned(&knob, place).connection;
            turned.as_ref().and_then(Fact::get).unwrap_or_default().to_string()
        };
        let sides = self.ends(&knob, &at(-1.0), &at(1.0));
        let (remedy, turns) = ("declare `connection`", Turns::Knob(knob));
        self.add(
            "connection",
            stays.to_string(),
            Some(origin),
            origin.span,
            remedy,
            (turns, sides),
        );
    }

    fn steps(&mut self, component: &Component) {
        let Some(steps) = &component.steps else { return };
        let Fact::Assumed(inside, origin) = &steps.inside else { return };
        let computes = component.demand.cpu.value().map(model::Distribution::mean);
        let Some(computes) = computes.filter(|cpu| cpu > inside) else { return };
        let knob = Knob::Inside(computes);
        let side = self.side(&knob, &format!("{computes} of waiting inside steps"), 1.0);
        let (value, remedy) = (inside.to_string(), "declare `steps: { inside: … }`");
        let turns = (Turns::Knob(knob), vec![side]);
        self.add("steps.inside", value, Some(origin), steps.span, remedy, turns);
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
            self.add(
                "availability",
                zones,
                Some(origin),
                origin.span,
                remedy,
                (Turns::Nothing, vec![side]),
            );
        }
        if let Fact::Assumed(Network::Public, origin) = &app.network {
            let side = self.whole("a private network", |app| app.network = given(Network::Private));
            let (value, remedy) = ("public addresses".to_owned(), "declare `network: public`");
            self.add(
                "network",
                value,
                Some(origin),
                origin.span,
                remedy,
                (Turns::Nothing, vec![side]),
            );
        }
        if let Fact::Assumed(false, origin) = &app.free_tier {
            let mut side = self.whole("with the free tier", |app| app.free_tier = given(true));
            side.is_low = true;
            let (value, remedy) = ("used up by others".to_owned(), "declare `free_tier: true`");
            self.add(
                "free_tier",
                value,
                Some(origin),
                origin.span,
                remedy,
                (Turns::Nothing, vec![side]),
            );
        }
    }

    /// The component with a quantity at a place.
    fn turned(&self, knob: &Knob, place: f64) -> Component {
        let at = self.at.unwrap_or_default();
        let mut component = self.world.component(at).clone();
        knob.turn(&mut component, place);
        component
    }

    /// Both ends of a quantity.
    fn ends(&self, knob: &Knob, low: &str, high: &str) -> Vec<Side<'w>> {
        vec![self.side(knob, low, -1.0), self.side(knob, high, 1.0)]
    }

    /// A world in which this component's quantity is at one of its ends.
    fn side(&self, knob: &Knob, label: &str, place: f64) -> Side<'w> {
        let mut app = self.world.app.clone().into_owned();
        if let Some(component) = self.at.and_then(|at| app.components.get_mut(at)) {
            knob.turn(component, place);
        }
        Side { label: label.to_owned(), world: self.world.with_app(app), is_low: place < 0.0 }
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
        (turns, sides): (Turns, Vec<Side<'w>>),
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
            turns,
            sides,
        });
    }
}

impl World<'_> {
    /// The same with one load times a factor.
    pub(crate) fn with_load_scaled(&self, at: usize, factor: f64) -> Self {
        let mut world = self.clone();
        let load = crate::world::thin(&world.loads[at], factor);
        world.loads[at] = load.into();
        world
    }
}

#[cfg(test)]
mod tests {
    use units::Bytes;

    use super::*;
    use crate::testing::{app, component, known};

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
