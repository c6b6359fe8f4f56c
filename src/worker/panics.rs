//! A panic in a stage costs one page: it is caught, kept quiet and told as an error.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

use crate::fault::BEHIND;

thread_local! {
    /// Whether a panic of this thread is caught below and told by its message.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; its panic becomes an error with the panic's message.
///
/// What `work` changes must be thrown away or be rebuilt by its next use: the stages' buffers are.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    silence_caught_panics();
    let outer = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(outer);
    result.map_err(|panic| {
        let detail = message(panic.as_ref());
        format!(
            "程序内部错误，此页已跳过，请反馈该文件 / internal error, the page was skipped, please report the file{BEHIND}{detail}"
        )
    })
}

/// The default hook writes every panic to stderr, also those that are handled.
fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !CAUGHT.get() {
                before(info);
            }
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_errors_with_their_message() {
        assert_eq!(caught(|| 1), Ok(1));
        let error = caught(|| panic!("row {}", 7)).expect_err("it panicked");
        assert!(error.contains("row 7"), "{error}");
    }
}
