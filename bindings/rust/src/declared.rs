// SPDX-License-Identifier: MIT
//! A declared event: what the library looks at while it is registered.
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

use crate::description::Head;
use crate::ffi;

/// What the mask of an event points at that is not registered yet. Nobody writes to it.
pub static NEVER: AtomicU64 = AtomicU64::new(0);

/// An event with the memory that the library uses until it is unregistered.
pub struct Declared {
    event: UnsafeCell<ffi::Event>,
    module: UnsafeCell<ffi::Module>,
}
// SAFETY: the library changes it under locks of its own, and what is read here are atomic words and what nobody changes.
unsafe impl Sync for Declared {}
unsafe impl Send for Declared {}

impl Declared {
    /// `never`: [`NEVER`], which a constant function cannot name. `description`: the head of a whole one.
    ///
    /// # Safety
    /// The description lives as long as the event is registered, and nobody changes it.
    pub const unsafe fn new(never: &'static AtomicU64, description: *const Head) -> Self {
        Declared {
            event: UnsafeCell::new(ffi::Event {
                mask: AtomicPtr::new(never as *const AtomicU64 as *mut AtomicU64),
                never: AtomicU64::new(0),
                id: 0,
                status: AtomicI32::new(ffi::EAGAIN),
                serial: 0,
                info: description.cast(),
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
        }
    }

    /// Makes it known.
    ///
    /// # Safety
    /// It stays in place until it is unregistered, and no other thread does either meanwhile.
    pub unsafe fn register(&self) {
        let event = self.event.get();

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

    #[inline]
    fn description(&self) -> *const Head {
        // SAFETY: nobody changes the pointer.
        unsafe { ptr::addr_of!((*self.event.get()).info).read().cast() }
    }

    #[inline]
    pub(crate) fn record_bytes(&self) -> usize {
        // SAFETY: the description lives.
        unsafe { (*self.description()).info.record_bytes as usize }
    }

    /// Where a field lies.
    #[inline]
    pub fn offset(&self, field: usize) -> u32 {
        // SAFETY: the description lives, and who declares gives as many fields as there are.
        unsafe {
            debug_assert!(field < (*self.description()).info.nr_fields as usize);
            (*Head::fields(self.description()).add(field)).offset.into()
        }
    }

    /// Does somebody record it?
    #[inline(always)]
    pub fn enabled(&self) -> bool {
        // SAFETY: the mask always points at a word that lives: NEVER, the event's own or the arena's, which stays mapped.
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
