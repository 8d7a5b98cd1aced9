fn main() {
    let bytes = std::fs::read(std::env::args_os().nth(1).unwrap()).unwrap();
    for op in pickscope::decode::ops(&bytes) {
        println!("{op:?}");
    }
}
