//! The bills of the sample.

use model::{Invoice, InvoiceLine, PlatformId};
use units::{Date, Price, Quantity};

use crate::sample::usd;

/// One bill a platform; together they make the cost of the answer.
pub(super) fn invoices() -> Vec<Invoice> {
    let lambda = [
        ("function run time on Arm", "api", "500250", "GB-s", "0.0000133334", "6.67"),
        ("requests", "api", "3239000", "request", "0.0000002", "0.65"),
        ("HTTP API requests", "api", "3239000", "request", "0.000001", "3.24"),
        ("logs ingested", "api", "1.92", "GB", "0.50", "0.96"),
        ("function run time on Arm", "thumb", "1800000", "GB-s", "0.0000133334", "24.00"),
        ("requests", "thumb", "373118", "request", "0.0000002", "0.07"),
        ("SQS requests", "thumb", "1119354", "request", "0.0000004", "0.45"),
        ("logs ingested", "thumb", "0.56", "GB", "0.50", "0.28"),
    ];
    let ec2 = [
        ("t4g.small", "chat", "730", "hour", "0.0168", "12.26"),
        ("EBS gp3", "chat", "8", "GB-month", "0.08", "0.64"),
        ("internet out", "chat", "10.78", "GB", "0.09", "0.97"),
    ];
    let rds = [
        ("db.t4g.medium, single zone", "db", "730", "hour", "0.065", "47.45"),
        ("gp3 storage", "db", "50", "GB-month", "0.115", "5.75"),
        ("backup storage", "", "102.53", "GB-month", "0.095", "9.74"),
    ];
    vec![
        bill(PlatformId("aws/lambda"), &lambda),
        bill(PlatformId("servers/ec2"), &ec2),
        bill(PlatformId("managed/rds"), &rds),
    ]
}

fn bill(platform: PlatformId, lines: &[(&str, &str, &str, &str, &str, &str)]) -> Invoice {
    let mut invoice = Invoice::new(platform);
    for (item, component, quantity, unit, price, amount) in lines {
        let hundredths: String = match quantity.split_once('.') {
            Some((whole, part)) => format!("{whole}{part}"),
            None => format!("{quantity}00"),
        };
        invoice.lines.push(InvoiceLine {
            item: (*item).to_owned(),
            component: (!component.is_empty()).then(|| (*component).to_owned()),
            quantity: Quantity::new(hundredths.parse().expect("a number"), 100),
            unit: (*unit).to_owned(),
            unit_price: Price::parse(price).expect("a price"),
            amount: usd(amount),
            source: "aws-price-list".to_owned(),
            date: Date::new(2026, 11, 3),
        });
    }
    invoice
}
