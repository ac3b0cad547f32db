//! Lookup by service, region, dimension and day.

use std::fmt;

use units::Date;

use crate::row::{ColdStart, InstanceType, Limit, PriceRow};

/// A row that the catalogue should have and has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `price aws/lambda eu-south-2 duration_arm on 2026-11-23`.
    pub what: String,
    /// What there is instead, or how to add it.
    pub hint: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalogue has no {} ({})", self.what, self.hint)
    }
}

impl std::error::Error for Missing {}

/// Everything under `/catalog`, checked.
#[derive(Debug, Clone)]
pub struct Catalog {}

/// The catalogue as it was in force on one day.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    catalog: &'a Catalog,
    date: Date,
}

impl Catalog {
    /// The catalogue as it was in force on `date`.
    pub fn at(&self, date: Date) -> Prices<'_> {
        Prices { catalog: self, date }
    }
    /// SHA-256 over every file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        unimplemented!()
    }
    /// Every price row, in file order.
    pub fn rows(&self) -> &[PriceRow] {
        unimplemented!()
    }
}

impl<'a> Prices<'a> {
    /// The day.
    pub const fn date(self) -> Date {
        self.date
    }
    /// The catalogue behind it.
    pub const fn catalog(self) -> &'a Catalog {
        self.catalog
    }
    /// The one price of a dimension without tiers (or its first tier).
    pub fn price(
        self,
        service: &str,
        region: &str,
        dimension: &str,
    ) -> Result<&'a PriceRow, Missing> {
        let _ = (service, region, dimension);
        unimplemented!()
    }
    /// All tiers of a dimension, ascending and without gaps.
    pub fn tiers(
        self,
        service: &str,
        region: &str,
        dimension: &str,
    ) -> Result<Vec<&'a PriceRow>, Missing> {
        let _ = (service, region, dimension);
        unimplemented!()
    }
    /// A monthly allowance (free tier) in whole units, 0 if there is none in force.
    pub fn allowance(self, service: &str, dimension: &str) -> u128 {
        let _ = (service, dimension);
        unimplemented!()
    }
    /// The virtual machine types sold in a region, by name.
    pub fn instances(self, region: &str) -> Result<&'a [InstanceType], Missing> {
        let _ = region;
        unimplemented!()
    }
    /// A quota or behaviour.
    pub fn limit(self, platform: &str, id: &str) -> Result<&'a Limit, Missing> {
        let _ = (platform, id);
        unimplemented!()
    }
    /// The measured cold start of a runtime: exact runtime, else the newest of its language; `None` if the
    /// table has nothing like it.
    pub fn cold_start(
        self,
        platform: &str,
        runtime: &str,
        arm: bool,
        image: bool,
    ) -> Option<ColdStart> {
        let _ = (platform, runtime, arm, image);
        unimplemented!()
    }
}
