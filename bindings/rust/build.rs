// SPDX-License-Identifier: MIT
//! Finds libutracefs with pkg-config; with the feature `vendored`, compiles its single file. UTRACEFS_SINGLE_FILE names the directory
//! with utracefs.c and utracefs.h; in the library's own repository they are made.
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a command. What it printed; the build ends where it fails.
fn run(command: &mut Command) -> String {
    match command.output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(output) => panic!("{:?}: {}", command, String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{:?}: {}", command, error),
    }
}

fn link_installed() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    for word in run(Command::new("pkg-config").args(["--libs", "utracefs"])).split_whitespace() {
        if let Some(directory) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={}", directory);
        } else if let Some(library) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={}", library);
        } else if word.ends_with("libutracefs.so") {
            // What meson says of a library that is not installed.
            println!("cargo:rustc-link-search=native={}", Path::new(word).parent().unwrap().display());
            println!("cargo:rustc-link-lib=utracefs");
        }
    }
}

fn compile_vendored() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let source = match env::var_os("UTRACEFS_SINGLE_FILE") {
        Some(directory) => {
            let directory = PathBuf::from(directory);
            println!("cargo:rerun-if-changed={}", directory.join("utracefs.c").display());
            directory
        }
        None => {
            println!("cargo:rerun-if-changed=../../src");
            println!("cargo:rerun-if-changed=../../include");
            run(Command::new("../../scripts/single-file").arg(&out));
            out.clone()
        }
    };
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    println!("cargo:rerun-if-env-changed=UTRACEFS_SINGLE_FILE");
    run(Command::new(compiler)
        .args([
            "-std=gnu17",
            "-O2",
            "-fPIC",
            "-fno-strict-aliasing",
            "-ffunction-sections",
            "-fdata-sections",
            "-pthread",
            "-c",
            "-o",
        ])
        .arg(out.join("utracefs.o"))
        .arg(source.join("utracefs.c")));
    let _ = std::fs::remove_file(out.join("libutracefs.a"));
    run(Command::new("ar").arg("rcs").arg(out.join("libutracefs.a")).arg(out.join("utracefs.o")));
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static=utracefs");
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_VENDORED").is_some() {
        compile_vendored();
    } else {
        link_installed();
    }
}
