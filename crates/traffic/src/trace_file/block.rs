//! The inside of a block: requests to columns and back.

use super::columns::{Cursor, put_column, put_number};
use super::{BLOCK_MAX, METHODS, ROUTE_BYTES_MAX, ROUTES_MAX, Stored, levels};

/// Units of time, the coarsest first: a block takes the first one in which all its moments are whole.
const UNITS_NS: [u64; 4] = [1_000_000_000, 1_000_000, 1_000, 1];

/// The bytes of a block of requests, which are put in order of time. `new_routes` are those that no earlier
/// block has named.
pub(super) fn encode(requests: &mut [Stored], finer: bool, new_routes: &[Vec<u8>]) -> Vec<u8> {
    // Equal moments in the order of the log, so that the same log gives the same bytes.
    requests.sort_by_key(|r| r.at_ns);
    let whole = |unit: &u64| requests.iter().all(|r| r.at_ns.is_multiple_of(*unit));
    let unit = UNITS_NS.iter().position(whole).unwrap_or(UNITS_NS.len() - 1);
    let mut out = vec![unit as u8, u8::from(finer)];
    let mut names = Vec::new();
    for route in new_routes {
        put_number(&mut names, route.len() as u64);
        names.extend_from_slice(route);
    }
    put_number(&mut out, new_routes.len() as u64);
    put_column(&mut out, &names);
    let mut times = Vec::with_capacity(requests.len() + 16);
    let mut last = 0;
    for request in requests.iter() {
        let at = request.at_ns / UNITS_NS[unit];
        put_number(&mut times, at - last);
        last = at;
    }
    put_column(&mut out, &times);
    put_wide(&mut out, requests.iter().map(|r| r.route));
    let order = by_route(requests);
    put_wide(&mut out, order.iter().map(|&i| requests[i as usize].status));
    put_column(&mut out, &order.iter().map(|&i| requests[i as usize].method).collect::<Vec<_>>());
    let order = by_route_and_answer(requests, order);
    put_wide(&mut out, order.iter().map(|&i| requests[i as usize].bytes_level));
    put_wide(&mut out, order.iter().map(|&i| requests[i as usize].duration_level));
    out
}

/// What a block holds.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) requests: Vec<Stored>,
    /// Whether the log told the time finer than to the second.
    pub(super) finer: bool,
    pub(super) new_routes: Vec<Vec<u8>>,
}

/// The requests of a block of `count`; `None` if the bytes are none that [`encode`] makes. `known` routes were
/// named before.
pub(super) fn decode(bytes: &[u8], count: usize, known: usize) -> Option<Decoded> {
    let mut cursor = Cursor::new(bytes);
    let &[unit, finer] = cursor.bytes(2)? else { return None };
    let unit = *UNITS_NS.get(usize::from(unit))?;
    if finer > 1 || count > BLOCK_MAX {
        return None;
    }
    let new_routes = routes(&mut cursor, known)?;
    let mut requests = vec![Stored::default(); count];
    let times = cursor.column(count * 10)?;
    let mut times = Cursor::new(&times);
    let mut at = 0_u64;
    for request in &mut requests {
        at = at.checked_add(times.number()?)?;
        request.at_ns = at.checked_mul(unit)?;
    }
    if !times.is_empty() {
        return None;
    }
    for (request, route) in requests.iter_mut().zip(wide(&mut cursor, count)?) {
        request.route = route;
    }
    let routes = known + new_routes.len();
    if requests.iter().any(|r| usize::from(r.route) >= routes) {
        return None;
    }
    let order = by_route(&requests);
    for (&i, status) in order.iter().zip(wide(&mut cursor, count)?) {
        requests[i as usize].status = status;
    }
    let methods = cursor.column(count).filter(|methods| methods.len() == count)?;
    for (&i, method) in order.iter().zip(methods) {
        METHODS.get(usize::from(method))?;
        requests[i as usize].method = method;
    }
    let order = by_route_and_answer(&requests, order);
    for (&i, level) in order.iter().zip(wide(&mut cursor, count)?) {
        requests[i as usize].bytes_level = level;
    }
    for (&i, level) in order.iter().zip(wide(&mut cursor, count)?) {
        requests[i as usize].duration_level = level;
    }
    let exist = |r: &Stored| levels::exists(r.bytes_level) && levels::exists(r.duration_level);
    (cursor.is_empty() && requests.iter().all(exist)).then_some(Decoded {
        requests,
        finer: finer == 1,
        new_routes,
    })
}

fn routes(cursor: &mut Cursor<'_>, known: usize) -> Option<Vec<Vec<u8>>> {
    let n = usize::try_from(cursor.number()?).ok().filter(|n| known + n <= ROUTES_MAX)?;
    let names = cursor.column(n * (ROUTE_BYTES_MAX + 2))?;
    let mut names = Cursor::new(&names);
    let mut routes = Vec::new();
    for _ in 0..n {
        let length = usize::try_from(names.number()?).ok().filter(|n| *n <= ROUTE_BYTES_MAX)?;
        routes.push(names.bytes(length)?.to_vec());
    }
    names.is_empty().then_some(routes)
}

/// Requests route by route, each route's in order of time.
fn by_route(requests: &[Stored]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..requests.len() as u32).collect();
    order.sort_by_key(|&i| requests[i as usize].route);
    order
}

/// Then by status and method: a file has one size, but an answer `not modified` has none.
fn by_route_and_answer(requests: &[Stored], mut order: Vec<u32>) -> Vec<u32> {
    order.sort_by_key(|&i| {
        let r = &requests[i as usize];
        (r.route, r.status, r.method)
    });
    order
}

/// Numbers of two bytes as two columns: the low bytes, then the high ones, which are mostly alike.
fn put_wide(out: &mut Vec<u8>, values: impl Iterator<Item = u16>) {
    let (low, high): (Vec<u8>, Vec<u8>) =
        values.map(|v| (v.to_le_bytes()[0], v.to_le_bytes()[1])).unzip();
    put_column(out, &low);
    put_column(out, &high);
}

fn wide(cursor: &mut Cursor<'_>, count: usize) -> Option<Vec<u16>> {
    let low = cursor.column(count).filter(|c| c.len() == count)?;
    let high = cursor.column(count).filter(|c| c.len() == count)?;
    Some(low.into_iter().zip(high).map(|(low, high)| u16::from_le_bytes([low, high])).collect())
}
