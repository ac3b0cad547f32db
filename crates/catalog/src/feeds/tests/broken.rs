//! Feeds that were cut off or changed: an error with its place, or rows, never a panic.

use super::{harvest, try_harvest};

const SAMPLES: &[&str] = &[
    r#"{"formatVersion":"v1.0","offerCode":"AmazonEC2","version":"1","publicationDate":"2023-03-22T14:56:51Z","products":{"M":{"sku":"M","productFamily":"Storage","attributes":{"servicecode":"AmazonEC2","regionCode":"us-east-2","usagetype":"USE2-EBS:VolumeUsage.gp3"}}},"terms":{"OnDemand":{"M":{"M.J":{"effectiveDate":"2023-03-01T00:00:00Z","priceDimensions":{"M.J.6":{"beginRange":"0","endRange":"Inf","unit":"GB-Mo","pricePerUnit":{"USD":"0.0800000000"}}}}}}}}"#,
    r#"{"FormatVersion":"aws_v1","PriceList":["{\"product\":{\"sku\":\"M\",\"attributes\":{\"servicecode\":\"AmazonEC2\",\"regionCode\":\"us-east-2\",\"usagetype\":\"EBS:VolumeUsage.gp3\"}},\"terms\":{\"OnDemand\":{\"M.J\":{\"effectiveDate\":\"2023-03-01\",\"priceDimensions\":{\"r\":{\"unit\":\"GB-Mo\",\"pricePerUnit\":{\"USD\":\"0.08\"}}}}}}}"]}"#,
    "\"FormatVersion\",\"v1.0\"\n\"OfferCode\",\"AmazonEC2\"\nSKU,OfferTermCode,TermType,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,Currency,serviceCode,usageType,Region Code\nM,J,OnDemand,2023-03-01,0,Inf,GB-Mo,0.08,USD,AmazonEC2,EBS:VolumeUsage.gp3,us-east-2\n",
    r#"{"skus":[{"name":"services/6F81/skus/2390","skuId":"2390","description":"A2 Instance Ram running in Americas","category":{"serviceDisplayName":"Compute Engine","resourceFamily":"Compute","resourceGroup":"RAM","usageType":"OnDemand"},"serviceRegions":["us-east1"],"pricingInfo":[{"pricingExpression":{"usageUnit":"GiBy.h","displayQuantity":1,"tieredRates":[{"startUsageAmount":0,"unitPrice":{"currencyCode":"USD","units":"0","nanos":4237000}}]},"effectiveTime":"2023-03-24T10:52:50.681Z"}]}]}"#,
    r#"{"BillingCurrency":"USD","Items":[{"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":0.115,"armRegionName":"westeurope","effectiveStartDate":"2026-06-01T00:00:00Z","meterId":"m","meterName":"D2s v5","productName":"P","skuName":"D2s v5","serviceName":"Virtual Machines","unitOfMeasure":"1 Hour","type":"Consumption","armSkuName":"Standard_D2s_v5"}]}"#,
    r#"{"ranges":[{"index":0,"label":"<5%"}],"spot_advisor":{"us-east-1":{"Linux":{"m5.large":{"s":66,"r":0}}}}}"#,
    r#"{"prices":[{"id":"a","unit":"vCPU-Hours","price":{"USD":"0.0128"},"attributes":{"aws:region":"us-east-1"}}]}"#,
];

/// SplitMix64: the same luck in every run.
struct Luck(u64);

impl Luck {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

#[test]
fn each_sample_is_whole_before_it_is_broken() {
    for sample in SAMPLES {
        let harvest = harvest(sample);
        assert_eq!(harvest.rows.len() + harvest.spots.len(), 1, "{sample}");
        assert_eq!(harvest.bytes, sample.len() as u64);
    }
}

#[test]
fn a_feed_that_is_cut_off_names_the_byte_where_it_ends() {
    for sample in SAMPLES.iter().filter(|sample| sample.starts_with('{')) {
        for length in 1..sample.len() {
            let cut = sample.get(..length).unwrap();
            let error = try_harvest(cut).unwrap_err();
            let told = !error.what.contains("none of the price feeds");
            if told {
                assert_eq!(error.offset, length as u64, "{error}: {cut}");
            }
            assert!(told || length < 80, "{error}: {cut}");
        }
    }
}

#[test]
fn changed_feeds_give_rows_or_an_error_inside_the_file() {
    let mut luck = Luck(20_261_125);
    let mut refused = 0;
    for sample in SAMPLES {
        for _ in 0..1_500 {
            let mut bytes = sample.as_bytes().to_vec();
            for _ in 0..=luck.below(3) {
                if bytes.is_empty() {
                    break;
                }
                let at = luck.below(bytes.len());
                match luck.below(5) {
                    0 => bytes[at] = luck.below(256) as u8,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, b"\"{}[]:,0-.eE\\\n"[luck.below(14)]),
                    3 => bytes.truncate(at.max(1)),
                    _ => {
                        let to = (at + luck.below(40)).min(bytes.len());
                        let again = bytes[at..to].to_vec();
                        bytes.splice(at..at, again);
                    }
                }
            }
            let day = units::Date::new(2026, 11, 25).unwrap();
            let rules = super::rules();
            let read = super::read(&mut bytes.as_slice(), rules, super::Observed::Said(day));
            if let Err(error) = read {
                refused += 1;
                assert!(error.offset <= bytes.len() as u64, "{error}");
                assert!(error.to_string().starts_with("byte "), "{error}");
            }
        }
    }
    assert!(refused > 2_000, "most changes break a feed: {refused}");
}

#[test]
fn strings_without_end_nesting_and_texts_have_limits() {
    let long = "x".repeat(5 << 20);
    let error = try_harvest(&format!("{{\"skus\":[{{\"odd\":\"{long}\"}}]}}")).unwrap_err();
    assert!(error.what.contains("a string of more than"), "{error}");
    let deep = format!("{{\"skus\":{}", "[".repeat(100_000));
    assert!(try_harvest(&deep).is_err());
    let text = "x".repeat(9 << 10);
    let error = try_harvest(&format!("{{\"skus\":[{{\"skuId\":\"{text}\"}}]}}")).unwrap_err();
    assert!(error.what.contains("a text of more than"), "{error}");
    let error = try_harvest("{\"skus\":[]} and more").unwrap_err();
    assert_eq!(error.offset, 13, "{error}");
}

#[test]
fn a_broken_line_of_a_csv_feed_is_named_by_the_byte_where_it_begins() {
    let good = SAMPLES[2].as_bytes();
    let long = format!("\nM,J,OnDemand,{}\n", "x".repeat(2 << 20)).into_bytes();
    for (line, what) in [
        (&b"M,J,OnDemand\n"[..], "a line of 3 values under 12 columns"),
        (&b"\r\n\nM,J,OnDemand,2023-03-01,\"0,Inf\n"[..], "a quote that is not closed"),
        (&b"M,J,OnDemand,2023-03-01,0,Inf,\xff,0.08,USD,A,B,C\n"[..], "not UTF-8"),
        (long.as_slice(), "a line of more than"),
    ] {
        let day = units::Date::new(2026, 11, 25).unwrap();
        let bytes = [good, line].concat();
        let read = super::read(&mut bytes.as_slice(), super::rules(), super::Observed::Said(day));
        let error = read.unwrap_err();
        assert!(error.what.contains(what), "{what}: {error}");
        assert_eq!(error.offset, good.len() as u64, "{what}");
    }
    let quoted =
        [good, b"\n\"M\",J,OnDemand,2023-03-02,0,Inf,GB-Mo,0.09,USD,\"a \"\"b\"\"\",x,y"].concat();
    let harvest = harvest(std::str::from_utf8(&quoted).unwrap());
    assert_eq!(harvest.rows[0].price.money().to_decimal(), "0.09", "no line break at the end");
}
