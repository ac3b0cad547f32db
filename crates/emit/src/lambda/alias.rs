//! What calls a function calls: the function itself, or the alias behind which environments are kept ready.

use super::{Function, Stack, attribute, filled, reference, resource};
use crate::Part;
use crate::hours::turns;
use crate::tree::{Node, list, map};

/// An alias that the format's tool makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias {
    /// Its id in the stack.
    pub id: String,
    /// Its name.
    pub name: &'static str,
}

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
        let (begins, ends) = turns(hours);
        let mut actions = vec![at("keep", begins.aws(), &most)];
        actions.extend(ends.map(|ends| at("release", ends.aws(), &none)));
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
