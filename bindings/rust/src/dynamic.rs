// SPDX-License-Identifier: MIT
//! Events whose fields are known at run time only.
use std::fmt::Write as _;
use std::pin::Pin;

use crate::declared::{Declared, NEVER};
use crate::description::describe_owned;
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
    _description: Vec<u64>,
}

impl Kind {
    /// The field, and its type's name.
    fn describe(self) -> (ffi::Field, &'static str) {
        fn of<T: FieldValue>() -> (ffi::Field, &'static str) {
            (T::FIELD, T::NAME)
        }
        match self {
            Kind::Signed => of::<i64>(),
            Kind::Unsigned => of::<u64>(),
            Kind::Float => of::<f64>(),
            Kind::Bool => of::<bool>(),
            Kind::Text => of::<&str>(),
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

impl DynamicEvent {
    /// Declares it. Names are letters, digits and '_'. Return: `None` where a name cannot be one, or there are more than 32 fields.
    /// Whether it is active: [`status`](Self::status).
    pub fn new(system: &str, name: &str, fields: &[(&str, Kind)], print: Option<&str>) -> Option<Self> {
        let mut texts = vec![print.unwrap_or(""), system, name];
        let mut described = Vec::with_capacity(fields.len());

        if fields.len() > ffi::FIELDS_MAX || texts[0].contains('\0') || !is_word(system) || !is_word(name) {
            return None;
        }
        for (name, kind) in fields {
            let (field, type_name) = kind.describe();

            if !is_word(name) {
                return None;
            }
            described.push(field);
            texts.extend([type_name, name]);
        }
        let description = describe_owned(&described, &texts);
        // SAFETY: the description lives as long as the event, in memory of its own.
        let declared = Box::pin(unsafe { Declared::new(&NEVER, description.as_ptr().cast()) });
        // SAFETY: in its box it stays in place until drop().
        unsafe { declared.register() };
        let kinds = fields.iter().map(|(_, kind)| *kind).collect();
        Some(DynamicEvent { declared, kinds, _description: description })
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
