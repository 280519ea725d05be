// SPDX-License-Identifier: MIT
//! The same event as examples/hello.c, and one of its own.
utracefs::event! {
    /// As in C.
    fn greeting(number: i32 as "int", name: &str) => "hello",
        r#""hello %s, this is number %d", __get_str(name), REC->number"#;
    /// What C has no name for.
    fn farewell(to: &str, sizes: &[u32], ratio: f64) => "hello";
}

fn main() {
    for number in 0..3 {
        greeting(number, "Rust");
    }
    farewell("all", &[1, 2, 3], 0.5);
}
