//! A thread that writes, so that saving never stalls the window.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use crate::{kind::Registry, review::Session};

use super::{Loaded, Password, Store, StoreError, changes::Changes};

/// How long to wait before changes that could not be written (a full disk, a lost network
/// folder) are tried again.
const RETRY: Duration = Duration::from_secs(5);

enum Order {
    Save(Changes),
    /// Answer when all that was sent before is written, or has failed.
    Flush(mpsc::Sender<()>),
    /// See [`Store::set_password`].
    Password {
        current: Option<Password>,
        new: Option<Password>,
        done: mpsc::Sender<Result<(), StoreError>>,
    },
}

/// Writes a session's changes on a thread of its own. Dropping it writes what is left.
#[derive(Debug)]
pub struct Saver {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    problem: Arc<Mutex<Option<String>>>,
    notice: Option<String>,
}

impl Saver {
    /// Opens the store, reads the session back and starts the thread. After
    /// [`StoreError::Corrupt`] the damaged file has been set aside: show the message and open again.
    pub fn open(path: &Path, registry: Arc<Registry>) -> Result<(Self, Session), StoreError> {
        Self::open_with(path, None, registry)
    }

    /// [`Self::open`] of a workspace that is under this password, if any.
    pub fn open_with(
        path: &Path,
        password: Option<Password>,
        registry: Arc<Registry>,
    ) -> Result<(Self, Session), StoreError> {
        let Loaded { store, session, notice } = Store::open_with(path, password)?.load(registry)?;
        let (orders, inbox) = mpsc::channel();
        let problem = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&problem);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(store, &inbox, &shared))
            .map_err(|_| StoreError::NoThread)?;
        Ok((Self { orders: Some(orders), thread: Some(thread), problem, notice }, session))
    }

    /// Hands over what changed in the session since the last call; never waits for the disk. What cannot
    /// be handed over stays to be saved.
    pub fn save(&self, session: &mut Session) -> Result<(), StoreError> {
        if !session.has_changes() {
            return Ok(());
        }
        let orders = self.orders.as_ref().ok_or(StoreError::NoThread)?;
        let Err(mpsc::SendError(order)) = orders.send(Order::Save(session.take_changes())) else {
            return Ok(());
        };
        if let Order::Save(changes) = order {
            session.give_back(&changes);
        }
        *lock(&self.problem) = Some(StoreError::NoThread.to_string());
        Err(StoreError::NoThread)
    }

    /// Waits until all that was handed over is written (or has failed: see [`Self::problem`]).
    pub fn flush(&self) -> Result<(), StoreError> {
        let orders = self.orders.as_ref().ok_or(StoreError::NoThread)?;
        let (done, wait) = mpsc::channel();
        orders.send(Order::Flush(done)).map_err(|_| StoreError::NoThread)?;
        wait.recv().map_err(|_| StoreError::NoThread)
    }

    /// Sets, changes or removes the workspace's password once all that was handed over is written; the
    /// answer comes when it is done. See [`Store::set_password`].
    pub fn set_password(
        &self,
        current: Option<Password>,
        new: Option<Password>,
    ) -> Result<mpsc::Receiver<Result<(), StoreError>>, StoreError> {
        let orders = self.orders.as_ref().ok_or(StoreError::NoThread)?;
        let (done, answer) = mpsc::channel();
        orders.send(Order::Password { current, new, done }).map_err(|_| StoreError::NoThread)?;
        Ok(answer)
    }

    /// What the operator should know of the session as it was read back, a sentence a line.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Why saving does not work at the moment, in a sentence; what is unsaved is kept and tried
    /// again.
    pub fn problem(&self) -> Option<String> {
        lock(&self.problem).clone()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by its own message; nothing is left to do.
            let _ = thread.join();
        }
    }
}

fn lock(problem: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    problem.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(mut store: Store, inbox: &mpsc::Receiver<Order>, problem: &Mutex<Option<String>>) {
    let mut unsaved: Vec<Changes> = Vec::new();
    let mut open = true;
    while open {
        let first = if unsaved.is_empty() {
            inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
        } else {
            inbox.recv_timeout(RETRY)
        };
        let mut waiting = Vec::new();
        let mut passwords = Vec::new();
        open = !matches!(first, Err(mpsc::RecvTimeoutError::Disconnected));
        for order in first.into_iter().chain(inbox.try_iter()) {
            match order {
                Order::Save(changes) => unsaved.push(changes),
                Order::Flush(done) => waiting.push(done),
                Order::Password { current, new, done } => passwords.push((current, new, done)),
            }
        }
        if !unsaved.is_empty() {
            let outcome = store.save(&unsaved);
            if outcome.is_ok() {
                unsaved.clear();
            }
            *lock(problem) = outcome.err().map(|e| e.to_string());
        }
        for (current, new, done) in passwords {
            // Whoever asked may have gone.
            let _ = done.send(store.set_password(current.as_ref(), new));
        }
        for done in waiting {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_thread_does_not_take_stays_to_be_saved() {
        let (orders, inbox) = mpsc::channel();
        drop(inbox);
        let saver = Saver { orders: Some(orders), thread: None, problem: Arc::default(), notice: None };
        let mut session = Session::new(Arc::new(Registry::default()));
        session.add_file(Path::new("scan.png"), None);
        for _ in 0..2 {
            assert!(matches!(saver.save(&mut session), Err(StoreError::NoThread)));
            assert!(session.has_changes());
            assert!(saver.problem().is_some());
        }
        let changes = session.take_changes();
        assert_eq!(changes.files.len(), 1, "the file is still to be written");
    }
}
