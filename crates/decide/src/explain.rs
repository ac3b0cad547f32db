//! Why each component goes where it goes, and what became of everything else.

use model::{
    Chosen, Configuration, LatencySummary, MachinePool, OptionTried, Placement, Reason, Verdict,
    WarmHours,
};
use platforms::{Beside, Family, Member, Settings, cut, requests_outside};
use units::{Money, Share};

use crate::alternatives::nearest_refusal;
use crate::books::{Books, picks};
use crate::case::runs_code;
use crate::evaluate::{Candidate, Field, Refused};
use crate::focus::Focus;
use crate::search::Pick;
use crate::splits;
use crate::words;

/// A load is called idle if this share of its minutes brings nothing.
const IDLE_SHARE: f64 = 0.5;
/// A load is called peaky if its busiest minute is this many times its mean.
const PEAKY: f64 = 4.0;
/// Less than this share of the cost is a near tie.
const NEAR_TIE: f64 = 0.02;

/// The chosen placement with what a second choice would have been for each component.
pub(crate) struct Choice<'b> {
    pub(crate) books: &'b Books<'b>,
    pub(crate) field: &'b Field,
    pub(crate) options: &'b [u16],
    pub(crate) total: Money,
    /// For each component the best placement with it alone on another platform: what it costs, and that platform.
    pub(crate) second: Vec<Option<(Money, usize)>>,
    /// The components whose places are explained one by one.
    pub(crate) focus: &'b Focus,
}

/// A placement in a phrase: `Lambda for api and thumb, servers for chat, managed PostgreSQL for db`.
pub(crate) fn headline_of(books: &Books<'_>, options: &[u16]) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (at, label) in labels_of(books, options).iter().enumerate() {
        let name = place_name(books, (at as u16, options[at]), label);
        let id = books.world.component(at).id.as_str();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, ids)) => ids.push(id),
            None => groups.push((name, vec![id])),
        }
    }
    if let [(name, ids)] = &groups[..]
        && ids.len() > 1
    {
        return format!("{name} for everything");
    }
    let parts: Vec<String> =
        groups.iter().map(|(name, ids)| format!("{name} for {}", words::list(ids))).collect();
    parts.join(", ")
}

/// The same in a table's cell: `Lambda × 5, Fargate, RDS for PostgreSQL`.
pub(crate) fn summary_of(books: &Books<'_>, options: &[u16]) -> String {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for (at, &option) in options.iter().enumerate() {
        let candidate = books.candidate((at as u16, option));
        let platform = books.world.platforms[candidate.platform];
        let engine = match &candidate.configuration.settings {
            Settings::Managed(managed) => platform.engine_name(managed.engine),
            _ => None,
        };
        let mut name = engine.unwrap_or_else(|| platform.name()).to_owned();
        if books.world.spans() {
            name.push_str(" in ");
            name.push_str(books.world.region_of(candidate.platform));
        }
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, n)) => *n += 1,
            None => groups.push((name, 1)),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.1));
    let parts = groups.into_iter().map(|(name, n)| match n {
        1 => name,
        n => format!("{name} × {n}"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn place_name(books: &Books<'_>, pick: Pick, label: &str) -> String {
    let candidate = books.candidate(pick);
    let platform = books.world.platforms[candidate.platform];
    let engine = match &candidate.configuration.settings {
        Settings::Managed(managed) => Some(managed.engine),
        _ => None,
    };
    let mut name = match (platform.family(), engine) {
        (Family::Managed, Some(engine)) => {
            platform.engine_name(engine).unwrap_or_else(|| platform.name()).to_owned()
        }
        (Family::Servers, _) => server_words(label),
        _ => platform.name().to_owned(),
    };
    if let Some(spill) = splits::spill(&candidate.configuration) {
        let taker = splits::taker(books.world, candidate.platform, spill);
        let above = taker.map_or("", |taker| books.world.platforms[taker].name());
        name.push_str(&format!(" with {above} above it"));
    }
    if books.world.spans() {
        return format!("{name} in {}", books.world.region_of(candidate.platform));
    }
    name
}

/// The machines of each component, in its company.
pub(crate) fn machines_of(books: &Books<'_>, options: &[u16]) -> Vec<Option<MachinePool>> {
    let picks: Vec<Pick> = picks(options).collect();
    let mut machines = vec![None; picks.len()];
    for (group, platform) in books.world.platforms.iter().enumerate() {
        let here: Vec<Pick> =
            picks.iter().copied().filter(|&pick| books.candidate(pick).platform == group).collect();
        let members = books.members(&here);
        if let Ok(found) = platform.machines(&members, &books.world.site_of(group)) {
            for (pick, own) in here.iter().zip(found) {
                machines[usize::from(pick.0)] = own;
            }
        }
    }
    machines
}

/// What a table cell says of each component's configuration, in its company.
fn labels_of(books: &Books<'_>, options: &[u16]) -> Vec<String> {
    let picks: Vec<Pick> = picks(options).collect();
    let mut labels: Vec<String> =
        picks.iter().map(|&pick| books.candidate(pick).configuration.label.clone()).collect();
    for (group, platform) in books.world.platforms.iter().enumerate() {
        let here: Vec<Pick> =
            picks.iter().copied().filter(|&pick| books.candidate(pick).platform == group).collect();
        let members = books.members(&here);
        if let Ok(texts) = platform.describe(&members, &books.world.site_of(group))
            && texts.len() == here.len()
        {
            for (pick, text) in here.iter().zip(texts) {
                labels[usize::from(pick.0)] = text;
            }
        }
    }
    labels
}

impl Choice<'_> {
    /// One row for each component.
    pub(crate) fn placements(&self) -> Vec<Placement> {
        let costs = self.costs();
        let labels = self.labels();
        let machines = machines_of(self.books, self.options);
        (0..self.options.len())
            .map(|at| {
                let candidate = self.candidate(at);
                let component = self.books.world.component(at);
                let latency = self.books.latency(at, self.options);
                Placement {
                    component: component.id.clone(),
                    platform: self.books.world.platforms[candidate.platform].id(),
                    region: self.books.world.region_of(candidate.platform).to_owned(),
                    config: labels[at].clone(),
                    configured: candidate.configuration.settings.clone(),
                    machines: machines[at].clone(),
                    copies_most: candidate
                        .evaluation
                        .timeline
                        .as_ref()
                        .and_then(|timeline| timeline.instances.iter().copied().max()),
                    settings: settings(&candidate.configuration.settings),
                    cost_month: costs[at],
                    latency: latency.as_ref().and_then(LatencySummary::of),
                    cold_fraction: candidate.evaluation.cold,
                    decided_by: self.decided_by(at),
                    reasons: self.reasons(at),
                }
            })
            .collect()
    }

    /// Every option that was tried, the chosen one first, then by price; refusals of one platform for one and the
    /// same reason are shown once, by the cheapest.
    pub(crate) fn tried(&self) -> Vec<OptionTried> {
        (0..self.options.len()).flat_map(|at| self.tried_of(at)).collect()
    }

    /// Which of the big answers it is.
    pub(crate) fn verdict(&self) -> Verdict {
        let code = |at: &usize| runs_code(self.books.world.component(*at));
        let families = (0..self.options.len()).filter(code).flat_map(|at| {
            let candidate = self.candidate(at);
            let spilled = splits::spill(&candidate.configuration)
                .and_then(|spill| splits::taker(self.books.world, candidate.platform, spill));
            let elsewhere = spilled.map(|taker| self.books.world.platforms[taker].family());
            [Some(self.family(at)), elsewhere]
        });
        verdict_of(families.flatten().collect())
    }

    /// `Lambda for api and thumb, servers for chat, managed PostgreSQL for db`.
    pub(crate) fn headline(&self) -> String {
        headline_of(self.books, self.options)
    }

    /// What each component costs with its share of what is shared: own lines, and the shared lines of its platform in
    /// proportion to what each would cost there alone.
    pub(crate) fn costs(&self) -> Vec<Money> {
        let mut costs = vec![Money::ZERO; self.options.len()];
        for invoice in self.books.invoices(self.options) {
            let here: Vec<usize> = (0..self.options.len())
                .filter(|&at| {
                    let platform = self.books.world.platforms[self.candidate(at).platform];
                    platform.id() == invoice.platform || invoice.platform.0.ends_with("/account")
                })
                .collect();
            for &at in &here {
                costs[at] += invoice.of_component(&self.books.world.component(at).id);
            }
            let weights: Vec<i128> =
                here.iter().map(|&at| self.candidate(at).alone.pico().max(1)).collect();
            for (&at, part) in here.iter().zip(divided(invoice.shared(), &weights)) {
                costs[at] += part;
            }
        }
        costs
    }

    fn candidate(&self, at: usize) -> &Candidate {
        self.books.candidate((at as u16, self.options[at]))
    }

    fn family(&self, at: usize) -> Family {
        self.books.world.platforms[self.candidate(at).platform].family()
    }

    /// What a table cell says of each component's configuration, in its company.
    pub(crate) fn labels(&self) -> Vec<String> {
        labels_of(self.books, self.options)
    }

    /// The one reason that decided.
    fn decided_by(&self, at: usize) -> Reason {
        let component = self.books.world.component(at);
        let options = &self.field.options[at];
        let chosen = self.candidate(at);
        if !runs_code(component) {
            let rule = Some("CR030");
            return Reason { rule, text: "keeps data".to_owned(), span: component.span };
        }
        if !self.focus.explains(at) {
            return Reason::plain("one of the cheaper parts, not looked at by itself");
        }
        // Something cheaper was refused.
        let cheaper = options
            .refused
            .iter()
            .filter(|r| r.platform != chosen.platform && r.alone.is_some_and(|a| a < chosen.alone))
            .filter(|r| !self.has_place_on(at, r.platform));
        if let Some(reason) = nearest_refusal(cheaper) {
            return reason;
        }
        let second = self.second[at];
        let Some((second_total, second_platform)) = second else {
            // Nowhere else: the rule that came nearest decides.
            let others = options.refused.iter().filter(|r| r.platform != chosen.platform);
            return strongest_rule(others).unwrap_or_else(|| Reason::plain("nowhere else"));
        };
        let load = &self.books.world.loads[at];
        let delta = second_total - self.total;
        let name = self.books.world.platforms[second_platform].name();
        let serverless = self.family(at) == Family::Serverless;
        let idle = load.idle_share();
        let peaks = load.peak_rate().hertz() / load.mean_rate().hertz().max(1e-12);
        if delta.dollars() < NEAR_TIE * self.total.dollars() {
            return Reason::plain(format!("a near tie: {} more on {name}", words::money(delta)));
        }
        if serverless && idle.get() >= IDLE_SHARE {
            return Reason::plain(format!("idle {idle} of the time"));
        }
        if serverless && peaks >= PEAKY && self.books.world.loads[at].requests_month() > 0 {
            return Reason::plain(format!("peaks {} the mean", words::factor(peaks)));
        }
        Reason::plain(format!("{} less than {name}", words::money(delta)))
    }

    fn has_place_on(&self, at: usize, platform: usize) -> bool {
        self.books.candidates[at].iter().any(|candidate| candidate.platform == platform)
    }

    fn reasons(&self, at: usize) -> Vec<Reason> {
        let mut reasons = vec![self.decided_by(at)];
        let world = self.books.world;
        if let Some((second, platform)) = self.second[at] {
            let delta = second - self.total;
            let name = world.platforms[platform].name();
            reasons.push(Reason::plain(format!("{} less than {name}", words::money(delta))));
        }
        if self.books.chains.has_calls(at) && self.books.latency(at, self.options).is_some() {
            let text = "latency includes the calls it waits for";
            reasons.push(Reason::plain(text));
        }
        reasons.extend(self.more_cpu(at));
        reasons.extend(self.without_gateway(at));
        reasons.extend(self.kept_by_the_hour(at));
        reasons.extend(self.split(at));
        reasons.extend(self.candidate(at).notes.iter().map(crate::rules::RuleFinding::reason));
        let mut seen: Vec<(Option<&'static str>, String)> = Vec::new();
        reasons.retain(|reason| {
            let key = (reason.rule, reason.text.clone());
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        reasons
    }

    /// That pods ask for more than is declared, which is too little for the load.
    fn more_cpu(&self, at: usize) -> Option<Reason> {
        let Settings::Pod(pod) = &self.candidate(at).configuration.settings else { return None };
        let declared = self.books.world.component(at).cpu_request.as_ref()?;
        let (cpu, span) = (declared.get()?, declared.origin().and_then(|origin| origin.span));
        (pod.cpu_request > cpu).then(|| Reason {
            rule: None,
            text: format!(
                "asks for {}: the {cpu} declared would keep requests waiting",
                pod.cpu_request
            ),
            span,
        })
    }

    /// What a function's own URL would save, where the gateway is our choice and not the team's.
    fn without_gateway(&self, at: usize) -> Option<Reason> {
        let candidate = self.candidate(at);
        let world = self.books.world;
        let Settings::Function(function) = &candidate.configuration.settings else { return None };
        let ours = world.component(at).front_door.is_none();
        if !ours || function.front_door != platforms::FrontDoor::HttpApi {
            return None;
        }
        let members = self.books.members(&[(at as u16, self.options[at])]);
        let invoice = world.bill(candidate.platform, &members).ok()?;
        let gateway = invoice.lines.iter().filter(|line| line.item.starts_with("HTTP API"));
        let saved: Money = gateway.map(|line| line.amount).sum();
        let text = format!(
            "a function URL in place of the gateway saves {}; it has no domain of its own and does \
             not throttle",
            words::money(saved)
        );
        (saved.cents() > 0).then(|| Reason::plain(text))
    }

    /// What it saves to keep something ready in some hours only, and what that does to requests outside of them.
    fn kept_by_the_hour(&self, at: usize) -> Option<Reason> {
        let (candidate, world) = (self.candidate(at), self.books.world);
        let settings = &candidate.configuration.settings;
        let hours = settings.warm_hours()?;
        let (saved, many, one) = match settings {
            Settings::Function(_) => {
                (self.saved_by_hours(at, hours)?, "environments", "an environment")
            }
            Settings::Task(_) => (self.saved_by_closed_form(at)?, "tasks", "a task"),
            _ => (self.saved_by_closed_form(at)?, "instances", "an instance"),
        };
        let outside = Share::new(requests_outside(&world.loads[at], hours));
        let mut text = format!(
            "{many} are kept {hours} only, which saves {} against all week; {outside} of \
             requests come outside of these hours",
            words::money(saved)
        );
        if matches!(settings, Settings::Task(_)) {
            text.push_str(" and get no answer: whoever works late finds nothing");
        }
        let cold = candidate.evaluation.cold.map_or(0.0, Share::get);
        let latency = candidate.evaluation.latency.as_ref();
        // Cold requests are the slowest: their median is the middle of the last part.
        if let Some(wait) =
            latency.and_then(|l| l.quantile(1.0 - cold / 2.0)).filter(|_| cold > 0.0)
        {
            text.push_str(&format!("; a request that starts {one} takes about {wait}"));
        }
        Some(Reason::plain(text))
    }

    /// What environments would cost more that are kept all week: they are billed by their time alone.
    fn saved_by_hours(&self, at: usize, hours: WarmHours) -> Option<Money> {
        let (candidate, world) = (self.candidate(at), self.books.world);
        let members = self.books.members(&[(at as u16, self.options[at])]);
        let invoice = world.bill(candidate.platform, &members).ok()?;
        let kept = invoice.lines.iter().filter(|l| l.item.starts_with("provisioned concurrency"));
        let kept: Money = kept.map(|line| line.amount).sum();
        let always = kept.scaled(WarmHours::WEEK_HOURS.into(), hours.hours_of_week().into());
        Some(always - kept)
    }

    /// What it would cost more to be there all week, both by the closed form.
    fn saved_by_closed_form(&self, at: usize) -> Option<Money> {
        let (candidate, world) = (self.candidate(at), self.books.world);
        let case = world.case(at, candidate.platform, &candidate.reach);
        let alone = |settings: Settings| {
            let configuration = &Configuration { settings, ..candidate.configuration.clone() };
            let platform = world.platforms[candidate.platform];
            let evaluation = &cut::estimate(platform, &case, configuration).ok()?;
            let member = Member { component: world.component(at), configuration, evaluation };
            Some(world.bill(candidate.platform, &[member]).ok()?.total())
        };
        let kept = &candidate.configuration.settings;
        Some(alone(kept.at_all_hours())? - alone(kept.clone())?)
    }

    /// What goes elsewhere, and what either side alone would cost more.
    fn split(&self, at: usize) -> Option<Reason> {
        let (candidate, world) = (self.candidate(at), self.books.world);
        let spill = splits::spill(&candidate.configuration)?;
        let (place, own) = match &candidate.configuration.settings {
            Settings::Server(servers) if servers.copies > 1 => ("on each server", "servers"),
            Settings::Server(_) => ("on the server", "servers"),
            Settings::Pod(pods) if pods.min > 1 => ("in each pod", "pods"),
            _ => ("in the pod", "pods"),
        };
        let member = self.books.members(&[(at as u16, self.options[at])])[0];
        let share = platforms::spill::share(&member)?;
        let taker = splits::taker(world, candidate.platform, spill)?;
        let name = world.platforms[taker].name();
        let mut text = format!(
            "a proxy {place} gives the program up to {} requests at once and {name} the others: \
             {share} of requests",
            spill.in_flight,
        );
        if spill.proxy != Beside::default() {
            let Beside { cpu, memory } = spill.proxy;
            text.push_str(&format!("; it asks for {cpu} and {memory} of its own"));
        }
        for (platform, name) in [(candidate.platform, own), (taker, name)] {
            let alone = self.books.candidates[at].iter();
            let alone = alone.filter(|c| c.platform == platform && !c.is_split());
            if let Some(alone) = alone.map(|c| c.alone).min() {
                let difference = if alone >= candidate.alone {
                    format!("{} more", words::money(alone - candidate.alone))
                } else {
                    // Offered as others may share the cluster.
                    let less = words::money(candidate.alone - alone);
                    format!("{less} less than this with a cluster of its own")
                };
                text.push_str(&format!("; {name} alone cost {difference}"));
            }
        }
        Some(Reason::plain(text))
    }

    fn tried_of(&self, at: usize) -> Vec<OptionTried> {
        let id = &self.books.world.component(at).id;
        let mut tried: Vec<OptionTried> = Vec::new();
        for (option, candidate) in self.books.candidates[at].iter().enumerate() {
            let chosen = usize::from(self.options[at]) == option;
            tried.push(OptionTried {
                component: id.clone(),
                platform: self.books.world.platforms[candidate.platform].id(),
                config: candidate.configuration.label.clone(),
                outcome: if chosen { Chosen::Yes } else { Chosen::Beaten },
                cost_month: Some(candidate.alone),
                latency: candidate.evaluation.latency.as_ref().and_then(LatencySummary::of),
                cold_fraction: candidate.evaluation.cold,
                why_not: if chosen { Vec::new() } else { self.why_beaten(at, option) },
            });
        }
        tried.sort_by_key(|t| (t.outcome != Chosen::Yes, t.cost_month));
        tried.extend(refusals(self.books, self.field, at));
        tried
    }

    /// How much more it costs in place of the choice, and where its money goes.
    fn why_beaten(&self, at: usize, option: usize) -> Vec<Reason> {
        if !self.focus.explains(at) {
            return Vec::new();
        }
        let mut other = self.options.to_vec();
        other[at] = option as u16;
        let other = self.books.settled(&other);
        let candidate = self.books.candidate((at as u16, option as u16));
        let chosen: Vec<Option<u16>> = other.iter().copied().map(Some).collect();
        let crowded = self.books.crowded(&chosen);
        if !crowded.is_empty() {
            return crowded;
        }
        let more = self.books.feasible(&other).map(|total| total - self.total);
        let members = self.books.members(&[(at as u16, option as u16)]);
        let bill = self.books.world.bill(candidate.platform, &members);
        let mut lines = bill.map(|invoice| invoice.lines).unwrap_or_default();
        lines.sort_by_key(|line| std::cmp::Reverse(line.amount));
        let top: Vec<String> = lines
            .iter()
            .filter(|line| line.amount.cents() > 0)
            .take(2)
            .map(|line| format!("{} {}", line.item, words::money(line.amount)))
            .collect();
        let top = if top.is_empty() { String::new() } else { format!(": {}", top.join(", ")) };
        let text = match more {
            Some(more) if more.cents() > 0 => format!("{} more a month{top}", words::money(more)),
            Some(_) => format!("the same price{top}"),
            None => "the calls between components would miss a latency goal".to_owned(),
        };
        vec![Reason::plain(text)]
    }
}

/// The refusal by rule that says most: of the family that a reader would try first.
fn strongest_rule<'r>(refused: impl Iterator<Item = &'r Refused>) -> Option<Reason> {
    let mut by_rule: Vec<&Refused> = refused.filter(|r| !r.reasons.is_empty()).collect();
    by_rule.sort_by_key(|r| (r.reasons[0].rule.is_none(), r.platform, r.configuration.is_some()));
    by_rule.first().map(|r| r.reasons[0].clone())
}

/// What was refused for one component: one row for each platform and reason, the cheapest.
pub(crate) fn refusals(books: &Books<'_>, field: &Field, at: usize) -> Vec<OptionTried> {
    let mut kept: Vec<&Refused> = Vec::new();
    let mut refused: Vec<&Refused> = field.options[at].refused.iter().collect();
    refused.sort_by_key(|r| (r.platform, r.alone.is_none(), r.alone));
    for one in refused {
        let key =
            |r: &Refused| r.reasons.first().map(|reason| (reason.rule, reason.rule.is_none()));
        let same = |k: &&Refused| {
            k.platform == one.platform
                && key(k) == key(one)
                && (key(one).is_some_and(|(rule, _)| rule.is_some())
                    || k.reasons.first().map(|r| &r.text) == one.reasons.first().map(|r| &r.text))
        };
        if !kept.iter().any(same) {
            kept.push(one);
        }
    }
    let row = |refused: &&Refused| OptionTried {
        component: books.world.component(at).id.clone(),
        platform: books.world.platforms[refused.platform].id(),
        config: refused.configuration.as_ref().map_or("any".to_owned(), |c| c.label.clone()),
        outcome: Chosen::Impossible,
        cost_month: refused.alone,
        latency: refused.latency,
        cold_fraction: refused.cold,
        why_not: refused.reasons.clone(),
    };
    kept.iter().map(row).collect()
}

/// Divides an amount by weights so that the parts add up to it exactly.
fn divided(amount: Money, weights: &[i128]) -> Vec<Money> {
    let whole: i128 = weights.iter().sum::<i128>().max(1);
    let (mut seen, mut given) = (0_i128, Money::ZERO);
    weights
        .iter()
        .map(|weight| {
            seen += weight;
            let until = amount.scaled(seen.unsigned_abs(), whole.unsigned_abs());
            let part = until - given;
            given = until;
            part
        })
        .collect()
}

/// `one t4g.small` from `t4g.small, direct DNS`; `2 m7g.large` from `2 × m7g.large, ALB`.
fn server_words(label: &str) -> String {
    let first = label.split(',').next().unwrap_or("a server").trim();
    // How many requests it takes at once is told elsewhere.
    let kind = |text: &str| text.split(" to ").next().unwrap_or(text).trim().to_owned();
    match first.split_once('×') {
        Some((count, servers)) => format!("{} {}", count.trim(), kind(servers)),
        None => format!("one {}", kind(first)),
    }
}

/// The settings one by one.
fn settings(settings: &Settings) -> Vec<(String, String)> {
    let mut rows: Vec<(&str, String)> = Vec::new();
    match settings {
        Settings::Function(s) => {
            rows.push(("memory", s.memory.to_string()));
            rows.push(("architecture", s.architecture.name().to_owned()));
            rows.push(("front door", door(s.front_door).to_owned()));
            rows.push(("provisioned", s.provisioned.to_string()));
            if let Some(hours) = s.warm_hours {
                rows.push(("provisioned in", hours.to_string()));
            }
            rows.push(("snapshot", if s.snap_start { "yes" } else { "no" }.to_owned()));
            rows.push(("scratch", s.scratch.to_string()));
            if let Some(workflow) = s.workflow {
                rows.push(("steps by", workflow.name().to_owned()));
            }
        }
        Settings::Task(s) => {
            rows.push(("cpu", s.cpu.to_string()));
            rows.push(("memory", s.memory.to_string()));
            rows.push(("architecture", s.architecture.name().to_owned()));
            rows.push(("front door", door(s.front_door).to_owned()));
            rows.push(("tasks at least", s.min.to_string()));
            if let Some(hours) = s.warm_hours {
                rows.push(("there in", hours.to_string()));
            }
            rows.push(("target CPU", format!("{} %", s.target_percent)));
            rows.push(("spot", if s.spot { "yes" } else { "no" }.to_owned()));
        }
        Settings::Instance(s) => {
            rows.push(("cpu", s.cpu.to_string()));
            rows.push(("memory", s.memory.to_string()));
            rows.push(("architecture", s.architecture.name().to_owned()));
            rows.push(("requests at once", s.concurrency.to_string()));
            rows.push(("instances at least", s.min.to_string()));
            if let Some(hours) = s.warm_hours {
                rows.push(("kept in", hours.to_string()));
            }
            let billed = match s.billing {
                platforms::Billing::Requests => "requests",
                platforms::Billing::Instances => "instances",
                platforms::Billing::Cpu => "CPU time",
                platforms::Billing::Machines => "machines",
                platforms::Billing::Sessions => "sessions while they run",
                platforms::Billing::OpenSessions => "sessions",
            };
            rows.push(("billed by", billed.to_owned()));
            rows.push(("front door", door(s.front_door).to_owned()));
        }
        Settings::Pod(s) => {
            rows.push(("cpu request", s.cpu_request.to_string()));
            rows.push(("memory", s.memory.to_string()));
            rows.push(("architecture", s.architecture.name().to_owned()));
            rows.push(("front door", door(s.front_door).to_owned()));
            rows.push(("pods at least", s.min.to_string()));
            rows.push(("pods at most", s.max.to_string()));
            let target = match s.target {
                platforms::PodTarget::CpuPercent(percent) => format!("{percent} % CPU"),
                platforms::PodTarget::Concurrency(many) => format!("{many} requests a pod"),
                platforms::PodTarget::Knative { target, .. } => {
                    format!("Knative, {target} requests a pod")
                }
                platforms::PodTarget::Fixed => "none".to_owned(),
            };
            rows.push(("autoscaler", target));
            if let Some(spill) = &s.spill {
                rows.push(("at once in each", spill.in_flight.to_string()));
                let Beside { cpu, memory } = spill.proxy;
                rows.push(("proxy in each", format!("{cpu}, {memory}")));
                rows.push(("above that", format!("{} {}", spill.to.platform, spill.to.label)));
            }
        }
        Settings::Server(s) => {
            rows.push(("cpu", s.cpu.to_string()));
            rows.push(("memory", s.memory.to_string()));
            rows.push(("architecture", s.architecture.name().to_owned()));
            rows.push(("front door", door(s.front_door).to_owned()));
            rows.push(("copies", s.copies.to_string()));
            rows.push(("volume", s.volume.to_string()));
            if let Some(spill) = &s.spill {
                rows.push(("at once on each", spill.in_flight.to_string()));
                rows.push(("above that", format!("{} {}", spill.to.platform, spill.to.label)));
            }
        }
        Settings::Managed(s) => {
            rows.push(("engine", s.engine.name().to_owned()));
            rows.push(("size", s.size.clone()));
            rows.push(("storage", s.storage.to_string()));
            rows.push(("zones", s.zones.to_string()));
        }
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn door(front_door: platforms::FrontDoor) -> &'static str {
    use platforms::FrontDoor as Door;
    match front_door {
        Door::None => "none",
        Door::FunctionUrl => "function URL",
        Door::HttpApi => "HTTP API",
        Door::RestApi => "REST API",
        Door::WebSocketApi => "WebSocket API",
        Door::Alb | Door::Balancer => "load balancer",
        Door::Nlb => "network load balancer",
        Door::Queue | Door::PubSub | Door::StorageQueue => "queue",
        Door::Stream => "stream",
        Door::Notice => "events",
        Door::Schedule => "schedule",
        Door::Dns => "direct DNS",
    }
}

/// The big answer of the families on which the code stands.
pub(crate) fn verdict_of(mut families: Vec<Family>) -> Verdict {
    families.retain(|family| *family != Family::Managed);
    families.sort_unstable();
    families.dedup();
    match families[..] {
        [] | [Family::Serverless | Family::Managed] => Verdict::Serverless,
        [Family::Kubernetes] => Verdict::Kubernetes,
        [Family::Servers] => Verdict::Servers,
        _ => Verdict::Hybrid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_amount_is_divided_without_loss() {
        let parts = divided(Money::from_cents(100), &[1, 1, 1]);
        assert_eq!(parts.iter().copied().sum::<Money>(), Money::from_cents(100));
        assert_eq!(divided(Money::from_cents(90), &[2, 1])[0], Money::from_cents(60));
    }

    #[test]
    fn servers_are_counted_in_words() {
        assert_eq!(server_words("t4g.small, direct DNS"), "one t4g.small");
        assert_eq!(server_words("2 × m7g.large, ALB"), "2 m7g.large");
        assert_eq!(server_words("1 to 3 × m7g.large, ALB"), "1 to 3 m7g.large");
        assert_eq!(server_words("2 × m7g.large to 40, then Lambda 1 GB arm, ALB"), "2 m7g.large");
    }
}
