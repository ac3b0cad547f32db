//! The files of a project: which are there, and which of them another one may name.

use std::collections::BTreeMap;

use source::{FileId, SourceMap, Span};

/// Files that definitions may name beside those that were found; more is not a project but a mistake.
pub const REFERENCES_MAX: usize = 500;

/// The files that were read for one application.
#[derive(Debug)]
pub struct Project<'a> {
    /// Their texts.
    pub sources: &'a SourceMap,
    /// The folder that nothing may lead out of, as [`normal`] writes it.
    root: String,
    /// The folder that was named, from the root of the disk on; the one above where nobody told.
    place: String,
    by_path: BTreeMap<String, FileId>,
}

/// Folders whose names say nothing about the application in them.
const GENERIC: &[&str] = &[
    "k8s",
    "kubernetes",
    "k8s-specifications",
    "kubernetes-manifests",
    "kustomize",
    "manifests",
    "charts",
    "helm",
    "templates",
    "resources",
    "deploy",
    "deployment",
    "deployments",
    "base",
    "release",
    "overlays",
    "yaml",
    "docker",
    "docker-compose",
    "compose",
    "infra",
    "infrastructure",
    "config",
    "src",
];

/// A file that another one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it is named.
    pub span: Span,
    /// The path as written, relative to the file that names it.
    pub path: String,
}

/// Why a named file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The path leads out of the project.
    Outside,
    /// There is no such file, or it could not be read.
    Missing,
}

impl<'a> Project<'a> {
    /// Of the files in `sources`; paths that leave `root` are refused.
    pub fn new(sources: &'a SourceMap, root: &str) -> Self {
        let by_path = sources.files().map(|(id, file)| (normal(&file.path), id)).collect();
        Self { sources, root: normal(root), place: normal(root), by_path }
    }

    /// The same, with the folder that was named as the disk has it: `.` alone tells no name.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self { place: normal(place), ..self }
    }

    /// The file that `from` names by a relative path.
    pub fn beside(&self, from: FileId, relative: &str) -> Result<FileId, Absent> {
        let path = beside(&self.sources.file(from).path, relative);
        if !is_inside(&path, &self.root) {
            return Err(Absent::Outside);
        }
        self.by_path.get(&path).copied().ok_or(Absent::Missing)
    }

    /// The same for a file with variables; where it is not there, its example is, with its path.
    pub fn variables(
        &self,
        from: FileId,
        relative: &str,
    ) -> Result<(FileId, Option<String>), Absent> {
        let missing = match self.beside(from, relative) {
            Ok(file) => return Ok((file, None)),
            Err(missing) => missing,
        };
        let example = examples_of(relative)
            .into_iter()
            .find_map(|path| Some((self.beside(from, &path).ok()?, Some(path))));
        example.filter(|_| missing == Absent::Missing).ok_or(missing)
    }

    /// What the application is called after: the folder that was named, or the nearest above it whose name says
    /// something.
    pub fn name(&self) -> Option<&str> {
        telling(&self.place)
    }

    /// A file's path as people see it, from the project's folder on.
    pub fn shown(&self, file: FileId) -> String {
        let path = normal(&self.sources.file(file).path);
        let inside = path.strip_prefix(self.root.as_str()).unwrap_or(&path);
        inside.trim_start_matches('/').to_owned()
    }
}

/// Where teams keep the example of a file with variables that is not in the repository, the usual first.
pub fn examples_of(path: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let endings = ["example", "sample", "template", "dist", "default"];
    let mut names: Vec<String> = endings.iter().map(|end| format!("{file}.{end}")).collect();
    names.extend(endings.iter().map(|end| format!("{file}-{end}")));
    if file == ".env" {
        let more = [".example.env", "example.env", "sample.env", "env.example", "env.sample"];
        names.extend(more.map(str::to_owned));
    }
    let slash = if folder.is_empty() { "" } else { "/" };
    names.into_iter().map(|name| format!("{folder}{slash}{name}")).collect()
}

/// The last folder of a path whose name says something.
pub fn telling(folder: &str) -> Option<&str> {
    let says = |name: &&str| {
        !matches!(*name, "" | "." | "..") && !GENERIC.contains(&name.to_lowercase().as_str())
    };
    folder.rsplit('/').find(says)
}

/// The path that `from` means by `relative`, in the form of [`normal`].
pub fn beside(from: &str, relative: &str) -> String {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') || relative.chars().nth(1) == Some(':') {
        return normal(&relative);
    }
    let from = from.replace('\\', "/");
    match from.rsplit_once('/') {
        Some((folder, _)) => normal(&format!("{folder}/{relative}")),
        None => normal(&relative),
    }
}

/// A path with forward slashes and without `.` and needless `..`; the empty path is the current folder.
pub fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

/// Whether a normal path lies in a normal folder.
pub fn is_inside(path: &str, folder: &str) -> bool {
    if path.split('/').any(|part| part == "..") {
        return folder.split('/').filter(|part| *part == "..").count()
            >= path.split('/').filter(|part| *part == "..").count()
            && (folder.is_empty() || path.starts_with(&format!("{folder}/")));
    }
    match folder {
        "" => !path.starts_with('/'),
        "/" => path.starts_with('/'),
        folder => {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_relative_to_the_file_that_names_them() {
        for (from, relative, path) in [
            ("app/compose.yaml", "../common.yml", "common.yml"),
            ("app/compose.yaml", "./a/./b.yml", "app/a/b.yml"),
            ("compose.yaml", ".env", ".env"),
            ("/srv/app/compose.yaml", "../x.yml", "/srv/x.yml"),
            ("a\\b\\compose.yaml", "..\\x.yml", "a/x.yml"),
            ("compose.yaml", "../../etc/passwd", "../../etc/passwd"),
            ("compose.yaml", "/etc/passwd", "/etc/passwd"),
        ] {
            assert_eq!(beside(from, relative), path, "{from} {relative}");
        }
    }

    #[test]
    fn nothing_leads_out_of_the_project() {
        for (path, folder, inside) in [
            ("app/x.yml", "app", true),
            ("app2/x.yml", "app", false),
            ("x.yml", "", true),
            ("../x.yml", "", false),
            ("../app/x.yml", "../app", true),
            ("../../x.yml", "../app", false),
            ("/etc/passwd", "", false),
            ("/srv/app/x", "/srv/app", true),
            ("/srv/apple/x", "/srv/app", false),
        ] {
            assert_eq!(is_inside(path, folder), inside, "{path} in {folder}");
        }
    }

    #[test]
    fn an_application_is_called_after_the_folder_that_was_named() {
        let sources = SourceMap::default();
        for (root, place, name) in [
            ("", "/home/ann/shop", Some("shop")),
            ("", "/home/ann/shop/./K8s/", Some("shop")),
            ("/home/ann/mono", "/home/ann/mono/services/cart", Some("cart")),
            ("", "/home/ann/shop/deploy/../infra", Some("shop")),
            ("", "/", None),
        ] {
            assert_eq!(Project::new(&sources, root).at(place).name(), name, "{place}");
        }
        assert_eq!(Project::new(&sources, "shop").name(), Some("shop"));
        assert_eq!(Project::new(&sources, ".").name(), None);
    }

    #[test]
    fn a_project_finds_its_files_and_says_why_not() {
        let mut sources = SourceMap::default();
        let compose = sources.add("./app/compose.yaml", "");
        let common = sources.add("./app/sub/common.yaml", "");
        let project = Project::new(&sources, "./app");
        assert_eq!(project.beside(compose, "sub/common.yaml"), Ok(common));
        assert_eq!(project.beside(common, "../compose.yaml"), Ok(compose));
        assert_eq!(project.beside(compose, "other.yaml"), Err(Absent::Missing));
        assert_eq!(project.beside(compose, "../secret.yaml"), Err(Absent::Outside));
        assert_eq!(project.shown(common), "sub/common.yaml");
    }
}
