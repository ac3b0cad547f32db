//! APIs in front of functions: one for all where their paths are known, else one each.

use std::collections::{BTreeMap, BTreeSet};

use model::FrontDoor;

use super::{Stack, settings};
use crate::{Part, Plan};

/// What of an API leads to a part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Routes<'p> {
    /// All of it: it is the part's own.
    All,
    /// These paths and what is below them; others have the rest.
    Below(&'p [String]),
}

/// Kinds of APIs that several parts share: each of them says its paths, and no two say the same.
pub(super) fn shared<'p, 'a: 'p>(
    plan: &Plan<'_>,
    parts: impl Iterator<Item = &'p Part<'a>>,
) -> BTreeMap<FrontDoor, Option<String>> {
    let mut behind: BTreeMap<FrontDoor, Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts {
        if let Ok(function) = settings(plan, part) {
            behind.entry(function.front_door).or_default().push(part);
        }
    }
    let shares = |parts: &[&Part<'_>]| {
        let mut seen = BTreeSet::new();
        parts.len() > 1
            && parts.iter().all(|part| !part.component.paths.is_empty())
            && parts
                .iter()
                .flat_map(|part| &part.component.paths)
                .all(|path| is_path(path) && seen.insert(path.trim_end_matches('/')))
    };
    let apis = [FrontDoor::HttpApi, FrontDoor::RestApi, FrontDoor::Alb].into_iter();
    let common = apis.filter(|door| behind.get(door).is_some_and(|parts| shares(parts)));
    common.map(|door| (door, None)).collect()
}

/// Whether an API takes it as it is.
fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    path.starts_with('/') && !path.contains("//") && path.chars().all(plain)
}

impl Stack<'_, '_> {
    /// What of an API of this kind leads to a part.
    pub(crate) fn routes<'r>(&self, part: &'r Part<'_>, door: FrontDoor) -> Routes<'r> {
        if self.apis.contains_key(&door) {
            Routes::Below(&part.component.paths)
        } else {
            Routes::All
        }
    }

    /// The id of the API that this part shares, and whether it is the first that asks.
    pub(crate) fn common_api(&mut self, door: FrontDoor) -> (String, bool) {
        if let Some(Some(known)) = self.apis.get(&door) {
            return (known.clone(), false);
        }
        let id = self.ids.give("Api");
        self.apis.insert(door, Some(id.clone()));
        (id, true)
    }

    /// How many parts stand behind APIs of this kind.
    pub(crate) fn behind(&self, door: FrontDoor) -> usize {
        let parts = self.plan.of(self.dialect.target);
        let functions = parts.filter_map(|part| settings(self.plan, part).ok());
        functions.filter(|function| function.front_door == door).count()
    }
}

impl Routes<'_> {
    /// The paths as routes of an API: `None` is every path that no other route has, which REST APIs do not know.
    pub(crate) fn paths(&self, http: bool) -> Vec<Option<String>> {
        let all = || {
            if http { vec![None] } else { vec![Some("/".to_owned()), Some("/{proxy+}".to_owned())] }
        };
        let Self::Below(paths) = self else { return all() };
        let mut found = Vec::new();
        for path in *paths {
            match path.trim_end_matches('/') {
                "" => found.extend(all()),
                path => found.extend([Some(path.to_owned()), Some(format!("{path}/{{proxy+}}"))]),
            }
        }
        found
    }
}
