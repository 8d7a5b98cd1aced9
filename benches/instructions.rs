//! What `benches/instructions.sh` counts the instructions of: `instructions SHAPE OPCODES WHAT`.
//!
//! It makes a stream, and then does WHAT with it: `nothing`, `count` its opcodes and print that, `decode` it, or
//! `read` its pickles. The difference to `nothing` is what that costs.

#[path = "streams.rs"]
mod streams;

use std::hint::black_box;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [shape, opcodes, what] = arguments.as_slice() else {
        // `cargo test --all-targets` and `cargo bench` start every benchmark without arguments.
        println!(
            "usage: instructions SHAPE OPCODES nothing|count|decode|read; see benches/instructions.sh"
        );
        return;
    };
    let opcodes = opcodes.parse().expect("OPCODES is a number");
    let (_, make) = streams::SHAPES
        .iter()
        .find(|(name, _)| name == shape)
        .expect("SHAPE is one of benches/streams.rs");
    let stream = black_box(make(opcodes));
    match what.as_str() {
        "count" => println!("{}", streams::count(&stream)),
        "decode" => {
            black_box(streams::decode(&stream));
        }
        "read" => {
            black_box(streams::read(&stream));
        }
        _ => {}
    }
}
