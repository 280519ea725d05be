// SPDX-License-Identifier: MIT
//! `utracefs/event.h` and `utracefs/runtime.h`: part of the library's binary interface, the same within one soname.
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64};

pub const HEADER_ABI: u32 = 2;
pub const HEADROOM: usize = 16;
pub const FIELDS_MAX: usize = 32;
pub const RECORD_MAX: usize = 4072;
pub const EAGAIN: i32 = -11;

/// enum utfs_p_shape
pub mod shape {
    pub const SCALAR: u8 = 1;
    pub const ARRAY: u8 = 2;
    pub const COUNTED: u8 = 5;
    pub const DYNAMIC: u8 = 6;
}

/// enum utfs_p_value
pub mod value {
    pub const INTEGER: u8 = 0;
    pub const CHARACTER: u8 = 1;
    pub const BOOL: u8 = 2;
    pub const FLOAT: u8 = 3;
    pub const SIGNED: u8 = 16;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    pub shape: u8,
    pub value: u8,
    pub offset: u16,
    pub bytes: u16,
    pub count: u16,
}

#[repr(C)]
pub struct Info {
    pub record_bytes: u32,
    pub nr_fields: u16,
    pub nr_symbols: u16,
}

#[repr(C, align(64))]
pub struct Event {
    pub mask: AtomicPtr<AtomicU64>,
    pub never: AtomicU64,
    pub id: u32,
    pub status: AtomicI32,
    pub serial: u64,
    pub info: *const Info,
    pub reserved: [u64; 3],
}

#[repr(C)]
pub struct Module {
    pub abi: u32,
    pub registered: u32,
    pub begin: *mut Event,
    pub end: *mut Event,
    pub next: *mut Module,
    pub previous: *mut Module,
    pub reserved: [u64; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Piece {
    pub data: *const c_void,
    pub bytes: usize,
    pub offset: u32,
    pub element_bytes: u32,
}

#[repr(C)]
pub struct Status {
    pub state: c_uint,
    pub error: c_int,
    pub events: u64,
    pub conflicts: u64,
    pub failures: u64,
    pub lost_messages: u64,
    pub refused_threads: u64,
    pub reserved: [u64; 8],
    pub text: [c_char; 512],
}

const _: () = assert!(std::mem::size_of::<Event>() == 64);
const _: () = assert!(std::mem::size_of::<Info>() == 8);
const _: () = assert!(std::mem::size_of::<Field>() == 8);
const _: () = assert!(std::mem::size_of::<Module>() == 64);
const _: () = assert!(std::mem::size_of::<Status>() == 624);

extern "C" {
    pub fn utfs_module_register(module: *mut Module, begin: *mut Event, end: *mut Event);
    pub fn utfs_module_unregister(module: *mut Module);
    pub fn utfs_event_write(event: *const Event, buffer: *mut c_void, bytes: usize);
    pub fn utfs_event_write_pieces(
        event: *const Event,
        buffer: *mut c_void,
        bytes: usize,
        pieces: *const Piece,
        nr_pieces: c_uint,
    );
    pub fn utfs_marker(text: *const c_char, bytes: usize) -> c_int;
    pub fn utfs_status_get(status: *mut Status);
}
