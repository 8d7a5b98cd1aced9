//! The table of what each Python has: its form, facts that anyone can look up, and the Pythons that pyenv has.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    hint::black_box,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use pickscope::{
    lookup::names::{self, Kind, find, module, walk},
    python::{Python, Pythons},
};

use crate::{
    clock,
    python::{pythons, say},
};

const NAMES: &str = include_str!("../../src/lookup/names.tsv");
const MODULES: &str = include_str!("../../src/lookup/modules.tsv");

fn rows(table: &str) -> Vec<&str> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
}

/// The columns that a table is sorted by.
fn key(line: &str, count: usize) -> Vec<&str> {
    line.split('\t').take(count).collect()
}

#[test]
fn the_tables_are_sorted_and_every_line_is_a_row() {
    assert!(NAMES.len() + MODULES.len() <= 1_500_000, "{}", NAMES.len());
    for (table, count) in [(NAMES, 2), (MODULES, 1)] {
        assert!(table.ends_with('\n') && !table.contains('\r'));
        let keys: Vec<_> = table.lines().map(|line| key(line, count)).collect();
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }
    let anys = rows(NAMES)
        .iter()
        .filter(|row| row.starts_with("*\t"))
        .count();
    assert!((20..100).contains(&anys), "{anys}");
    assert_eq!(names::names().count(), rows(NAMES).len() - anys);
    assert_eq!(names::modules().count(), rows(MODULES).len());
}

#[test]
fn each_row_is_found() {
    let begun = clock::now();
    let mut count = 0;
    for (line, entry) in rows(NAMES)
        .iter()
        .filter(|row| !row.starts_with("*\t"))
        .zip(names::names())
    {
        assert_eq!(key(line, 2), [entry.module, entry.name]);
        let found = find(entry.module, entry.name).unwrap_or_else(|| panic!("{line}"));
        let home = module(entry.module).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((found.resolves, found.kind), (entry.resolves, entry.kind));
        assert_eq!(found.unknown, entry.unknown.or(home.unknown), "{line}");
        assert!(home.recorded, "{line}");
        assert!(!entry.resolves.or(entry.unknown).is_empty(), "{line}");
        assert!(found.resolves.and(found.unknown).is_empty(), "{line}");
        assert!(found.resolves.without(home.has).is_empty(), "{line}");
        let mut told = entry.unwritten();
        for home in entry.written() {
            assert!(!home.module.is_empty() && !home.name.is_empty(), "{line}");
            assert!(!home.pythons.is_empty(), "{line}");
            assert!(home.pythons.and(told).is_empty(), "{line}");
            told = told.or(home.pythons);
        }
        assert!(told.without(entry.resolves).is_empty(), "{line}");
        count += 1;
    }
    assert!(count > 20_000, "{count}");
    for home in names::modules() {
        assert_eq!(module(home.name), Some(home));
        assert!(home.has.and(home.unknown).is_empty(), "{home:?}");
        assert!(!home.has.or(home.unknown).is_empty(), "{home:?}");
        for (at, _) in home.name.match_indices('.') {
            assert!(module(&home.name[..at]).is_some(), "{home:?}");
        }
    }
    // Each of those looks is well under 10 µs; what else the machine does is not to fail this.
    let each = (clock::now() - begun) / count;
    assert!(each < Duration::from_micros(200), "{each:?}");
}

#[test]
fn what_is_nothing_is_not_found() {
    for (module, name) in [
        ("", ""),
        ("collections", ""),
        ("", "OrderedDict"),
        ("collections", "OrderdDict"),
        ("collections", "OrderedDict\t7ff"),
        ("collections\t7ff", "OrderedDict"),
        ("collections OrderedDict", ""),
        ("*", "__class__"),
        ("#", "Written"),
        ("collections\n", "OrderedDict"),
        ("zzz", "zzz"),
        ("collections", "\u{10ffff}"),
    ] {
        assert_eq!(find(module, name), None, "{module:?} {name:?}");
    }
    let long = "a.".repeat(1 << 19);
    assert_eq!(find(&long, &long), None);
    assert_eq!(module(&long), None);
    let into = walk("os", &"path.os.".repeat(1 << 10)).expect("os is a module");
    assert!(into.resolves.is_empty());
    assert_eq!(
        walk("os", &long).expect("os is a module").no_attribute,
        Pythons::ALL
    );
    assert_eq!(names::names_of("*").count(), 0);
    assert_eq!(names::names_of("nothing").count(), 0);
}

fn resolves(module: &str, name: &str) -> String {
    walk(module, name).map_or("nowhere".into(), |walk| walk.resolves.to_string())
}

fn has(name: &str) -> (String, String) {
    module(name).map_or(("nowhere".into(), "nowhere".into()), |module| {
        (module.has.to_string(), module.unknown.to_string())
    })
}

#[test]
fn facts_that_anyone_can_look_up() {
    for (module, name, pythons) in [
        ("collections", "OrderedDict", "all"),
        ("collections", "Mapping", "2.7 and 3.6 to 3.9"),
        ("concurrent.futures", "ThreadPoolExecutor", "3.6 to 3.15"),
        ("ast", "Num", "2.7 and 3.6 to 3.13"),
        ("typing", "io", "3.6 to 3.12"),
        ("re", "template", "2.7 and 3.6 to 3.12"),
        ("re", "NOFLAG", "3.11 to 3.15"),
        ("types", "NoneType", "2.7 and 3.10 to 3.15"),
        ("types", "InstanceType", "2.7"),
        ("types", "MethodType", "all"),
        ("__builtin__", "unicode", "2.7"),
        ("__builtin__", "instancemethod", "none"),
        ("builtins", "NoneType", "none"),
        ("builtins", "exit", "3.6 to 3.15"),
        ("os", "path.join", "all"),
        ("os.path", "join", "all"),
        ("os", "__class__", "all"),
        ("argparse", "HelpFormatter._Section", "all"),
        ("ast", "IntEnum._member_type_", "3.9 to 3.13"),
    ] {
        assert_eq!(resolves(module, name), pythons, "{module} {name}");
    }
    for (module, pythons) in [
        ("asynchat", "2.7 and 3.6 to 3.11"),
        ("distutils", "2.7 and 3.6 to 3.11"),
        ("imp", "2.7 and 3.6 to 3.11"),
        ("cgi", "2.7 and 3.6 to 3.12"),
        ("lib2to3", "2.7 and 3.6 to 3.12"),
        ("cPickle", "2.7"),
        ("copy_reg", "2.7"),
        ("tomllib", "3.11 to 3.15"),
        ("annotationlib", "3.14 and 3.15"),
        ("os.path", "all"),
        ("encodings.utf_8", "all"),
    ] {
        assert_eq!(has(module), (pythons.into(), "none".into()), "{module}");
    }
    // Another system's.
    assert_eq!(has("winreg"), ("none".into(), "3.6 to 3.15".into()));
    assert_eq!(has("_winreg"), ("none".into(), "2.7".into()));
    assert_eq!(has("msilib"), ("none".into(), "2.7 and 3.6 to 3.12".into()));
    let start = walk("os", "startfile").expect("os is a module");
    assert_eq!(start.unknown, Pythons::ALL);
    // Nobody asked.
    assert_eq!(has("antigravity"), ("none".into(), "all".into()));
    assert_eq!(has("test.test_os"), ("none".into(), "all".into()));
    // Not of the standard library.
    assert_eq!(has("numpy"), ("nowhere".into(), "nowhere".into()));
    assert_eq!(
        walk("json.tool.x", "y").expect("json is one").no_module,
        Pythons::ALL
    );
}

#[test]
fn how_far_a_walk_gets() {
    let walked = walk("collections", "OrderedDict.fromkeys").expect("a module");
    assert_eq!(walked.past_record, Pythons::ALL);
    assert_eq!(walked.unknown, Pythons::ALL);
    assert_eq!(walked.entry.map(|entry| entry.name), Some("OrderedDict"));
    assert_eq!(walked.parts, 1);
    let local = walk("functools", "wraps.<locals>.f").expect("a module");
    assert!(local.resolves.is_empty());
    let set = walk("os", "fork").expect("a module");
    assert_eq!(set.resolves.or(set.unknown), Pythons::ALL);
    assert!(set.unknown.iter().all(|python| python.version() >= (3, 14)));
}

#[test]
fn names_come_back() {
    // A version set is no range: what 2.7 had, 3.6 lacks, and a later one has again is one, and so is this within Python 3.
    let gaps = names::names()
        .filter(|entry| {
            let three: Vec<_> = entry
                .resolves
                .or(entry.unknown)
                .iter()
                .filter(|python| !python.is_2())
                .collect();
            three.windows(2).any(|pair| {
                Python::all()
                    .filter(|python| pair[0] < *python && *python < pair[1])
                    .count()
                    > 0
            })
        })
        .count();
    assert!((20..200).contains(&gaps), "{gaps}");
}

#[test]
fn what_picklers_write() {
    let written = |module: &str, name: &str| -> Vec<String> {
        let entry = find(module, name).unwrap_or_else(|| panic!("{module} {name}"));
        entry
            .resolves
            .iter()
            .map(|python| match entry.written_by(python) {
                Some(home) => format!("{python} {} {}", home.module, home.name),
                None => format!("{python} -"),
            })
            .collect()
    };
    let all = |home: &str| -> Vec<String> {
        Python::all()
            .map(|python| format!("{python} {home}"))
            .collect()
    };
    assert_eq!(
        written("collections", "OrderedDict"),
        all("collections OrderedDict")
    );
    assert_eq!(written("os.path", "join"), all("posixpath join"));
    assert_eq!(written("types", "FunctionType"), all("-"));
    assert_eq!(written("os", "sep"), all("-"));
    assert!(written("pathlib", "Path").contains(&"3.13 pathlib._local Path".to_owned()));
    assert!(written("pathlib", "Path").contains(&"3.14 pathlib Path".to_owned()));
    assert!(names::homes("OrderedDict").any(|entry| entry.module == "collections"));
    assert!(names::homes("namedtuple").all(|entry| entry.kind == Kind::Function));
    assert!(names::names_of("json").any(|entry| entry.name == "loads"));
    assert!(names::names_of("json").all(|entry| entry.module == "json"));
}

/// A line for each module: its name, and one sign for each name asked.
const ASK: &str = r#"
import sys
sys.path[:] = [p for p in sys.path if p]
import os, signal, site, warnings
warnings.simplefilter("ignore")
py2 = sys.version_info[0] == 2
if not py2:
    site.setquit(); site.setcopyright(); site.sethelper(); site.enablerlcompleter()
sys.path[:] = [p for p in sys.path if p and "site-packages" not in p and "dist-packages" not in p]
sys.argv = ["x"]
lines = [l.rstrip("\n").split("\t") for l in sys.stdin]
out = os.dup(1)
null = os.open(os.devnull, os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)

def ask(module, name):
    try:
        __import__(module)
        at = sys.modules[module]
        for part in name.split(".") if name else ():
            at = getattr(at, part)
        return "1"
    except BaseException:
        return "0"

for line in lines:
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        signal.alarm(60)
        os.write(w, "".join([ask(line[0], n) for n in line[1:]]).encode("ascii"))
        os._exit(0)
    os.close(w)
    got = b""
    while True:
        part = os.read(r, 65536)
        if not part:
            break
        got += part
    os.close(r)
    os.waitpid(pid, 0)
    os.write(out, got + b"\n")
os._exit(0)
"#;

fn ask(program: &Path, questions: &BTreeMap<&str, Vec<String>>) -> Vec<String> {
    let mut child = Command::new(program)
        .args(["-S", "-E", "-c", ASK])
        .env("SETUPTOOLS_USE_DISTUTILS", "stdlib")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("an interpreter starts");
    let text: String = questions
        .iter()
        .map(|(module, names)| format!("{module}\t{}\n", names.join("\t")))
        .collect();
    let mut stdin = child.stdin.take().expect("it is piped");
    let writer = thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    let answers = String::from_utf8(output.stdout).expect("ASCII");
    assert_eq!(answers.lines().count(), questions.len());
    answers.lines().map(str::to_owned).collect()
}

fn number(variable: &str, or: u64) -> u64 {
    env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(or)
}

/// PICKSCOPE_MODULES and PICKSCOPE_SEED choose a larger sample and another.
#[test]
fn the_pythons_that_are_here_agree() {
    let pythons = pythons();
    let mut state = number("PICKSCOPE_SEED", 7).wrapping_mul(2) | 1;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let modules: Vec<_> = names::modules().filter(|module| module.recorded).collect();
    let mut questions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for _ in 0..number("PICKSCOPE_MODULES", 60) {
        let module = modules[random(modules.len())].name;
        let all: Vec<_> = names::names_of(module).map(|entry| entry.name).collect();
        // The empty one asks for the module alone.
        let mut asked = vec![String::new(), "__class__".to_owned()];
        for _ in 0..all.len().min(40) {
            let name = all[random(all.len())];
            asked.push(name.to_owned());
            if random(4) == 0 {
                let mut wrong = name.to_owned();
                wrong.push(['s', 'X', 'e', '_'][random(4)]);
                asked.push(wrong);
            }
        }
        asked.sort();
        asked.dedup();
        questions.insert(module, asked);
    }
    // Not there, or not on all.
    for module in [
        "ConfigParser",
        "json.nothing",
        "collections.Mapping",
        "nothing_of_this_name",
        "imp",
        "os.path",
    ] {
        questions.insert(module, vec![String::new(), "x".to_owned()]);
    }
    let (mut agreed, mut unknown, mut differences) = (0_u32, 0_u32, String::new());
    thread::scope(|scope| {
        let answers: Vec<_> = pythons
            .iter()
            .map(|(version, program)| (version, scope.spawn(|| ask(program, &questions))))
            .collect();
        for (version, answers) in answers {
            let python: Python = version.parse().expect("a known version");
            let answers = answers.join().expect("no panic");
            for ((home, asked), signs) in questions.iter().zip(&answers) {
                for (name, sign) in asked.iter().zip(signs.bytes()) {
                    let (yes, not_known) = if name.is_empty() {
                        module(home).map_or_else(Default::default, |it| (it.has, it.unknown))
                    } else {
                        walk(home, name)
                            .map_or_else(Default::default, |it| (it.resolves, it.unknown))
                    };
                    if not_known.has(python) {
                        unknown += 1;
                    } else if yes.has(python) == (sign == b'1') {
                        agreed += 1;
                    } else {
                        let said = if sign == b'1' { "has" } else { "lacks" };
                        writeln!(differences, "{version} {said} {home} {name}")
                            .expect("a String takes it");
                    }
                }
            }
        }
    });
    let differ = differences.lines().count() as f64;
    say(&format!(
        "names: {agreed} answers agree, {differ} differ, {unknown} aren't known\n{differences}"
    ));
    assert!(
        differ <= 0.005 * (f64::from(agreed) + differ),
        "{differences}"
    );
    assert!(unknown <= agreed / 20 + 1, "{unknown} aren't known");
    black_box(agreed);
}
