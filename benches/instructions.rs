//! What `benches/instructions.sh` counts the instructions of: `instructions SHAPE OPCODES [decode]`.
//!
//! It makes a stream and, if asked, decodes it, and prints how many opcodes that has. The difference between the two
//! runs is what decoding costs.

#[path = "streams.rs"]
mod streams;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [shape, opcodes, rest @ ..] = arguments.as_slice() else {
        // `cargo test --all-targets` and `cargo bench` start every benchmark without arguments.
        println!("usage: instructions SHAPE OPCODES [decode]; see benches/instructions.sh");
        return;
    };
    let opcodes = opcodes.parse().expect("OPCODES is a number");
    let (_, make) = streams::SHAPES.iter().find(|(name, _)| name == shape).expect("SHAPE is one of benches/streams.rs");
    let stream = std::hint::black_box(make(opcodes));
    if rest.iter().any(|argument| argument == "decode") {
        let (opcodes, sum) = streams::decode(&stream);
        std::hint::black_box(sum);
        println!("{opcodes}");
    }
}
