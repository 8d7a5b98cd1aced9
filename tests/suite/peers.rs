//! What README.md says beside other tools is what `benches/peers.py` wrote: into `benches/peers.md`, with all figures, and into the picture.

use std::{collections::HashMap, fs, path::Path};

const BEGIN: &str = "<!-- peers: benches/peers.py writes what follows -->\n";
const END: &str = "<!-- /peers -->\n";
/// Figures have three digits; what is computed from two of them may differ in the last.
const ROUNDING: f64 = 0.015;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

/// What stands between the two comments, and the text without it.
fn part(text: &str) -> (&str, String) {
    let (before, rest) = text.split_once(BEGIN).expect("the part begins");
    let (part, after) = rest.split_once(END).expect("the part ends");
    (part, format!("{before}{after}"))
}

/// The rows of the first table below a line, by the name in the first cell: the cells after it.
fn table<'a>(text: &'a str, below: &str) -> HashMap<&'a str, Vec<&'a str>> {
    text.lines()
        .skip_while(|line| *line != below)
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let name = cells.next().expect("a row has cells");
            (name.trim_matches(['*', '`']), cells.collect())
        })
        .collect()
}

fn number(cell: &str) -> Option<f64> {
    cell.split(' ').next().and_then(|first| first.parse().ok())
}

fn agree(said: f64, computed: f64) -> bool {
    (said - computed).abs() <= ROUNDING * computed
}

/// A sentence such as "- `refs` takes 12.3 times less CPU than pickle.load of CPython 3.11.7."
fn comparison(line: &str) -> Option<(&str, f64, String)> {
    let (mine, rest) = line.strip_prefix("- `")?.split_once("` takes ")?;
    let (times, its) = rest
        .strip_suffix('.')?
        .split_once(" times less CPU than ")?;
    Some((mine, times.parse().ok()?, its.replace(" of CPython ", " ")))
}

#[test]
fn readme_has_the_part_of_the_page() {
    let (readme, page) = (read("README.md"), read("benches/peers.md"));
    let ((shown, _), (written, _)) = (part(&readme), part(&page));
    assert!(
        shown == written,
        "README.md and benches/peers.md differ: benches/peers.py --readme writes both"
    );
}

#[test]
fn sentences_agree_with_the_table() {
    let page = read("benches/peers.md");
    let (said, _) = part(&page);
    let rows = table(&page, "### records");
    let cpu = |name: &str| number(rows[name][0]).unwrap_or_else(|| panic!("{name} has no figure"));
    let mut compared = Vec::new();
    for line in said.lines().filter(|line| line.contains("times less")) {
        let (mine, times, its) =
            comparison(line).unwrap_or_else(|| panic!("no comparison: {line}"));
        assert!(agree(times, cpu(&its) / cpu(mine)), "{line}");
        compared.push(mine);
    }
    for mine in ["refs", "dump"] {
        assert!(compared.contains(&mine), "nothing is said of {mine}");
    }
    let sizes = said
        .lines()
        .find_map(|line| line.strip_prefix("- The peak memory of `refs` is "))
        .and_then(number)
        .expect("the peak memory is said");
    assert_eq!(Some(sizes), number(rows["refs"][1]));
}

/// A comparison in time that stands elsewhere in README.md is one that nothing holds.
#[test]
fn no_other_sentence_compares_times() {
    let readme = read("README.md");
    let (_, rest) = part(&readme);
    for line in rest.lines() {
        for words in ["times less", "times faster", "times as fast", "times more"] {
            assert!(!line.contains(words), "{line}");
        }
    }
}

#[test]
fn short_table_and_picture_have_the_figures_of_the_long_table() {
    let page = read("benches/peers.md");
    let picture = read("benches/peers.svg");
    let (said, _) = part(&page);
    let long = table(&page, "### records");
    let first = said.lines().next().expect("the part has lines");
    let short = table(said, first);
    assert!(short.len() > 10, "the peers are in the table");
    for (name, cells) in &short {
        let others = &long[name];
        assert_eq!(cells[0], others[0], "{name}");
        assert_eq!(cells[1], others[1], "{name}");
        let drawn = picture
            .split("<g class=")
            .find(|group| group.contains(&format!(">{name}</text>")))
            .unwrap_or_else(|| panic!("{name} isn't in the picture"));
        for cell in [cells[0], cells[1]] {
            assert!(
                drawn.contains(&format!(">{cell}</text>")) || cell.is_empty(),
                "{name}: {cell}"
            );
        }
    }
}

#[test]
fn the_picture_brings_nothing_in_from_outside() {
    let picture = read("benches/peers.svg");
    for word in [
        "<script",
        "<image",
        "<use",
        "href",
        "@import",
        "url(",
        "<foreignObject",
    ] {
        assert!(!picture.contains(word), "{word}");
    }
    assert!(picture.contains("prefers-color-scheme: dark"));
}
