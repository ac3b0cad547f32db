//! AWS Spot Advisor: saving and interruption of spot machines, by region. It has no date.

use serde::de::{Error as _, MapAccess};

use super::bytes::Bytes;
use super::gather::Gather;
use super::json::{self, Object, Text, Walk, skip};
use super::rules::Rules;
use super::{Feed, FeedError, SpotRow, Told};

pub(super) const FEED: Feed = Feed {
    name: "AWS Spot Advisor",
    rules: "aws",
    versioned: false,
    told: Told::Keys(&["spot_advisor", "instance_types", "ranges"]),
    read,
};

/// Most bands of interruption: there are five.
const BANDS_MAX: usize = 100;
/// Most machines that are kept: regions times types are some ten thousand.
const MACHINES_MAX: usize = 1_000_000;

fn read(bytes: &mut Bytes<'_>, _: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    let mut advisor = Advisor { gather, bands: Vec::new(), machines: Vec::new() };
    json::documents(bytes, &mut advisor)
}

struct Advisor<'a> {
    gather: &'a mut Gather,
    bands: Vec<(u64, String)>,
    machines: Vec<Machine>,
}

#[derive(Default)]
struct Machine {
    region: String,
    name: String,
    saving: Option<u64>,
    band: Option<u64>,
}

impl Object for Advisor<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "ranges" => map.next_value_seed(Walk(&mut Bands(&mut self.bands, None, None))),
            "spot_advisor" => map.next_value_seed(Walk(&mut Regions(self))),
            _ => skip(map),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        for machine in std::mem::take(&mut self.machines) {
            let band = self.bands.iter().find(|(index, _)| Some(*index) == machine.band);
            match (machine.saving, band) {
                (Some(saving), Some((_, label))) if saving < 100 => self.gather.spot(SpotRow {
                    region: machine.region,
                    machine: machine.name,
                    saving_percent: saving as u32,
                    interruption: label.clone(),
                })?,
                _ => self.gather.leave_out("machines without a saving or a known band"),
            }
        }
        let text = "AWS Spot Advisor: average of the past 30 days, no date in it";
        self.gather.source("aws-spot-advisor", text.to_owned());
        Ok(())
    }
}

struct Bands<'a>(&'a mut Vec<(u64, String)>, Option<u64>, Option<String>);

impl Object for Bands<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "index" => self.1 = Some(map.next_value()?),
            "label" => self.2 = Some(map.next_value::<Text>()?.0),
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        if let (Some(index), Some(label)) = (self.1.take(), self.2.take()) {
            self.0.push((index, label));
        }
        if self.0.len() > BANDS_MAX { Err("too many ranges".to_owned()) } else { Ok(()) }
    }
}

struct Regions<'r, 'a>(&'r mut Advisor<'a>);

impl Object for Regions<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Walk(&mut Systems { advisor: self.0, region: key }))
    }
}

struct Systems<'r, 'a> {
    advisor: &'r mut Advisor<'a>,
    region: &'r str,
}

impl Object for Systems<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "Linux" {
            self.advisor.gather.leave_out("regions of another operating system");
            return skip(map);
        }
        map.next_value_seed(Walk(&mut Machines { advisor: self.advisor, region: self.region }))
    }
}

struct Machines<'r, 'a> {
    advisor: &'r mut Advisor<'a>,
    region: &'r str,
}

impl Object for Machines<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let (region, name) = (self.region.to_owned(), key.to_owned());
        let mut machine = Machine { region, name, ..Machine::default() };
        map.next_value_seed(Walk(&mut machine))?;
        self.advisor.machines.push(machine);
        if self.advisor.machines.len() > MACHINES_MAX {
            return Err(A::Error::custom(format!("more than {MACHINES_MAX} machines")));
        }
        Ok(())
    }
}

impl Object for Machine {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "s" => self.saving = Some(map.next_value()?),
            "r" => self.band = Some(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}
