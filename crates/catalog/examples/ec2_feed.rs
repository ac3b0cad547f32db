//! Writes an EC2 offer of the AWS Price List as large as the real ones, and reads one.
//!
//! `ec2_feed write PATH MEGABYTES [terms-first]` makes up products (of four, one is plain Linux on shared machines),
//! on-demand and reserved terms, until the file is that large. `ec2_feed read PATH` reads it and says how long it took.
//! The same arguments give the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Instant;

use catalog::feeds::{self, Observed, Rules};
use units::Date;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["write", path, megabytes] => write(path, megabytes, false),
        ["write", path, megabytes, "terms-first"] => write(path, megabytes, true),
        ["read", path] => read(path),
        _ => Err(io::Error::other("ec2_feed write PATH MEGABYTES [terms-first] | read PATH")),
    }
}

/// Bytes of a product with its terms, about.
const EACH: u64 = 3_490;

fn write(path: &str, megabytes: &str, terms_first: bool) -> io::Result<()> {
    let megabytes: u64 = megabytes.parse().map_err(io::Error::other)?;
    let count = megabytes * 1_000_000 / EACH;
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(b"{\n  \"formatVersion\" : \"v1.0\",\n  \"disclaimer\" : \"made up\",\n  \"offerCode\" : \"AmazonEC2\",\n  \"version\" : \"20261101000000\",\n  \"publicationDate\" : \"2026-11-01T00:00:00Z\",\n")?;
    if terms_first {
        terms(&mut out, count)?;
        out.write_all(b",\n")?;
        products(&mut out, count)?;
    } else {
        products(&mut out, count)?;
        out.write_all(b",\n")?;
        terms(&mut out, count)?;
    }
    out.write_all(b",\n  \"attributesList\" : { }\n}\n")?;
    out.flush()
}

fn products(out: &mut BufWriter<File>, count: u64) -> io::Result<()> {
    out.write_all(b"  \"products\" : {\n")?;
    for at in 0..count {
        let (sku, size) = (sku(at), at / 4);
        let (system, tenancy) =
            [("Linux", "Shared"), ("Linux", "Dedicated"), ("Windows", "Shared"), ("RHEL", "Host")]
                [(at % 4) as usize];
        let comma = if at + 1 == count { "" } else { "," };
        write!(
            out,
            r#"    "{sku}" : {{
      "sku" : "{sku}",
      "productFamily" : "Compute Instance",
      "attributes" : {{
        "servicecode" : "AmazonEC2",
        "location" : "US East (N. Virginia)",
        "locationType" : "AWS Region",
        "instanceType" : "z{size}.large",
        "currentGeneration" : "Yes",
        "instanceFamily" : "General purpose",
        "vcpu" : "2",
        "physicalProcessor" : "Intel Xeon Platinum 8175",
        "clockSpeed" : "3.1 GHz",
        "memory" : "8 GiB",
        "storage" : "EBS only",
        "networkPerformance" : "Up to 10 Gigabit",
        "processorArchitecture" : "64-bit",
        "tenancy" : "{tenancy}",
        "operatingSystem" : "{system}",
        "licenseModel" : "No License required",
        "usagetype" : "BoxUsage:z{size}.large",
        "operation" : "RunInstances",
        "availabilityzone" : "NA",
        "capacitystatus" : "Used",
        "classicnetworkingsupport" : "false",
        "dedicatedEbsThroughput" : "Up to 2120 Mbps",
        "ecu" : "10",
        "enhancedNetworkingSupported" : "Yes",
        "gpuMemory" : "NA",
        "intelAvxAvailable" : "Yes",
        "intelAvx2Available" : "Yes",
        "intelTurboAvailable" : "Yes",
        "marketoption" : "OnDemand",
        "normalizationSizeFactor" : "4",
        "preInstalledSw" : "NA",
        "processorFeatures" : "Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo",
        "regionCode" : "us-east-1",
        "servicename" : "Amazon Elastic Compute Cloud",
        "vpcnetworkingsupport" : "true"
      }}
    }}{comma}
"#
        )?;
    }
    out.write_all(b"  }")
}

fn terms(out: &mut BufWriter<File>, count: u64) -> io::Result<()> {
    out.write_all(b"  \"terms\" : {\n    \"OnDemand\" : {\n")?;
    for at in 0..count {
        let sku = sku(at);
        let price = format!("{}.{:09}0", at % 30, at * 7919 % 1_000_000_000);
        writeln!(out, "      \"{sku}\" : {{")?;
        term(out, &sku, "JRTCKXETXF", "6YS6EN2CT7", &price)?;
        out.write_all(if at + 1 == count { b"\n      }\n" } else { b"\n      },\n" })?;
    }
    out.write_all(b"    },\n    \"Reserved\" : {\n")?;
    for at in 0..count {
        let sku = sku(at);
        writeln!(out, "      \"{sku}\" : {{")?;
        term(out, &sku, "38NPMPTW36", "2TG2D8R56U", "1200")?;
        out.write_all(b",\n")?;
        term(out, &sku, "4NA7Y494T4", "6YS6EN2CT7", "0.0610000000")?;
        out.write_all(if at + 1 == count { b"\n      }\n" } else { b"\n      },\n" })?;
    }
    out.write_all(b"    }\n  }")
}

fn term(
    out: &mut BufWriter<File>,
    sku: &str,
    term: &str,
    rate: &str,
    price: &str,
) -> io::Result<()> {
    write!(
        out,
        r#"        "{sku}.{term}" : {{
          "offerTermCode" : "{term}",
          "sku" : "{sku}",
          "effectiveDate" : "2026-11-01T00:00:00Z",
          "priceDimensions" : {{
            "{sku}.{term}.{rate}" : {{
              "rateCode" : "{sku}.{term}.{rate}",
              "description" : "${price} per hour",
              "beginRange" : "0",
              "endRange" : "Inf",
              "unit" : "Hrs",
              "pricePerUnit" : {{
                "USD" : "{price}"
              }},
              "appliesTo" : [ ]
            }}
          }},
          "termAttributes" : {{ }}
        }}"#
    )
}

fn sku(at: u64) -> String {
    format!("{:016X}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn read(path: &str) -> io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/feeds");
    let rules = std::fs::read_to_string(folder.join("aws.toml"))?;
    let rules = Rules::parse(&[("feeds/aws.toml".to_owned(), rules)]).map_err(io::Error::other)?;
    let day = Date::new(2026, 11, 25).ok_or_else(|| io::Error::other("a day"))?;
    let start = Instant::now();
    let harvest = feeds::read(&mut File::open(path)?, &rules, Observed::Said(day));
    let harvest = harvest.map_err(io::Error::other)?;
    let (seconds, megabytes) = (start.elapsed().as_secs_f64(), harvest.bytes as f64 / 1e6);
    let rate = megabytes / seconds;
    let rows = harvest.rows.len();
    writeln!(io::stdout(), "{megabytes:.0} MB in {seconds:.2} s, {rate:.0} MB/s, {rows} rows")?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM:")) {
        writeln!(io::stdout(), "{peak}")?;
    }
    Ok(())
}
