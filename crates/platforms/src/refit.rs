//! A configuration for a component that is a little other than the one it was made for: more memory, say.
//!
//! What [`Platform::options`](crate::Platform::options) would make anew, without looking at everything that it looks at: sizes that follow from the
//! component's memory are set to what it needs, and what no longer has room for it is none.

use model::{Component, Configuration, Kind, Settings};
use units::Bytes;

use crate::case::Case;
use crate::platform::Platform;
use crate::{aws_fargate, aws_lambda, container_options as common, cut, servers};

/// `configuration`, made for `was`, as it would be for the case's component; `None` if it cannot hold it.
pub fn refit(
    platform: &dyn Platform,
    case: &Case<'_>,
    configuration: &Configuration,
    was: &Component,
) -> Option<Configuration> {
    let component = case.component;
    if component.kind == Kind::Stateful || matches!(configuration.settings, Settings::Managed(_)) {
        // Stores are bought by size: the cheapest that does.
        return cut::options(platform, case).ok()?.into_iter().next();
    }
    let mut fitted = configuration.clone();
    let needed = common::memory(component);
    match &mut fitted.settings {
        Settings::Managed(_) => {}
        Settings::Server(settings) => settings.memory = servers::memory(case, settings.copies),
        Settings::Pod(settings) => settings.memory = needed,
        Settings::Task(settings) => {
            settings.memory = aws_fargate::sizes::memory(case.prices, settings.cpu, needed)?;
        }
        Settings::Function(settings) => {
            let least = |component: &Component| {
                let mib = aws_lambda::least_memory(&Case { component, ..*case }).ok()?;
                Some(Bytes::from_mib(mib as u64))
            };
            let (needed, was_needed) = (least(component)?, least(was)?);
            if settings.memory == was_needed || settings.memory < needed {
                settings.memory = needed;
            }
        }
        Settings::Instance(settings) => {
            if settings.memory < needed {
                return None;
            }
            settings.concurrency = settings.concurrency.min(common::concurrency(component));
        }
    }
    Some(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_fargate::AwsFargate;
    use crate::aws_lambda::AwsLambda;
    use crate::billing_scene::known;
    use crate::kubernetes::{Kubernetes, flavours};
    use crate::plain_scene::{app, case, component, flat};
    use crate::servers::EC2;

    /// An API with so much memory and so many requests at once in one instance.
    fn api(mib: u64, concurrency: u32) -> Component {
        let mut api = component("api", Kind::Http);
        api.memory = known(Bytes::from_mib(mib));
        api.concurrency = known(concurrency);
        api
    }

    #[test]
    fn what_is_refitted_is_what_would_be_tried_anew() {
        let (was, is) = (api(500, 10), api(1300, 2));
        let (app, load) = (app(vec![was.clone()]), flat(20.0));
        let now = case(&app, &is, &load);
        let platforms: [&dyn Platform; 4] =
            [&AwsLambda, &AwsFargate, &Kubernetes(&flavours::EKS), &EC2];
        for platform in platforms {
            let anew = cut::options(platform, &now).unwrap();
            let before = cut::options(platform, &case(&app, &was, &load)).unwrap();
            let among = |all: &[Configuration], one: &Configuration| {
                all.iter().any(|other| other.settings == one.settings)
            };
            let fitted = before.iter().filter_map(|made| refit(platform, &now, made, &was));
            let mut changed = fitted.filter(|fit| !among(&before, fit));
            assert!(changed.any(|fit| among(&anew, &fit)), "{}", platform.id());
        }
    }

    #[test]
    fn what_has_no_room_is_none() {
        let (was, is) = (api(500, 10), api(3000, 10));
        let (app, load) = (app(vec![was.clone()]), flat(1.0));
        // A quarter of a vCPU has at most 2 GB.
        let smallest = cut::options(&AwsFargate, &case(&app, &was, &load)).unwrap().remove(0);
        let fit = |component| refit(&AwsFargate, &case(&app, component, &load), &smallest, &was);
        assert_eq!(fit(&is), None);
        assert_eq!(fit(&was), Some(smallest.clone()));
    }
}
