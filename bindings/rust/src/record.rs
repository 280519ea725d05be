// SPDX-License-Identifier: MIT
//! What may be a field, and a record while it is filled.
use std::mem::{size_of, MaybeUninit};

use crate::declared::Declared;
use crate::ffi::{self, shape, value};

mod sealed {
    pub trait Sealed {}
}

/// A number that may be a field, or an element of one.
///
/// # Safety
/// Each bit pattern of the type's size can be read as bytes.
pub unsafe trait Element: Copy + sealed::Sealed {
    #[doc(hidden)]
    const VALUE: u8;
    #[doc(hidden)]
    const NAME: &'static str;
}

/// A field without its place.
const fn field(shape: u8, value: u8, bytes: usize, count: usize) -> ffi::Field {
    assert!(count <= ffi::RECORD_MAX, "the record is too long");
    ffi::Field { shape, value, offset: 0, bytes: bytes as u16, count: count as u16 }
}

macro_rules! elements {
    ($($type:ty, $name:literal, $value:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        // SAFETY: a number without padding.
        unsafe impl Element for $type {
            const VALUE: u8 = $value;
            const NAME: &'static str = $name;
        }
        impl FieldValue for $type {
            const FIELD: ffi::Field = field(shape::SCALAR, $value, size_of::<$type>(), 1);
            const NAME: &'static str = $name;
            #[inline]
            fn put(self, record: &mut Record<'_>, offset: u32) {
                record.put_fixed(offset, &[self]);
            }
        }
    )*};
}

/// What a field of [`event!`](crate::event) may be: integers, `bool`, `f32`, `f64`, arrays of them, slices of any length of
/// them, and `&str`.
pub trait FieldValue: sealed::Sealed {
    #[doc(hidden)]
    const FIELD: ffi::Field;
    #[doc(hidden)]
    const NAME: &'static str;
    #[doc(hidden)]
    fn put(self, record: &mut Record<'_>, offset: u32);
}

elements! {
    u8, "uint8_t", value::INTEGER;
    u16, "uint16_t", value::INTEGER;
    u32, "uint32_t", value::INTEGER;
    u64, "uint64_t", value::INTEGER;
    usize, "size_t", value::INTEGER;
    i8, "int8_t", value::INTEGER | value::SIGNED;
    i16, "int16_t", value::INTEGER | value::SIGNED;
    i32, "int32_t", value::INTEGER | value::SIGNED;
    i64, "int64_t", value::INTEGER | value::SIGNED;
    isize, "ssize_t", value::INTEGER | value::SIGNED;
    f32, "float", value::FLOAT | value::SIGNED;
    f64, "double", value::FLOAT | value::SIGNED;
    bool, "bool", value::BOOL;
}

impl<T: Element, const N: usize> sealed::Sealed for [T; N] {}
impl<T: Element, const N: usize> FieldValue for [T; N] {
    const FIELD: ffi::Field = field(shape::ARRAY, T::VALUE, size_of::<T>(), N);
    const NAME: &'static str = T::NAME;
    #[inline]
    fn put(self, record: &mut Record<'_>, offset: u32) {
        record.put_fixed(offset, &self);
    }
}

impl<T: Element> sealed::Sealed for &[T] {}
impl<T: Element> FieldValue for &[T] {
    const FIELD: ffi::Field = field(shape::DYNAMIC, T::VALUE, size_of::<T>(), 0);
    const NAME: &'static str = T::NAME;
    #[inline]
    fn put(self, record: &mut Record<'_>, offset: u32) {
        record.put_piece(offset, self.as_ptr().cast(), std::mem::size_of_val(self), size_of::<T>() as u32);
    }
}

impl sealed::Sealed for &str {}
impl FieldValue for &str {
    const FIELD: ffi::Field = field(shape::COUNTED, value::CHARACTER, 1, 0);
    const NAME: &'static str = "char";
    #[inline]
    fn put(self, record: &mut Record<'_>, offset: u32) {
        record.put_piece(offset, self.as_ptr(), self.len(), 0);
    }
}

/// As many fields as an event may have.
pub const NR_SLOTS: usize = ffi::FIELDS_MAX;

const BUFFER_BYTES: usize = ffi::HEADROOM + ffi::RECORD_MAX + 8;

#[repr(C, align(8))]
struct Buffer([MaybeUninit<u8>; BUFFER_BYTES]);

/// A record on the stack. What its strings and slices refer to lives until it is written: a macro's and this crate's matter.
pub struct Record<'a> {
    declared: &'a Declared,
    buffer: Buffer,
    pieces: [MaybeUninit<ffi::Piece>; ffi::FIELDS_MAX],
    nr_pieces: usize,
}

impl<'a> Record<'a> {
    /// All fields are zero.
    #[inline]
    pub fn new(declared: &'a Declared) -> Self {
        let mut buffer = Buffer([MaybeUninit::uninit(); BUFFER_BYTES]);
        let end = ffi::HEADROOM + declared.record_bytes();

        buffer.0[ffi::HEADROOM..end].fill(MaybeUninit::new(0));
        Record { declared, buffer, pieces: [MaybeUninit::uninit(); ffi::FIELDS_MAX], nr_pieces: 0 }
    }

    #[inline]
    pub(crate) fn put_fixed<T: Element>(&mut self, offset: u32, values: &[T]) {
        let bytes = std::mem::size_of_val(values);
        let at = ffi::HEADROOM + offset as usize;

        if at + bytes <= ffi::HEADROOM + self.declared.record_bytes() {
            // SAFETY: the place is within the buffer; an element is bytes without padding.
            unsafe {
                let to = self.buffer.0.as_mut_ptr().add(at).cast::<u8>();
                std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), to, bytes);
            }
        }
    }

    #[inline]
    pub(crate) fn put_piece(&mut self, offset: u32, data: *const u8, bytes: usize, element_bytes: u32) {
        if let Some(piece) = self.pieces.get_mut(self.nr_pieces) {
            *piece = MaybeUninit::new(ffi::Piece { data: data.cast(), bytes, offset, element_bytes });
            self.nr_pieces += 1;
        }
    }

    /// Hands it to the library.
    #[inline]
    pub fn write(mut self) {
        let event = self.declared.event();
        let buffer = self.buffer.0.as_mut_ptr().cast();
        let bytes = self.declared.record_bytes();

        // SAFETY: the buffer has its headroom and room behind it, the first pieces were set, and their data lives.
        unsafe {
            if self.nr_pieces > 0 {
                let pieces = self.pieces.as_ptr().cast();
                ffi::utfs_event_write_pieces(event, buffer, bytes, pieces, self.nr_pieces as u32);
            } else {
                ffi::utfs_event_write(event, buffer, bytes);
            }
        }
    }
}
