//! What every provider's databases are asked, in every format: settings, user, database, version and disk.

use model::{Engine, ManagedSettings, Setting, Settings};

use crate::tree::Node;
use crate::{Part, Reasons};

/// GiB of disk at the least: what the smallest volumes of databases have (Amazon RDS user guide, "gp3 storage").
const DISK_GIB_LEAST: u64 = 20;

/// How a store is managed; `None` where a part is something else.
pub(crate) fn managed<'p>(part: &'p Part<'_>) -> Option<&'p ManagedSettings> {
    match &part.placement.configured {
        Settings::Managed(managed) => Some(managed),
        _ => None,
    }
}

/// The disk in GiB as planned, at least one.
pub(crate) fn gib_of(managed: &ManagedSettings) -> u64 {
    managed.storage.get().div_ceil(1 << 30).max(1)
}

/// The disk of a database in GiB.
pub(crate) fn gib(managed: &ManagedSettings) -> u64 {
    gib_of(managed).max(DISK_GIB_LEAST)
}

/// The user: the one that the image of the store is given, else a plain one.
pub(crate) fn user(why: Reasons<'_>, part: &Part<'_>) -> Node {
    let named = ["POSTGRES_USER", "MYSQL_USER", "MARIADB_USER", "MONGO_INITDB_ROOT_USERNAME"];
    match plain(part, &named).filter(|user| is_identifier(user)) {
        Some(user) => Node::from(user).why(why.definition(part)),
        None => Node::from("app").why("default: nobody says the user"),
    }
}

/// The database that the image of the store makes when it starts.
pub(crate) fn database(part: &Part<'_>) -> Option<String> {
    let named = ["POSTGRES_DB", "MYSQL_DATABASE", "MARIADB_DATABASE"];
    plain(part, &named).filter(|name| is_identifier(name))
}

/// The major version in the tag of a store's official image: `postgres:16-alpine` is 16.
pub(crate) fn version(part: &Part<'_>) -> Option<String> {
    let image = part.component.blueprint.as_ref()?.image.as_deref()?;
    let (name, tag) = image.rsplit_once(':')?;
    let short = name.rsplit('/').next().unwrap_or(name);
    let engine = part.component.engine.as_ref().and_then(model::Fact::get)?;
    let official =
        matches!((engine, short), (Engine::Postgres, "postgres") | (Engine::Mysql, "mysql"));
    let digits: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let parts = if engine == Engine::Mysql { 2 } else { 1 };
    let version: Vec<&str> = digits.split('.').filter(|n| !n.is_empty()).take(parts).collect();
    (official && version.len() == parts).then(|| version.join("."))
}

fn is_identifier(name: &str) -> bool {
    name.len() < 17
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Plain text of a variable of one of these names.
fn plain(part: &Part<'_>, names: &[&str]) -> Option<String> {
    part.environment().into_iter().find_map(|(name, value)| match value {
        Setting::Plain(text) if names.contains(&name) && !text.is_empty() => Some(text),
        _ => None,
    })
}
