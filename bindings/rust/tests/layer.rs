// SPDX-License-Identifier: MIT
//! What tracing reports becomes events.
#![cfg(feature = "tracing")]
mod support;

use support::{cli, enable, texts};
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt;

fn report(table: u32) {
    tracing::info!(table, tip = -1.5, paid = true, who = %"Ada", left = ?Some(1), "table {} is free", table);
}

fn serve(table: u64, inside: impl FnOnce()) {
    let span = tracing::info_span!("serve", table, dish = Empty);

    span.record("dish", "soup");
    span.in_scope(inside);
}

fn serve_other() {
    tracing::info_span!("serve", waiter = "Bob").in_scope(|| {});
}

#[test]
fn events_and_spans() {
    let subscriber = tracing_subscriber::registry().with(utracefs::Layer::new("shop floor"));

    tracing::subscriber::with_default(subscriber, || {
        // Known, and declared, from the first time on.
        report(1);
        serve(1, || {});
        serve_other();
        let events = cli(&["ls", "events/shop_floor"]);
        let name = events.split_whitespace().find(|name| name.starts_with("layer_")).unwrap();
        let other = events
            .split_whitespace()
            .find(|name| name.starts_with("serve_") && name.ends_with("_begin") && *name != "serve_begin");
        enable(&format!("shop_floor/{}", name), true);
        for event in ["serve_begin", "serve_end", other.unwrap()] {
            enable(&format!("shop_floor/{}", event), true);
        }
        cli(&["write", &format!("events/shop_floor/{}/filter", name), "table >= 2"]);
        report(1);
        report(2);
        serve(3, || report(4));
        serve_other();
        assert_eq!(
            texts(name),
            [
                "message=table 2 is free table=2 tip=-1.500000 paid=1 who=Ada left=Some(1)",
                "message=table 4 is free table=4 tip=-1.500000 paid=1 who=Ada left=Some(1)"
            ]
        );
        assert_eq!(texts("serve_begin"), ["table=3 dish=soup"]);
        assert_eq!(texts(other.unwrap()), ["waiter=Bob"]);
        let ends = texts("serve_end");
        assert_eq!(ends.len(), 1);
        assert!(ends[0].strip_prefix("duration_ns=").unwrap().parse::<u64>().unwrap() > 0);
    });
}
