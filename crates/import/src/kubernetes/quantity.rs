//! Quantities as Kubernetes writes them: `100m`, `0.5`, `64Mi`, `1e3`, `10485760e3`.

use units::{Bytes, Millicores};

/// Suffixes of powers of 1,024 and of ten.
const BINARY: [(&str, f64); 6] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];
const DECIMAL: [(&str, f64); 9] = [
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The number that a quantity means; `None` if it is none.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let scaled = BINARY.iter().chain(&DECIMAL).find_map(|(suffix, factor)| {
        let number = text.strip_suffix(suffix)?.parse::<f64>().ok()?;
        Some(number * factor)
    });
    let value = scaled.or_else(|| text.parse::<f64>().ok())?;
    let plain = text.chars().next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | '+'));
    (plain && value.is_finite() && value >= 0.0).then_some(value)
}

/// CPU; a thousandth at least where there is any.
pub(super) fn cpu(text: &str) -> Option<Millicores> {
    let vcpu = number(text).filter(|vcpu| *vcpu <= 1e6)?;
    // A thousandth that a binary fraction cannot hold (0.351) is no more than one.
    Some(Millicores::new((vcpu * 1000.0 - 1e-6).ceil() as u64))
}

/// Memory or storage.
pub(super) fn bytes(text: &str) -> Option<Bytes> {
    number(text).filter(|bytes| *bytes < 1e18).map(|bytes| Bytes::new(bytes.ceil() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_in_every_form() {
        for (text, expected) in [
            ("100m", 100),
            ("0.5", 500),
            ("1", 1000),
            ("2000000n", 2),
            ("351m", 351),
            ("0.1001", 101),
            ("1e3m", 1000),
            ("0", 0),
        ] {
            assert_eq!(cpu(text), Some(Millicores::new(expected)), "{text}");
        }
        for (text, expected) in [
            ("64Mi", 64 << 20),
            ("1Gi", 1 << 30),
            ("500M", 500_000_000),
            ("10e3", 10_000),
            ("10485760e3", 10_485_760_000),
            ("1.5Gi", 3 << 29),
            ("128974848", 128_974_848),
        ] {
            assert_eq!(bytes(text), Some(Bytes::new(expected)), "{text}");
        }
        for bad in ["", "x", "-1", "1Qi", "Mi", "nan", "inf", "1 Gi x"] {
            assert_eq!((cpu(bad), bytes(bad)), (None, None), "{bad}");
        }
    }
}
