//! How much memory that was given back the process keeps for later.
//!
//! The C library gives each thread a heap of its own and returns only the end of each to the system. A first pull runs
//! through a dozen threads and left 210 MB behind, of which 100 MB are used (proportional set size, 240 cases, two cores).

/// Has all threads share two heaps and returns what is free at their ends. Call it before a second thread starts.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(
    unsafe_code,
    reason = "the C library's own switch; there is no safe one"
)]
pub(crate) fn keep_little() {
    const HEAPS: libc::c_int = 2;
    const KEPT_BYTES: libc::c_int = 128 << 10;
    // SAFETY: it changes two settings of the allocator, and no other thread allocates yet. What it refuses stays as it was.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
    }
}

/// Other allocators return by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) const fn keep_little() {}
