//! What an estimate leaves out, what it would add to each alternative, and where the break-even then lies.
//!
//! For each thing that `assume` leaves out, and for a second zone, a load balancer and a front door, the whole app is
//! estimated with and without it. Closed forms on both sides: only the difference is shown.

use model::{App, Fact, LeftOut, Origin};
use rayon::prelude::*;
use source::{FileId, Span};
use units::Money;

use crate::books::Books;
use crate::evaluate::{Kept, Scope, by_closed_form};
use crate::flip::{Curves, Ground, app_month};
use crate::words;

/// One omission: its name, how to undo it (or what to leave out to see what it is worth), a remark.
struct Item {
    name: &'static str,
    /// The app with it.
    with: App,
    /// The app without it.
    without: App,
    note: &'static str,
}

/// The table, for today's traffic.
pub(crate) fn table(ground: &Ground<'_>, curves: &Curves) -> Vec<LeftOut> {
    let items = items(&ground.world.app);
    let tried = Tried::of(ground, curves, &items);
    let mut table: Vec<LeftOut> =
        items.iter().filter_map(|item| row(ground, item, &tried)).collect();
    // On clusters and servers the load balancer is the front door.
    let front_door = table.iter().find(|row| row.item == "front door").map(|row| row.adds.clone());
    let said = |adds: &[(String, Money)]| {
        front_door.as_ref().is_some_and(|front| adds.iter().all(|add| front.contains(add)))
    };
    table.retain(|row| row.item != "load balancer" || !said(&row.adds));
    let app = &ground.world.app;
    if !app.assume.is_empty() {
        let break_even = tried.break_even(app);
        let item = "as it stands".to_owned();
        let note = "with everything left out that `assume` leaves out".to_owned();
        table.insert(0, LeftOut { item, adds: Vec::new(), break_even, note });
    }
    table
}

fn items(app: &App) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |name, with: App, without: App, note| {
        items.push(Item { name, with, without, note });
    };
    let changed = |change: &dyn Fn(&mut App)| {
        let mut app = app.clone();
        change(&mut app);
        app
    };
    let assume = &app.assume;
    let left_out = "left out by `assume`";
    let included = "in the figures above";
    if assume.no_front_door.is_some() {
        add(
            "front door",
            changed(&|a| {
                a.assume.no_front_door = None;
                // The load balancer of clusters and servers is the next line.
                a.assume.no_load_balancer = Some(nowhere());
            }),
            app.clone(),
            left_out,
        );
        add(
            "load balancer",
            changed(&|a| {
                a.assume.no_front_door = None;
                a.assume.no_load_balancer = None;
            }),
            changed(&|a| {
                a.assume.no_front_door = None;
                a.assume.no_load_balancer = Some(nowhere());
            }),
            "left out by `assume`; on top of the front door",
        );
    } else {
        add(
            "front door",
            app.clone(),
            changed(&|a| a.assume.no_front_door = Some(nowhere())),
            included,
        );
        let note = if assume.no_load_balancer.is_some() { left_out } else { included };
        add(
            "load balancer",
            changed(&|a| a.assume.no_load_balancer = None),
            changed(&|a| a.assume.no_load_balancer = Some(nowhere())),
            note,
        );
    }
    let zones = app.availability.zones.get().unwrap_or(1);
    if zones < 2 {
        let with = changed(&|a| {
            a.availability.zones = Fact::Known(zones + 1, Origin::assumed("tried"));
            // A pinned number of nodes means one zone's worth.
            a.assume.nodes = a.assume.nodes.map(|(nodes, span)| (nodes.max(1) * 2, span));
        });
        add("second zone", with, app.clone(), "one zone assumed or declared");
    }
    if assume.no_disks.is_some() {
        add("node disks", changed(&|a| a.assume.no_disks = None), app.clone(), left_out);
    }
    if assume.no_public_ipv4.is_some() {
        add(
            "public addresses",
            changed(&|a| a.assume.no_public_ipv4 = None),
            app.clone(),
            left_out,
        );
    }
    if assume.no_logs.is_some() {
        add("logs", changed(&|a| a.assume.no_logs = None), app.clone(), left_out);
    }
    if assume.no_egress.is_some() {
        add("egress", changed(&|a| a.assume.no_egress = None), app.clone(), left_out);
    }
    if assume.no_node_overhead.is_some() {
        add("node overhead", changed(&|a| a.assume.no_node_overhead = None), app.clone(), left_out);
    }
    if assume.nodes.is_some() {
        let note = "with as many nodes of that type as hold the load";
        add("enough nodes", changed(&|a| a.assume.nodes = None), app.clone(), note);
    }
    items
}

/// A place for an omission that nobody wrote down.
const fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

/// What was found of each app; several items have one side in common.
struct Tried<'t> {
    apps: Vec<&'t App>,
    totals: Vec<Vec<Option<Money>>>,
    /// Of those apps that have an item in their bill, and in which it counts.
    break_evens: Vec<Option<String>>,
}

impl<'t> Tried<'t> {
    fn of(ground: &'t Ground<'_>, curves: &Curves, items: &'t [Item]) -> Self {
        let mut apps: Vec<&App> = vec![&ground.world.app];
        for app in items.iter().flat_map(|item| [&item.with, &item.without]) {
            if !apps.contains(&app) {
                apps.push(app);
            }
        }
        let totals: Vec<Vec<Option<Money>>> =
            apps.par_iter().map(|app| totals(ground, app)).collect();
        let mut tried = Self { apps, totals, break_evens: Vec::new() };
        let counts = |app: &App| {
            let as_it_stands = *app == *ground.world.app && !app.assume.is_empty();
            let mut own = items.iter().filter(|item| item.with == *app);
            as_it_stands || own.any(|item| !tried.adds(ground, item).is_empty())
        };
        let break_evens = tried.apps.par_iter().zip(&tried.totals);
        let break_evens = break_evens.map(|(app, totals)| {
            if counts(app) { break_even(ground, app, totals, curves) } else { None }
        });
        tried.break_evens = break_evens.collect();
        tried
    }

    fn place(&self, app: &App) -> Option<usize> {
        self.apps.iter().position(|known| *known == app)
    }

    /// What an item adds to each way that it adds anything to.
    fn adds(&self, ground: &Ground<'_>, item: &Item) -> Vec<(String, Money)> {
        let (Some(with), Some(without)) = (self.place(&item.with), self.place(&item.without))
        else {
            return Vec::new();
        };
        let both = self.totals[with].iter().zip(&self.totals[without]);
        let ways = ground.ways.iter().zip(both).filter_map(|(way, (with, without))| {
            Some((way.name.to_owned(), (*with)? - (*without)?))
        });
        ways.filter(|(_, money)| money.cents() != 0).collect()
    }

    fn break_even(&self, app: &App) -> Option<String> {
        self.break_evens[self.place(app)?].clone()
    }
}

fn row(ground: &Ground<'_>, item: &Item, tried: &Tried<'_>) -> Option<LeftOut> {
    let adds = tried.adds(ground, item);
    if adds.is_empty() {
        return None;
    }
    let break_even = tried.break_even(&item.with);
    Some(LeftOut { item: item.name.to_owned(), adds, break_even, note: item.note.to_owned() })
}

fn totals(ground: &Ground<'_>, app: &App) -> Vec<Option<Money>> {
    let world = ground.world.with_app(app.clone());
    let open = |at: usize, platform: usize| !ground.barred.contains(&(at, platform));
    // A front door is part of a function's configuration.
    let candidates = by_closed_form(&world, Scope { open: &open, kept: &Kept::new() });
    let books = Books::new(&world, &candidates);
    ground.ways.iter().map(|way| books.good(way.within).map(|f| f.total)).collect()
}

/// Where functions and a cluster cross with the item in the bill; without both, the two cheapest ways.
fn break_even(
    ground: &Ground<'_>,
    app: &App,
    totals: &[Option<Money>],
    curves: &Curves,
) -> Option<String> {
    let named = |name: &str| {
        ground.ways.iter().position(|way| way.name == name).filter(|&at| totals[at].is_some())
    };
    let mut cheapest: Vec<(Money, usize)> =
        totals.iter().enumerate().filter_map(|(at, total)| Some(((*total)?, at))).collect();
    cheapest.sort();
    let pair = match (named("all Lambda"), named("all Kubernetes")) {
        (Some(functions), Some(cluster)) => (functions, cluster),
        _ => (cheapest.first()?.1, cheapest.get(1)?.1),
    };
    let world = ground.world.with_app(app.clone());
    let changed = Ground {
        world: &world,
        ways: ground.ways.clone(),
        barred: ground.barred.clone(),
        chosen: ground.chosen.clone(),
        kept: Kept::new(),
        focus: ground.focus.clone(),
    };
    let scale = (curves.calibration[pair.0], curves.calibration[pair.1]);
    let factor = changed.crossing(pair, scale, curves.crossing(pair))?;
    let (month, _) = app_month(ground.world);
    let (a, b) = (ground.ways[pair.0].short, ground.ways[pair.1].short);
    Some(format!("{} ({a} and {b})", words::requests(month * factor)))
}
