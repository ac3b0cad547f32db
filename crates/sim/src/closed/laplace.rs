//! Numerical inversion of Laplace transforms.

/// Complex numbers with the few operations that transforms need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }
    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
    #[inline]
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }
    #[inline]
    pub(super) fn times(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
    #[inline]
    pub(super) fn over(self, other: Self) -> Self {
        self.times(other.inverse())
    }
    #[inline]
    pub(super) fn inverse(self) -> Self {
        let inverse = 1.0 / (self.re * self.re + self.im * self.im);
        Self::new(self.re * inverse, -self.im * inverse)
    }
}

/// Half the number of terms: the error is about 10^(-0.6 M), here 10⁻⁹, and rounding costs 10^(M/3) times the
/// precision of a float.
const M: usize = 15;

/// Where to evaluate a transform for its inverse at `t_s`, and with which weight: f(t) = Σ wᵢ Re F(sᵢ).
///
/// The Euler algorithm of Abate and Whitt, "A unified framework for numerically inverting Laplace transforms",
/// INFORMS Journal on Computing 18 (2006).
pub(super) fn nodes(t_s: f64) -> [(Complex, f64); 2 * M + 1] {
    let m = M as f64;
    let real = m * std::f64::consts::LN_10 / 3.0;
    let scale = 10.0_f64.powf(m / 3.0) / t_s;
    let xi = euler_weights();
    std::array::from_fn(|k| {
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        let s = Complex::new(real, std::f64::consts::PI * k as f64).scaled(1.0 / t_s);
        (s, scale * sign * xi[k])
    })
}

fn euler_weights() -> [f64; 2 * M + 1] {
    let mut xi = [1.0; 2 * M + 1];
    xi[0] = 0.5;
    let smallest = 1.0 / (1_u64 << M) as f64;
    xi[2 * M] = smallest;
    let mut binomial = 1.0;
    for k in 1..M {
        binomial *= (M - k + 1) as f64 / k as f64;
        xi[2 * M - k] = xi[2 * M - k + 1] + smallest * binomial;
    }
    xi
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_recovers_an_exponential_and_its_integral() {
        for (rate, t) in [(0.001, 600.0), (1.0, 2.0), (3.0, 0.1_f64)] {
            let rate = Complex::new(rate, 0.0);
            let one = Complex::new(1.0, 0.0);
            let (mut value, mut integral) = (0.0, 0.0);
            for (s, weight) in nodes(t) {
                let f = one.over(s.plus(rate));
                value += weight * f.re;
                integral += weight * f.over(s).re;
            }
            let exact = (-rate.re * t).exp();
            assert!((value - exact).abs() < 1e-8, "{value} {exact}");
            assert!((integral / ((1.0 - exact) / rate.re) - 1.0).abs() < 1e-8);
        }
    }
}
