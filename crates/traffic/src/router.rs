//! Which component a logged request belongs to, by its path.

use model::{App, Load};
use source::Finding;

use crate::findings;
use crate::path;

/// Sends requests to components by the longest prefix of whole segments that fits.
#[derive(Debug, Clone, Default)]
pub struct Router {
    targets: Vec<String>,
    /// (prefix without a slash at its end, target), longest first.
    prefixes: Vec<(Vec<u8>, usize)>,
    /// Takes what fits no prefix.
    rest: Option<usize>,
}

impl Router {
    /// From the `paths` of an application's components. A component with `load: routed` and no paths takes what
    /// fits nothing else, if it is the only one.
    pub fn new(app: &App) -> (Self, Vec<Finding>) {
        let mut router = Self::default();
        let mut found = Vec::new();
        let mut takers = Vec::new();
        for component in &app.components {
            let routed = matches!(component.load, Load::Routed);
            if component.paths.is_empty() && !routed {
                continue;
            }
            let target = router.targets.len();
            router.targets.push(component.id.clone());
            if component.paths.is_empty() {
                takers.push(target);
            }
            for written in &component.paths {
                let (prefix, whole) = prefix(written);
                if !whole {
                    found.push(findings::wildcard(&component.id, written, &prefix, component.span));
                }
                let taken = router.prefixes.iter().find(|(p, _)| *p == prefix.as_bytes());
                match taken.map(|(_, other)| *other) {
                    Some(other) if other == target => {}
                    Some(other) => {
                        let other = &router.targets[other];
                        let place = component.span;
                        found.push(findings::same_prefix(&prefix, other, &component.id, place));
                    }
                    None => router.prefixes.push((prefix.into_bytes(), target)),
                }
            }
        }
        match takers.as_slice() {
            [] => {}
            [only] => router.rest = Some(*only),
            several => {
                let ids: Vec<&str> = several.iter().map(|&t| router.targets[t].as_str()).collect();
                found.push(findings::several_without_paths(&ids));
            }
        }
        router.prefixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.cmp(b)));
        (router, found)
    }

    /// Everything belongs to one component: the trace that its definition names.
    pub fn all_to(id: &str) -> Self {
        Self { targets: vec![id.to_owned()], prefixes: Vec::new(), rest: Some(0) }
    }

    /// The components that requests can be sent to.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// The component of a path as [`path::bare`] leaves it, as an index into [`Router::targets`]. Requests
    /// without any path belong to the component that takes the rest, or to the only one there is.
    #[inline]
    pub(crate) fn route(&self, bare: &[u8]) -> Option<usize> {
        if bare.is_empty() {
            return self.rest.or(if self.targets.len() == 1 { Some(0) } else { None });
        }
        let fits = |prefix: &[u8]| {
            bare.strip_prefix(prefix).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
        };
        self.prefixes
            .iter()
            .find(|(prefix, _)| fits(prefix))
            .map(|(_, target)| *target)
            .or(self.rest)
    }
}

/// The prefix as it is compared, and whether nothing of it had to be left out: `/api/*`, `/api/` and `api`
/// mean `/api`; `/api/*/x` can only be followed up to the star.
fn prefix(written: &str) -> (String, bool) {
    let mut whole = true;
    let mut prefix = String::new();
    let bare = path::printable(path::bare(
        format!("/{}", written.trim().trim_start_matches('/')).as_bytes(),
    ));
    let segments: Vec<&str> = bare.split('/').filter(|segment| !segment.is_empty()).collect();
    for (i, segment) in segments.iter().enumerate() {
        if segment.contains(['*', '{', '<']) || segment.starts_with(':') {
            whole = i + 1 == segments.len() && segment.trim_matches('*').is_empty();
            break;
        }
        prefix.push('/');
        prefix.push_str(segment);
    }
    (prefix, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::sample::{app, component};

    fn routed(id: &str, paths: &[&str]) -> model::Component {
        let mut component = component(id, Load::Routed);
        component.paths = paths.iter().map(|p| (*p).to_owned()).collect();
        component
    }

    fn target(router: &Router, path: &str) -> Option<String> {
        let bare = path::bare(path.as_bytes());
        router.route(bare).map(|target| router.targets()[target].clone())
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let parts = vec![
            routed("api", &["/api", "login"]),
            routed("chat", &["/api/chat/"]),
            routed("thumb", &["/img/*"]),
        ];
        let (router, found) = Router::new(&app(parts, &[]));
        assert!(found.is_empty());
        for (path, id) in [
            ("/api", Some("api")),
            ("/api/", Some("api")),
            ("/api/x", Some("api")),
            ("/api?x=/api/chat", Some("api")),
            ("/apix", None),
            ("/api/chat", Some("chat")),
            ("/api/chat/1", Some("chat")),
            ("/api/chats", Some("api")),
            ("/login", Some("api")),
            ("/img/1.png", Some("thumb")),
            ("http://shop.example/img/1.png", Some("thumb")),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(target(&router, path).as_deref(), id, "{path}");
        }
    }

    #[test]
    fn one_component_without_paths_takes_the_rest() {
        let (router, found) =
            Router::new(&app(vec![routed("api", &["/api"]), routed("web", &[])], &[]));
        assert!(found.is_empty());
        assert_eq!(target(&router, "/about").as_deref(), Some("web"));
        assert_eq!(target(&router, "").as_deref(), Some("web"));
        let (router, found) = Router::new(&app(vec![routed("a", &[]), routed("b", &[])], &[]));
        assert_eq!(found[0].id, "TR010");
        assert_eq!(target(&router, "/about"), None);
    }

    #[test]
    fn the_root_takes_everything() {
        let (router, _) =
            Router::new(&app(vec![routed("api", &["/api"]), routed("web", &["/"])], &[]));
        assert_eq!(target(&router, "/x").as_deref(), Some("web"));
        assert_eq!(target(&router, "/api/x").as_deref(), Some("api"));
    }

    #[test]
    fn prefixes_that_cannot_be_told_apart_are_named() {
        let parts = vec![routed("a", &["/x", "/x/"]), routed("b", &["/x/*", "/y/{id}/z"])];
        let (router, found) = Router::new(&app(parts, &[]));
        assert_eq!(found.iter().map(|f| f.id).collect::<Vec<_>>(), ["TR009", "TR008"]);
        assert_eq!(target(&router, "/x/1").as_deref(), Some("a"));
        assert_eq!(target(&router, "/y/7/z").as_deref(), Some("b"));
    }

    #[test]
    fn a_trace_belongs_to_its_component_whole() {
        let router = Router::all_to("thumb");
        assert_eq!(target(&router, "/anything").as_deref(), Some("thumb"));
        assert_eq!(target(&router, "").as_deref(), Some("thumb"));
        assert_eq!(target(&Router::default(), "/x"), None);
    }
}
