//! Luru 录入: scans to checked records, on this machine alone.
//!
//! Data flows one way through the stages, each a plain function over plain data:
//! [`ingest`] → [`ocr`] → [`structure`] → [`classify`] → [`extract`] → [`validate`] →
//! [`review`] → [`export`]. No stage imports a later one; only [`worker`] composes them;
//! [`cli`] and [`ui`] stand outside and call the worker. `tests/walls.rs` checks this.

pub mod classify;
pub mod cli;
pub mod components;
pub mod export;
pub mod extract;
pub mod fault;
pub mod geometry;
pub mod ingest;
pub mod kind;
pub mod numbers;
pub mod ocr;
pub mod review;
pub mod structure;
pub mod ui;
pub mod validate;
pub mod worker;
