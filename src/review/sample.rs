//! Which of many documents a person looks at before all of them are confirmed together.

use std::collections::HashSet;

use super::DocumentId;

/// A random share of documents, in percent and rounded up, so that there is at least one; none for 0. It
/// depends on the documents alone: the same ones give the same sample, in whatever order and whenever.
pub fn sample(documents: impl IntoIterator<Item = DocumentId>, percent: u8) -> HashSet<DocumentId> {
    let mut drawn: Vec<DocumentId> = documents.into_iter().collect();
    let size = (drawn.len() * usize::from(percent.min(100))).div_ceil(100);
    drawn.sort_by_cached_key(|id| (mixed(id.0), *id));
    drawn.truncate(size);
    drawn.into_iter().collect()
}

/// The output function of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
/// 2014): numbers that follow one another come out as if drawn at random.
fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_size_and_is_the_same_again() {
        let ids = || (1..=95).map(DocumentId);
        let first = sample(ids(), 10);
        assert_eq!(first.len(), 10, "rounded up");
        assert_eq!(first, sample(ids().rev(), 10));
        assert_eq!(sample(ids().take(3), 10).len(), 1, "at least one");
        assert!(sample(ids(), 0).is_empty(), "off");
        assert_eq!(sample(ids(), 100).len(), 95);
        assert!(sample([], 10).is_empty());
    }

    #[test]
    fn a_sample_is_spread_over_all_documents() {
        let thirds = sample((0..3000).map(DocumentId), 10).into_iter().map(|id| id.0 / 1000);
        let mut counts = [0; 3];
        thirds.for_each(|third| counts[third as usize] += 1);
        assert!(counts.iter().all(|n| (70..=130).contains(n)), "{counts:?}");
    }
}
