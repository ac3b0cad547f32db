//! From the question to the answer: one stage after the other, each a plain value.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::Prices;
use model::{
    Accounting, AppSummary, Assumption, Charts, Chosen, Considered, DaySeries, Decision, Fact,
    Kind, LatencyCurve, Origin, Placement, Provenance, Reason, SloLine,
};
use platforms::Family;
use source::Finding;
use units::{Duration, Histogram, Money, grouped};

use crate::alternatives::{self, Alternative};
use crate::books::{Books, Records, Within};
use crate::commitments;
use crate::evaluate::{self, Candidate, Field};
use crate::explain::{Choice, machines_of, refusals};
use crate::flip::{Curves, Ground, requests_month};
use crate::focus::Focus;
use crate::learned::Learned;
use crate::question::{Question, REPLAY_MAX_EXACT, Step};
use crate::rules::{Effect, RuleFinding};
use crate::search::Found;
use crate::sensitivity::{self, Rival};
use crate::variations::{self, Variation};
use crate::world::World;
use crate::{ahead, amounts, left_out, operating, regions, rivals, spread, turns, what_if, words};

/// A job that costs less than this part of the whole is told with nothing that would move it: wherever it runs, for
/// however long, the bill is the same.
const JOB_TOLD: u64 = 100;

/// Share of cold requests from which on they set the 99th percentile.
const COLD_FELT: f64 = 0.01;
/// So many times the median is slow.
const SLOW_FELT: u64 = 5;
/// A shorter wait is none to speak of.
const WAIT_FELT: Duration = Duration::SECOND;
/// Many clients have given up by then, so that even a few such waits are worth a word.
const WAIT_TOO_LONG: Duration = Duration::from_secs(10);
/// Points of a latency curve at most.
const CURVE_POINTS: usize = 160;

/// Decides where every component goes, what that costs, why, and when the answer changes.
///
/// The same question gives the same bytes, whatever the number of threads and the order of the components.
pub fn decide(question: &Question<'_>) -> Decision {
    let asked = regions::of(question.app, question.prices);
    let (world, prepared, tried) = if let [region] = &asked[..] {
        let world = World::new(question, region);
        let prepared = Prepared::of(question, &world);
        (world, prepared, Vec::new())
    } else {
        regions::compare(question, &asked)
    };
    let Prepared { field, candidates, records } = prepared;
    (question.progress)(Step::Searching);
    let books = Books::with_records(&world, &candidates, records);
    let base = Decision { regions: tried, ..empty(question, &world, &field) };
    match books.cheapest() {
        Some(found) => answered(question, &books, &field, &found, base),
        None => impossible(&books, &field, base),
    }
}

/// What a region's options turned out to be, by simulation.
pub(crate) struct Prepared {
    /// What was tried and refused.
    pub(crate) field: Field,
    /// What can be placed.
    pub(crate) candidates: Vec<Vec<Candidate>>,
    /// What was already worked out of placements of these.
    pub(crate) records: Records,
}

impl Prepared {
    /// Simulates the options of one world.
    pub(crate) fn of(question: &Question<'_>, world: &World<'_>) -> Self {
        let replay_max = if question.exact { REPLAY_MAX_EXACT } else { question.replay_max };
        let mut field = evaluate::by_simulation(world, replay_max, question.progress);
        let candidates = field.take_candidates();
        Self { field, candidates, records: Records::default() }
    }
}

/// A decision in which nothing is decided yet.
fn empty(question: &Question<'_>, world: &World<'_>, field: &Field) -> Decision {
    let app = question.app;
    let rows = question.prices.catalog().rows();
    let as_of = question.prices.date();
    let observed = question
        .prices_observed
        .or_else(|| rows.iter().filter_map(|row| row.observed).max())
        .unwrap_or(as_of);
    let mut findings = question.findings.clone();
    findings.extend(field.findings.iter().cloned());
    for (at, options) in field.options.iter().enumerate() {
        findings.extend(options.asked.iter().map(|f| finding(world, at, f)));
    }
    Decision {
        app: AppSummary {
            name: app.name.clone(),
            region: world.regions_of(std::iter::empty()),
            components: app.components.len(),
            requests_month: requests_month(world),
            traffic: question.traffic.clone(),
        },
        verdict: None,
        headline: String::new(),
        cost_month: None,
        confidence: None,
        holds: None,
        measure_first: None,
        outlook: None,
        free_tier_would_save: None,
        marginal_cost_month: None,
        placements: Vec::new(),
        considered: Vec::new(),
        regions: Vec::new(),
        options: Vec::new(),
        invoices: Vec::new(),
        flips: Vec::new(),
        assumptions: Vec::new(),
        left_out: Vec::new(),
        operating: Vec::new(),
        accounting: Vec::new(),
        charts: Charts::default(),
        findings,
        provenance: Provenance {
            tool: question.tool.clone(),
            seed: question.seed.0,
            as_of,
            prices_observed: observed,
            catalog_sha256: question.prices.catalog().sha256().to_owned(),
            inputs: question.inputs.clone(),
            simulated_requests: field.simulated,
            exact: question.exact && field.played.iter().all(|played| played.whole),
        },
    }
}

fn answered(
    question: &Question<'_>,
    books: &Books<'_>,
    field: &Field,
    found: &Found,
    base: Decision,
) -> Decision {
    let world = books.world;
    let chosen = books.platforms(&found.options);
    let everything = Focus::of(&[]);
    let plain = Choice {
        books,
        field,
        options: &found.options,
        total: found.total,
        second: Vec::new(),
        focus: &everything,
    };
    let costs = plain.costs();
    let focus = Focus::of(&costs).without(cheap_jobs(world, &costs, found.total));
    let mut light = world.scaled(1.0);
    light.learned = Arc::new(Learned::of(&light, books.candidates));
    let mut ground = Ground {
        world: &light,
        ways: alternatives::ways(world),
        barred: barred(books, field),
        chosen: chosen.clone(),
        kept: evaluate::functions(books.candidates),
        focus: focus.clone(),
    };
    // Of all searches that of one family of clusters takes longest, and on one core: the curves are drawn meanwhile.
    let ((alternatives, billed), mut snapshots) = rayon::join(
        || alternatives::all(world, books.candidates, &ground.ways),
        || ground.snapshots(),
    );
    for records in billed {
        books.learn(records);
    }
    let told: Vec<bool> = alternatives.iter().map(Option::is_some).collect();
    ground.keep_ways(&mut snapshots, &told);
    let alternatives: Vec<Alternative> = alternatives.into_iter().flatten().collect();
    let alternatives = &alternatives[..];
    let second: Vec<Option<Found>> = (0..world.len())
        .map(|at| if focus.explains(at) { rivals::elsewhere(books, found, at) } else { None })
        .collect();
    let choice = Choice {
        focus: &focus,
        books,
        field,
        options: &found.options,
        total: found.total,
        second: second
            .iter()
            .enumerate()
            .map(|(at, second)| {
                let second = second.as_ref()?;
                Some((second.total, books.platforms(&second.options)[at]))
            })
            .collect(),
    };

    (question.progress)(Step::Flips);
    let left_unlooked = ground.focus.left_out();
    let today: Vec<Option<Money>> =
        alternatives.iter().map(|a| a.found.as_ref().map(|f| f.total)).collect();
    let curves = Curves::new(&ground, snapshots, &today, Some(found.total));
    let around = (&ground.barred, &ground.kept);
    let amounts = amounts::Ground::of(books, found, &light, around, (costs, &focus));
    let ((mut flips, left_out), of_amounts) = rayon::join(
        || rayon::join(|| curves.flips(&ground), || left_out::table(&ground, &curves)),
        || amounts.flips(),
    );
    ahead::date(&mut flips, &world.app);
    flips.extend(turns::prices(books, found, &rivals::by_name(books, alternatives, &second)));
    flips.extend(turns::goals(books, field, found));
    flips.extend(of_amounts);

    (question.progress)(Step::Sensitivity);
    let tried = variations::all(ground.world, &ground.focus);
    let free_tier = free_tier_saves(books, found);
    let mut assumptions = without_repeat(assumptions(books, found, &ground, &tried), free_tier);
    let (rivals, confidence) =
        rivals::confidence(books, field, found, alternatives, &tried, &ground.focus);
    assumptions.extend(confidence.bands.iter().cloned());

    let placements = choice.placements();
    let verdict = choice.verdict();
    let considered = considered(&choice, field, alternatives, &placements, verdict.name());
    let mut operating: Vec<_> =
        operating::of(world, &considered[0].name, &chosen).into_iter().collect();
    for alternative in alternatives.iter().filter(|a| a.way.name != considered[0].name) {
        let platforms = alternative.found.as_ref().map(|f| books.platforms(&f.options));
        let hours = platforms.and_then(|p| operating::of(world, alternative.way.name, &p));
        operating.extend(hours);
    }
    let considered = rivals::with_regrets(
        with_hours(considered, &operating),
        alternatives,
        &rivals,
        &confidence,
    );
    if let Some(team) = &world.app.team {
        flips.extend(turns::team(&considered, team.hourly));
    }
    turns::tidy(&mut flips);
    let mut charts = charts(books, found);
    charts.cost = curves.drawn(&ground);
    let mut findings = base.findings.clone();
    findings.extend(chosen_findings(books, found));
    findings.extend(question.list.and_then(|list| at_list_prices(books, found, list)));
    findings.extend(commitments::notes(books, found, &machines_of(books, &found.options)));
    findings.extend(spread::note(books, found));
    findings.extend(cold_without_goal(world, &placements).or_else(|| long_starts(books, found)));
    if !found.proven {
        findings.push(unproven(found));
    }
    if left_unlooked > 0 {
        findings.push(only_the_dearest(left_unlooked));
    }
    tidy(&mut findings);
    let mut decision = Decision {
        app: AppSummary { region: books.regions(&found.options), ..base.app },
        verdict: Some(verdict),
        headline: choice.headline(),
        cost_month: Some(confidence.range),
        confidence: Some(confidence.cheapest),
        holds: Some(confidence.holds),
        measure_first: confidence.first.clone(),
        outlook: confidence.outlook,
        free_tier_would_save: free_tier,
        marginal_cost_month: marginal(books, alternatives),
        considered,
        options: choice.tried(),
        invoices: books.invoices(&found.options),
        flips,
        assumptions,
        left_out,
        operating,
        accounting: accounting(books, field, found),
        charts,
        findings,
        placements,
        ..base
    };
    if question.what_if {
        decision.charts.what_if = what_if::grid(&ground, &curves, &decision);
    }
    decision
}

/// Nothing is feasible: what stands in the way.
fn impossible(books: &Books<'_>, field: &Field, base: Decision) -> Decision {
    let world = books.world;
    let (alternatives, _) = alternatives::all(world, books.candidates, &alternatives::ways(world));
    let stuck: Vec<&str> = (0..world.len())
        .filter(|&at| books.candidates[at].is_empty())
        .map(|at| world.component(at).id.as_str())
        .collect();
    let crowded = books.crowded_within(Within::Anything);
    let headline = if let (true, Some(reason)) = (stuck.is_empty(), crowded.first()) {
        format!("No placement: {}", reason.text)
    } else if stuck.is_empty() {
        "No placement meets the latency goals across the calls between components".to_owned()
    } else {
        format!("No placement: nothing holds {}", words::list(&stuck))
    };
    let considered = alternatives
        .iter()
        .flatten()
        .map(|alternative| Considered {
            name: alternative.way.name.to_owned(),
            chosen: Chosen::Impossible,
            cost_month: None,
            operating_hours: None,
            regret_month: None,
            p99: None,
            placement: Vec::new(),
            why_not: alternatives::why_impossible(books, field, &alternative.way),
        })
        .collect();
    // Where all have a place alone, what became of each is told; else only of those that have none.
    let told = |at: &usize| stuck.is_empty() || books.candidates[*at].is_empty();
    let options = (0..world.len()).filter(told).flat_map(|at| refusals(books, field, at)).collect();
    let mut findings = base.findings.clone();
    for at in (0..world.len()).filter(|&at| books.candidates[at].is_empty()) {
        let component = world.component(at);
        let message = format!("`{}` has no place: every platform refuses it", component.id);
        let hint = "`crossover explain` with its name shows why; change the need or allow more";
        let finding = Finding::error("DE002", message).hint(hint);
        findings.push(match component.span {
            Some(span) => finding.at(span),
            None => finding,
        });
    }
    tidy(&mut findings);
    Decision { headline, considered, options, findings, ..base }
}

/// Jobs that run at each release and cost next to nothing.
fn cheap_jobs(world: &World<'_>, costs: &[Money], total: Money) -> BTreeSet<usize> {
    let is_cheap = |at: &usize| costs[*at] * JOB_TOLD < total;
    (0..world.len()).filter(|&at| world.component(at).kind == Kind::Job).filter(is_cheap).collect()
}

/// Pairs of component and platform that the simulation refused in every configuration.
fn barred(books: &Books<'_>, field: &Field) -> BTreeSet<(usize, usize)> {
    let mut barred = BTreeSet::new();
    for (at, options) in field.options.iter().enumerate() {
        for refused in options.refused.iter().filter(|refused| refused.simulated) {
            let fits = books.candidates[at].iter().any(|c| c.platform == refused.platform);
            if !fits {
                barred.insert((at, refused.platform));
            }
        }
    }
    barred
}

fn assumptions(
    books: &Books<'_>,
    found: &Found,
    ground: &Ground<'_>,
    tried: &[Variation<'_>],
) -> Vec<Assumption> {
    let picks = found.options.iter().enumerate();
    let candidates = picks.map(|(at, &o)| books.candidate((at as u16, o)).without_story());
    let choice = Rival { candidates: candidates.collect() };
    let open = |at: usize, platform: usize| !ground.barred.contains(&(at, platform));
    let scope = evaluate::Scope { open: &open, kept: &ground.kept };
    sensitivity::run(ground.world, &choice, tried, scope)
}

/// What the free tier takes off is told beside the bill, from the bill: as a guess it stands only where it moves something.
fn without_repeat(assumptions: Vec<Assumption>, free_tier: Option<Money>) -> Vec<Assumption> {
    let repeats = |a: &Assumption| a.subject == "free_tier" && !a.changes_answer;
    let told = free_tier.is_some();
    assumptions.into_iter().filter(|a| !(told && repeats(a))).collect()
}

/// Who promises no latency is placed where it costs least, however long a cold start takes: said where that is felt.
fn cold_without_goal(world: &World<'_>, placements: &[Placement]) -> Option<Finding> {
    let felt = |placement: &&Placement| {
        let component = world.app.components.iter().find(|c| c.id == placement.component);
        let promised = component.is_none_or(|c| c.kind != Kind::Http || !c.slo.latency.is_empty());
        let cold = placement.cold_fraction.is_some_and(|cold| cold.get() >= COLD_FELT);
        let slow = placement.latency.is_some_and(|l| l.p99 > (l.p50 * SLOW_FELT).max(WAIT_FELT));
        !promised && cold && slow
    };
    let all: Vec<&Placement> = placements.iter().filter(felt).collect();
    let worst = all.iter().max_by_key(|placement| placement.latency.map(|l| l.p99))?;
    let (latency, cold) = (worst.latency?, worst.cold_fraction?);
    let others = match all.len() - 1 {
        0 => String::new(),
        1 => " (and one more is like it)".to_owned(),
        n => format!(" (and {n} more are like it)"),
    };
    let text = format!(
        "no latency is promised for {}, so its cheapest place was taken: {cold} of its requests meet a cold start, and one in \
         a hundred takes {} or longer{others}",
        worst.component, latency.p99
    );
    Some(
        Finding::note("DE010", text)
            .hint("declare `slo: { p99: 1 s }` to leave out what is slower"),
    )
}

/// Too few requests meet a cold start to set a percentile, but those wait longer than clients do.
fn long_starts(books: &Books<'_>, found: &Found) -> Option<Finding> {
    let long = |at: usize| {
        let component = books.world.component(at);
        let evaluation = &books.candidate((at as u16, found.options[at])).evaluation;
        let cold = evaluation.cold?.get();
        let open = component.kind == Kind::Http && component.slo.latency.is_empty() && cold > 0.0;
        // Cold requests are the slowest: their median is the middle of the last part.
        let wait = evaluation.latency.as_ref()?.quantile(1.0 - cold / 2.0)?;
        let month = books.world.loads[at].requests_month();
        (open && wait >= WAIT_TOO_LONG).then_some((wait, month, month as f64 * cold, at))
    };
    let all: Vec<_> = (0..books.world.len()).filter_map(long).collect();
    let &(wait, month, cold, at) = all.iter().max_by_key(|one| one.0)?;
    let name = &books.world.component(at).id;
    let others = match all.len() - 1 {
        0 => String::new(),
        1 => "; one more is like it".to_owned(),
        n => format!("; {n} more are like it"),
    };
    let text = format!(
        "about {} of the {} requests of {name} a month meet a cold start and wait {wait}, which no goal forbids{others}",
        grouped(two_digits(cold)),
        grouped(month),
    );
    let hint = format!(
        "measure `{name}.init`, or declare `slo: {{ p99.9: 10 s }}` to leave out what is slower"
    );
    Some(Finding::note("DE010", text).hint(hint))
}

/// A count of which two digits are as many as can be meant.
fn two_digits(count: f64) -> u64 {
    let step = 10_f64.powf((count.max(1.0).log10().floor() - 1.0).max(0.0));
    ((count / step).round() * step) as u64
}

/// The answer first, then every alternative that is another placement.
fn considered(
    choice: &Choice<'_>,
    field: &Field,
    alternatives: &[Alternative],
    placements: &[Placement],
    verdict: &str,
) -> Vec<Considered> {
    let books = choice.books;
    let is_choice =
        |a: &&Alternative| a.found.as_ref().is_some_and(|f| f.options == choice.options);
    let name = alternatives
        .iter()
        .find(is_choice)
        .map_or_else(|| verdict.to_lowercase(), |alternative| alternative.way.name.to_owned());
    let p99 = placements.iter().filter_map(|p| p.latency.map(|l| l.p99)).max();
    let mut all = vec![Considered {
        name,
        chosen: Chosen::Yes,
        cost_month: Some(choice.total),
        operating_hours: None,
        regret_month: None,
        p99,
        placement: placements
            .iter()
            .map(|p| (p.component.clone(), format!("{} · {}", p.platform, p.config)))
            .collect(),
        why_not: vec![alternatives::where_money_goes(books, choice.options)],
    }];
    for alternative in alternatives.iter().filter(|a| !is_choice(a)) {
        all.push(match &alternative.found {
            Some(found) => beaten(choice, field, alternative, found),
            None => Considered {
                name: alternative.way.name.to_owned(),
                chosen: Chosen::Impossible,
                cost_month: None,
                operating_hours: None,
                regret_month: None,
                p99: None,
                placement: Vec::new(),
                why_not: alternatives::why_impossible(books, field, &alternative.way),
            },
        });
    }
    all
}

fn beaten(
    choice: &Choice<'_>,
    field: &Field,
    alternative: &Alternative,
    found: &Found,
) -> Considered {
    let books = choice.books;
    let other = Choice {
        books,
        field,
        options: &found.options,
        total: found.total,
        second: vec![None; found.options.len()],
        focus: choice.focus,
    };
    let p99 = (0..found.options.len())
        .filter_map(|at| books.latency(at, &found.options)?.quantile(0.99))
        .max();
    let platforms = alternatives::platforms_of(books, &found.options);
    let placement = other
        .labels()
        .into_iter()
        .enumerate()
        .map(|(at, label)| {
            (books.world.component(at).id.clone(), format!("{} · {label}", platforms[at]))
        })
        .collect();
    Considered {
        name: alternative.way.name.to_owned(),
        chosen: Chosen::Beaten,
        cost_month: Some(found.total),
        operating_hours: None,
        regret_month: None,
        p99,
        placement,
        why_not: std::iter::once(alternatives::where_money_goes(books, &found.options))
            .chain(in_full(books, found))
            .chain(does_not_fit(books, found))
            .collect(),
    }
}

fn with_hours(considered: Vec<Considered>, operating: &[model::OperatingCost]) -> Vec<Considered> {
    let hours = |name: &str| operating.iter().find(|o| o.name == name).map(|o| o.hours);
    considered
        .into_iter()
        .map(|one| Considered { operating_hours: hours(&one.name), ..one })
        .collect()
}

/// A price was asked for that does not hold the load (pinned nodes): it is shown, and so is that.
fn does_not_fit(books: &Books<'_>, found: &Found) -> Vec<Reason> {
    let picks = found.options.iter().enumerate();
    let notes = picks.flat_map(|(at, &option)| &books.candidate((at as u16, option)).notes);
    notes.filter(|note| note.rule.0 == "CR082").map(RuleFinding::reason).collect()
}

/// What everything on the existing cluster adds to it a month, if there is one; the figures of the answer are then
/// at the margin too, and the whole bill stands in the reasons.
fn marginal(books: &Books<'_>, alternatives: &[Alternative]) -> Option<Money> {
    books.world.app.existing_cluster.as_ref()?;
    let on_cluster = |a: &&Alternative| a.way.within == Within::Family(Family::Kubernetes);
    alternatives.iter().find(on_cluster)?.found.as_ref().map(|found| found.total)
}

/// The same placement with a cluster of its own, where the app has one already.
fn in_full(books: &Books<'_>, found: &Found) -> Option<Reason> {
    books.world.app.existing_cluster.as_ref()?;
    let mut app = books.world.app.clone().into_owned();
    app.existing_cluster = None;
    let world = books.world.with_app(app);
    let full = Books::new(&world, books.candidates).total(&found.options)?;
    let text = format!("{} a month with a cluster of its own", words::money(full));
    (full != found.total).then(|| Reason::plain(text))
}

/// What the account's free tier would take off the bill, if it is not taken off already.
fn free_tier_saves(books: &Books<'_>, found: &Found) -> Option<Money> {
    if books.world.app.free_tier.get() == Some(true) {
        return None;
    }
    let mut app = books.world.app.clone().into_owned();
    app.free_tier = Fact::Known(true, Origin::assumed("tried"));
    let world = books.world.with_app(app);
    let with = Books::new(&world, books.candidates).total(&found.options)?;
    Some(found.total - with).filter(|saved| saved.cents() > 0)
}

/// What the declared discounts take off the bill of the choice.
fn at_list_prices(books: &Books<'_>, found: &Found, list: Prices<'_>) -> Option<Finding> {
    let world = World { prices: list, ..books.world.clone() };
    let without = Books::new(&world, books.candidates).total(&found.options)?;
    let text = if without == found.total {
        "the declared discounts cover nothing of this placement".to_owned()
    } else {
        format!(
            "the declared discounts take {} a month off this placement: {} at list prices",
            words::money(without - found.total),
            words::money(without)
        )
    };
    Some(Finding::note("DE005", text).hint(
        "they are taken to cover all that runs, and what a commitment does not use is paid as well: see the guide on prices",
    ))
}

fn accounting(books: &Books<'_>, field: &Field, found: &Found) -> Vec<Accounting> {
    let picks = found.options.iter().enumerate();
    picks
        .filter_map(|(at, &option)| {
            let counts = books.candidate((at as u16, option)).evaluation.counts?;
            Some(Accounting {
                component: books.world.component(at).id.clone(),
                arrivals: counts.arrivals,
                served: counts.served,
                rejected: counts.rejected,
                in_flight: counts.in_flight,
                replayed: field.played[at].covers.clone(),
            })
        })
        .collect()
}

/// Latency of the choice and of the cheapest option of every other platform; the choice's day.
fn charts(books: &Books<'_>, found: &Found) -> Charts {
    let mut charts = Charts::default();
    for (at, &option) in found.options.iter().enumerate() {
        let component = books.world.component(at);
        let chosen = &books.candidates[at][usize::from(option)];
        let name = |candidate: &Candidate| {
            let platform = books.world.platforms[candidate.platform].id();
            format!("{platform} · {}", candidate.configuration.label)
        };
        let mut shown = vec![chosen.platform];
        let mut draw = |candidate: &Candidate| {
            let Some(latency) = &candidate.evaluation.latency else { return };
            charts.latency.push(LatencyCurve {
                component: component.id.clone(),
                name: name(candidate),
                points: points(latency),
            });
        };
        draw(chosen);
        for candidate in &books.candidates[at] {
            if !shown.contains(&candidate.platform) {
                shown.push(candidate.platform);
                draw(candidate);
            }
        }
        if let Some(timeline) = &chosen.evaluation.timeline {
            charts.day.push(DaySeries {
                component: component.id.clone(),
                name: name(chosen),
                step: timeline.step,
                requests: timeline.requests.clone(),
                instances: timeline.instances.clone(),
                cold_starts: timeline.cold_starts.clone(),
            });
        }
        charts.slo.extend(component.slo.latency.iter().map(|(share, limit, _)| SloLine {
            component: component.id.clone(),
            share: share.get(),
            limit: *limit,
        }));
    }
    charts
}

/// The cumulative distribution, thinned evenly to [`CURVE_POINTS`].
fn points(latency: &Histogram) -> Vec<(Duration, f64)> {
    let total = latency.count() as f64;
    let mut seen = 0;
    let all: Vec<(Duration, f64)> = latency
        .buckets()
        .map(|(value, count)| {
            seen += count;
            (value, seen as f64 / total)
        })
        .collect();
    let step = all.len().div_ceil(CURVE_POINTS).max(1);
    let last = all.len().saturating_sub(1);
    let kept = all.iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last);
    kept.map(|(_, point)| *point).collect()
}

/// What the rules say of the chosen options that somebody should act on.
fn chosen_findings(books: &Books<'_>, found: &Found) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, &option) in found.options.iter().enumerate() {
        let notes = &books.candidate((at as u16, option)).notes;
        let worth = notes.iter().filter(|f| matches!(f.effect, Effect::Risk | Effect::Asks));
        findings.extend(worth.map(|f| finding(books.world, at, f)));
    }
    findings
}

fn finding(world: &World<'_>, at: usize, found: &RuleFinding) -> Finding {
    let message = format!("{}: {}", world.component(at).id, found.text);
    let mut finding = match found.effect {
        Effect::Excludes | Effect::Risk => Finding::warning(found.rule.0, message),
        Effect::Note | Effect::Asks => Finding::note(found.rule.0, message),
    };
    if let Some(span) = found.span {
        finding = finding.at(span);
    }
    match &found.hint {
        Some(hint) => finding.hint(hint.clone()),
        None => finding,
    }
}

/// Flips and guesses of the cheaper components of a large application were not looked at.
fn only_the_dearest(left: usize) -> Finding {
    let text = format!(
        "flips and guesses are those of the dearest components; {left} cheaper ones were not looked at one by one"
    );
    Finding::note("DE004", text)
        .hint("plan a part of the application by itself to see all of its own")
}

/// The search gave up before it had proven its best: how far the cheapest can be below it at the most.
fn unproven(found: &Found) -> Finding {
    let gap = (found.total - found.at_least).dollars() / found.total.dollars().max(1e-9);
    let text = format!(
        "the search gave up before it had proven that nothing is cheaper: no placement costs less than {}, {:.1} % below",
        words::money(found.at_least),
        gap * 100.0
    );
    Finding::note("DE003", text).hint(
        "the answer is the best one found; with fewer components that share nodes it is proven",
    )
}

/// Each finding once, in the order they came.
fn tidy(findings: &mut Vec<Finding>) {
    let mut seen: BTreeSet<(&'static str, String)> = BTreeSet::new();
    findings.retain(|finding| {
        let span = finding.labels.first().map(|label| label.span);
        seen.insert((finding.id, format!("{}{span:?}", finding.message)))
    });
}
