//! Statistics on small lists and on the levels of pictures.

/// The middle value (the upper one of two); `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f32>) -> Option<f32> {
    let mut sorted: Vec<f32> = values.into_iter().collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Values sorted and split wherever two neighbours are more than `gap` apart: the indexes of
/// each group's members.
pub fn clusters(values: &[f32], gap: f32) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in order {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|&k| values[i] - values[k] <= gap) => group.push(i),
            _ => groups.push(vec![i]),
        }
    }
    groups
}

/// Gray level at a fraction (0..1) of the sorted pixels of a histogram.
pub fn percentile(histogram: &[u32; 256], fraction: f32) -> u8 {
    let total: u64 = histogram.iter().map(|&n| u64::from(n)).sum();
    let wanted = (total as f64 * f64::from(fraction)) as u64;
    let mut seen = 0;
    for (level, &n) in histogram.iter().enumerate() {
        seen += u64::from(n);
        if seen > wanted {
            return level as u8;
        }
    }
    255
}

/// How many pixels have each gray level.
pub fn histogram(levels: impl IntoIterator<Item = u8>) -> [u32; 256] {
    let mut counts = [0; 256];
    for v in levels {
        counts[usize::from(v)] += 1;
    }
    counts
}

/// Means over squares of `radius` around each pixel, edges repeated.
pub fn box_mean(values: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = values.len() / width.max(1);
    let share = 1.0 / (2 * radius + 1) as f32;
    let pass = |from: &[f32], to: &mut [f32], count: usize, step: usize| {
        let at = |i: usize| from[i.clamp(radius, count - 1 + radius) * step - radius * step];
        let mut sum: f32 = (0..2 * radius + 1).map(at).sum();
        for i in 0..count {
            to[i * step] = sum * share;
            sum += at(i + 2 * radius + 1) - at(i);
        }
    };
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let mut across = vec![0.0; values.len()];
    for (from, to) in values.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        pass(from, to, width, 1);
    }
    let mut out = vec![0.0; values.len()];
    for x in 0..width {
        pass(&across[x..], &mut out[x..], height, width);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_clusters() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([]), None);
        assert_eq!(clusters(&[10.0, 1.0, 12.0, 2.0], 3.0), [vec![1, 3], vec![0, 2]]);
    }

    #[test]
    fn percentiles_come_from_the_histogram() {
        let h = histogram([10, 10, 20, 200]);
        assert_eq!((percentile(&h, 0.0), percentile(&h, 0.5), percentile(&h, 0.99)), (10, 20, 200));
    }

    #[test]
    fn means_over_squares_repeat_the_edges() {
        assert!(box_mean(&[], 0, 2).is_empty());
        assert_eq!(box_mean(&[1.0, 4.0, 1.0], 3, 1), [2.0, 2.0, 2.0]);
    }
}
