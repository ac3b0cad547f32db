//! `--placement`: where each part goes and, of a saved plan, how.

use std::path::Path;

use model::{App, Placement, PlatformId, Settings};
use platforms::{Family, Platform};
use report::json::Saved;
use source::yaml::Node;

use crate::app::has_errors;
use crate::inputs::{InputError, Inputs};

/// What a file of placements gives.
#[derive(Debug)]
pub(super) enum Given {
    /// A saved plan: where each part goes, and every size.
    Plan(Saved),
    /// Platforms by component; sizes are left to a plan.
    Platforms(Vec<(String, PlatformId)>),
}

/// Reads a file of placements for an application.
pub(super) fn read(path: &Path, app: &App, inputs: &mut Inputs) -> anyhow::Result<Given> {
    let file = inputs.definition(path)?;
    let wrong = |what: String| {
        let hint = "give a plan made with `crossover plan --format json`, or lines of `component: platform`";
        InputError::error(format!("{}: {what}", path.display()), hint)
    };
    let (documents, findings) = source::yaml::parse(&inputs.map, file);
    let Some(root) = documents.first().filter(|_| !has_errors(&findings)) else {
        return Err(wrong("it cannot be read".to_owned()));
    };
    let Some(answer) = root.get("answer") else {
        let pairs = root.entries().iter().map(|(key, value)| (key.text(), value.text()));
        return pairs_of(pairs, app).map(Given::Platforms).map_err(wrong);
    };
    let text = &inputs.map.file(file).text;
    if let Some(saved) = report::json::saved(text, &|name| by_name(name).map(Platform::id))
        .map_err(|what| wrong(format!("it is no saved plan: {what}")))?
    {
        sound(&saved.placements, app).map_err(wrong)?;
        return Ok(Given::Plan(saved));
    }
    // Plans of earlier versions have no sizes.
    let places = answer.get("placements").map(Node::items).unwrap_or_default();
    let text = |node: &'_ Node, key| node.get(key).and_then(Node::text).map(str::to_owned);
    let pairs: Vec<_> =
        places.iter().map(|node| (text(node, "component"), text(node, "platform"))).collect();
    let pairs = pairs.iter().map(|(id, platform)| (id.as_deref(), platform.as_deref()));
    pairs_of(pairs, app).map(Given::Platforms).map_err(wrong)
}

fn by_name(name: &str) -> Option<&'static dyn Platform> {
    platforms::ALL.iter().copied().find(|platform| platform.id().0 == name)
}

/// Components and platforms that are known.
fn pairs_of<'a>(
    pairs: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    app: &App,
) -> Result<Vec<(String, PlatformId)>, String> {
    let mut found = Vec::new();
    for pair in pairs {
        let (Some(id), Some(name)) = pair else {
            return Err("it is no list of components and platforms".to_owned());
        };
        let platform = by_name(name).ok_or_else(|| format!("there is no platform `{name}`"))?;
        app.component(id).ok_or_else(|| format!("there is no component `{id}`"))?;
        found.push((id.to_owned(), platform.id()));
    }
    if found.is_empty() { Err("it places nothing".to_owned()) } else { Ok(found) }
}

/// Whether a saved plan places components that there are, each with sizes of its platform's kind.
fn sound(placements: &[Placement], app: &App) -> Result<(), String> {
    if placements.is_empty() {
        return Err("it places nothing".to_owned());
    }
    for (number, placement) in placements.iter().enumerate() {
        let id = placement.component.as_str();
        app.component(id).ok_or_else(|| format!("there is no component `{id}`"))?;
        if placements.iter().take(number).any(|other| other.component == id) {
            return Err(format!("it places `{id}` twice"));
        }
        let family = by_name(placement.platform.0).map(Platform::family);
        let fits = matches!(
            (&placement.configured, family),
            (
                Settings::Function(_) | Settings::Task(_) | Settings::Instance(_),
                Some(Family::Serverless)
            ) | (Settings::Pod(_), Some(Family::Kubernetes))
                | (Settings::Server(_), Some(Family::Servers))
                | (Settings::Managed(_), Some(Family::Managed))
        );
        if !fits {
            return Err(format!(
                "the sizes of `{id}` are not those of {}: plan it there first",
                placement.platform
            ));
        }
    }
    Ok(())
}

/// What of a saved plan no longer fits what it was made from, a warning each.
pub(super) fn odd(saved: &Saved, app: &App, inputs: &Inputs) -> String {
    let mut text = String::new();
    for file in &inputs.files {
        let then = saved.inputs.iter().find(|(path, _)| *path == file.path);
        if then.is_some_and(|(_, sha256)| *sha256 != file.sha256) {
            text.push_str(&format!(
                "warning: {} has changed since the plan was made; its sizes are carried out as they were\n",
                file.path
            ));
        }
    }
    for component in &app.components {
        if !saved.placements.iter().any(|placement| placement.component == component.id) {
            text.push_str(&format!(
                "warning: {}: the plan does not place it, and nothing is written for it\n",
                component.id
            ));
        }
    }
    text
}
