//! The output of AWS Lambda Power Tuning: durations at several memory sizes, in `stats` or in the link to the
//! picture (`#sizes;times;costs`, base64 of 16-bit whole numbers and of 32-bit floats, little-endian).

use crate::evidence::Kind;
use crate::gathering::Gathered;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;

pub(super) const KIND: Kind = Kind {
    id: "lambda-power-tuning",
    name: "output of AWS Lambda Power Tuning",
    fits: |head| {
        head.json_with(&["power", "duration", "cost"])
            || head.json_with(&["stateMachine", "visualization"])
            || head.json_with(&["averageDuration", "averagePrice"])
    },
    read: |source, into| source.each_document(|source, json| document(source, json, into)),
};

fn document(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let (name, stem) = (source.name.clone(), source.stem().to_owned());
    let mut points = Vec::new();
    let mut best = (None, None);
    let result = walk(json, &mut points, &mut best, 0);
    if let ([], (Some(mb), Some(ms))) = (points.as_slice(), best) {
        points.push((mb, ms));
    }
    points.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    points.dedup_by(|a, b| (a.0 - b.0).abs() < 0.5);
    for (mb, ms) in points {
        if (64.0..=1e6).contains(&mb) && ms.is_finite() && ms >= 0.0 {
            source.keep();
            into.subject(&stem, &name).power.push((mb as u32, ms, 0));
        } else {
            source.skip("points without a memory size or a duration", 0);
        }
    }
    result
}

/// Looks through an output that may be wrapped (`{"output": {…}}`), to a depth that no output reaches.
fn walk(
    json: &mut Json<'_>,
    points: &mut Vec<(f64, f64)>,
    best: &mut (Option<f64>, Option<f64>),
    depth: usize,
) -> Parsed<()> {
    if depth > 8 {
        return json.skip();
    }
    if json.peek() == Some(b'[') {
        return json.array(|json| walk(json, points, best, depth + 1));
    }
    let (mut value, mut average) = (None, None);
    json.object(|key, json| {
        match key {
            b"power" if depth < 3 => best.0 = json.number()?,
            b"duration" if depth < 3 => best.1 = json.number()?,
            b"value" => value = json.number()?,
            b"averageDuration" => average = json.number()?,
            b"visualization" => {
                let link = json.text()?.unwrap_or_default();
                points.extend(picture(&link).unwrap_or_default());
            }
            _ if matches!(json.peek(), Some(b'{' | b'[')) => walk(json, points, best, depth + 1)?,
            _ => {}
        }
        Ok(())
    })?;
    points.extend(value.zip(average));
    Ok(())
}

fn picture(link: &str) -> Option<Vec<(f64, f64)>> {
    let mut parts = link.split_once('#')?.1.split(';');
    let sizes = base64(parts.next()?)?;
    let times = base64(parts.next()?)?;
    let sizes = sizes.chunks_exact(2).map(|b| f64::from(u16::from_le_bytes([b[0], b[1]])));
    let times =
        times.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    Some(sizes.zip(times).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_picture_holds_the_curve() {
        // 128, 256; 16.0, 8.0, as the tool's own encoder writes them.
        let points = super::picture("https://lambda-power-tuning.show/#gAAAAQ==;AACAQQAAAEE=;AA==");
        assert_eq!(points, Some(vec![(128.0, 16.0), (256.0, 8.0)]));
        assert_eq!(super::picture("https://example.org/"), None);
        assert_eq!(super::picture("#ä;b"), None);
    }
}
