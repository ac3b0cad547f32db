//! From rows to the lines of their files: what [`crate::read`] reads.

use std::borrow::Cow;

use units::{Date, Price};

use crate::read::MachineRow;
use crate::row::{Limit, PriceRow};

/// A file of these lines.
pub(crate) fn csv<L: IntoIterator<Item: AsRef<str>>>(
    header: &[&str],
    lines: impl Iterator<Item = L>,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("writing to memory");
    for line in lines {
        for cell in line {
            writer.write_field(cell.as_ref()).expect("writing to memory");
        }
        writer.write_record(None::<&[u8]>).expect("as many cells as columns");
    }
    String::from_utf8(writer.into_inner().expect("writing to memory")).expect("text of text")
}

impl PriceRow {
    /// Under the columns of a price file; the service is the name of the file.
    pub(crate) fn cells(&self) -> [Cow<'_, str>; 12] {
        [
            self.region.as_str().into(),
            self.dimension.as_str().into(),
            self.unit.as_str().into(),
            price(Some(self.price)),
            if self.tier_from == 0 { "".into() } else { self.tier_from.to_string().into() },
            self.tier_to.map_or("".into(), |to| to.to_string().into()),
            day(self.effective_from),
            day(self.effective_to),
            day(self.observed),
            self.source.as_str().into(),
            yes(self.doubtful),
            self.note.as_str().into(),
        ]
    }
}

impl MachineRow {
    /// Under the columns of a file of machine prices.
    pub(crate) fn cells(&self) -> [Cow<'_, str>; 9] {
        let Self { row, spot, priced, month_cap, .. } = self;
        [
            row.dimension.as_str().into(),
            price(priced.then_some(row.price)),
            price(*month_cap),
            spot.saving_percent.map_or("".into(), |saving| saving.to_string().into()),
            price(spot.hour),
            spot.interruption.as_deref().unwrap_or_default().into(),
            day(row.observed),
            row.source.as_str().into(),
            yes(row.doubtful),
        ]
    }
}

impl Limit {
    /// Under the columns of a file of limits.
    pub(crate) fn cells(&self) -> [Cow<'_, str>; 11] {
        [
            self.platform.as_str().into(),
            self.id.as_str().into(),
            self.value.to_string().into(),
            self.unit.as_str().into(),
            self.kind.as_str().into(),
            day(self.effective_from),
            day(self.effective_to),
            day(self.observed),
            self.source.as_str().into(),
            yes(self.doubtful),
            self.note.as_str().into(),
        ]
    }
}

fn price(price: Option<Price>) -> Cow<'static, str> {
    price.map_or("".into(), |price| price.money().to_decimal().into())
}

fn day(day: Option<Date>) -> Cow<'static, str> {
    day.map_or("".into(), |day| day.to_string().into())
}

fn yes(flag: bool) -> Cow<'static, str> {
    if flag { "yes".into() } else { "".into() }
}
