//! The memory of machine types that definitions ask for: templates name the type, the catalogue knows its size.

use catalog::{Missing, Prices};
use model::{App, Blueprint, Engine, Fact, Kind, Origin};
use units::Bytes;

use super::options::engine;
use super::services::{AWS, Services};

/// Gives every store whose definition names a machine type, and whose memory nobody declared, what that type holds.
/// Types that the catalogue has not stay as they were: assumed, with how to replace it.
pub fn declared_memory(app: &mut App, prices: Prices<'_>) -> Result<(), Missing> {
    for component in &mut app.components {
        let Some(engine) = engine(component).filter(|_| component.kind == Kind::Stateful) else {
            continue;
        };
        let machine = component.blueprint.as_ref().and_then(|blueprint| {
            let mut settings = blueprint.settings.iter();
            settings.find(|(name, _)| name == Blueprint::MACHINE).map(|(_, value)| value)
        });
        let (Some(machine), Fact::Assumed(_, origin)) = (machine, &component.memory) else {
            continue;
        };
        let service = service(&AWS, engine);
        let known = service.and_then(|service| prices.sizes(service).find(|s| s.name == *machine));
        let (Some(size), Some(span)) = (known, origin.span) else { continue };
        let origin =
            Origin { note: format!("the memory of `{machine}`"), ..Origin::declared(span) };
        component.memory = Fact::Known(holds(engine, size.memory, prices)?, origin);
    }
    Ok(())
}

/// The service whose sizes an engine has.
fn service(services: &Services, engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Postgres | Engine::Mysql => Some(services.database.service),
        Engine::Redis | Engine::Valkey | Engine::Memcached => Some(services.cache.service),
        _ => services.cluster(engine).map(|cluster| cluster.service),
    }
}

/// What fits into a node: caches keep part of its memory for themselves, which is added again where they are sized.
fn holds(engine: Engine, memory: Bytes, prices: Prices<'_>) -> Result<Bytes, Missing> {
    if !matches!(engine, Engine::Redis | Engine::Valkey) {
        return Ok(memory);
    }
    let reserved = prices.limit_number(AWS.cache.rows, "reserved_memory")?;
    Ok(Bytes::new((memory.get() as f64 * (1.0 - reserved / 100.0)).floor() as u64))
}
