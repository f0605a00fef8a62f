//! The Kolmogorov-Smirnov test of one sample against the uniform distribution on [0, 1].

/// What came of it.
pub(super) struct Test {
    /// Largest distance between the sample's distribution and the uniform one.
    pub(super) distance: f64,
    /// A uniform sample of this size exceeds it once in a hundred times.
    pub(super) critical: f64,
}

/// Tests `sample`, values in [0, 1].
pub(super) fn uniform(sample: &[f64]) -> Test {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let size = sorted.len() as f64;
    let distance = sorted
        .iter()
        .enumerate()
        .map(|(rank, value)| {
            let (below, here) = (rank as f64 / size, (rank + 1) as f64 / size);
            (here - value).max(value - below)
        })
        .fold(0.0, f64::max);
    // Stephens 1970: K = (√n + 0.12 + 0.11/√n)·D exceeds 1.628 with probability 1 %.
    let root = size.sqrt();
    Test { distance, critical: 1.628 / (root + 0.12 + 0.11 / root) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A fixed generator (MINSTD), so that the sample is the same on every machine.
    fn uniform_sample(seed: u64, size: usize) -> Vec<f64> {
        let mut state = seed * 2 + 1;
        let mut next = || {
            state = state * 48_271 % 2_147_483_647;
            state as f64 / 2_147_483_647.0
        };
        // The first values of neighbouring seeds are alike.
        (0..size + 20).map(|_| next()).skip(20).collect()
    }

    fn passes(sample: &[f64]) -> bool {
        let test = uniform(sample);
        test.distance <= test.critical
    }

    #[test]
    fn uniform_samples_pass_at_the_promised_rate() {
        for size in [30, 100, 1_000] {
            let rejected = (1..=500).filter(|seed| !passes(&uniform_sample(*seed, size))).count();
            // 5 expected of 500; 15 or more come by chance once in 10,000 times.
            assert!(rejected < 15, "{rejected} of 500 rejected at {size}");
        }
    }

    #[test]
    fn other_samples_fail() {
        assert!(!passes(&[0.0; 30]));
        assert!(!passes(&[0.5; 30]));
        let squeezed: Vec<f64> = uniform_sample(7, 40).iter().map(|u| u * 0.5).collect();
        assert!(!passes(&squeezed), "the lower half of the window only");
        let bent: Vec<f64> = uniform_sample(7, 200).iter().map(|u| u * u).collect();
        assert!(!passes(&bent), "more short waits than long ones");
        let two: Vec<f64> = (0..40).map(|n| if n % 2 == 0 { 0.05 } else { 0.95 }).collect();
        assert!(!passes(&two), "two values only");
    }

    #[test]
    fn the_distance_is_the_textbook_one() {
        // F_n jumps to 1 at 0.5: 0.5 below and 0.5 above the diagonal.
        assert!((uniform(&[0.5]).distance - 0.5).abs() < 1e-12);
        let even = uniform(&[0.125, 0.375, 0.625, 0.875]);
        assert!((even.distance - 0.125).abs() < 1e-12);
        assert!((uniform(&[0.0; 100]).critical - 0.1608).abs() < 0.001);
    }

    proptest! {
        #[test]
        fn the_order_of_a_sample_does_not_matter(
            sample in proptest::collection::vec(0.0..1.0_f64, 1..60),
            by in any::<proptest::sample::Index>(),
        ) {
            let mut turned = sample.clone();
            turned.rotate_left(by.index(sample.len()));
            prop_assert_eq!(uniform(&sample).distance, uniform(&turned).distance);
        }
    }
}
