// SPDX-License-Identifier: MIT
//! Events from Rust arrive as C's do.
mod support;

use std::process::Command;
use std::{env, thread};

use support::{cli, enable, texts};
use utracefs::{DynamicEvent, Kind, Value};

utracefs::event! {
    /// Every type.
    fn types(a: i8, b: u8, c: i16, d: u16, e: i32, f: u32, g: i64, h: u64, i: usize, j: isize, k: bool, l: f32, m: f64,
             n: [i32; 3], o: &str, p: &[u16], q: [bool; 2]) => "rust";
    fn named(number: i32, name: &str) => "rust", r#""%s is %d", __get_str(name), REC->number"#;
    fn bare() => "rust";
    fn live(i: i32) => "rust";
    fn filtered(i: u32, s: &str, d: f64) => "rust";
    fn threads(thread: u32, i: u32) => "rust";
    fn long(text: &str, numbers: &[u64]) => "rust";
    fn both(a: bool, b: &str, c: u64, d: i64, e: f64) => "rust", r#""%s %d", __get_str(b), REC->a"#;
    fn greeting(number: i32 as "int", name: &str) => "hello",
        r#""hello %s, this is number %d", __get_str(name), REC->number"#;
}

mod other {
    utracefs::event! {
        pub fn live(i: u64) => "rust";
    }
}

#[test]
fn every_type() {
    enable("rust/types", true);
    types(
        -128,
        255,
        -2,
        65535,
        i32::MIN,
        u32::MAX,
        i64::MIN,
        u64::MAX,
        9,
        -9,
        true,
        0.5,
        -0.25,
        [1, -2, 3],
        "süß",
        &[4, 5],
        [true, false],
    );
    assert_eq!(
        texts("types"),
        ["a=-128 b=255 c=-2 d=65535 e=-2147483648 f=4294967295 g=-9223372036854775808 h=18446744073709551615 i=9 j=-9 k=1 \
          l=0.500000 m=-0.250000 n={0x1,0xfffffffe,0x3} o=süß p={0x4,0x5} q={0x1,0x0}"]
    );
}

#[test]
fn print_format_and_no_fields() {
    enable("rust/named", true);
    enable("rust/bare", true);
    named(3, "x");
    named(4, "");
    bare();
    assert_eq!(texts("named"), ["x is 3", " is 4"]);
    assert_eq!(cli(&["cat", "trace"]).matches(": bare:").count(), 1);
}

#[test]
fn turned_on_and_off_while_it_runs() {
    live(1);
    assert!(!live::enabled());
    enable("rust/live", true);
    assert!(live::enabled());
    live(2);
    enable("rust/live", false);
    live(3);
    assert_eq!(texts("live"), ["i=2"]);
    // Another declaration of the name does nothing, and says why.
    assert_eq!((live::status() + other::live::status(), live::status().max(other::live::status())), (-17, 0));
    assert!(utracefs::status().conflicts > 0);
}

#[test]
fn filters() {
    enable("rust/filtered", true);
    cli(&["write", "events/rust/filtered/filter", "(i > 5 && s == \"yes\") || d > 99.5"]);
    for i in 0..10 {
        filtered(i, if i % 2 == 1 { "yes" } else { "no" }, f64::from(i) * 12.5);
    }
    let numbers: Vec<_> = texts("filtered").iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(numbers, ["i=7", "i=8", "i=9"]);
}

#[test]
fn many_threads() {
    enable("rust/threads", true);
    let all: Vec<_> = (0..4).map(|number| thread::spawn(move || (0..500).for_each(|i| threads(number, i)))).collect();
    all.into_iter().for_each(|thread| thread.join().unwrap());
    let texts = texts("threads");
    for number in 0..4 {
        let mine: Vec<_> = texts.iter().filter(|text| text.starts_with(&format!("thread={} ", number))).collect();
        let wanted: Vec<_> = (0..500).map(|i| format!("thread={} i={}", number, i)).collect();
        assert_eq!(mine, wanted.iter().collect::<Vec<_>>());
    }
}

#[test]
fn what_is_too_long_is_cut() {
    enable("rust/long", true);
    long(&"x".repeat(10000), &[1; 1000]);
    long("y", &[2; 1000]);
    let texts = texts("long");
    assert_eq!(texts.len(), 2);
    assert!(texts[0].matches('x').count() > 4000 && texts[0].ends_with("numbers={}"));
    assert!(texts[1].matches("0x2").count() > 500);
}

#[test]
fn the_same_as_in_c() {
    enable("hello/greeting", true);
    greeting(0, "Rust");
    assert!(Command::new(env::var_os("UTFS_HELLO").expect("UTFS_HELLO")).arg("C").status().unwrap().success());
    assert_eq!(greeting::status(), 0);
    assert_eq!(texts("greeting")[..2], ["hello Rust, this is number 0", "hello C, this is number 0"]);
}

#[test]
fn declared_while_it_runs() {
    let fields = [("a", Kind::Signed), ("b", Kind::Text), ("c", Kind::Float), ("d", Kind::Bool), ("e", Kind::Unsigned)];
    let event = DynamicEvent::new("rust", "dynamic", &fields, None).unwrap();

    event.write(&[]);
    enable("rust/dynamic", true);
    event.write(&[
        Value::Signed(-1),
        Value::Text("two"),
        Value::Float(0.5),
        Value::Bool(true),
        Value::Unsigned(u64::MAX),
    ]);
    // Other kinds than the fields', fewer, more.
    event.write(&[Value::Text("x"), Value::Signed(-2), Value::Unsigned(3), Value::Signed(4), Value::Float(5.9)]);
    event.write(&[Value::Bool(true)]);
    event.write(&[Value::Signed(1); 40]);
    assert_eq!(
        texts("dynamic"),
        [
            "a=-1 b=two c=0.500000 d=1 e=18446744073709551615",
            "a=0 b=-2 c=3.000000 d=1 e=5",
            "a=1 b= c=0.000000 d=0 e=0",
            "a=1 b=1 c=1.000000 d=1 e=1",
        ]
    );
    for name in ["", "a b", "a/b", "a\0", "ä"] {
        assert!(DynamicEvent::new("rust", name, &[], None).is_none());
        assert!(DynamicEvent::new("rust", "x", &[(name, Kind::Bool)], None).is_none());
    }
    assert!(DynamicEvent::new("rust", "x", &[("a", Kind::Bool); 33], None).is_none());
    assert!(DynamicEvent::new("rust", "x", &[], Some("a\0b")).is_none());
    let other = DynamicEvent::new("rust", "dynamic", &[("a", Kind::Text)], None).unwrap();
    assert_eq!((event.status(), other.status()), (0, -17));
}

#[test]
fn the_same_declared_while_it_runs() {
    let fields = [("a", Kind::Bool), ("b", Kind::Text), ("c", Kind::Unsigned), ("d", Kind::Signed), ("e", Kind::Float)];
    let event = DynamicEvent::new("rust", "both", &fields, Some(r#""%s %d", __get_str(b), REC->a"#)).unwrap();

    enable("rust/both", true);
    both(true, "macro", 1, 2, 3.0);
    event.write(&[Value::Bool(false), Value::Text("dynamic")]);
    assert_eq!((event.status(), both::status()), (0, 0));
    assert_eq!(texts("both"), ["macro 1", "dynamic 0"]);
}

#[test]
fn markers() {
    assert!(utracefs::marker("a marker"));
    assert_eq!(texts("tracing_mark_write"), ["a marker"]);
}
