//! Decoded pages and thumbnails: what is kept, what is made small on a thread, what is let go.
//!
//! Knows nothing of the session; pages are named by file and number.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, mpsc},
};

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};
use fast_image_resize::{self as fir, images::Image};
use image::RgbImage;

use crate::review::FileId;

/// One page of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageKey {
    pub file: FileId,
    /// From 1.
    pub page: usize,
}

/// Bytes of decoded pages kept for going back and forth: some ten A4 pages at 300 dpi.
const KEPT_BYTES: usize = 256 << 20;
/// The longer side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 96;
/// Levels of a page get smaller until the longer side is at most this, in pixels.
const SMALLEST_LEVEL: u32 = 1024;

/// A page at full size and halved again and again, for small zooms.
#[derive(Clone)]
pub struct Levels(pub Vec<Arc<RgbImage>>);

impl Levels {
    pub fn size(&self) -> (u32, u32) {
        self.0.first().map_or((0, 0), |i| i.dimensions())
    }

    /// Whether the smaller levels have been made.
    fn is_complete(&self) -> bool {
        self.0.last().is_some_and(|i| i.width().max(i.height()) <= SMALLEST_LEVEL)
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|i| i.len()).sum()
    }
}

/// Halves the image until its longer side is small.
pub fn levels(full: Arc<RgbImage>) -> Levels {
    let mut all = vec![full];
    while let Some(last) = all.last() {
        let (w, h) = last.dimensions();
        if w.max(h) <= SMALLEST_LEVEL {
            break;
        }
        match resized(last, w.div_ceil(2), h.div_ceil(2)) {
            Some(half) => all.push(Arc::new(half)),
            None => break,
        }
    }
    Levels(all)
}

/// The image at another size; `None` if the sizes do not allow it.
fn resized(image: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    let source =
        fir::images::ImageRef::new(image.width(), image.height(), image.as_raw(), fir::PixelType::U8x3)
            .ok()?;
    let mut target = Image::new(width, height, fir::PixelType::U8x3);
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Box));
    fir::Resizer::new().resize(&source, &mut target, &options).ok()?;
    RgbImage::from_raw(width, height, target.into_vec())
}

fn thumbnail(image: &RgbImage) -> Option<ColorImage> {
    let (w, h) = image.dimensions();
    let scale = THUMBNAIL_SIDE as f32 / w.max(h).max(1) as f32;
    let side = |v: u32| ((v as f32 * scale).round() as u32).clamp(1, THUMBNAIL_SIDE);
    let small = resized(image, side(w), side(h))?;
    let size = [small.width() as usize, small.height() as usize];
    Some(ColorImage::from_rgb(size, small.as_raw()))
}

/// A picture of a page or of a part of it, as it stands upright, for lists and panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Snip {
    pub key: PageKey,
    /// Left, top, right and bottom in pixels of the page; `None`: the whole page.
    pub part: Option<[u32; 4]>,
    /// Degrees clockwise that turn the page upright.
    pub rotation: u16,
    /// The longer side is made no longer than this, in pixels.
    pub side: u32,
}

/// So many snips are kept, 2 MB each at the most.
const KEPT_SNIPS: usize = 160;

fn snip(image: &RgbImage, snip: &Snip) -> Option<ColorImage> {
    let (width, height) = image.dimensions();
    let [left, top, right, bottom] = snip.part.unwrap_or([0, 0, width, height]);
    let (left, top) = (left.min(width.saturating_sub(1)), top.min(height.saturating_sub(1)));
    let (w, h) = (right.clamp(left + 1, width) - left, bottom.clamp(top + 1, height) - top);
    let part = image::imageops::crop_imm(image, left, top, w, h).to_image();
    let scale = (snip.side as f32 / w.max(h) as f32).min(1.0);
    let side = |v: u32| ((v as f32 * scale).round() as u32).max(1);
    let small = resized(&part, side(w), side(h))?;
    let upright = match snip.rotation {
        90 => image::imageops::rotate90(&small),
        180 => image::imageops::rotate180(&small),
        270 => image::imageops::rotate270(&small),
        _ => small,
    };
    let size = [upright.width() as usize, upright.height() as usize];
    Some(ColorImage::from_rgb(size, upright.as_raw()))
}

enum Made {
    Snip(Snip, ColorImage),
    Levels(PageKey, Levels),
    Thumbnail(FileId, ColorImage),
}

enum Wanted {
    Snip(Snip, Arc<RgbImage>),
    Levels(PageKey, Arc<RgbImage>),
    Thumbnail(FileId, Arc<RgbImage>),
}

/// All pictures that the window holds.
pub struct PageImages {
    /// Oldest use first; smaller levels are made when a page is shown.
    decoded: VecDeque<(PageKey, Levels)>,
    /// The levels of the page on show.
    levels: Option<(PageKey, Levels)>,
    thumbnails: HashMap<FileId, TextureHandle>,
    /// Files whose thumbnail is being made.
    ordered: HashSet<FileId>,
    /// Pages that the worker was asked for.
    asked: HashSet<PageKey>,
    /// Oldest first.
    snips: VecDeque<(Snip, TextureHandle)>,
    /// Snips that wait for their page.
    snips_wanted: HashSet<Snip>,
    /// Snips that the thread is making.
    snips_ordered: HashSet<Snip>,
    failed: HashMap<PageKey, String>,
    /// The page on show.
    current: Option<PageKey>,
    wanted: mpsc::Sender<Wanted>,
    made: mpsc::Receiver<Made>,
}

impl PageImages {
    /// Starts the thread that makes pictures smaller; it ends with this value.
    pub fn new(ctx: &egui::Context) -> Self {
        let (wanted, orders) = mpsc::channel::<Wanted>();
        let (done, made) = mpsc::channel();
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            for order in orders {
                let result = match order {
                    Wanted::Levels(key, image) => Some(Made::Levels(key, levels(image))),
                    Wanted::Snip(of, image) => snip(&image, &of).map(|image| Made::Snip(of, image)),
                    Wanted::Thumbnail(file, image) => thumbnail(&image).map(|t| Made::Thumbnail(file, t)),
                };
                if let Some(result) = result {
                    if done.send(result).is_err() {
                        return;
                    }
                    ctx.request_repaint();
                }
            }
        });
        Self {
            decoded: VecDeque::new(),
            levels: None,
            thumbnails: HashMap::new(),
            ordered: HashSet::new(),
            asked: HashSet::new(),
            snips: VecDeque::new(),
            snips_wanted: HashSet::new(),
            snips_ordered: HashSet::new(),
            failed: HashMap::new(),
            current: None,
            wanted,
            made,
        }
    }

    /// Takes in what the thread has made since the last frame.
    pub fn receive(&mut self, ctx: &egui::Context) {
        while let Ok(made) = self.made.try_recv() {
            match made {
                Made::Levels(key, levels) => {
                    if let Some((_, kept)) = self.decoded.iter_mut().find(|(k, _)| *k == key) {
                        *kept = levels.clone();
                    }
                    if self.current == Some(key) {
                        self.levels = Some((key, levels));
                    }
                }
                Made::Snip(snip, image) => {
                    let texture = ctx.load_texture("snip", image, TextureOptions::LINEAR);
                    self.snips_ordered.remove(&snip);
                    self.snips.push_back((snip, texture));
                    if self.snips.len() > KEPT_SNIPS {
                        self.snips.pop_front();
                    }
                }
                Made::Thumbnail(file, image) => {
                    let texture = ctx.load_texture("thumbnail", image, TextureOptions::LINEAR);
                    self.ordered.remove(&file);
                    self.thumbnails.insert(file, texture);
                }
            }
        }
    }

    /// The page on show changes. Returns whether its pixels must be asked for.
    pub fn show(&mut self, key: Option<PageKey>) -> bool {
        if self.current == key {
            return false;
        }
        self.current = key;
        self.levels = None;
        let Some(key) = key else { return false };
        match self.decoded.iter().position(|(k, _)| *k == key).and_then(|i| self.decoded.remove(i)) {
            Some((_, levels)) => {
                match levels.0.first().filter(|_| !levels.is_complete()) {
                    Some(full) => self.order(Wanted::Levels(key, full.clone())),
                    None => self.levels = Some((key, levels.clone())),
                }
                self.decoded.push_back((key, levels));
                false
            }
            None => self.failed.remove(&key).is_some() || self.asked.insert(key),
        }
    }

    /// A decoded page arrives.
    pub fn put(&mut self, key: PageKey, image: Arc<RgbImage>) {
        self.asked.remove(&key);
        self.failed.remove(&key);
        if !self.thumbnails.contains_key(&key.file) && self.ordered.insert(key.file) {
            self.order(Wanted::Thumbnail(key.file, image.clone()));
        }
        let ready: Vec<Snip> = self.snips_wanted.iter().filter(|s| s.key == key).copied().collect();
        for snip in ready {
            self.snips_wanted.remove(&snip);
            self.snips_ordered.insert(snip);
            self.order(Wanted::Snip(snip, image.clone()));
        }
        if self.current == Some(key) && self.levels.as_ref().is_none_or(|(k, _)| *k != key) {
            self.order(Wanted::Levels(key, image.clone()));
        }
        self.decoded.retain(|(k, _)| *k != key);
        self.decoded.push_back((key, Levels(vec![image])));
        let bytes = |d: &VecDeque<(PageKey, Levels)>| d.iter().map(|(_, l)| l.bytes()).sum::<usize>();
        while self.decoded.len() > 1 && bytes(&self.decoded) > KEPT_BYTES {
            self.decoded.pop_front();
        }
    }

    /// The page cannot be decoded.
    pub fn fail(&mut self, key: PageKey, message: String) {
        self.asked.remove(&key);
        self.snips_wanted.retain(|s| s.key != key);
        self.failed.insert(key, message);
    }

    /// The file has left the queue, or is read anew.
    pub fn forget(&mut self, file: FileId) {
        self.decoded.retain(|(k, _)| k.file != file);
        self.snips.retain(|(s, _)| s.key.file != file);
        self.snips_wanted.retain(|s| s.key.file != file);
        self.asked.retain(|k| k.file != file);
        self.failed.retain(|k, _| k.file != file);
        self.thumbnails.remove(&file);
        self.ordered.remove(&file);
        if self.current.is_some_and(|k| k.file == file) {
            (self.current, self.levels) = (None, None);
        }
    }

    pub fn current(&self) -> Option<PageKey> {
        self.current
    }

    /// The page on show, once it is decoded.
    pub fn current_levels(&self) -> Option<(PageKey, &Levels)> {
        self.levels.as_ref().map(|(k, l)| (*k, l))
    }

    pub fn failure(&self, key: PageKey) -> Option<&str> {
        self.failed.get(&key).map(String::as_str)
    }

    /// Whether the file has no thumbnail and its first page has not been asked for in vain.
    pub fn needs_thumbnail(&self, file: FileId) -> bool {
        let first = PageKey { file, page: 1 };
        !self.thumbnails.contains_key(&file)
            && !self.ordered.contains(&file)
            && !self.asked.contains(&first)
            && !self.failed.contains_key(&first)
    }

    /// Whether a page is neither there nor asked for nor known to be undecodable.
    pub fn lacks(&self, key: PageKey) -> bool {
        let decoded = self.decoded.iter().any(|(k, _)| *k == key);
        !decoded && !self.asked.contains(&key) && !self.failed.contains_key(&key)
    }

    /// Notes that the worker is asked for a page. Returns whether it was not asked already.
    pub fn ask(&mut self, key: PageKey) -> bool {
        self.asked.insert(key)
    }

    pub fn thumbnail(&self, file: FileId) -> Option<&TextureHandle> {
        self.thumbnails.get(&file)
    }

    /// The picture, once it is made.
    pub fn snip(&self, snip: &Snip) -> Option<&TextureHandle> {
        self.snips.iter().find(|(s, _)| s == snip).map(|(_, texture)| texture)
    }

    /// Has the picture made. Returns whether the worker must be asked for its page.
    pub fn want(&mut self, snip: Snip) -> bool {
        let under_way = self.snips_wanted.contains(&snip) || self.snips_ordered.contains(&snip);
        if under_way || self.snip(&snip).is_some() || self.failed.contains_key(&snip.key) {
            return false;
        }
        let known = self.decoded.iter().find(|(k, _)| *k == snip.key);
        if let Some(image) = known.and_then(|(_, levels)| levels.0.first()).cloned() {
            self.snips_ordered.insert(snip);
            self.order(Wanted::Snip(snip, image));
            return false;
        }
        self.snips_wanted.insert(snip);
        self.asked.insert(snip.key)
    }

    fn order(&self, wanted: Wanted) {
        // The thread lives as long as this value; were it gone, the page would stay empty.
        let _ = self.wanted.send(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_halve_until_small_and_keep_the_colour() {
        let page = RgbImage::from_pixel(5001, 40, image::Rgb([10, 200, 90]));
        let Levels(all) = levels(Arc::new(page));
        let sizes: Vec<_> = all.iter().map(|i| i.dimensions()).collect();
        assert_eq!(sizes, [(5001, 40), (2501, 20), (1251, 10), (626, 5)]);
        assert!(all.iter().all(|i| i.get_pixel(0, 0).0 == [10, 200, 90]));
    }

    #[test]
    fn thumbnails_are_small_even_of_slivers() {
        let t = thumbnail(&RgbImage::new(4000, 16)).expect("a valid size");
        assert_eq!(t.size, [96, 1]);
    }

    #[test]
    fn snips_are_cut_made_small_and_turned() {
        let page = RgbImage::from_fn(100, 50, |x, _| image::Rgb([x as u8, 0, 0]));
        let key = PageKey { file: FileId(1), page: 1 };
        let of = |part, rotation, side| Snip { key, part, rotation, side };
        assert_eq!(snip(&page, &of(None, 0, 20)).expect("a picture").size, [20, 10]);
        assert_eq!(snip(&page, &of(None, 90, 20)).expect("a picture").size, [10, 20]);
        let part = snip(&page, &of(Some([10, 5, 14, 9]), 0, 20)).expect("a picture");
        assert_eq!((part.size, part.pixels[0].r()), ([4, 4], 10), "never made larger");
        assert_eq!(snip(&page, &of(Some([99, 49, 500, 500]), 0, 20)).expect("a picture").size, [1, 1]);
    }

    #[test]
    fn a_snip_waits_for_its_page_which_is_asked_for_once() {
        let mut images = PageImages::new(&egui::Context::default());
        let key = PageKey { file: FileId(1), page: 1 };
        let snip = |side| Snip { key, part: None, rotation: 0, side };
        assert!(images.want(snip(20)));
        assert!(!images.want(snip(20)) && !images.want(snip(30)), "already asked for");
        images.put(key, Arc::new(RgbImage::new(40, 40)));
        assert!(images.snips_wanted.is_empty());
        assert!(!images.want(snip(50)), "the page is there");
        images.fail(PageKey { page: 2, ..key }, "damaged".into());
        assert!(!images.want(Snip { key: PageKey { page: 2, ..key }, ..snip(20) }));
    }

    #[test]
    fn only_so_many_pages_are_kept_and_a_page_is_asked_for_once() {
        let mut images = PageImages::new(&egui::Context::default());
        let key = |page| PageKey { file: FileId(1), page };
        assert!(images.show(Some(key(1))));
        assert!(!images.show(Some(key(1))));
        assert!(images.show(Some(key(2))));
        assert!(!images.show(Some(key(1))), "already asked for");
        for page in 1..=12 {
            images.put(key(page), Arc::new(RgbImage::new(4000, 4000)));
        }
        assert!(images.decoded.len() < 12);
        assert!(images.show(Some(key(3))), "let go, so it must be decoded again");
        assert!(!images.show(Some(key(12))), "still there");
    }
}
