//! A function as SAM, CloudFormation and serverless.yml describe it, and the component that it is.

pub(crate) mod schedule;
pub(crate) mod taking;

use model::{
    Architecture, Blueprint, Component, DoorChoice, Events, Fact, Kind, Need, Origin, Package,
    Right, Runtime, Setting, Steps, Trigger,
};
use source::{Finding, Span};
use units::{Bytes, Duration};

use self::schedule::Clock;
use crate::container::environment::{self, Set};
use crate::findings::{NOT_USED, UNKNOWN_NAME};
use crate::names::quoted;
use crate::{defaults, native};

/// What starts a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Its type as the format names it.
    pub name: String,
    /// What it means.
    pub sort: Sort,
    /// Where it stands.
    pub span: Span,
    /// What it is as a rule or a topic, where it is one that is known as a whole.
    pub trigger: Option<Trigger>,
    /// How its messages or records are taken, where that is said.
    pub taking: Option<Events>,
}

impl Event {
    /// One of which nothing more is known.
    pub(crate) fn new(name: &str, sort: Sort, span: Span) -> Self {
        Self { name: name.to_owned(), sort, span, trigger: None, taking: None }
    }
}

/// Sorts of events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sort {
    /// A client waits: path, and the front door that the event is one of.
    Http(Option<String>, Option<DoorChoice>),
    /// A client holds a connection.
    Socket,
    /// Messages of a queue.
    Queue,
    /// Records of a stream, in order.
    Stream,
    /// A clock.
    Clock(Vec<Clock>),
    /// Something that happened elsewhere; nobody waits.
    Notice,
}

/// Everything that is known of one function.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The name it goes by.
    pub id: String,
    /// Where it is declared.
    pub span: Span,
    /// As written, with its place.
    pub runtime: Option<(String, Span)>,
    /// Memory and the longest run, declared or by the platform.
    pub memory: Fact<Bytes>,
    /// The longest run.
    pub run_time_max: Fact<Duration>,
    /// Architectures, where they are declared.
    pub architecture: Option<(Architecture, Span)>,
    /// Archive or image.
    pub package: (Package, Span),
    /// Scratch disk.
    pub scratch: Option<Fact<Bytes>>,
    /// Environment.
    pub environment: Vec<Set>,
    /// What starts it.
    pub events: Vec<Event>,
    /// What it needs.
    pub needs: Vec<(Need, Span)>,
    /// The handler, the folder, the image.
    pub handler: Option<String>,
    /// Where the code is.
    pub code: Option<String>,
    /// The image, where it is one.
    pub image: Option<String>,
    /// What replaces the image's entry point and its arguments.
    pub command: (Vec<String>, Vec<String>),
    /// Of a durable function: how long its history is kept, where that is known, and where it says so.
    pub durable: Option<(Option<Duration>, Span)>,
    /// What its code may do to others' services.
    pub rights: Vec<Right>,
    /// Its layers.
    pub layers: Vec<Setting>,
    /// Whether it answers piece by piece.
    pub streams_answers: bool,
    /// What has no place here, in words.
    pub unheld: Vec<String>,
    /// Settings without a place of their own.
    pub settings: Vec<(String, String)>,
}

impl Part {
    /// The component it is.
    pub(crate) fn component(&self, findings: &mut Vec<Finding>) -> Component {
        let kind = self.kind();
        let mut component = defaults::component(&self.id, kind, Some(self.span));
        component.memory = self.memory.clone();
        component.run_time_max = Some(self.run_time_max.clone());
        component.scratch.clone_from(&self.scratch);
        component.concurrency = Fact::Assumed(
            1,
            Origin::platform_default(
                "a function serves one request at a time; write `concurrency`",
            ),
        );
        component.artifact.package = Fact::declared(self.package.0, self.package.1);
        if self.package.0 == Package::Image {
            component.artifact.size = defaults::image_size();
        }
        if let Some((text, span)) = &self.runtime {
            match native::runtime(text) {
                Ok(runtime) => component.runtime = Fact::declared(runtime, *span),
                Err(error) => {
                    let message = format!("{}: {} is not a runtime we know", self.id, quoted(text));
                    findings
                        .push(Finding::warning(UNKNOWN_NAME, message).at(*span).hint(error.hint));
                    component.runtime = Fact::declared(Runtime(text.to_lowercase()), *span);
                }
            }
        }
        if let Some((architecture, span)) = self.architecture {
            component.architectures = match architecture {
                // What runs on Arm was built for it; what runs on x86 is there by default more often than by choice.
                Architecture::Arm => Fact::declared(vec![Architecture::Arm], span),
                Architecture::X86 => component.architectures,
            };
        }
        for (need, span) in &self.needs {
            component.needs.insert(*need, Some(*span));
        }
        self.events_of(&mut component, findings);
        self.durable(&mut component, findings);
        component.blueprint = Some(Box::new(Blueprint {
            image: self.image.clone(),
            build: self.code.clone(),
            handler: self.handler.clone(),
            command: self.command.0.clone(),
            args: self.command.1.clone(),
            environment: environment::kept(&self.environment),
            events: self.events.iter().map(|event| event.name.clone()).collect(),
            rights: self.rights.clone(),
            layers: self.layers.clone(),
            streams_answers: self.streams_answers,
            triggers: self.events.iter().filter_map(|event| event.trigger.clone()).collect(),
            unheld: self.unheld.clone(),
            settings: self.settings.clone(),
            ..Blueprint::default()
        }));
        component
    }

    /// A durable function runs in steps; how many, its code alone says.
    fn durable(&self, component: &mut Component, findings: &mut Vec<Finding>) {
        let Some((kept, span)) = self.durable else { return };
        let (message, hint) = if matches!(component.kind, Kind::Worker | Kind::Cron) {
            component.steps = Some(Steps {
                kept: kept.map(|kept| Fact::declared(kept, span)),
                span: Some(span),
                ..native::steps::plain(1)
            });
            (
                "a durable function is planned with one step and one wait: its steps stand in its code",
                format!("write `--set '{}.steps={{ count: 4, pauses: 1 }}'` and `wait`", self.id),
            )
        } else {
            (
                "a durable function that clients wait for is planned in one piece",
                "if nobody waits for its end, write it into `crossover.yaml` as `kind: worker` with `steps`"
                    .to_owned(),
            )
        };
        let message = format!("{}: {message}", self.id);
        findings.push(Finding::warning(NOT_USED, message).at(span).hint(hint));
    }

    /// Whoever waits decides; then order, then messages; a clock only if nothing else starts it.
    fn kind(&self) -> Kind {
        let any = |is: fn(&Sort) -> bool| self.events.iter().any(|event| is(&event.sort));
        if any(|sort| matches!(sort, Sort::Http(..) | Sort::Socket)) {
            Kind::Http
        } else if any(|sort| matches!(sort, Sort::Stream)) {
            Kind::Stream
        } else if any(|sort| matches!(sort, Sort::Queue | Sort::Notice)) {
            Kind::Worker
        } else if any(|sort| matches!(sort, Sort::Clock(_))) {
            Kind::Cron
        } else {
            Kind::Worker
        }
    }

    fn events_of(&self, component: &mut Component, findings: &mut Vec<Finding>) {
        for event in &self.events {
            match &event.sort {
                Sort::Http(path, door) => {
                    component.public = Fact::declared(true, event.span);
                    if let Some(door) = door {
                        component.front_door.get_or_insert((*door, Some(event.span)));
                    }
                    if let Some(prefix) = path.as_deref().map(prefix)
                        && !component.paths.contains(&prefix)
                    {
                        component.paths.push(prefix);
                    }
                }
                Sort::Socket => component.needs.insert(Need::WebSockets, Some(event.span)),
                Sort::Queue | Sort::Stream | Sort::Clock(_) | Sort::Notice => {}
            }
        }
        for taking in self.events.iter().filter_map(|event| event.taking.as_ref()) {
            taking::joined(component.events.get_or_insert_default(), taking);
        }
        let notice = self.events.iter().find(|event| event.sort == Sort::Notice);
        let waits = self.events.iter().any(|event| event.sort == Sort::Queue);
        if let Some(notice) = notice.filter(|_| component.kind == Kind::Worker && !waits) {
            let events = component.events.get_or_insert_default();
            events.notices = true;
            events.span.get_or_insert(notice.span);
        }
        self.clocks(component, findings);
        component.paths.sort();
    }

    /// One schedule is planned, and only where nothing else starts the function; the rest is said.
    fn clocks(&self, component: &mut Component, findings: &mut Vec<Finding>) {
        let all = self.events.iter().filter_map(|event| match &event.sort {
            Sort::Clock(clocks) => Some(clocks),
            _ => None,
        });
        let all: Vec<&Clock> = all.flatten().collect();
        let Some(first) = all.iter().find(|clock| clock.off.is_none()).or(all.first()) else {
            return;
        };
        if component.kind != Kind::Cron {
            let message =
                format!("{}: its schedule is not planned beside what else starts it", self.id);
            findings.push(Finding::note(NOT_USED, message).at(first.span));
            return;
        }
        component.load = schedule::load(&self.id, &first.expression, first.span, findings);
        let zone = first.zone.as_ref().map(|(zone, span)| (zone.as_str(), *span));
        schedule::not_planned(&self.id, zone, first.off, findings);
        if let Some(second) = all.iter().find(|clock| !std::ptr::eq(**clock, *first)) {
            let message = format!(
                "{}: of its {} schedules only {} is planned",
                self.id,
                all.len(),
                quoted(&first.expression)
            );
            findings.push(Finding::note(NOT_USED, message).at(second.span));
        }
    }
}

/// What a path begins with before its first variable: `/users/{id}` is `/users`, `/{proxy+}` is `/`.
fn prefix(path: &str) -> String {
    let fixed = path.split(['{', ':', '*', '$']).next().unwrap_or("");
    let fixed = fixed.trim_end_matches('/');
    if fixed.is_empty() {
        "/".to_owned()
    } else if fixed.starts_with('/') {
        fixed.to_owned()
    } else {
        format!("/{fixed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_before_their_variables() {
        for (path, expected) in [
            ("/users/{id}", "/users"),
            ("users", "/users"),
            ("/{proxy+}", "/"),
            ("/", "/"),
            ("*", "/"),
            ("/a/b/", "/a/b"),
        ] {
            assert_eq!(prefix(path), expected, "{path}");
        }
    }
}
