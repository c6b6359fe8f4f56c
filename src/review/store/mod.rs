//! The session on disk, so that nothing is lost at a crash.
//!
//! The only place that knows SQLite. Writes only what changed, on a thread of its own.

pub mod changes;
