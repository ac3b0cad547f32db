//! The environment of a container: what is secret in it, and whom it names.

use model::{Place, Setting, Variable, is_secret};
use source::Span;

/// Ends of names whose value leads to somebody.
const LEADS: &[&str] = &[
    "HOST",
    "HOSTS",
    "HOSTNAME",
    "ADDR",
    "ADDRS",
    "ADDRESS",
    "ADDRESSES",
    "URL",
    "URLS",
    "URI",
    "URIS",
    "ENDPOINT",
    "ENDPOINTS",
    "SERVER",
    "SERVERS",
    "BROKER",
    "BROKERS",
    "SERVICE",
    "DSN",
    "LINK",
    "NODE",
    "NODES",
    "UPSTREAM",
    "BACKEND",
    "CONNECT",
    "CONNECTION",
    "DATABASE",
];
/// One variable as an importer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    /// Its name.
    pub name: String,
    /// Its value, where it is text; else the name of what it comes from.
    pub value: Source,
    /// Where it stands.
    pub span: Span,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// It is written here.
    Text(String),
    /// It stands in a secret, if it is known in which.
    Secret(Option<Place>),
    /// It stands elsewhere: a config map, the shell, another resource.
    Elsewhere(Place),
}

/// As the blueprint keeps it: without secrets, sorted by name.
pub(crate) fn kept(environment: &[Set]) -> Vec<Variable> {
    let mut all: Vec<Variable> = environment
        .iter()
        .map(|set| Variable {
            name: set.name.clone(),
            value: match &set.value {
                Source::Text(text) if is_secret(&set.name, text) => Setting::Secret(None),
                Source::Text(text) => Setting::Plain(text.clone()),
                Source::Secret(place) => Setting::Secret(place.clone()),
                Source::Elsewhere(place) => Setting::From(place.clone()),
            },
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    all
}

/// Names of hosts in a value that lead somewhere: `redis` in `redis:6379`, `http://redis`, and where the
/// variable's name says so, in `redis` alone.
pub(crate) fn hosts<'t>(name: &str, value: &'t str) -> Vec<&'t str> {
    let upper = name.to_uppercase();
    let leads = upper.split(['_', '-', '.']).any(|part| LEADS.contains(&part))
        || LEADS.iter().any(|end| upper.ends_with(end));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_name(c)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        let has_port =
            after.strip_prefix(':').is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        let is_authority = before.ends_with("//") || before.ends_with('@');
        let alone = leads
            && (before.is_empty() || before.ends_with([',', ' ', ';', '(', '=']))
            && (after.is_empty() || after.starts_with([',', ' ', ';', ')']));
        if has_port || is_authority || alone {
            // `user:5` before an `@` is a login.
            let login = after.split(['/', '?', ' ']).next().is_some_and(|part| part.contains('@'));
            if !login {
                found.push(token);
            }
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lead_to_hosts() {
        for (name, value, expected) in [
            ("REDIS_ADDR", "redis-cart:6379", vec!["redis-cart"]),
            ("DATABASE_URL", "postgres://user:pass@db:5432/shop", vec!["db"]),
            ("DB_HOST", "db", vec!["db"]),
            ("DB_USER", "db", vec![]),
            ("BROKERS", "kafka-1:9092,kafka-2:9092", vec!["kafka-1", "kafka-2"]),
            (
                "CATALOG",
                "http://catalog.shop.svc.cluster.local/items",
                vec!["catalog.shop.svc.cluster.local"],
            ),
            ("JDBC", "jdbc:mysql://mysql:3306/x?useSSL=false", vec!["mysql"]),
            ("MODE", "api", vec![]),
            ("TIME", "12:30", vec!["12"]),
            ("AMQP", "amqp://guest:guest@rabbitmq", vec!["rabbitmq"]),
            ("ELASTICSEARCH_HOSTS", r#"["http://elasticsearch:9200"]"#, vec!["elasticsearch"]),
            ("WORDPRESS_DB_HOST", "mysql", vec!["mysql"]),
        ] {
            assert_eq!(hosts(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn secrets_are_not_kept() {
        let span = Span::new(source::FileId(0), 0, 0);
        let set = |name: &str, text: &str| Set {
            name: name.to_owned(),
            value: Source::Text(text.to_owned()),
            span,
        };
        let kept = kept(&[
            set("PORT", "8080"),
            set("DB_PASSWORD", "hunter2"),
            set("DATABASE_URL", "postgres://u:p@db/x"),
            set("API_KEY", "abc"),
            set("KEYCLOAK_URL", "http://keycloak:8080"),
        ]);
        let plain: Vec<&str> = kept
            .iter()
            .filter(|v| !matches!(v.value, Setting::Secret(_)))
            .map(|v| v.name.as_str())
            .collect();
        assert_eq!(plain, ["KEYCLOAK_URL", "PORT"]);
        assert!(!format!("{kept:?}").contains("hunter2"));
    }
}
