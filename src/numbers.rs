//! Statistics on small lists.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_clusters() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([]), None);
        assert_eq!(clusters(&[10.0, 1.0, 12.0, 2.0], 3.0), [vec![1, 3], vec![0, 2]]);
    }
}
