//! CSV files as rows of named cells, with the line of each for the messages.

use units::{Date, Price};

use crate::problem::Problem;

/// Longest catalogue file that is read: a hundred times today's largest.
const FILE_BYTES_MAX: usize = 16 << 20;

/// A file with a header that names every column it may have.
pub(crate) struct Table<'a> {
    file: &'a str,
    columns: &'static [&'static str],
    /// For each expected column, where it stands in the file.
    positions: Vec<usize>,
    records: Vec<csv::StringRecord>,
}

/// One row of a [`Table`].
pub(crate) struct Cells<'a> {
    table: &'a Table<'a>,
    record: &'a csv::StringRecord,
}

impl<'a> Table<'a> {
    /// Reads `text`; a missing or unknown column is a problem of the whole file.
    pub(crate) fn read(
        file: &'a str,
        text: &str,
        columns: &'static [&'static str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if text.len() > FILE_BYTES_MAX {
            let what = format!("the file has {} bytes", text.len());
            problems.push(Problem::broken(file, 0, what, "split it: 16 MB is the most"));
            return None;
        }
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let expected = format!("the columns are {}", columns.join(","));
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                problems.push(Problem::broken(file, 1, error.to_string(), expected));
                return None;
            }
        };
        let mut positions = Vec::new();
        for column in columns {
            match header.iter().position(|name| name == *column) {
                Some(at) => positions.push(at),
                None => problems.push(Problem::broken(
                    file,
                    1,
                    format!("no column `{column}`"),
                    expected.clone(),
                )),
            }
        }
        for name in header.iter().filter(|name| !columns.contains(name)) {
            problems.push(Problem::broken(
                file,
                1,
                format!("unknown column `{name}`"),
                expected.clone(),
            ));
        }
        let mut records = Vec::new();
        for record in reader.into_records() {
            match record {
                Ok(record) => records.push(record),
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let remedy = "quote a cell that holds a comma";
                    problems.push(Problem::broken(file, line, error.to_string(), remedy));
                }
            }
        }
        (positions.len() == columns.len()).then_some(Self { file, columns, positions, records })
    }

    /// All rows that could be read.
    pub(crate) fn rows(&'a self) -> impl Iterator<Item = Cells<'a>> {
        self.records.iter().map(|record| Cells { table: self, record })
    }
}

impl Cells<'_> {
    /// The line in the file, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// The text of a column; the column must be one of the table's.
    pub(crate) fn text(&self, column: &str) -> &str {
        let at = self.table.columns.iter().position(|name| *name == column);
        let at = at.expect("a column of this table");
        self.record.get(self.table.positions[at]).unwrap_or("").trim()
    }

    /// The text of a column that must not be empty.
    pub(crate) fn required(&self, column: &str) -> Result<String, Problem> {
        let text = self.text(column);
        if text.is_empty() {
            return Err(self.problem(format!("`{column}` is empty"), "fill it in"));
        }
        Ok(text.to_owned())
    }

    /// A whole number, or `None` if the cell is empty.
    pub(crate) fn whole(&self, column: &str) -> Result<Option<u128>, Problem> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().map(Some);
        number.map_err(|_| {
            self.problem(format!("`{column}` is `{text}`"), "write a whole number such as 51200")
        })
    }

    /// A whole number that must be there.
    pub(crate) fn count(&self, column: &str) -> Result<u64, Problem> {
        let number = self.whole(column)?.and_then(|n| u64::try_from(n).ok());
        number.ok_or_else(|| {
            self.problem(format!("`{column}` is not a number"), "write a whole number")
        })
    }

    /// A decimal number that must be there and not be negative.
    pub(crate) fn number(&self, column: &str) -> Result<f64, Problem> {
        let text = self.text(column);
        let number = text.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0);
        number.ok_or_else(|| {
            self.problem(format!("`{column}` is `{text}`"), "write a number such as 141.5")
        })
    }

    /// A number of either sign.
    pub(crate) fn signed(&self, column: &str) -> Result<f64, Problem> {
        let text = self.text(column);
        let number = text.parse().ok().filter(|n: &f64| n.is_finite());
        number.ok_or_else(|| {
            self.problem(format!("`{column}` is `{text}`"), "write a number such as -77.4")
        })
    }

    /// A date, or `None` if the cell is empty.
    pub(crate) fn date(&self, column: &str) -> Result<Option<Date>, Problem> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let date = Date::parse(text).map(Some);
        date.map_err(|error| self.problem(format!("`{column}`: {error}"), error.hint))
    }

    /// A list price.
    pub(crate) fn price(&self, column: &str) -> Result<Price, Problem> {
        let price = Price::parse(self.text(column));
        price.map_err(|error| self.problem(format!("`{column}`: {error}"), error.hint))
    }

    /// `yes` or nothing.
    pub(crate) fn yes(&self, column: &str) -> Result<bool, Problem> {
        match self.text(column) {
            "yes" => Ok(true),
            "" => Ok(false),
            other => {
                Err(self.problem(format!("`{column}` is `{other}`"), "write `yes` or nothing"))
            }
        }
    }

    /// A problem with this row.
    pub(crate) fn problem(&self, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem::broken(self.table.file, self.line(), what, remedy)
    }
}
