//! Lets libFuzzer search one target: `FUZZ=personal_number cargo fuzz run --features engine --sanitizer none engine`.
//! No sanitizer is needed, and so no nightly Rust: there is no unsafe code to watch.
#![no_main]

libfuzzer_sys::fuzz_target!(|program: &[u8]| fuzz::chosen()(program));
