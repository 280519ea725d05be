// SPDX-License-Identifier: MIT
//! A layer for tracing-subscriber: each place in the source that makes an event or a span has an event of its own.
use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, RwLock};
use std::time::Instant;

use tracing_core::callsite::Identifier;
use tracing_core::field::{Field, FieldSet, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::dynamic::{DynamicEvent, Kind, Value};
use crate::ffi::FIELDS_MAX;

const EEXIST: i32 = -17;

/// Makes events of what the crate `tracing` reports.
///
/// ```ignore
/// tracing_subscriber::registry().with(utracefs::Layer::new("shop")).init();
/// ```
///
/// An event at line 12 of the module `shop::till` is `SYSTEM:shop_till_12`, with its fields (`message` among them): numbers, `bool`s and
/// text as tracing reports them, anything else as its `Debug` text. A span `serve` is two events: `serve_begin` with its fields, when it is entered, and
/// `serve_end` with `duration_ns`, when it is left. Where two places use one name with other fields, the second has its line
/// in the name. The kinds of the fields are those of the first time; so an event is declared when it is reached first. Enable
/// it before with a rule in `pending_events`.
///
/// Fields of a span are kept where somebody records it when it is made.
pub struct Layer {
    system: String,
    places: RwLock<HashMap<Identifier, Arc<Place>>>,
}

/// Of one callsite. Without an event where its name cannot be had.
struct Place {
    event: Option<DynamicEvent>,
    end: Option<DynamicEvent>,
}

/// Of a span, in its extensions.
struct Running {
    place: Arc<Place>,
    values: Vec<Owned>,
    entered: Option<Instant>,
}

enum Owned {
    Missing,
    Number(Value<'static>),
    Text(String),
}

impl Owned {
    fn value(&self) -> Value<'_> {
        match self {
            Owned::Missing => Value::Text(""),
            Owned::Number(value) => *value,
            Owned::Text(text) => Value::Text(text),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Owned::Number(Value::Signed(_)) => Kind::Signed,
            Owned::Number(Value::Unsigned(_)) => Kind::Unsigned,
            Owned::Number(Value::Float(_)) => Kind::Float,
            Owned::Number(Value::Bool(_)) => Kind::Bool,
            _ => Kind::Text,
        }
    }
}

/// The values of a callsite's fields, in their order.
struct Values<'a> {
    fields: &'a FieldSet,
    values: Vec<Owned>,
}

impl<'a> Values<'a> {
    fn new(metadata: &'a Metadata<'_>) -> Self {
        let n = metadata.fields().len().min(FIELDS_MAX);

        Values { fields: metadata.fields(), values: (0..n).map(|_| Owned::Missing).collect() }
    }

    fn set(&mut self, field: &Field, value: Owned) {
        let place = self.fields.iter().position(|other| other == *field);

        if let Some(slot) = place.and_then(|at| self.values.get_mut(at)) {
            *slot = value;
        }
    }
}

impl Visit for Values<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Owned::Number(Value::Float(value)));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Owned::Number(Value::Signed(value)));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Owned::Number(Value::Unsigned(value)));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Owned::Number(Value::Bool(value)));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Owned::Text(value.to_owned()));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        let _ = write!(text, "{:?}", value);

        self.set(field, Owned::Text(text));
    }
}

/// Letters, digits and '_'.
fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());

    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else if !word.ends_with('_') {
            word.push('_');
        }
    }
    word
}

impl Layer {
    /// `system`: of all events that it makes; characters other than letters and digits become '_'.
    pub fn new(system: &str) -> Self {
        Layer { system: word(system), places: RwLock::default() }
    }

    fn find(&self, metadata: &Metadata<'_>) -> Option<Arc<Place>> {
        self.places.read().ok()?.get(&metadata.callsite()).cloned()
    }

    /// Two threads may come here for the same place: their events are one.
    fn declare(&self, metadata: &Metadata<'_>, values: &Values<'_>) -> Arc<Place> {
        let line = metadata.line().unwrap_or(0);
        let place = if metadata.is_span() {
            let name = word(metadata.name());
            let named = |name: &str| {
                let begin = self.event(&format!("{}_begin", name), metadata, values);
                let end =
                    DynamicEvent::new(&self.system, &format!("{}_end", name), &[("duration_ns", Kind::Unsigned)], None);
                Place { event: begin, end }
            };
            let place = named(&name);

            match &place.event {
                Some(event) if event.status() == EEXIST => named(&format!("{}_{}", name, line)),
                _ => place,
            }
        } else {
            let name = format!("{}_{}", word(metadata.target()), line);
            Place { event: self.event(&name, metadata, values), end: None }
        };
        let place = Arc::new(place);

        if let Ok(mut places) = self.places.write() {
            places.insert(metadata.callsite(), place.clone());
        }
        place
    }

    fn event(&self, name: &str, metadata: &Metadata<'_>, values: &Values<'_>) -> Option<DynamicEvent> {
        let names: Vec<String> = metadata.fields().iter().take(FIELDS_MAX).map(|field| word(field.name())).collect();
        let fields: Vec<(&str, Kind)> =
            names.iter().map(String::as_str).zip(values.values.iter().map(Owned::kind)).collect();

        DynamicEvent::new(&self.system, name, &fields, None)
    }
}

fn write(event: &DynamicEvent, values: &[Owned]) {
    let values: Vec<Value<'_>> = values.iter().map(Owned::value).collect();

    event.write(&values);
}

fn enabled(event: &Option<DynamicEvent>) -> bool {
    event.as_ref().map_or(false, DynamicEvent::enabled)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Layer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let known = self.find(event.metadata());

        if known.as_ref().map_or(false, |place| !enabled(&place.event)) {
            return;
        }
        let mut values = Values::new(event.metadata());
        event.record(&mut values);
        let place = known.unwrap_or_else(|| self.declare(event.metadata(), &values));
        if let Some(event) = &place.event {
            write(event, &values.values);
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        let known = self.find(metadata);

        if known.as_ref().map_or(false, |place| !enabled(&place.event) && !enabled(&place.end)) {
            return;
        }
        let mut values = Values::new(metadata);
        attributes.record(&mut values);
        let place = known.unwrap_or_else(|| self.declare(metadata, &values));
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(Running { place, values: values.values, entered: None });
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            if let Some(running) = span.extensions_mut().get_mut::<Running>() {
                let values = std::mem::take(&mut running.values);
                let mut values = Values { fields: span.metadata().fields(), values };

                record.record(&mut values);
                running.values = values.values;
            }
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            if let Some(running) = span.extensions_mut().get_mut::<Running>() {
                if let Some(event) = &running.place.event {
                    write(event, &running.values);
                }
                running.entered = (enabled(&running.place.event) || enabled(&running.place.end)).then(Instant::now);
            }
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            if let Some(running) = span.extensions_mut().get_mut::<Running>() {
                if let (Some(start), Some(end)) = (running.entered.take(), &running.place.end) {
                    end.write(&[Value::Unsigned(start.elapsed().as_nanos() as u64)]);
                }
            }
        }
    }
}
