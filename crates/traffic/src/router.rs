//! Which component a logged request belongs to: by path, host, method and service.

use model::{App, Load};
use source::Finding;

use crate::findings;
use crate::path;

/// Sends requests to components by the most specific rule that fits: a host before none, then the longest prefix of
/// whole segments, then a method before none.
#[derive(Debug, Clone, Default)]
pub struct Router {
    targets: Vec<String>,
    /// Most specific first.
    rules: Vec<(Rule, usize)>,
    /// Service names and their targets.
    services: Vec<(String, usize)>,
    /// Takes what fits no rule.
    rest: Option<usize>,
}

/// What a request must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    host: Host,
    /// Without a slash at its end.
    prefix: Vec<u8>,
    /// In capitals.
    method: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    Any,
    /// `*.shop.example`, without the star.
    Under(Vec<u8>),
    Exact(Vec<u8>),
}

/// What of a request decides where it belongs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Request<'r> {
    /// As the log writes it.
    pub(crate) method: &'r [u8],
    /// Without a port.
    pub(crate) host: &'r [u8],
    /// As [`path::bare`] leaves it.
    pub(crate) path: &'r [u8],
    /// As [`crate::service::name`] leaves it.
    pub(crate) service: &'r [u8],
}

impl Router {
    /// From the `paths` of an application's components. A component with `load: routed` and no paths takes what
    /// fits nothing else, if it is the only one. A component's own name fits the service of that name.
    ///
    /// A path is `/api`, `POST /api`, `//shop.example/api`, `//*.shop.example` or `service:cart`.
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
                match router.add(written, target) {
                    Ok(()) => {}
                    Err(Refused::Wildcard(used)) => {
                        found.push(findings::wildcard(
                            &component.id,
                            written,
                            &used,
                            component.span,
                        ));
                    }
                    Err(Refused::Taken(other, prefix)) => {
                        let other = &router.targets[other];
                        let place = component.span;
                        found.push(findings::same_prefix(&prefix, other, &component.id, place));
                    }
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
        router.sort();
        (router, found)
    }

    /// Everything belongs to one component: the trace that its definition names.
    pub fn all_to(id: &str) -> Self {
        Self { targets: vec![id.to_owned()], rest: Some(0), ..Self::default() }
    }

    /// From rules by hand: (component, rule as in `paths`).
    pub fn by_rules<'r>(rules: impl IntoIterator<Item = (&'r str, &'r str)>) -> Self {
        let mut router = Self::default();
        for (id, written) in rules {
            let known = router.targets.iter().position(|target| target == id);
            let target = known.unwrap_or_else(|| {
                router.targets.push(id.to_owned());
                router.targets.len() - 1
            });
            // Of two equal rules the first one counts.
            let _: Result<(), Refused> = router.add(written, target);
        }
        router.sort();
        router
    }

    /// The components that requests can be sent to.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    fn add(&mut self, written: &str, target: usize) -> Result<(), Refused> {
        let written = written.trim();
        for key in ["service:", "function:"] {
            if let Some(name) = written.strip_prefix(key) {
                self.services.push((name.trim().to_owned(), target));
                return Ok(());
            }
        }
        let method = written
            .split_once(' ')
            .filter(|(word, _)| word.bytes().all(|b| b.is_ascii_uppercase()));
        let (method, place) = method.map_or((None, written), |(word, rest)| {
            (Some(word.as_bytes().to_vec()), rest.trim_start())
        });
        let url =
            place.split_once("://").map(|(_, rest)| rest).or_else(|| place.strip_prefix("//"));
        let (host, place) = url.map_or((Host::Any, place), |url| {
            let (host, path) = url.find('/').map_or((url, "/"), |at| url.split_at(at));
            let host = path::without_port(host.as_bytes()).to_ascii_lowercase();
            match host.strip_prefix(b"*") {
                Some(under) => (Host::Under(under.to_vec()), path),
                None => (Host::Exact(host), path),
            }
        });
        let (prefix, whole) = prefix(place);
        let rule = Rule { host, prefix: prefix.clone().into_bytes(), method };
        match self.rules.iter().find(|(other, _)| *other == rule) {
            Some((_, other)) if *other == target => {}
            Some((_, other)) => return Err(Refused::Taken(*other, prefix)),
            None => self.rules.push((rule, target)),
        }
        if whole { Ok(()) } else { Err(Refused::Wildcard(prefix)) }
    }

    fn sort(&mut self) {
        let exactness = |host: &Host| match host {
            Host::Any => 0,
            Host::Under(tail) => tail.len(),
            Host::Exact(_) => usize::MAX,
        };
        self.rules.sort_by(|(a, _), (b, _)| {
            exactness(&b.host)
                .cmp(&exactness(&a.host))
                .then(b.prefix.len().cmp(&a.prefix.len()))
                .then(b.method.is_some().cmp(&a.method.is_some()))
                .then(a.cmp(b))
        });
    }

    /// The component of a request, as an index into [`Router::targets`]. Requests that tell nothing belong to the
    /// component that takes the rest, or to the only one there is.
    #[inline]
    pub(crate) fn route(&self, request: &Request<'_>) -> Option<usize> {
        let named = || self.by_service(request.service);
        if request.path.is_empty() && request.service.is_empty() {
            return self.rest.or(if self.targets.len() == 1 { Some(0) } else { None });
        }
        let rule = self.rules.iter().find(|(rule, _)| rule.fits(request));
        rule.map(|(_, target)| *target).or_else(named).or(self.rest)
    }

    fn by_service(&self, service: &[u8]) -> Option<usize> {
        if service.is_empty() {
            return None;
        }
        let rule = self.services.iter().find(|(name, _)| name.as_bytes() == service);
        rule.map(|(_, target)| *target).or_else(|| {
            let ids = self.targets.iter().enumerate();
            // `shop-cart` is the service `cart` in the namespace `shop`.
            let fits = |id: &str| {
                let before = service.strip_suffix(id.as_bytes());
                before.is_some_and(|before| matches!(before.last(), None | Some(b'-')))
            };
            ids.filter(|(_, id)| fits(id)).max_by_key(|(_, id)| id.len()).map(|(target, _)| target)
        })
    }
}

impl Rule {
    #[inline]
    fn fits(&self, request: &Request<'_>) -> bool {
        let path = request.path.strip_prefix(self.prefix.as_slice());
        if request.path.is_empty() || !path.is_some_and(|p| matches!(p.first(), None | Some(b'/')))
        {
            return false;
        }
        let host = match &self.host {
            Host::Any => true,
            Host::Exact(host) => request.host.eq_ignore_ascii_case(host),
            Host::Under(tail) => {
                let start = request.host.len().saturating_sub(tail.len());
                request.host.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(tail))
            }
        };
        host && self.method.as_ref().is_none_or(|m| request.method.eq_ignore_ascii_case(m))
    }
}

/// Why a rule is not taken as it is written.
enum Refused {
    /// It has a wildcard inside: this is used.
    Wildcard(String),
    /// Another target has it.
    Taken(usize, String),
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
        of(router, &Request { path: path::bare(path.as_bytes()), ..Request::default() })
    }

    fn of(router: &Router, request: &Request<'_>) -> Option<String> {
        router.route(request).map(|target| router.targets()[target].clone())
    }

    #[test]
    fn hosts_methods_and_services_decide_too() {
        let parts = vec![
            routed("shop", &["//shop.example/", "/shop"]),
            routed("admin", &["//*.admin.example/x"]),
            routed("orders", &["POST /api/orders", "service:order-service"]),
            routed("api", &["/api"]),
        ];
        let (router, found) = Router::new(&app(parts, &[]));
        assert!(found.is_empty(), "{found:?}");
        for (method, host, path, service, id) in [
            ("GET", "shop.example", "/api", "", Some("shop")),
            ("GET", "SHOP.example", "/x", "", Some("shop")),
            ("GET", "other.example", "/x", "", None),
            ("GET", "a.admin.example", "/x/y", "", Some("admin")),
            ("GET", "a.admin.example", "/y", "", None),
            ("POST", "", "/api/orders/1", "", Some("orders")),
            ("GET", "", "/api/orders/1", "", Some("api")),
            ("GET", "", "/x", "order-service", Some("orders")),
            ("GET", "", "/x", "default-api", Some("api")),
            ("", "", "", "api", Some("api")),
            ("GET", "", "/x", "myapi", None),
        ] {
            let request = Request {
                method: method.as_bytes(),
                host: host.as_bytes(),
                path: path.as_bytes(),
                service: service.as_bytes(),
            };
            assert_eq!(of(&router, &request).as_deref(), id, "{method} {host} {path} {service}");
        }
        let router = Router::by_rules([("a", "/a"), ("b", "https://b.example"), ("a", "/c")]);
        assert_eq!(router.targets(), ["a", "b"]);
        assert_eq!(target(&router, "/c/d").as_deref(), Some("a"));
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
