//! The window's worker: one thread reads, one decodes pages for showing.
//!
//! Jobs go in by queues that never block the window. Events come out through a bounded channel:
//! if the window stops listening the threads wait, and end when it is gone.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::kind::Registry;

use super::{Event, Job, JobId, cache::PageCache, reading, viewer};

/// Events that may wait for the window. Some hold a page's pixels, 26 MB for A4 at 300 dpi.
const EVENTS: usize = 8;
/// How often paused reading looks whether it may go on: soon enough for a click, and no load.
const REST: Duration = Duration::from_millis(200);
/// How long ending waits for a running stage. The longest, detection on a large page, takes about
/// a second on two cores.
const END_TIMEOUT: Duration = Duration::from_secs(3);

/// Handle of the running threads. Dropping it cancels and ends them.
pub struct Worker {
    /// `None` only while being dropped.
    jobs: Option<mpsc::Sender<Queued>>,
    show: Option<mpsc::Sender<viewer::Request>>,
    events: Option<mpsc::Receiver<Event>>,
    /// Disconnected when both threads have ended.
    ended: mpsc::Receiver<()>,
    last_job: JobId,
    unfinished: Unfinished,
    wishes: Arc<Wishes>,
}

/// A job with its number and its flag.
pub(super) struct Queued {
    pub id: JobId,
    pub job: Job,
    pub cancel: Arc<AtomicBool>,
}

/// What the window wishes of reading that is under way.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Reading waits before the next page.
    pub paused: AtomicBool,
    /// File and page that are on show: to be read before others.
    pub first: Mutex<Option<(PathBuf, usize)>>,
}

/// The flags of the jobs that are queued or running.
type Unfinished = Arc<Mutex<Vec<(JobId, Arc<AtomicBool>)>>>;

/// Where a thread's events go.
#[derive(Clone)]
pub(super) struct Outbox {
    events: mpsc::SyncSender<Event>,
    repaint: Arc<dyn Fn() + Send + Sync>,
}

/// The window is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Outbox {
    pub fn send(&self, event: Event) -> Result<(), Gone> {
        self.events.send(event).map_err(|_| Gone)?;
        (self.repaint)();
        Ok(())
    }
}

impl Worker {
    /// Starts the threads. `repaint` is called after each event.
    pub fn start(registry: Arc<Registry>, repaint: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self::start_with(registry, repaint, reading::real_engines())
    }

    pub(super) fn start_with(
        registry: Arc<Registry>,
        repaint: Arc<dyn Fn() + Send + Sync>,
        engines: reading::Engines,
    ) -> Self {
        let (jobs, queue) = mpsc::channel();
        let (show, requests) = mpsc::channel();
        let (events, receiver) = mpsc::sync_channel(EVENTS);
        let (alive, ended) = mpsc::channel::<()>();
        let outbox = Outbox { events, repaint };
        let cache = Arc::new(PageCache::default());
        let unfinished = Unfinished::default();
        let wishes = Arc::new(Wishes::default());
        {
            let (cache, outbox, alive) = (cache.clone(), outbox.clone(), alive.clone());
            thread::spawn(move || {
                let _alive = alive;
                viewer::serve(&requests, &cache, &outbox);
            });
        }
        {
            let inbox = Inbox {
                queue,
                waiting: VecDeque::new(),
                unfinished: unfinished.clone(),
                wishes: wishes.clone(),
            };
            thread::spawn(move || {
                let _alive = alive;
                give_way();
                // An error means that the window is gone: nobody is left to tell.
                let _ = reading::ReadingThread::new(registry, cache, outbox, inbox, engines).serve();
            });
        }
        let (jobs, show, events) = (Some(jobs), Some(show), Some(receiver));
        Self { jobs, show, events, ended, last_job: 0, unfinished, wishes }
    }

    /// Queues a job and returns its number; never blocks.
    pub fn send(&mut self, job: Job) -> JobId {
        self.last_job += 1;
        let id = self.last_job;
        // Sending fails only if a thread has died; then no event of the job will ever arrive, as
        // for a job that never ends, and the window's stop button still works.
        match job {
            Job::Show { input, page } => {
                if let Some(show) = &self.show {
                    let _ = show.send((input, page));
                }
            }
            job => {
                let cancel = Arc::new(AtomicBool::new(false));
                lock(&self.unfinished).push((id, cancel.clone()));
                if let Some(jobs) = &self.jobs {
                    let _ = jobs.send(Queued { id, job, cancel });
                }
            }
        }
        id
    }

    /// Asks the running reading job, and those queued behind it, to stop.
    pub fn cancel(&self) {
        for (_, flag) in lock(&self.unfinished).iter() {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Has reading wait before the next page, or go on.
    pub fn pause(&self, paused: bool) {
        self.wishes.paused.store(paused, Ordering::Relaxed);
    }

    /// Has this page of this file read before all others that wait.
    pub fn prefer(&self, path: PathBuf, page: usize) {
        *lock(&self.wishes.first) = Some((path, page));
    }

    /// The next event, if one has arrived; never blocks.
    pub fn poll(&self) -> Option<Event> {
        self.events.as_ref()?.try_recv().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel();
        // The threads end when their queues are closed, or when nobody listens.
        (self.jobs, self.show, self.events) = (None, None, None);
        // The runtime must not be unloaded under a running network; a thread that is still busy
        // after this (a download) ends with the process.
        let _ = self.ended.recv_timeout(END_TIMEOUT);
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much the reading thread gives way: at 10 a busy reader takes about a tenth of the time of
/// a core that the window wants at the same time.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets the window go before this thread and those that it starts, which run the networks: a key
/// is answered while all cores read. Linux gives each thread a niceness of its own; elsewhere it
/// is the whole process's, so nothing is changed.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // Without the right to do so, reading goes on all the same.
        let _ = rustix::process::nice(NICENESS);
    }
}

/// The reading thread's side of the job queue.
pub(super) struct Inbox {
    queue: mpsc::Receiver<Queued>,
    /// Reading jobs that were taken from the queue to see what lies behind them.
    waiting: VecDeque<Queued>,
    unfinished: Unfinished,
    wishes: Arc<Wishes>,
}

impl Inbox {
    /// The next job; waits for one. `None` when the window is gone.
    pub fn next(&mut self) -> Option<Queued> {
        match self.waiting.pop_front() {
            Some(job) => Some(job),
            None => self.queue.recv().ok(),
        }
    }

    /// Jobs that are short and wanted at once, from anywhere in the queue.
    pub fn short_jobs(&mut self) -> Vec<Queued> {
        self.waiting.extend(self.queue.try_iter());
        let (long, short): (VecDeque<_>, VecDeque<_>) =
            self.waiting.drain(..).partition(|queued| matches!(queued.job, Job::Read { .. }));
        self.waiting = long;
        short.into()
    }

    /// A waiting reading job with the file that is wished for first.
    pub fn wished_job(&mut self) -> Option<Queued> {
        let (path, _) = self.wished()?;
        let holds = |queued: &Queued| match &queued.job {
            Job::Read { inputs, .. } => inputs.iter().any(|i| i.path == path),
            _ => false,
        };
        let at = self.waiting.iter().position(holds)?;
        self.waiting.remove(at)
    }

    /// File and page that are wished for first.
    pub fn wished(&self) -> Option<(PathBuf, usize)> {
        lock(&self.wishes.first).clone()
    }

    pub fn is_paused(&self) -> bool {
        self.wishes.paused.load(Ordering::Relaxed)
    }

    /// Waits a moment for a job, while reading is paused. An error: the window is gone.
    pub fn rest(&mut self) -> Result<(), Gone> {
        match self.queue.recv_timeout(REST) {
            Ok(queued) => self.waiting.push_back(queued),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(Gone),
        }
        Ok(())
    }

    /// Forgets a job's flag.
    pub fn finished(&self, id: JobId) {
        lock(&self.unfinished).retain(|(of, _)| *of != id);
    }
}

#[cfg(test)]
mod tests;
