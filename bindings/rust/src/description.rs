// SPDX-License-Identifier: MIT
//! What an event is, in one piece of memory without an address in it: `struct utfs_event_info` and its parts.
use std::mem::size_of;
use std::ptr;

use crate::ffi::{self, shape};

/// What lies in front of the fields where there are no symbols.
#[repr(C)]
pub struct Head {
    /// Sizes.
    pub info: ffi::Info,
    /// The value behind the last symbol's.
    pub no_symbol: i64,
}
const _: () = assert!(size_of::<Head>() == 16);

impl Head {
    const fn new(layout: Layout, nr_fields: usize) -> Self {
        assert!(nr_fields <= ffi::FIELDS_MAX, "an event has at most 32 fields");
        let info = ffi::Info { record_bytes: layout.record_bytes(), nr_fields: nr_fields as u16, nr_symbols: 0 };
        Head { info, no_symbol: 0 }
    }

    /// The fields behind it.
    ///
    /// # Safety
    /// It is the head of a whole description.
    pub(crate) unsafe fn fields(this: *const Self) -> *const ffi::Field {
        this.add(1).cast()
    }
}

/// A description of N fields.
#[repr(C)]
pub struct Description<const N: usize, const BYTES: usize> {
    /// In front.
    pub head: Head,
    /// In their places.
    pub fields: [ffi::Field; N],
    /// Each with its NUL.
    pub texts: [u8; BYTES],
}

impl<const N: usize, const BYTES: usize> Description<N, BYTES> {
    /// As the library takes it.
    pub const fn head(&self) -> *const Head {
        self as *const Self as *const Head
    }
}

/// The fixed part of a record, as a C struct: its bytes so far, the eight common ones among them.
#[derive(Clone, Copy)]
struct Layout {
    end: u32,
    align: u32,
}

const fn round_up(bytes: u32, align: u32) -> u32 {
    (bytes + align - 1) / align * align
}

impl Layout {
    const START: Self = Layout { end: 8, align: 4 };

    const fn place(self, mut field: ffi::Field) -> (Self, ffi::Field) {
        let dynamic = field.shape == shape::COUNTED || field.shape == shape::DYNAMIC;
        let align = if dynamic { 4 } else { field.bytes as u32 };
        let bytes = if dynamic { 4 } else { field.bytes as u32 * field.count as u32 };
        let offset = round_up(self.end, align);
        let end = offset + bytes;

        assert!(bytes > 0, "an array without elements");
        assert!(end as usize <= ffi::RECORD_MAX - ffi::FIELDS_MAX, "the record is too long");
        field.offset = offset as u16;
        (Layout { end, align: if align > self.align { align } else { self.align } }, field)
    }

    const fn record_bytes(self) -> u32 {
        round_up(self.end, self.align)
    }
}

/// How many bytes texts take, each with its NUL.
pub const fn texts_bytes(texts: &[&str]) -> usize {
    let (mut bytes, mut i) = (0, 0);

    while i < texts.len() {
        bytes += texts[i].len() + 1;
        i += 1;
    }
    bytes
}

const fn join<const BYTES: usize>(texts: &[&str]) -> [u8; BYTES] {
    let mut joined = [0; BYTES];
    let (mut at, mut i) = (0, 0);

    while i < texts.len() {
        let text = texts[i].as_bytes();
        let mut j = 0;

        while j < text.len() {
            assert!(text[j] != 0, "a NUL in the declaration of an event");
            joined[at + j] = text[j];
            j += 1;
        }
        at += text.len() + 1;
        i += 1;
    }
    joined
}

/// Describes an event when it is compiled. Texts: print format or "", system, name, each field's type and name. BYTES: their
/// [`texts_bytes`].
pub const fn describe<const N: usize, const BYTES: usize>(
    mut fields: [ffi::Field; N],
    texts: &[&str],
) -> Description<N, BYTES> {
    let mut layout = Layout::START;
    let mut i = 0;

    while i < N {
        let (longer, field) = layout.place(fields[i]);

        layout = longer;
        fields[i] = field;
        i += 1;
    }
    Description { head: Head::new(layout, N), fields, texts: join(texts) }
}

/// Describes an event when the program runs, as [`describe`] does. No text has a NUL in it.
pub(crate) fn describe_owned(fields: &[ffi::Field], texts: &[&str]) -> Vec<u64> {
    let bytes = size_of::<Head>() + std::mem::size_of_val(fields) + texts_bytes(texts);
    let mut words = vec![0; bytes / size_of::<u64>() + 1];
    let head: *mut Head = words.as_mut_ptr().cast();
    let mut layout = Layout::START;

    // SAFETY: there is room for all of them, and each is aligned to a word at most.
    unsafe {
        let mut to: *mut ffi::Field = head.add(1).cast();
        for field in fields {
            let (longer, placed) = layout.place(*field);

            layout = longer;
            to.write(placed);
            to = to.add(1);
        }
        let mut to: *mut u8 = to.cast();
        for text in texts {
            ptr::copy_nonoverlapping(text.as_ptr(), to, text.len());
            to = to.add(text.len() + 1);
        }
        head.write(Head::new(layout, fields.len()));
    }
    words
}
