//! The window's link to the worker, so that tests can put their own in its place.

use std::sync::Arc;

use crate::{
    kind::Registry,
    worker::{Event, Job, JobId, Worker},
};

/// Takes jobs and gives events; never blocks.
pub trait Engine {
    /// Queues a job and returns its number.
    fn send(&mut self, job: Job) -> JobId;
    /// Asks the running reading job, and those queued behind it, to stop.
    fn cancel(&mut self);
    /// The next event, if one has arrived.
    fn poll(&mut self) -> Option<Event>;
    /// Ends the threads and starts them anew, after the engines could not be loaded.
    fn restart(&mut self);
}

/// The real worker.
pub struct Threads {
    registry: Arc<Registry>,
    repaint: Arc<dyn Fn() + Send + Sync>,
    worker: Worker,
}

impl Threads {
    pub fn start(registry: Arc<Registry>, repaint: Arc<dyn Fn() + Send + Sync>) -> Self {
        let worker = Worker::start(registry.clone(), repaint.clone());
        Self { registry, repaint, worker }
    }
}

impl Engine for Threads {
    fn send(&mut self, job: Job) -> JobId {
        if let Job::Kinds(registry) = &job {
            self.registry = registry.clone();
        }
        self.worker.send(job)
    }

    fn cancel(&mut self) {
        self.worker.cancel();
    }

    fn poll(&mut self) -> Option<Event> {
        self.worker.poll()
    }

    fn restart(&mut self) {
        let new = Worker::start(self.registry.clone(), self.repaint.clone());
        let old = std::mem::replace(&mut self.worker, new);
        // Ending waits for a running stage; the window does not.
        std::thread::spawn(move || drop(old));
    }
}
