//! Small tools on gray images and masks that the rest of this room shares.
//!
//! Plain functions over plain buffers; knows nothing of pages or text.

use image::{GrayImage, RgbImage};

use crate::geometry::Rect;

/// A binary image, one byte a pixel: 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    width: usize,
    height: usize,
    bits: Vec<u8>,
}

impl Mask {
    /// All zero.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, bits: vec![0; width * height] }
    }

    /// Set where `f` holds of a pixel of `image`.
    pub fn of_rgb(image: &RgbImage, f: impl Fn([u8; 3]) -> bool) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let (pixels, _) = image.as_raw().as_chunks::<3>();
        Self { width, height, bits: pixels.iter().map(|&p| u8::from(f(p))).collect() }
    }

    /// Set where `f` holds of a pixel of `image`.
    pub fn of_gray(image: &GrayImage, f: impl Fn(u8) -> bool) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        Self { width, height, bits: image.as_raw().iter().map(|&v| u8::from(f(v))).collect() }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// False outside the image.
    pub fn get(&self, x: usize, y: usize) -> bool {
        x < self.width && self.bits.get(y * self.width + x).is_some_and(|&b| b != 0)
    }

    /// Does nothing outside the image.
    pub fn set(&mut self, x: usize, y: usize, on: bool) {
        if x < self.width
            && let Some(bit) = self.bits.get_mut(y * self.width + x)
        {
            *bit = u8::from(on);
        }
    }

    /// Row `y`, one byte a pixel; empty outside the image.
    pub fn row(&self, y: usize) -> &[u8] {
        self.bits.get(y * self.width..(y + 1) * self.width).unwrap_or(&[])
    }

    /// Row `y` for writing; empty outside the image.
    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        self.bits.get_mut(y * self.width..(y + 1) * self.width).unwrap_or(&mut [])
    }

    pub fn count(&self) -> usize {
        self.bits.iter().map(|&b| usize::from(b)).sum()
    }

    /// Rows and columns swapped.
    pub fn transposed(&self) -> Mask {
        let mut out = Mask::new(self.height, self.width);
        // In blocks, so that both sides stay in the cache.
        const BLOCK: usize = 32;
        for by in (0..self.height).step_by(BLOCK) {
            for bx in (0..self.width).step_by(BLOCK) {
                for y in by..(by + BLOCK).min(self.height) {
                    for x in bx..(bx + BLOCK).min(self.width) {
                        out.bits[x * self.height + y] = self.bits[y * self.width + x];
                    }
                }
            }
        }
        out
    }

    /// Each pixel of the result stands for a square of `by` × `by`: set where any of its pixels is.
    pub fn reduced(&self, by: usize) -> Mask {
        let by = by.max(1);
        let (width, height) = (self.width.div_ceil(by), self.height.div_ceil(by));
        let mut out = Mask::new(width, height);
        let mut any = vec![0u8; self.width];
        for (y, row) in out.bits.chunks_exact_mut(width.max(1)).enumerate() {
            any.fill(0);
            for k in y * by..((y + 1) * by).min(self.height) {
                any.iter_mut().zip(self.row(k)).for_each(|(a, b)| *a |= b);
            }
            for (bit, square) in row.iter_mut().zip(any.chunks(by)) {
                *bit = square.iter().fold(0, |a, b| a | b);
            }
        }
        out
    }
}

/// One maximal horizontal stretch of set pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub y: usize,
    /// First pixel.
    pub start: usize,
    /// One past the last pixel.
    pub end: usize,
}

impl Run {
    /// Pixels from start to end.
    pub fn length(&self) -> usize {
        self.end - self.start
    }
}

/// The runs of a mask row by row; gaps of up to `gap` pixels inside a run are bridged and runs
/// shorter than `least` dropped.
pub fn runs(mask: &Mask, gap: usize, least: usize) -> Vec<Run> {
    let mut out = Vec::new();
    for y in 0..mask.height() {
        let row = mask.row(y);
        let mut open: Option<Run> = None;
        let mut x = 0;
        while let Some(start) = next_set(row, x) {
            let end = row[start..].iter().position(|&b| b == 0).map_or(row.len(), |n| start + n);
            match &mut open {
                Some(run) if start <= run.end + gap => run.end = end,
                _ => {
                    let done = open.replace(Run { y, start, end });
                    out.extend(done.filter(|r| r.length() >= least));
                }
            }
            x = end;
        }
        out.extend(open.filter(|r| r.length() >= least));
    }
    out
}

/// The first set pixel of a row from `x` on; rows are mostly blank, so eight are looked at at a time.
pub fn next_set(row: &[u8], x: usize) -> Option<usize> {
    let rest = row.get(x..)?;
    let (eights, tail) = rest.as_chunks::<8>();
    let blank = eights.iter().take_while(|e| u64::from_ne_bytes(**e) == 0).count() * 8;
    let near = eights.get(blank / 8).map_or(tail, |e| e.as_slice());
    Some(x + blank + near.iter().position(|&b| b != 0)?)
}

/// The runs down the columns of a mask of at least `least` pixels, with `y` for the column: those of
/// the transposed mask. Most masks have few that long, and no column without one is looked at twice.
pub fn long_runs_down(mask: &Mask, least: usize) -> Vec<Run> {
    let least = least.clamp(1, usize::from(u16::MAX));
    let (mut lengths, mut longest) = (vec![0u16; mask.width()], vec![0u16; mask.width()]);
    for y in 0..mask.height() {
        for ((length, most), &bit) in lengths.iter_mut().zip(&mut longest).zip(mask.row(y)) {
            *length = length.saturating_add(1) * u16::from(bit);
            *most = (*most).max(*length);
        }
    }
    let columns = (0..mask.width()).filter(|&x| usize::from(longest[x]) >= least);
    let mut out = Vec::new();
    for x in columns {
        let column: Vec<usize> = (0..mask.height()).filter(|&y| mask.get(x, y)).collect();
        let runs = column.chunk_by(|a, b| a + 1 == *b).filter(|run| run.len() >= least);
        out.extend(runs.filter_map(|run| Some(Run { y: x, start: *run.first()?, end: run.last()? + 1 })));
    }
    out
}

/// Runs that touch each other, corners included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub runs: Vec<Run>,
    /// Number of pixels.
    pub area: usize,
    pub left: usize,
    pub top: usize,
    /// One past the last column.
    pub right: usize,
    /// One past the last row.
    pub bottom: usize,
}

impl Component {
    pub fn bounds(&self) -> Rect {
        Rect::new(self.left as f32, self.top as f32, self.right as f32, self.bottom as f32)
    }

    pub fn width(&self) -> usize {
        self.right - self.left
    }

    pub fn height(&self) -> usize {
        self.bottom - self.top
    }
}

/// Connected components (8-neighbourhood) of runs given in row order.
pub fn components(runs: &[Run]) -> Vec<Component> {
    let mut sets = DisjointSets::new(runs.len());
    // Two pointers over the runs of a row and those of the row above it.
    let (mut above, mut first_of_row) = (0, 0);
    for (i, run) in runs.iter().enumerate() {
        if runs.get(first_of_row).is_none_or(|r| r.y != run.y) {
            above = first_of_row;
            first_of_row = i;
            if runs.get(above).is_some_and(|r| r.y + 1 != run.y) {
                above = i;
            }
        }
        while above < first_of_row && runs[above].end < run.start {
            above += 1;
        }
        let mut k = above;
        while k < first_of_row && runs[k].start <= run.end {
            sets.join(i, k);
            k += 1;
        }
    }
    let mut found: Vec<Component> = Vec::new();
    let mut index = vec![usize::MAX; runs.len()];
    for (i, &run) in runs.iter().enumerate() {
        let root = sets.root(i);
        if index[root] == usize::MAX {
            index[root] = found.len();
            let c = Component {
                runs: Vec::new(),
                area: 0,
                left: run.start,
                top: run.y,
                right: run.end,
                bottom: run.y + 1,
            };
            found.push(c);
        }
        let c = &mut found[index[root]];
        c.area += run.length();
        c.left = c.left.min(run.start);
        c.right = c.right.max(run.end);
        c.top = c.top.min(run.y);
        c.bottom = c.bottom.max(run.y + 1);
        c.runs.push(run);
    }
    found
}

/// Union–find with path halving.
#[derive(Debug, Clone)]
pub struct DisjointSets {
    parent: Vec<usize>,
}

impl DisjointSets {
    pub fn new(len: usize) -> Self {
        Self { parent: (0..len).collect() }
    }

    pub fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The members of each set, in ascending order.
    pub fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut by_root = std::collections::BTreeMap::<usize, Vec<usize>>::new();
        for i in 0..self.parent.len() {
            by_root.entry(self.root(i)).or_default().push(i);
        }
        by_root.into_values().collect()
    }
}

/// Luma (Rec. 601 weights, integer).
pub fn gray(image: &RgbImage) -> GrayImage {
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    let luma =
        |&[r, g, b]: &[u8; 3]| ((u16::from(r) * 77 + u16::from(g) * 150 + u16::from(b) * 29) >> 8) as u8;
    GrayImage::from_raw(image.width(), image.height(), pixels.iter().map(luma).collect()).unwrap_or_default()
}

/// Each pixel of the result is the mean of a square of `by` × `by` (what is left over at the
/// right and lower edge is dropped, unless nothing else would remain).
pub fn reduced(image: &GrayImage, by: u32) -> GrayImage {
    let (width, height) = (image.width() / by.max(1), image.height() / by.max(1));
    if by <= 1 || width == 0 || height == 0 {
        return image.clone();
    }
    let out = means::<1>(image.as_raw(), image.width() as usize, by as usize);
    GrayImage::from_raw(width, height, out).unwrap_or_default()
}

/// The colour image made smaller as by [`reduced`].
pub fn reduced_rgb(image: &RgbImage, by: u32) -> RgbImage {
    let (width, height) = (image.width() / by.max(1), image.height() / by.max(1));
    if by <= 1 || width == 0 || height == 0 {
        return image.clone();
    }
    let out = means::<3>(image.as_raw(), image.width() as usize, by as usize);
    RgbImage::from_raw(width, height, out).unwrap_or_default()
}

/// [`mean_of_squares`], with the usual sizes known to the compiler.
fn means<const N: usize>(raw: &[u8], width: usize, by: usize) -> Vec<u8> {
    match by {
        2 => mean_of_squares::<N>(raw, width, 2),
        3 => mean_of_squares::<N>(raw, width, 3),
        _ => mean_of_squares::<N>(raw, width, by),
    }
}

/// Means of squares of `by` × `by` pixels (256 a side at most) of `N` channels; first the rows of a band
/// are added up (many pixels at a time), then the columns of the sums.
#[inline(always)]
fn mean_of_squares<const N: usize>(raw: &[u8], width: usize, by: usize) -> Vec<u8> {
    let mut sums = vec![0u16; width * N];
    let mut out = Vec::with_capacity(raw.len() / (by * by));
    // One over the area in 32 bits behind the point, rounded up: exact for such sums, and no division a pixel.
    let share = (1u64 << 32).div_ceil((by * by) as u64);
    for band in raw.chunks_exact(width * N * by) {
        sums.fill(0);
        for row in band.chunks_exact(width * N) {
            sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum = sum.wrapping_add(u16::from(v)));
        }
        let (pixels, _) = sums.as_chunks::<N>();
        for square in pixels.chunks_exact(by) {
            let mut total = [0u32; N];
            for pixel in square {
                total.iter_mut().zip(pixel).for_each(|(t, v)| *t += u32::from(*v));
            }
            out.extend(total.map(|t| ((u64::from(t) * share) >> 32) as u8));
        }
    }
    out
}

/// Pixels darker by `contrast` gray levels than the mean of the square of `radius` around them
/// (Bradley and Roth's adaptive threshold with a fixed margin). The sums of the square's columns
/// go down the page with it, so that each pixel costs two additions.
pub fn darker_than_surroundings(image: &GrayImage, radius: usize, contrast: u8) -> Mask {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut mask = Mask::new(width, height);
    let row = |y: usize| image.as_raw().get(y * width..(y + 1) * width).unwrap_or(&[]);
    let mut columns = vec![0u32; width];
    for y in 0..radius.min(height) {
        columns.iter_mut().zip(row(y)).for_each(|(sum, &v)| *sum += u32::from(v));
    }
    for y in 0..height {
        if y + radius < height {
            columns.iter_mut().zip(row(y + radius)).for_each(|(sum, &v)| *sum += u32::from(v));
        }
        if y > radius {
            columns.iter_mut().zip(row(y - radius - 1)).for_each(|(sum, &v)| *sum -= u32::from(v));
        }
        let rows = (y + radius + 1).min(height) - y.saturating_sub(radius);
        let (out, levels) = (mask.row_mut(y), row(y));
        let mut sum: u32 = columns.iter().take(radius).sum();
        let dark = |v: u8, area: usize, sum: u32| (u32::from(v) + u32::from(contrast)) * (area as u32) < sum;
        // Whole squares lie in the middle; there nothing is asked of each pixel but two sums.
        let middle = (radius + 1).min(width)..width.saturating_sub(radius).max((radius + 1).min(width));
        for x in 0..middle.start {
            sum += columns.get(x + radius).copied().unwrap_or(0);
            let area = ((x + radius + 1).min(width)) * rows;
            out[x] = u8::from(dark(levels[x], area, sum));
        }
        let area = (2 * radius + 1) * rows;
        let added = columns.get(middle.start + radius..).unwrap_or(&[]);
        let whole = out[middle.clone()].iter_mut().zip(&levels[middle.clone()]);
        for ((bit, &v), (new, old)) in whole.zip(added.iter().zip(&columns)) {
            sum = sum + new - old;
            *bit = u8::from(dark(v, area, sum));
        }
        for x in middle.end..width {
            sum += columns.get(x + radius).copied().unwrap_or(0);
            sum -= if x > radius { columns[x - radius - 1] } else { 0 };
            let area = (width - x.saturating_sub(radius)) * rows;
            out[x] = u8::from(dark(levels[x], area, sum));
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Mask {
        let mut m = Mask::new(rows.first().map_or(0, |r| r.len()), rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (x, c) in row.bytes().enumerate() {
                m.set(x, y, c == b'#');
            }
        }
        m
    }

    #[test]
    fn runs_bridge_gaps_and_drop_short_ones() {
        let m = mask(&["##.##...#", ".........", "#.......#"]);
        let found: Vec<_> = runs(&m, 1, 3).into_iter().map(|r| (r.y, r.start, r.end)).collect();
        assert_eq!(found, [(0, 0, 5)]);
        assert_eq!(runs(&m, 0, 1).len(), 5);
        let tall = mask(&["#..#", "#.##", "..##", "#.#."]);
        assert_eq!(long_runs_down(&tall, 2), runs(&tall.transposed(), 0, 2));
        assert_eq!(long_runs_down(&tall, 2).len(), 3);
    }

    #[test]
    fn components_join_over_corners_and_split_rows_join_below() {
        let m = mask(&["#.#....", "#.#...#", ".#.....", "......."]);
        let found = components(&runs(&m, 0, 1));
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].area, found[0].width(), found[0].height()), (5, 3, 3));
        assert_eq!(found[1].bounds(), Rect::new(6.0, 1.0, 7.0, 2.0));
        // A blank row between them keeps runs apart.
        assert_eq!(components(&runs(&mask(&["##", "..", "##"]), 0, 1)).len(), 2);
    }

    #[test]
    fn masks_turn_and_shrink() {
        let m = mask(&["#..", "##."]);
        assert_eq!(m.transposed(), mask(&["##", ".#", ".."]));
        assert_eq!(m.reduced(2), mask(&["#."]));
        assert_eq!(mask(&["...", "...", "..#"]).reduced(2), mask(&["..", ".#"]));
        assert_eq!(m.count(), 3);
        assert!(!m.get(3, 0) && !m.get(0, 9));
    }

    #[test]
    fn the_adaptive_threshold_follows_the_surroundings() {
        // A gradient from 60 to 255 with a dark line that is lighter than the dark end.
        let image = GrayImage::from_fn(40, 10, |x, y| {
            let ground = 60 + x as u8 * 5;
            image::Luma([if y == 5 { ground - 30 } else { ground }])
        });
        let m = darker_than_surroundings(&image, 3, 15);
        assert!((3..37).all(|x| m.get(x, 5) && !m.get(x, 3)));
        assert!(darker_than_surroundings(&GrayImage::new(0, 0), 3, 15).row(0).is_empty());
        // A square larger than the image: everything is compared with the mean of all.
        let m = darker_than_surroundings(&image, 50, 15);
        assert!(m.get(0, 0) && !m.get(39, 0));
    }

    #[test]
    fn reducing_averages_squares() {
        let image = GrayImage::from_fn(5, 4, |x, _| image::Luma([x as u8 * 10]));
        let small = reduced(&image, 2);
        assert_eq!((small.dimensions(), small.as_raw().as_slice()), ((2, 2), [5, 25, 5, 25].as_slice()));
        assert_eq!(reduced(&image, 9), image);
        let rgb = RgbImage::from_pixel(4, 4, image::Rgb([1, 2, 3]));
        assert_eq!(reduced_rgb(&rgb, 2), RgbImage::from_pixel(2, 2, image::Rgb([1, 2, 3])));
    }
}
