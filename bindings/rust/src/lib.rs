// SPDX-License-Identifier: MIT
//! Events of Rust programs in the trace of utracefs, together with those of C, C++ and Python.
//!
//! ```
//! utracefs::event! {
//!     /// A request was served.
//!     pub fn request(id: u64, path: &str, ms: f64) => "shop";
//! }
//!
//! request(17, "/index.html", 1.5);
//! if request::enabled() {
//!     // arguments that are costly to make
//! }
//! ```
//!
//! declares the event `shop:request`, registered before `main()` (or by `dlopen()`). One that nobody records costs two loads and
//! a branch that is not taken. One that is recorded takes no lock, allocates nothing, and may be written in any thread and in signal
//! handlers. Nothing in here prints, panics or unwinds into C; where tracing cannot work nothing happens, and [`status()`] says why.
//!
//! With the feature `tracing` there is a `Layer` for tracing-subscriber. With `vendored` the library is compiled in.
#![warn(missing_docs)]

mod declared;
mod description;
mod dynamic;
#[doc(hidden)]
pub mod ffi;
#[cfg(feature = "tracing")]
mod layer;
mod macros;
mod record;

#[doc(hidden)]
pub use declared::{Declared, NEVER};
#[doc(hidden)]
pub use description::{describe, texts_bytes, Description};
pub use dynamic::{DynamicEvent, Kind, Value};
#[cfg(feature = "tracing")]
pub use layer::Layer;
pub use record::{Element, FieldValue};
#[doc(hidden)]
pub use record::{Record, NR_SLOTS};

use std::ffi::CStr;

/// Does tracing work in this process?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Attached to the arena: events can be recorded.
    pub active: bool,
    /// Events registered now.
    pub events: u64,
    /// Events that are inactive because another program declared the name with other fields.
    pub conflicts: u64,
    /// The state in words.
    pub text: String,
}

/// Tells whether tracing works in this process, and if not, why.
pub fn status() -> Status {
    let mut status = std::mem::MaybeUninit::<ffi::Status>::zeroed();
    // SAFETY: all zero is a value of it, and the library fills it.
    let status = unsafe {
        ffi::utfs_status_get(status.as_mut_ptr());
        status.assume_init()
    };
    // SAFETY: the library ends the text with NUL.
    let text = unsafe { CStr::from_ptr(status.text.as_ptr()) };
    Status {
        active: status.state == 1,
        events: status.events,
        conflicts: status.conflicts,
        text: text.to_string_lossy().into_owned(),
    }
}

/// Writes a text to the trace, as a write to the file `trace_marker` would. Did somebody want it?
pub fn marker(text: &str) -> bool {
    // SAFETY: the text is copied.
    unsafe { ffi::utfs_marker(text.as_ptr().cast(), text.len()) > 0 }
}
