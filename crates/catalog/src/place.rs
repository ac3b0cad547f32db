//! Where regions stand on the globe, and how far apart they are for a packet.

use units::Duration;

/// Mean radius of the earth (IUGG).
const EARTH_KM: f64 = 6371.0;
/// Light in glass: about two thirds of its speed in a vacuum.
const FIBRE_KM_PER_MS: f64 = 200.0;
/// How much longer than the straight line a packet's way is: the rule of thumb of Bozkurt et al., "Dissecting Latency in
/// the Internet's Fiber Infrastructure", 2018 (arXiv 1811.10737). Between large data centres it is on the safe side.
const DETOUR: f64 = 2.1;
/// Two providers in one city: their networks still meet at an exchange. A round figure.
const LEAST_MS: f64 = 1.0;

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// Of degrees north and east.
    pub(crate) const fn new(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude }
    }

    /// Kilometres along a great circle, by the haversine formula.
    fn distance_km(&self, other: &Self) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let east = (other.longitude - self.longitude).to_radians();
        let part = |angle: f64| (angle / 2.0).sin().powi(2);
        let h = part(b - a) + a.cos() * b.cos() * part(east);
        2.0 * EARTH_KM * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// There and back, in whole milliseconds: no finer than the rule of thumb is, and the same on every machine.
pub(crate) fn round_trip(from: &Place, to: &Place) -> Duration {
    let ms = 2.0 * DETOUR * from.distance_km(to) / FIBRE_KM_PER_MS;
    Duration::from_millis(ms.max(LEAST_MS).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIRGINIA: Place = Place::new(38.9, -77.4);
    const FRANKFURT: Place = Place::new(50.1, 8.7);
    const SYDNEY: Place = Place::new(-33.9, 151.2);

    #[test]
    fn distances_are_those_of_an_atlas() {
        for (a, b, km) in [(VIRGINIA, FRANKFURT, 6530.0), (FRANKFURT, SYDNEY, 16_480.0)] {
            assert!((a.distance_km(&b) - km).abs() < 60.0, "{}", a.distance_km(&b));
            assert!((a.distance_km(&b) - b.distance_km(&a)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_packet_takes_no_less_than_light_and_no_more_than_twice_what_is_measured() {
        // Measured between AWS regions: about 90 ms from Virginia to Frankfurt.
        let ms = round_trip(&VIRGINIA, &FRANKFURT).millis_f64();
        assert!((90.0..180.0).contains(&ms), "{ms}");
        assert_eq!(round_trip(&SYDNEY, &SYDNEY), Duration::from_millis(1));
    }
}
