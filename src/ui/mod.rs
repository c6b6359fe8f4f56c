//! The desktop program. The only place, with `main.rs`, that knows egui.
