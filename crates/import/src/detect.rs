//! Which files of a place are an application, and of which formats.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use source::Finding;

use crate::findings::{MANY_APPS, NO_APP};
use crate::project::{beside, normal};
use crate::{ALL, Confidence, Gathers, Importer};

/// Applications named in the message when there are several.
const NAMED_MAX: usize = 12;

/// A file that might be a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A format that was found and the files that are of it.
pub struct Detection {
    /// Who reads them.
    pub importer: &'static dyn Importer,
    /// Indices into the candidates, in their order.
    pub files: Vec<usize>,
}

/// Chooses the importers and their files. Our own format stands alone; other formats that describe the place
/// are read together, the more telling one first.
///
/// `Err` is the finding for a place without an application, or with several: it says what to name.
pub fn detect(place: &str, files: &[Candidate<'_>]) -> Result<Vec<Detection>, Box<Finding>> {
    let mut found: Vec<Detection> = Vec::new();
    for &importer in ALL {
        let sure = |c: &Candidate<'_>| importer.detects(c.path, c.text);
        let most = files.iter().map(sure).max().unwrap_or(Confidence::No);
        if most == Confidence::No {
            continue;
        }
        // Content alone counts where no file has the name, and beside names for what is gathered from many files.
        let least = if importer.gathers() == Gathers::Tree { Confidence::Content } else { most };
        let own = files.iter().enumerate().filter(|(_, c)| sure(c) >= least);
        found.push(Detection { importer, files: own.map(|(index, _)| index).collect() });
    }
    if let Some(native) = found.iter().position(|d| d.importer.name() == ALL[0].name()) {
        found = vec![found.swap_remove(native)];
    }
    nearest(place, files, &mut found)?;
    if found.is_empty() { Err(Box::new(nothing(place, files))) } else { Ok(found) }
}

/// Leaves the files nearest to the place; an application deeper down is another one.
fn nearest(
    place: &str,
    files: &[Candidate<'_>],
    found: &mut Vec<Detection>,
) -> Result<(), Box<Finding>> {
    let depth = |index: usize| normal(files[index].path).matches('/').count();
    let shallowest = |d: &Detection| d.files.iter().map(|&i| depth(i)).min().unwrap_or(0);
    let least = found.iter().map(shallowest).min().unwrap_or(0);
    found.retain(|d| d.importer.gathers() == Gathers::Tree || shallowest(d) <= least + 1);
    for detection in found.iter_mut() {
        let own = shallowest(detection);
        match detection.importer.gathers() {
            Gathers::Tree => continue,
            Gathers::File | Gathers::Folder => detection.files.retain(|&i| depth(i) == own),
        }
        if detection.importer.gathers() == Gathers::Folder {
            without_included(files, &mut detection.files);
        }
        let importer = detection.importer;
        let weight = |index: usize| importer.weighs(files[index].text);
        let holds = |by: usize, part: usize| {
            importer.holds(files[by].path, files[by].text, files[part].path)
        };
        let all = detection.files.clone();
        let is_one = |&part: &usize| {
            let nested = all.iter().any(|&by| by != part && holds(by, part));
            let nests = || all.iter().any(|&other| other != part && holds(part, other));
            !nested && (weight(part) > 0 || nests())
        };
        if all.len() > 1 && all.iter().any(is_one) {
            detection.files.retain(is_one);
        }
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for &index in &detection.files {
            let path = normal(files[index].path);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            let place = if detection.importer.gathers() == Gathers::File { path } else { folder };
            *places.entry(place).or_default() += 1;
        }
        // Files of our own format beside each other are told apart by the importer itself.
        if places.len() > 1 && detection.importer.name() != ALL[0].name() {
            let heaviest = detection.files.iter().copied().max_by_key(|&i| (weight(i), Reverse(i)));
            let first = heaviest.map_or(String::new(), |index| normal(files[index].path));
            let first = if places.contains_key(&first) {
                first
            } else {
                first.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
            };
            return Err(Box::new(several(
                &format!("`{place}`"),
                detection.importer.name(),
                Some(&first),
                places.keys(),
            )));
        }
    }
    Ok(())
}

/// Leaves out the folders whose files another folder's name: they are parts of that application.
fn without_included(all: &[Candidate<'_>], files: &mut Vec<usize>) {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(f, _)| f.to_owned());
    let names = |index: usize| -> Vec<String> {
        let Candidate { path, text } = all[index];
        let words = text.split(|c: char| c.is_whitespace() || "'\"[]{},".contains(c));
        let paths = words.filter(|word| matches!(word.rsplit('.').next(), Some("yml" | "yaml")));
        paths.map(|word| beside(path, word)).collect()
    };
    let own: Vec<(usize, String, Vec<String>)> =
        files.iter().map(|&i| (i, normal(all[i].path), names(i))).collect();
    let leads = |from: &str, to: &str| {
        let mut from_here = own.iter().filter(|(_, path, _)| folder(path) == from);
        from_here.any(|(_, _, named)| {
            named.iter().any(|name| folder(name) == to && own.iter().any(|(_, p, _)| p == name))
        })
    };
    let folders: BTreeSet<String> = own.iter().map(|(_, path, _)| folder(path)).collect();
    let included =
        |to: &String| folders.iter().any(|from| from != to && leads(from, to) && !leads(to, from));
    files.retain(|&i| !included(&folder(&normal(all[i].path))));
}

/// The finding for a place with several applications of a format.
pub(crate) fn several<'a>(
    place: &str,
    format: &str,
    first: Option<&str>,
    places: impl ExactSizeIterator<Item = &'a String>,
) -> Finding {
    let count = places.len();
    let mut names: Vec<String> = places.take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    if count > NAMED_MAX {
        names.push(format!("and {} more", count - NAMED_MAX));
    }
    Finding::error(MANY_APPS, format!("{place} holds {count} applications in {format}")).hint(
        match first {
            Some(first) => {
                format!("run `crossover plan {first}`, or name another of {}", names.join(", "))
            }
            None => format!("name one of them: {}", names.join(", ")),
        },
    )
}

fn nothing(place: &str, files: &[Candidate<'_>]) -> Finding {
    let names: Vec<String> =
        ALL.iter().flat_map(|i| i.looks_for()).map(|name| format!("`{name}`")).collect();
    let seen = match files {
        [] => "there are no definition files at all".to_owned(),
        [one] => format!("`{}` is none of them", one.path),
        many => format!("none of the {} files there is one", many.len()),
    };
    Finding::error(
        NO_APP,
        format!("no application in `{place}`: looked for {}; {seen}", names.join(", ")),
    )
    .hint("name the file or its directory, or write one with `crossover init`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Result<Vec<usize>, String> {
        let files: Vec<_> = files.iter().map(|&(path, text)| Candidate { path, text }).collect();
        let said = |f: Box<Finding>| format!("{}; {}", f.message, f.hint.unwrap_or_default());
        let found = detect("dir", &files).map_err(said)?;
        Ok(found.into_iter().flat_map(|d| d.files).collect())
    }

    #[test]
    fn a_name_is_surer_than_content() {
        let native = "name: a\ncomponents:\n";
        assert_eq!(found(&[("dir/app.yaml", native), ("dir/crossover.yaml", "")]), Ok(vec![1]));
        assert_eq!(found(&[("x.txt", "hello"), ("dir/app.yaml", native)]), Ok(vec![1]));
    }

    #[test]
    fn other_formats_have_components_too() {
        let openapi = "openapi: 3.0.0\ncomponents:\n  schemas: {}\n";
        let said = found(&[("dir/api.yaml", openapi)]).unwrap_err();
        assert!(said.contains("`dir/api.yaml` is none of them"), "{said}");
        assert!(found(&[("k.yaml", "apiVersion: v1\ncomponents:\n")]).is_err());
    }

    #[test]
    fn an_empty_place_says_what_was_looked_for() {
        let said = found(&[]).unwrap_err();
        assert!(said.starts_with("no application in `dir`: looked for `crossover.yaml`"), "{said}");
    }

    #[test]
    fn an_application_deeper_down_is_another_one() {
        let compose = "services:\n  a: { image: x }\n";
        let root = ("dir/compose.yaml", compose);
        assert_eq!(found(&[root, ("dir/examples/big/compose.yaml", compose)]), Ok(vec![0]));
        let said = found(&[("dir/a/compose.yaml", compose), ("dir/b/compose.yaml", compose)]);
        let said = said.unwrap_err();
        assert!(said.contains("holds 2 applications in compose"), "{said}");
        assert!(said.contains("run `crossover plan dir/a`, or name another"), "{said}");
        assert!(said.contains("`dir/a`, `dir/b`"), "{said}");
    }

    #[test]
    fn a_folder_that_another_includes_is_no_application_of_its_own() {
        let part = "services:\n  a: { image: x }\n";
        let whole = "include:\n  - '../cart/compose.yaml'\n  - ../pay/compose.yaml\nservices:\n  web: { image: x }\n";
        let cart = ("dir/cart/compose.yaml", part);
        let pay = ("dir/pay/compose.yaml", part);
        assert_eq!(found(&[("dir/all/compose.yaml", whole), cart, pay]), Ok(vec![0]));
        let said = found(&[("dir/all/compose.yaml", part), cart, pay]).unwrap_err();
        assert!(said.contains("holds 3 applications"), "{said}");
    }

    #[test]
    fn of_several_templates_those_that_run_nothing_are_left_out() {
        let function = "Resources:\n  F: { Type: AWS::Lambda::Function }\n";
        let network = "Resources:\n  V: { Type: AWS::EC2::VPC }\n";
        let table = "Resources:\n  T: { Type: AWS::DynamoDB::Table }\n";
        let main = "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: https://b.s3.amazonaws.com/table.yaml\n";
        assert_eq!(found(&[("d/vpc.yaml", network), ("d/app.yaml", function)]), Ok(vec![1]));
        assert_eq!(found(&[("d/table.yaml", table), ("d/main.yaml", main)]), Ok(vec![1]));
        let said = found(&[("d/a.yaml", table), ("d/b.yaml", function)]).unwrap_err();
        assert!(said.contains("run `crossover plan d/b.yaml`"), "{said}");
        let small = "service: a\nprovider: x\nfunctions: { a: { handler: a.h } }\n";
        let big =
            "service: b\nprovider: x\nfunctions: { a: { handler: a.h }, b: { handler: b.h } }\n";
        let said =
            found(&[("d/a/serverless.yml", small), ("d/b/serverless.yml", big)]).unwrap_err();
        assert!(said.contains("run `crossover plan d/b/serverless.yml`"), "{said}");
    }
}
