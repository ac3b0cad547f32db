//! From the model to the published shape.

use model::Decision;
use source::{SourceMap, Span};
use units::{Date, Duration, Money, Share};

use crate::json::PLAN_SCHEMA;
use crate::json::plan as json;

/// The whole answer.
pub(super) fn plan(decision: &Decision, sources: &SourceMap) -> json::Plan {
    let from = From { sources };
    let d = decision;
    json::Plan {
        schema: PLAN_SCHEMA.to_owned(),
        app: json::App {
            name: d.app.name.clone(),
            region: d.app.region.clone(),
            components: d.app.components,
            requests_month: d.app.requests_month,
            traffic: d.app.traffic.clone(),
        },
        answer: from.answer(d),
        considered: d.considered.iter().map(|c| from.considered(c)).collect(),
        regions: d.regions.iter().map(|r| from.region(r)).collect(),
        options: d.options.iter().map(|o| from.tried(o)).collect(),
        invoices: d.invoices.iter().map(invoice).collect(),
        flips: d.flips.iter().map(flip).collect(),
        assumptions: d.assumptions.iter().map(|a| from.assumption(a)).collect(),
        left_out: d.left_out.iter().map(left_out).collect(),
        operating: d.operating.iter().map(operating).collect(),
        accounting: d.accounting.iter().map(accounting).collect(),
        charts: charts(&d.charts),
        findings: d.findings.iter().map(|f| from.finding(f)).collect(),
        provenance: provenance(&d.provenance),
    }
}

/// What needs the files to say where something stands.
struct From<'a> {
    sources: &'a SourceMap,
}

impl From<'_> {
    fn place(&self, span: Option<Span>) -> Option<String> {
        span.map(|span| self.sources.place(span))
    }

    fn reason(&self, r: &model::Reason) -> json::Reason {
        json::Reason {
            rule: r.rule.map(str::to_owned),
            text: r.text.clone(),
            place: self.place(r.span),
        }
    }

    fn reasons(&self, all: &[model::Reason]) -> Vec<json::Reason> {
        all.iter().map(|r| self.reason(r)).collect()
    }

    fn answer(&self, d: &Decision) -> json::Answer {
        json::Answer {
            verdict: d.verdict.map(|v| match v {
                model::Verdict::Serverless => json::Verdict::Serverless,
                model::Verdict::Kubernetes => json::Verdict::Kubernetes,
                model::Verdict::Servers => json::Verdict::Servers,
                model::Verdict::Hybrid => json::Verdict::Hybrid,
            }),
            headline: d.headline.clone(),
            cost_month: d.cost_month.map(|c| json::CostRange {
                expected: dollars(c.expected),
                low: dollars(c.low),
                high: dollars(c.high),
            }),
            confidence: d.confidence.map(Share::get),
            holds: d.holds.map(Share::get),
            measure_first: d.measure_first.as_ref().map(|m| json::Measurement {
                subject: m.subject.clone(),
                confidence: m.confidence.get(),
                remedy: m.remedy.clone(),
            }),
            outlook: d.outlook.map(|outlook| json::Outlook {
                months: outlook.months,
                cheapest: outlook.cheapest.get(),
                ends: outlook.ends.map(|(from, to)| json::Months { from, to }),
            }),
            free_tier_would_save: d.free_tier_would_save.map(dollars),
            marginal_cost_month: d.marginal_cost_month.map(dollars),
            placements: d.placements.iter().map(|p| self.placement(p)).collect(),
        }
    }

    fn placement(&self, p: &model::Placement) -> json::Placement {
        let settings = p.settings.iter();
        json::Placement {
            component: p.component.clone(),
            platform: p.platform.0.to_owned(),
            region: p.region.clone(),
            config: p.config.clone(),
            settings: settings
                .map(|(name, value)| json::Setting { name: name.clone(), value: value.clone() })
                .collect(),
            sizes: (&p.configured).into(),
            machines: p.machines.as_ref().map(Into::into),
            copies_most: p.copies_most,
            cost_month: dollars(p.cost_month),
            latency_ms: p.latency.map(latency),
            cold_fraction: p.cold_fraction.map(Share::get),
            decided_by: self.reason(&p.decided_by),
            reasons: self.reasons(&p.reasons),
        }
    }

    fn considered(&self, c: &model::Considered) -> json::Considered {
        let placement = c.placement.iter();
        json::Considered {
            name: c.name.clone(),
            outcome: outcome(c.chosen),
            feasible: c.chosen != model::Chosen::Impossible,
            cost_month: c.cost_month.map(dollars),
            operating_hours: c.operating_hours.map(finite),
            regret_month: c.regret_month.map(dollars),
            p99_ms: c.p99.map(Duration::millis_f64),
            placement: placement
                .map(|(component, place)| json::Place {
                    component: component.clone(),
                    r#where: place.clone(),
                })
                .collect(),
            why_not: self.reasons(&c.why_not),
        }
    }

    fn region(&self, r: &model::RegionTried) -> json::Region {
        json::Region {
            region: r.region.clone(),
            outcome: outcome(r.chosen),
            cost_month: r.cost_month.map(dollars),
            simulated: r.simulated,
            placement: r.placement.clone(),
            why_not: self.reasons(&r.why_not),
        }
    }

    fn tried(&self, o: &model::OptionTried) -> json::Tried {
        json::Tried {
            component: o.component.clone(),
            platform: o.platform.0.to_owned(),
            config: o.config.clone(),
            outcome: outcome(o.outcome),
            cost_month: o.cost_month.map(dollars),
            latency_ms: o.latency.map(latency),
            cold_fraction: o.cold_fraction.map(Share::get),
            why_not: self.reasons(&o.why_not),
        }
    }

    fn assumption(&self, a: &model::Assumption) -> json::Assumption {
        json::Assumption {
            subject: a.subject.clone(),
            value: a.value.clone(),
            origin: match a.origin {
                model::OriginKind::Declared => json::Origin::Declared,
                model::OriginKind::Measured => json::Origin::Measured,
                model::OriginKind::PlatformDefault => json::Origin::PlatformDefault,
                model::OriginKind::Assumed => json::Origin::Assumed,
            },
            effect: a.effect.clone(),
            cost_swing: a.cost_swing.map(dollars),
            changes_answer: a.changes_answer,
            remedy: a.remedy.clone(),
            place: self.place(a.span),
        }
    }

    fn finding(&self, f: &source::Finding) -> json::Finding {
        let labels = f.labels.iter().map(|label| {
            let (line, column) = self.sources.line_column(label.span);
            let path = self.sources.file(label.span.file).path.clone();
            json::Label { path, line, column, text: label.text.clone() }
        });
        json::Finding {
            id: f.id.to_owned(),
            severity: match f.severity {
                source::Severity::Note => json::Severity::Note,
                source::Severity::Warning => json::Severity::Warning,
                source::Severity::Error => json::Severity::Error,
            },
            message: f.message.clone(),
            labels: labels.collect(),
            hint: f.hint.clone(),
        }
    }
}

fn dollars(money: Money) -> json::Dollars {
    json::Dollars(money.to_decimal())
}

fn day(date: Date) -> json::Day {
    json::Day(date.to_string())
}

/// JSON has no infinity; a value that is not finite is a bug elsewhere and shows as 0 here.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

fn latency(l: model::LatencySummary) -> json::LatencyMs {
    json::LatencyMs { p50: l.p50.millis_f64(), p95: l.p95.millis_f64(), p99: l.p99.millis_f64() }
}

const fn outcome(chosen: model::Chosen) -> json::Outcome {
    match chosen {
        model::Chosen::Yes => json::Outcome::Chosen,
        model::Chosen::Beaten => json::Outcome::Beaten,
        model::Chosen::Impossible => json::Outcome::Impossible,
    }
}

fn invoice(invoice: &model::Invoice) -> json::Invoice {
    let lines = invoice.lines.iter().map(|line| json::InvoiceLine {
        item: line.item.clone(),
        component: line.component.clone(),
        quantity: finite(line.quantity.to_f64()),
        unit: line.unit.clone(),
        unit_price: dollars(line.unit_price.money()),
        amount: dollars(line.amount),
        source: line.source.clone(),
        date: line.date.map(day),
    });
    json::Invoice {
        platform: invoice.platform.0.to_owned(),
        total: dollars(invoice.total()),
        lines: lines.collect(),
    }
}

fn flip(f: &model::Flip) -> json::Flip {
    json::Flip {
        scope: f.scope.clone(),
        variable: match f.variable {
            model::FlipVariable::Traffic => json::FlipVariable::Traffic,
            model::FlipVariable::Price => json::FlipVariable::Price,
            model::FlipVariable::Slo => json::FlipVariable::Slo,
            model::FlipVariable::CpuTime => json::FlipVariable::CpuTime,
            model::FlipVariable::Duration => json::FlipVariable::Duration,
            model::FlipVariable::WaitTime => json::FlipVariable::WaitTime,
            model::FlipVariable::Memory => json::FlipVariable::Memory,
            model::FlipVariable::PackageSize => json::FlipVariable::PackageSize,
        },
        factor: finite(f.factor),
        at: f.at.clone(),
        factor_low: f.band.map(|b| finite(b.0)),
        factor_high: f.band.map(|b| finite(b.1)),
        from: f.from.clone(),
        to: f.to.clone(),
    }
}

/// A flip as it was saved, the model's again.
pub(crate) fn saved_flip(f: &json::Flip) -> model::Flip {
    model::Flip {
        scope: f.scope.clone(),
        variable: match f.variable {
            json::FlipVariable::Traffic => model::FlipVariable::Traffic,
            json::FlipVariable::Price => model::FlipVariable::Price,
            json::FlipVariable::Slo => model::FlipVariable::Slo,
            json::FlipVariable::CpuTime => model::FlipVariable::CpuTime,
            json::FlipVariable::Duration => model::FlipVariable::Duration,
            json::FlipVariable::WaitTime => model::FlipVariable::WaitTime,
            json::FlipVariable::Memory => model::FlipVariable::Memory,
            json::FlipVariable::PackageSize => model::FlipVariable::PackageSize,
        },
        factor: f.factor,
        at: f.at.clone(),
        band: f.factor_low.zip(f.factor_high),
        from: f.from.clone(),
        to: f.to.clone(),
    }
}

fn left_out(l: &model::LeftOut) -> json::LeftOut {
    let adds = l.adds.iter();
    json::LeftOut {
        item: l.item.clone(),
        adds: adds
            .map(|(name, m)| json::Added { name: name.clone(), cost_month: dollars(*m) })
            .collect(),
        break_even: l.break_even.clone(),
        note: l.note.clone(),
    }
}

fn operating(o: &model::OperatingCost) -> json::Operating {
    json::Operating {
        name: o.name.clone(),
        hours: finite(o.hours),
        cost_month: dollars(o.cost_month),
        basis: o.basis.clone(),
    }
}

fn accounting(a: &model::Accounting) -> json::Accounting {
    json::Accounting {
        component: a.component.clone(),
        arrivals: a.arrivals,
        served: a.served,
        rejected: a.rejected,
        in_flight: a.in_flight,
        replayed: a.replayed.clone(),
    }
}

fn charts(c: &model::Charts) -> json::Charts {
    let cost = c.cost.iter().map(|curve| json::CostCurve {
        name: curve.name.clone(),
        points: curve
            .points
            .iter()
            .map(|(f, m)| json::CostPoint { factor: finite(*f), cost_month: dollars(*m) })
            .collect(),
    });
    let latency = c.latency.iter().map(|curve| json::LatencyCurve {
        component: curve.component.clone(),
        name: curve.name.clone(),
        points: curve
            .points
            .iter()
            .map(|(d, s)| json::LatencyPoint { latency_ms: d.millis_f64(), share: finite(*s) })
            .collect(),
    });
    let day = c.day.iter().map(|series| json::DaySeries {
        component: series.component.clone(),
        name: series.name.clone(),
        step_ms: series.step.millis_f64(),
        requests: series.requests.clone(),
        instances: series.instances.clone(),
        cold_starts: series.cold_starts.clone(),
    });
    let slo = c.slo.iter().map(|line| json::SloLine {
        component: line.component.clone(),
        share: finite(line.share),
        limit_ms: line.limit.millis_f64(),
    });
    json::Charts {
        cost: cost.collect(),
        latency: latency.collect(),
        day: day.collect(),
        slo: slo.collect(),
    }
}

fn provenance(p: &model::Provenance) -> json::Provenance {
    let inputs = p.inputs.iter();
    json::Provenance {
        tool: p.tool.clone(),
        seed: p.seed,
        as_of: day(p.as_of),
        prices_observed: day(p.prices_observed),
        catalog_sha256: p.catalog_sha256.clone(),
        inputs: inputs
            .map(|i| json::InputFile { path: i.path.clone(), sha256: i.sha256.clone() })
            .collect(),
        simulated_requests: p.simulated_requests,
        exact: p.exact,
    }
}
