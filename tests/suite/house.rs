//! The house stands as drawn: each room uses only those to its left.

use std::{fs, path::Path};

/// The rooms from left to right. Those in one line may use each other.
const ROOMS: &[&[&str]] = &[
    &[
        "span", "count", "limits", "error", "opcode", "repr", "set", "python",
    ],
    &["decode"],
    &["machine"],
    &["graph"],
    &["idiom"],
    &["reader"],
    &["lookup"],
    &["code"],
    &["container"],
    &["inspect"],
    &["report"],
    &["value"],
    &["render"],
    &["cli"],
];

#[test]
fn each_room_uses_those_to_its_left() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![src.clone()];
    let mut uses = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                fs::read_dir(&path)
                    .expect("src can be read")
                    .map(|entry| entry.expect("so can its entries").path()),
            );
            continue;
        }
        let below = path.strip_prefix(&src).expect("it lies below src");
        let room = below
            .components()
            .next()
            .expect("it has a name")
            .as_os_str()
            .to_string_lossy();
        let room = room.trim_end_matches(".rs");
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let place =
            place(room).unwrap_or_else(|| panic!("{room} is no room: add it to the row of rooms"));
        for used in used(&fs::read_to_string(&path).expect("a source file is text")) {
            let Some(used_place) = self::place(&used) else {
                continue;
            };
            uses += 1;
            assert!(
                used_place <= place,
                "{} uses {used}, which stands to the right of {room}",
                below.display()
            );
        }
    }
    assert!(uses > 20, "the paths of rooms are found");
}

fn place(room: &str) -> Option<usize> {
    ROOMS.iter().position(|line| line.contains(&room))
}

/// The first names behind each `crate::` and `pickscope::`, also those in braces.
fn used(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    for root in ["crate::", "pickscope::"] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            let Some(group) = rest.strip_prefix('{') else {
                names.push(first_name(rest));
                continue;
            };
            let mut depth = 0;
            let mut starts = vec![0];
            for (at, character) in group.char_indices() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => starts.push(at + 1),
                    _ => {}
                }
            }
            names.extend(starts.into_iter().map(|start| first_name(&group[start..])));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// What the library brings without features is said in two places.
#[test]
fn what_is_brought_without_features_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("the file is there");
    let manifest = read("Cargo.toml");
    let (_, all) = manifest
        .split_once("\n[dependencies]\n")
        .expect("it has dependencies");
    let names: Vec<&str> = all
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#') && !line.contains("optional = true"))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    let [others @ .., last] = names.as_slice() else {
        panic!("it has none");
    };
    let told = format!("it brings {} and {last}", others.join(", "));
    for name in ["README.md", "src/lib.rs"] {
        assert!(read(name).contains(&told), "{name}: {told}");
    }
}

#[test]
fn uses_are_found_in_every_form() {
    let source = "use crate::{\n    decode::{ops, text},\n    span::Span,\n};\nfn f() { crate::error::x() }\nuse pickscope::render;";
    assert_eq!(used(source), ["decode", "span", "error", "render"]);
}
