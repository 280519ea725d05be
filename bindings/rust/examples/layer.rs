// SPDX-License-Identifier: MIT
//! What a program reports with the crate tracing, as events: utracefs::Layer.
use tracing_subscriber::layer::SubscriberExt;

fn serve(table: u32) {
    let _span = tracing::debug_span!("serve", table, dish = "soup").entered();

    if table == 2 {
        tracing::warn!(table, spilt = 0.25, "the soup is {}", "cold");
    }
}

fn main() {
    let subscriber = tracing_subscriber::registry().with(utracefs::Layer::new("shop"));

    tracing::subscriber::with_default(subscriber, || (1..4).for_each(serve));
}
