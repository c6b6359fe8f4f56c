//! Decoded pages that were shown or read last, up to a number of bytes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use image::RgbImage;

use super::Input;

/// About ten pages of A4 at 300 dpi: enough to turn back and forth without decoding again.
const MAX_BYTES: usize = 256 << 20;

/// Least recently used pages leave first. Shared by the threads.
#[derive(Default)]
pub(super) struct PageCache {
    /// Most recently used last.
    pages: Mutex<VecDeque<(Input, usize, Arc<RgbImage>)>>,
}

impl PageCache {
    pub fn get(&self, input: &Input, page: usize) -> Option<Arc<RgbImage>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pages.iter().position(|(i, p, _)| *p == page && i == input)?;
        let entry = pages.remove(at)?;
        let image = entry.2.clone();
        pages.push_back(entry);
        Some(image)
    }

    pub fn put(&self, input: &Input, page: usize, image: Arc<RgbImage>) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain(|(i, p, _)| *p != page || i != input);
        pages.push_back((input.clone(), page, image));
        let mut bytes: usize = pages.iter().map(|(_, _, image)| image.as_raw().len()).sum();
        // The newest page stays, however large it is: it is the one being shown.
        while bytes > MAX_BYTES && pages.len() > 1 {
            bytes -= pages.pop_front().map_or(0, |(_, _, image)| image.as_raw().len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_page_leaves_first() {
        let cache = PageCache::default();
        let input = Input::default();
        let third = (MAX_BYTES / 3 / 3) as u32;
        for page in 1..=3 {
            cache.put(&input, page, Arc::new(RgbImage::new(third, 1)));
        }
        assert!(cache.get(&input, 1).is_some());
        cache.put(&input, 4, Arc::new(RgbImage::new(third, 1)));
        let kept: Vec<_> = (1..=4).filter(|&p| cache.get(&input, p).is_some()).collect();
        assert_eq!(kept, [1, 3, 4]);
    }
}
