//! How much memory reading may keep between pages.

/// Above this much resident memory of the process, the networks give back what they keep for each size of
/// picture. A reader needs some 350 MB at work, and two share the detection: with 91 pages of all kinds the
/// process grew from 0.8 to 1.3 GB without a limit.
const RENEW_ABOVE: usize = 850_000_000;

/// Whether the networks should be renewed.
pub fn is_too_large() -> bool {
    memory_stats::memory_stats().is_some_and(|now| now.physical_mem > RENEW_ABOVE)
}

/// Hands freed memory back to the system. The networks allocate large tensors of changing sizes: glibc
/// keeps 50 to 190 MB of them after every few pages.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "the call takes no pointer: it only returns free pages")]
    // SAFETY: `malloc_trim` may be called at any time from any thread (malloc_trim(3): MT-Safe).
    unsafe {
        libc::malloc_trim(0);
    }
}
