// SPDX-License-Identifier: MIT
//! The command that looks into the arena of the test ($UTRACEFS_DIR).
use std::env;
use std::process::Command;

/// Runs the command. What it printed.
pub fn cli(args: &[&str]) -> String {
    let output = Command::new(env::var_os("UTFS_CLI").expect("UTFS_CLI")).args(args).output().unwrap();

    assert!(output.status.success(), "{:?}: {}", args, String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Records an event ("SYSTEM/NAME"), or no longer.
pub fn enable(event: &str, on: bool) {
    cli(&["write", &format!("events/{}/enable", event), if on { "1" } else { "0" }]);
}

/// The texts of the events of that name in the trace. Tests run side by side, each with events of its own.
pub fn texts(name: &str) -> Vec<String> {
    let wanted = format!(": {}: ", name);

    cli(&["cat", "trace"]).lines().filter_map(|line| Some(line.split_once(&wanted)?.1.to_owned())).collect()
}
