//! Every way in which a price file can be wrong is reported with its file, line and remedy.

use catalog::{Catalog, Problem, ProblemKind};

const HEADER: &str = "region,dimension,unit,price,tier_from,tier_to,effective_from,effective_to,observed,source,doubtful,note";

fn problems(rows: &[&str]) -> Vec<Problem> {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    parse(&[("aws/thing.csv", &text)])
}

fn parse(files: &[(&str, &str)]) -> Vec<Problem> {
    let sources = ("sources.csv", "source,description\nbook,a book with prices\n");
    let files: Vec<(String, String)> = files
        .iter()
        .chain(std::iter::once(&sources))
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    Catalog::parse(&files).err().unwrap_or_default()
}

#[test]
fn a_good_file_has_no_problem() {
    let rows = [
        "r,d,hour,0.2,,,,2020-01-21,2019-12-31,book,yes,then",
        "r,d,hour,0.1,0,10,2020-01-21,,2026-01-01,book,,now",
        "r,d,hour,0.05,10,,2020-01-21,,2026-01-01,book,,now",
        "account,free_d,hour,0,0,100,,,2026-01-01,book,,",
    ];
    assert_eq!(problems(&rows), []);
}

#[test]
fn each_mistake_is_named_where_it_stands() {
    let cases: [(&[&str], u64, &str); 14] = [
        (&["r,d,hour,-1,,,,,2026-01-01,book,,"], 2, "not a number"),
        (&["r,d,hour,cheap,,,,,2026-01-01,book,,"], 2, "`cheap` is not a number"),
        (&["r,d,parsec,1,,,,,2026-01-01,book,,"], 2, "`parsec` is not a unit"),
        (&["r,d,hour,1,,,,,2026-01-01,film,,"], 2, "the source `film`"),
        (&["r,d,hour,1,,,,,,book,,"], 2, "no observed date"),
        (&["r,d,hour,1,,,,,2026-13-01,book,,"], 2, "`2026-13-01` is not a date"),
        (&["r,d,hour,1,,,,,2026-01-01,book,maybe,"], 2, "`doubtful` is `maybe`"),
        (&[",d,hour,1,,,,,2026-01-01,book,,"], 2, "`region` is empty"),
        (&["r,d,hour,1,5,,,,2026-01-01,book,,"], 2, "no tier from 0"),
        (&["r,d,hour,1,0,5,,,2026-01-01,book,,"], 2, "runs to infinity"),
        (
            &["r,d,hour,1,0,5,,,2026-01-01,book,,", "r,d,hour,1,7,,,,2026-01-01,book,,"],
            3,
            "gap from 5 to 7",
        ),
        (
            &["r,d,hour,1,,,,,2026-01-01,book,,", "r,d,hour,2,,,,,2026-01-01,book,,"],
            3,
            "two prices",
        ),
        (
            &[
                "r,d,hour,1,,,,2020-01-01,2026-01-01,book,,",
                "r,d,hour,2,,,2021-01-01,,2026-01-01,book,,",
            ],
            2,
            "no price for a while",
        ),
        (&["r,d,hour,1,,,2021-01-01,2020-01-01,2026-01-01,book,,"], 2, "ends before"),
    ];
    for (rows, line, what) in cases {
        let found = problems(rows);
        let hit = found.iter().find(|p| p.what.contains(what) && p.line == line);
        let hit = hit.unwrap_or_else(|| panic!("{rows:?}: {found:?}"));
        assert_eq!((hit.file.as_str(), hit.kind), ("aws/thing.csv", ProblemKind::Broken));
        assert!(!hit.remedy.is_empty(), "{rows:?}");
    }
}

#[test]
fn columns_files_and_types_that_nobody_knows_are_problems_too() {
    for (path, text, what) in [
        ("aws/thing.csv", "region,price\nr,1\n", "no column `dimension`"),
        (
            "aws/thing.csv",
            "region,dimension,unit,price,tier_from,tier_to,effective_from,effective_to,observed,source,doubtful,note,colour\n",
            "unknown column `colour`",
        ),
        ("a/b/c/d.csv", "x\n1\n", "no kind of file"),
        (
            "aws/ec2/r.csv",
            "type,hour,month_cap,spot_saving_percent,spot_hour,spot_interruption,observed,source,derived\nz9.huge,1,,,,,2026-01-01,book,\n",
            "`z9.huge` is in no types.csv",
        ),
        ("aws/thing.csv", "", "no column `region`"),
    ] {
        let found = parse(&[(path, text)]);
        assert!(found.iter().any(|p| p.what.contains(what)), "{what}: {found:?}");
    }
    let twice =
        parse(&[("more/x.csv", "region\n"), ("sources.csv", "source,description\nbook,twice\n")]);
    assert!(twice.iter().any(|p| p.what.contains("stands twice")), "{twice:?}");
}

#[test]
fn limits_need_a_source_and_one_value_a_day() {
    let header =
        "platform,id,value,unit,kind,effective_from,effective_to,observed,source,doubtful,note";
    let rows = |rows: &str| parse(&[("aws/limits.csv", &format!("{header}\n{rows}"))]);
    let good = "p,x,1,s,hard,,2020-01-01,,book,,\np,x,2,s,hard,2020-01-01,,,book,,\n";
    assert_eq!(rows(good), []);
    for (text, what) in [
        ("p,x,1,s,hard,,,,film,,\n", "the source `film`"),
        ("p,x,1,s,hard,,,,book,,\np,x,2,s,hard,,,,book,,\n", "`p/x` has two values"),
        ("p,x,1,s,hard,,2021-01-01,,book,,\np,x,2,s,hard,2020-01-01,,,book,,\n", "two values"),
        ("p,x,,s,hard,,,,book,,\n", "`value` is empty"),
    ] {
        let found = rows(text);
        assert!(found.iter().any(|p| p.what.contains(what) && p.line >= 2), "{what}: {found:?}");
    }
}
