//! What calls a function calls: the function itself, or the alias behind which environments are kept ready.

use model::WarmHours;

use super::{Function, Stack, attribute, filled, reference, resource};
use crate::Part;
use crate::tree::{Node, list, map};

/// An alias that the format's tool makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias {
    /// Its id in the stack.
    pub id: String,
    /// Its name.
    pub name: &'static str,
}

/// Names of days as schedules have them, Monday first.
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

impl Stack<'_, '_> {
    /// The ARN of what calls of a function go to.
    pub(crate) fn target(&self, function: &Function) -> Node {
        match (self.dialect.alias)(function) {
            Some(alias) => reference(&alias.id),
            None => attribute(&function.id, "Arn"),
        }
    }

    /// The address by which an API of the older kinds calls a function.
    pub(crate) fn address(&self, function: &Function) -> Node {
        let target = match (self.dialect.alias)(function) {
            Some(alias) => alias.id,
            None => format!("{}.Arn", function.id),
        };
        let path = format!("lambda:path/2015-03-31/functions/${{{target}}}/invocations");
        filled(format!("arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}"))
    }

    /// Environments that are kept ready in some hours only: a schedule sets how many there are.
    pub(crate) fn keep_by_the_hour(&mut self, part: &Part<'_>, function: &Function) {
        let (Some(kept), Some(hours)) = (&function.provisioned, function.warm_hours) else {
            return;
        };
        let Some(alias) = (self.dialect.alias)(function) else { return };
        let most = || Node { why: String::new(), ..kept.clone() };
        let none = || Node::from(0_u32);
        let at = |name: &str, schedule: String, count: &dyn Fn() -> Node| {
            map([
                ("ScheduledActionName", Node::from(name)),
                ("Schedule", schedule.into()),
                ("Timezone", "UTC".into()),
                ("ScalableTargetAction", map([("MinCapacity", count()), ("MaxCapacity", count())])),
            ])
        };
        let (begins, ends) = schedules(hours);
        let mut actions = vec![at("keep", begins, &most)];
        actions.extend(ends.map(|ends| at("release", ends, &none)));
        // "For certain resources, the minimum value allowed is 0. This includes Lambda provisioned concurrency",
        // `ScalableTargetAction`, Application Auto Scaling API reference.
        let properties = map([
            ("ServiceNamespace", Node::from("lambda")),
            ("ScalableDimension", "lambda:function:ProvisionedConcurrency".into()),
            ("ResourceId", filled(format!("function:${{{}}}:{}", function.id, alias.name))),
            ("MinCapacity", none()),
            ("MaxCapacity", kept.clone()),
            ("ScheduledActions", list(actions)),
        ]);
        let id = self.ids.beside(part, "Ready");
        let node = resource("AWS::ApplicationAutoScaling::ScalableTarget", properties);
        let why = self.why.plan(part, &format!("kept ready {hours}"));
        self.resources.set(id, node.with("DependsOn", alias.id).why(why));
    }
}

/// When they begin to be kept and when they are let go, in UTC; they are not let go where the next stretch begins at once.
pub(crate) fn schedules(hours: WarmHours) -> (String, Option<String>) {
    let begins: Vec<u8> = hours.days().collect();
    let from = u32::from(hours.from_hour());
    let length = hours.hours_of_week() / begins.len().max(1) as u32;
    let end = from + length;
    let later = (end / 24) as u8;
    let ends = begins.iter().map(|day| (day + later) % 7);
    let ends: Vec<u8> = ends.filter(|day| length < 24 || !begins.contains(day)).collect();
    let at = |hour: u32, days: &[u8]| {
        let mut days: Vec<usize> = days.iter().map(|day| usize::from(*day)).collect();
        days.sort_unstable();
        let names: Vec<&str> = days.iter().map(|day| DAYS[*day]).collect();
        format!("cron(0 {hour} ? * {} *)", names.join(","))
    };
    let released = (!ends.is_empty()).then(|| at(end % 24, &ends));
    (at(from, &begins), released)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_cover_the_hours() {
        for (hours, begins, ends) in [
            (
                WarmHours::new(0, 5, 7, 13),
                "7 ? * MON,TUE,WED,THU,FRI",
                Some("20 ? * MON,TUE,WED,THU,FRI"),
            ),
            (WarmHours::new(0, 2, 22, 6), "22 ? * MON,TUE", Some("4 ? * TUE,WED")),
            (WarmHours::new(6, 1, 23, 1), "23 ? * SUN", Some("0 ? * MON")),
            // Three days without a break: they end once.
            (WarmHours::new(5, 3, 20, 24), "20 ? * MON,SAT,SUN", Some("20 ? * TUE")),
            (WarmHours::new(0, 7, 0, 24), "0 ? * MON,TUE,WED,THU,FRI,SAT,SUN", None),
        ] {
            let cron = |text: &str| format!("cron(0 {text} *)");
            assert_eq!(schedules(hours), (cron(begins), ends.map(cron)), "{hours}");
        }
    }
}
