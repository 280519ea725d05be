// SPDX-License-Identifier: MIT
//! A declared event: the tables that the library looks at while it is registered.
use std::cell::UnsafeCell;
use std::os::raw::c_char;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

use crate::ffi::{self, shape};

/// What all declared events share.
pub struct Shared {
    /// What the mask of one points at that is not registered yet.
    never: AtomicU64,
    no_symbols: ffi::Symbol,
}
// SAFETY: nobody writes to it.
unsafe impl Sync for Shared {}
/// The one.
pub static SHARED: Shared =
    Shared { never: AtomicU64::new(0), no_symbols: ffi::Symbol { name: ptr::null(), value: 0 } };

/// Fields in their places.
#[derive(Clone, Copy)]
pub struct Layout<const N: usize> {
    /// As the library takes them.
    pub fields: [ffi::Field; N],
    /// Of the fixed part, as a C struct's.
    pub record_bytes: u32,
}
// SAFETY: its pointers are to constants.
unsafe impl<const N: usize> Sync for Layout<N> {}

/// Places fields as a C struct behind the eight common bytes would.
pub const fn layout<const N: usize>(mut fields: [ffi::Field; N]) -> Layout<N> {
    let (mut end, mut align) = (8, 4);
    let mut i = 0;

    assert!(N <= ffi::FIELDS_MAX, "an event has at most 32 fields");
    while i < N {
        let dynamic = fields[i].shape == shape::COUNTED || fields[i].shape == shape::DYNAMIC;
        let wanted = if dynamic { 4 } else { fields[i].bytes };

        assert!(dynamic || fields[i].count > 0, "an array without elements");
        end = (end + wanted - 1) / wanted * wanted;
        fields[i].offset = end;
        end += if dynamic { 4 } else { fields[i].bytes * fields[i].count };
        assert!(end as usize <= ffi::RECORD_MAX - ffi::FIELDS_MAX, "the record is too long");
        if wanted > align {
            align = wanted;
        }
        i += 1;
    }
    Layout { fields, record_bytes: (end + align - 1) / align * align }
}

/// An event with the memory that the library uses until it is unregistered.
pub struct Declared {
    event: UnsafeCell<ffi::Event>,
    module: UnsafeCell<ffi::Module>,
    info: ffi::Info,
}
// SAFETY: the library changes it under locks of its own, and what is read here are atomic words.
unsafe impl Sync for Declared {}
unsafe impl Send for Declared {}

impl Declared {
    /// The texts end in NUL and, as the fields, live as long as the event is registered.
    ///
    /// # Safety
    /// They do.
    pub const unsafe fn new(
        shared: &'static Shared,
        system: *const c_char,
        name: *const c_char,
        print: *const c_char,
        fields: *const ffi::Field,
        nr_fields: usize,
        record_bytes: u32,
    ) -> Self {
        Declared {
            event: UnsafeCell::new(ffi::Event {
                mask: AtomicPtr::new(&shared.never as *const AtomicU64 as *mut AtomicU64),
                never: AtomicU64::new(0),
                id: 0,
                status: AtomicI32::new(ffi::EAGAIN),
                serial: 0,
                info: ptr::null(),
                reserved: [0; 3],
            }),
            module: UnsafeCell::new(ffi::Module {
                abi: ffi::HEADER_ABI,
                registered: 0,
                begin: ptr::null_mut(),
                end: ptr::null_mut(),
                next: ptr::null_mut(),
                previous: ptr::null_mut(),
                reserved: [0; 3],
            }),
            info: ffi::Info {
                system,
                name,
                print,
                fields,
                symbols: &shared.no_symbols,
                nr_fields: nr_fields as u32,
                record_bytes,
                reserved: [0; 2],
            },
        }
    }

    /// Makes it known.
    ///
    /// # Safety
    /// It stays in place until it is unregistered, and no other thread does either meanwhile.
    pub unsafe fn register(&self) {
        let event = self.event.get();

        ptr::addr_of_mut!((*event).info).write(&self.info);
        ffi::utfs_module_register(self.module.get(), event, event.add(1));
    }

    /// Gives it back.
    ///
    /// # Safety
    /// Nobody writes it any more.
    pub unsafe fn unregister(&self) {
        ffi::utfs_module_unregister(self.module.get());
    }

    #[inline(always)]
    pub(crate) fn event(&self) -> *const ffi::Event {
        self.event.get()
    }

    pub(crate) fn record_bytes(&self) -> usize {
        self.info.record_bytes as usize
    }

    /// Where a field lies.
    #[inline]
    pub fn offset(&self, field: usize) -> u32 {
        debug_assert!(field < self.info.nr_fields as usize);
        // SAFETY: who declares gives as many fields as there are.
        unsafe { (*self.info.fields.add(field)).offset }
    }

    /// Does somebody record it?
    #[inline(always)]
    pub fn enabled(&self) -> bool {
        // SAFETY: the mask always points at a word that lives: SHARED.never, the event's own or the arena's, which stays mapped.
        unsafe {
            let mask = (*ptr::addr_of!((*self.event.get()).mask)).load(Ordering::Relaxed);
            (*mask).load(Ordering::Relaxed) != 0
        }
    }

    /// 0 registered; a negative errno: inactive, -17 (EEXIST) because another program declared other fields.
    pub fn status(&self) -> i32 {
        // SAFETY: an atomic word.
        unsafe { (*ptr::addr_of!((*self.event.get()).status)).load(Ordering::Relaxed) }
    }
}
