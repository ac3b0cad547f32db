//! Columns named by a `#Fields:` line, parted by spaces or tabs.

use memchr::memchr2;

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
use crate::readers::{Outcome, Reader, Reason};

/// Columns beyond this are not looked at.
const COLUMNS_MAX: usize = 128;

/// What each column tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    roles: Vec<Option<Role>>,
    /// The last column that tells something.
    last: usize,
}

impl Columns {
    /// From the names behind `#Fields:`. Of columns that tell the same, the one earlier in `known` counts.
    pub(crate) fn new(names: &[u8], known: &[(&str, Role)]) -> Self {
        let names: Vec<&[u8]> = names
            .split(u8::is_ascii_whitespace)
            .filter(|name| !name.is_empty())
            .take(COLUMNS_MAX)
            .collect();
        let mut roles = vec![None; names.len()];
        let mut told: Vec<std::mem::Discriminant<Role>> = Vec::new();
        for (name, role) in known {
            let kind = std::mem::discriminant(role);
            let at = names.iter().position(|n| n.eq_ignore_ascii_case(name.as_bytes()));
            if let Some(at) = at.filter(|_| !told.contains(&kind)) {
                roles[at] = Some(*role);
                told.push(kind);
            }
        }
        let last = roles.iter().rposition(Option::is_some).unwrap_or(0);
        Self { roles, last }
    }
}

/// Reads lines under their header.
#[derive(Debug)]
pub(crate) struct Headed {
    known: &'static [(&'static str, Role)],
    columns: Columns,
    moments: Moments,
}

impl Headed {
    /// `columns` hold until the first header.
    pub(crate) fn new(known: &'static [(&'static str, Role)], columns: Columns) -> Self {
        Self { known, columns, moments: Moments::default() }
    }
}

impl Reader for Headed {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        if line.first() == Some(&b'#') {
            if let Some(names) = line.strip_prefix(b"#Fields:") {
                self.columns = Columns::new(names, self.known);
            }
            return Outcome::Aside;
        }
        let mut draft = Draft::default();
        let mut rest = Some(line);
        for role in self.columns.roles.iter().take(self.columns.last + 1) {
            let Some(text) = rest else { return Outcome::Skipped(Reason::Fields) };
            let end = memchr2(b' ', b'\t', text);
            let value = text.get(..end.unwrap_or(text.len())).unwrap_or(&[]);
            rest = end.and_then(|at| text.get(at + 1..));
            if let Some(role) = role {
                draft.set(*role, value, &mut self.moments);
            }
        }
        draft.finish(Stamp::Arrival)
    }
}
