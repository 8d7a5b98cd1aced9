//! SECURITY.md tells every limit as `src/limits.rs` has it, and `--limit` tells those that it sets.
//!
//! `BLESS=1 cargo test limits` writes the table.

use std::{fmt::Write, fs, path::Path, process::Command};

use pickscope::{count::Counted, limits::Limit};

/// What stands before the table, and behind it.
const MARKS: [&str; 2] = ["<!-- limits -->\n", "<!-- end of limits -->\n"];

#[test]
fn security_tells_every_limit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("src/limits.rs")).expect("it is there");
    let due = table(&source);
    let path = root.join("SECURITY.md");
    let told = fs::read_to_string(&path).expect("SECURITY.md is there");
    let (before, rest) = told.split_once(MARKS[0]).expect("the table begins");
    let (table, after) = rest.split_once(MARKS[1]).expect("the table ends");
    if std::env::var_os("BLESS").is_some() {
        let [begin, end] = MARKS;
        fs::write(path, [before, begin, &due, end, after].concat()).expect("it can be written");
    } else {
        assert!(
            table == due,
            "BLESS=1 cargo test limits writes into SECURITY.md:\n{due}"
        );
    }
}

#[test]
fn the_help_tells_those_that_can_be_set() {
    let output = Command::new(env!("CARGO_BIN_EXE_pickscope"))
        .arg("--help")
        .output()
        .expect("the program runs");
    let help = String::from_utf8(output.stdout).expect("it prints UTF-8");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for limit in Limit::ALL {
        let (_, behind) = help
            .split_once(&format!("{}: ", limit.name()))
            .expect("it is told");
        let (_, behind) = behind.split_once('[').expect("its value is told");
        let (value, _) = behind.split_once(']').expect("its value is told");
        assert_eq!(value, limit.usual().to_string(), "{}", limit.name());
    }
}

/// Constants and limits with their docs, in the order of the source.
fn table(source: &str) -> String {
    let mut table = String::from("| limit | value | what it bounds, and why |\n|---|---|---|\n");
    let mut doc: Vec<&str> = Vec::new();
    let mut rows = 0;
    let mut set = Limit::ALL.into_iter();
    for line in source.lines() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            doc.extend(Some(text.trim()).filter(|text| !text.is_empty()));
            continue;
        }
        if line.starts_with("#[") {
            continue;
        }
        let row = if let Some(rest) = line.strip_prefix("pub const ") {
            rest.split_once(": ").and_then(|(name, rest)| {
                let (_, value) = rest.strip_suffix(';')?.split_once(" = ")?;
                Some((format!("`{name}`"), number(value)?))
            })
        } else {
            let variant = line.strip_suffix(',').filter(|name| {
                name.starts_with(|c: char| c.is_ascii_uppercase())
                    && name.chars().all(|c| c.is_ascii_alphabetic())
            });
            variant.filter(|_| !doc.is_empty()).map(|name| {
                let limit = set.next().expect("the source has those that there are");
                assert_eq!(name.to_lowercase(), limit.name());
                (format!("`--limit {}`", limit.name()), limit.usual())
            })
        };
        if let Some((name, value)) = row {
            let why = doc.join(" ").replace("[`", "`").replace("`]", "`");
            assert!(!why.is_empty(), "{name} has its reason");
            writeln!(
                table,
                "| {name} | {} | {} |",
                Counted(value, "").to_string().trim_end_matches('s').trim(),
                why.trim()
            )
            .expect("a String takes it");
            rows += 1;
        }
        doc.clear();
    }
    assert_eq!(set.next(), None, "every limit stands in the source");
    let constants = source
        .lines()
        .filter(|line| line.starts_with("pub const "))
        .count();
    assert_eq!(
        rows,
        constants + Limit::ALL.len(),
        "no constant is left out"
    );
    table
}

/// `5`, `1_000` or `4 << 30`.
fn number(text: &str) -> Option<u64> {
    let plain = |text: &str| text.replace('_', "").parse::<u64>().ok();
    match text.split_once(" << ") {
        Some((number, by)) => Some(plain(number)? << plain(by)?),
        None => plain(text),
    }
}
