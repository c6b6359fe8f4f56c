//! The thread that decodes pages for showing, so that the window never waits for reading.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
};

use image::RgbImage;

use crate::{components, ingest::Source};

use super::{Event, Input, ReadOptions, cache::PageCache, panics::caught, pipeline::open, thread::Outbox};

/// A page to show.
pub(super) type Request = (Input, usize);

/// Serves requests, the newest first, until the window is gone.
pub(super) fn serve(requests: &mpsc::Receiver<Request>, cache: &PageCache, outbox: &Outbox) {
    let mut viewer = Viewer::default();
    let mut waiting: Vec<Request> = Vec::new();
    loop {
        if waiting.is_empty() {
            match requests.recv() {
                Ok(request) => waiting.push(request),
                Err(_) => return,
            }
        }
        waiting.extend(requests.try_iter());
        let Some((input, page)) = waiting.pop() else { continue };
        let image = match cache.get(&input, page) {
            Some(image) => Ok(image),
            None => viewer.decode(&input, page).inspect(|image| cache.put(&input, page, image.clone())),
        };
        if outbox.send(Event::PageImage { input, page, image }).is_err() {
            return;
        }
    }
}

/// The file shown last stays open: turning its pages is the most frequent request.
#[derive(Default)]
pub(super) struct Viewer {
    opened: Option<(Input, Source)>,
}

impl Viewer {
    pub fn decode(&mut self, input: &Input, page: usize) -> Result<Arc<RgbImage>, String> {
        let mut source = match self.opened.take() {
            Some((of, source)) if of == *input => source,
            _ => open(input, &ReadOptions::default(), pdfium()).map_err(|e| e.message)?,
        };
        // After an error the file is opened anew: it may have been replaced in the meantime.
        let decoded = caught(|| source.decode(page))?.map_err(|e| e.to_string())?;
        self.opened = Some((input.clone(), source));
        Ok(Arc::new(decoded.image))
    }
}

/// The PDF library, if the components are there. Without it PDFs end in an error that says so.
pub(super) fn pdfium() -> Option<PathBuf> {
    components::locate().ok().map(|c| c.pdfium)
}
