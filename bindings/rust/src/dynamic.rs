// SPDX-License-Identifier: MIT
//! Events whose fields are known at run time only.
use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::pin::Pin;

use crate::declared::{layout, Declared, SHARED};
use crate::ffi;
use crate::record::{Element, FieldValue, Record};

/// What a field of a [`DynamicEvent`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `int64_t`
    Signed,
    /// `uint64_t`
    Unsigned,
    /// `double`
    Float,
    /// `bool`
    Bool,
    /// Text of any length.
    Text,
}

/// A value for a field of a [`DynamicEvent`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Value<'a> {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
}

/// An event that is declared while the program runs, and is gone with this.
pub struct DynamicEvent {
    declared: Pin<Box<Declared>>,
    kinds: Vec<Kind>,
    _fields: Vec<ffi::Field>,
    _texts: Vec<CString>,
}
// SAFETY: the pointers in the fields are to texts that it owns and nobody changes.
unsafe impl Send for DynamicEvent {}
unsafe impl Sync for DynamicEvent {}

fn describe<T: FieldValue>(name: *const std::os::raw::c_char) -> ffi::Field {
    ffi::Field {
        name,
        type_name: T::NAME.as_ptr().cast(),
        shape: T::SHAPE,
        value: T::VALUE,
        offset: 0,
        bytes: T::BYTES,
        count: T::COUNT,
        reserved: 0,
    }
}

fn place(kind: Kind, name: &CStr, end: u32) -> (ffi::Field, u32) {
    let field = match kind {
        Kind::Signed => describe::<i64>(name.as_ptr()),
        Kind::Unsigned => describe::<u64>(name.as_ptr()),
        Kind::Float => describe::<f64>(name.as_ptr()),
        Kind::Bool => describe::<bool>(name.as_ptr()),
        Kind::Text => describe::<&str>(name.as_ptr()),
    };
    let alone = layout([field]);
    let align = if kind == Kind::Text { 4 } else { field.bytes };
    let offset = (end + align - 1) / align * align;

    (ffi::Field { offset, ..alone.fields[0] }, offset + if kind == Kind::Text { 4 } else { field.bytes })
}

impl DynamicEvent {
    /// Declares it. Names are letters, digits and '_'. Return: `None` where a name cannot be one, or there are more than 32 fields.
    /// Whether it is active: [`status`](Self::status).
    pub fn new(system: &str, name: &str, fields: &[(&str, Kind)], print: Option<&str>) -> Option<Self> {
        let mut texts = Vec::with_capacity(fields.len() + 3);
        let mut placed = Vec::with_capacity(fields.len());
        let (mut end, mut align) = (8, 4);

        if fields.len() > ffi::FIELDS_MAX {
            return None;
        }
        for text in [system, name].into_iter().chain(fields.iter().map(|(name, _)| *name)) {
            if text.is_empty() || !text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') {
                return None;
            }
            texts.push(CString::new(text).ok()?);
        }
        for (i, (_, kind)) in fields.iter().enumerate() {
            let (field, behind) = place(*kind, &texts[2 + i], end);

            if *kind != Kind::Text {
                align = align.max(field.bytes);
            }
            end = behind;
            placed.push(field);
        }
        let print = match print {
            Some(text) => {
                texts.push(CString::new(text).ok()?);
                texts[texts.len() - 1].as_ptr()
            }
            None => std::ptr::null(),
        };
        let bytes = (end + align - 1) / align * align;
        // SAFETY: the texts and fields live as long as the event, in memory of their own.
        let declared = Box::pin(unsafe {
            Declared::new(&SHARED, texts[0].as_ptr(), texts[1].as_ptr(), print, placed.as_ptr(), placed.len(), bytes)
        });
        // SAFETY: in its box it stays in place until drop().
        unsafe { declared.register() };
        let kinds = fields.iter().map(|(_, kind)| *kind).collect();
        Some(DynamicEvent { declared, kinds, _fields: placed, _texts: texts })
    }

    /// Does somebody record it?
    #[inline]
    pub fn enabled(&self) -> bool {
        self.declared.enabled()
    }

    /// 0 registered; a negative errno: inactive, -17 (EEXIST) because another program declared other fields.
    pub fn status(&self) -> i32 {
        self.declared.status()
    }

    /// What its fields are.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Writes it. A value of another kind than its field's is converted, or is 0 or empty where there is no way; one that is
    /// missing is so, too.
    pub fn write(&self, values: &[Value<'_>]) {
        let mut texts: [String; ffi::FIELDS_MAX] = Default::default();

        if !self.enabled() {
            return;
        }
        for (i, kind) in self.kinds.iter().enumerate() {
            match (kind, values.get(i)) {
                (Kind::Text, Some(Value::Text(_)) | None) => {}
                (Kind::Text, Some(other)) => to_text(other, &mut texts[i]),
                _ => {}
            }
        }
        let mut record = Record::new(&self.declared);
        for (i, kind) in self.kinds.iter().enumerate() {
            let offset = self.declared.offset(i);
            let value = values.get(i).copied().unwrap_or(Value::Text(""));

            match kind {
                Kind::Signed => put(&mut record, offset, to_signed(value)),
                Kind::Unsigned => put(&mut record, offset, to_signed(value) as u64),
                Kind::Float => put(&mut record, offset, to_float(value)),
                Kind::Bool => put(&mut record, offset, to_signed(value) != 0),
                Kind::Text => {
                    let text = if let Value::Text(text) = value { text } else { &texts[i] };
                    record.put_piece(offset, text.as_ptr(), text.len(), 0);
                }
            }
        }
        record.write();
    }
}

impl Drop for DynamicEvent {
    fn drop(&mut self) {
        // SAFETY: nobody else has it any more.
        unsafe { self.declared.unregister() }
    }
}

fn put<T: Element>(record: &mut Record<'_>, offset: u32, value: T) {
    record.put_fixed(offset, &[value]);
}

fn to_text(value: &Value<'_>, text: &mut String) {
    let _ = match value {
        Value::Signed(number) => write!(text, "{}", number),
        Value::Unsigned(number) => write!(text, "{}", number),
        Value::Float(number) => write!(text, "{}", number),
        Value::Bool(is) => write!(text, "{}", is),
        Value::Text(other) => write!(text, "{}", other),
    };
}

fn to_signed(value: Value<'_>) -> i64 {
    match value {
        Value::Signed(number) => number,
        Value::Unsigned(number) => number as i64,
        Value::Float(number) => number as i64,
        Value::Bool(is) => is.into(),
        Value::Text(_) => 0,
    }
}

fn to_float(value: Value<'_>) -> f64 {
    match value {
        Value::Float(number) => number,
        Value::Unsigned(number) => number as f64,
        other => to_signed(other) as f64,
    }
}
