//! The integration tests, one binary: one module a room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod claim;
mod cli;
mod components;
mod desk;
mod desk_panels;
mod desk_rules;
mod end_to_end;
mod export;
mod export_pages;
mod forms;
mod ingest;
mod ingest_ofd;
mod ingest_pdf;
mod keeping;
mod kill;
mod kinds;
mod page_tables;
#[cfg(feature = "encryption")]
mod password;
mod readme;
#[cfg(target_os = "linux")]
mod real_window;
mod review;
mod score;
mod score_structure;
mod scripts;
mod several;
mod signing;
mod slips;
mod structure;
mod templates;
mod ui;
mod walls;
mod workspace;
