//! How much memory reading may keep between pages.

/// Above this much resident memory of the process, the networks give back what they keep for each size of
/// picture, and keep little of it from then on. A reader needs some 350 MB at work, and two share the detection: with 91 pages of all kinds the
/// process grew from 0.8 to 1.3 GB without a limit.
const RENEW_ABOVE: usize = 850_000_000;

/// Whether the networks should be renewed.
pub fn is_too_large() -> bool {
    memory_stats::memory_stats().is_some_and(|now| now.physical_mem > RENEW_ABOVE)
}

/// Blocks from this size on (bytes) come from the system one by one and go back to it as soon as they are freed. Left
/// to itself glibc raises the bound to 32 MB and keeps the holes that tensors of changing sizes leave: the
/// detection network alone kept 220 MB instead of 199 after ten sizes, in the same time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK: libc::c_int = 4 << 20;
/// So much freed memory (bytes) may stay at the heap's end between two calls of [`give_back`], as glibc has it itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_AT_END: libc::c_int = 64 << 20;

/// Tells the system's allocator how to treat large tensors. Called once, before networks are loaded.
pub fn prepare() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "the calls take two numbers")]
    // SAFETY: `mallopt` sets parameters of the allocator under its own lock (mallopt(3)).
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_AT_END);
    }
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
