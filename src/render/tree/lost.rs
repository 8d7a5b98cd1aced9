//! Where a path leads nowhere, in words.

use crate::report::tree::{
    Grown,
    form::{Label, form},
    marks::Marks,
    path::Lost,
};

use super::{
    super::{Screen, shown::Shown},
    line::Line,
    show::Show,
};

/// So many of the rows that are there are told.
const TOLD: usize = 8;

/// Where a path leads nowhere: how far it went, what is there, and what that has.
pub fn lost(grown: &Grown<'_>, marks: &Marks, lost: &Lost) -> String {
    let screen = Screen {
        color: false,
        width: 80,
        full: false,
    };
    let mut show = Show::new(grown, marks, screen);
    let quoted = |text: &str| {
        let mut out = Vec::new();
        Shown::Path(text.as_bytes()).write(&mut out, Some(60));
        String::from_utf8(out).unwrap_or_default()
    };
    let there = match lost.walked.as_str() {
        "" => "the pickle's value".to_owned(),
        walked => quoted(walked),
    };
    let form = form(show.view, marks, lost.value);
    let mut line = Line::new(false);
    show.head(lost.value, &form.head, &mut line);
    let what = String::from_utf8_lossy(line.bytes()).into_owned();
    let mut text = format!("no {} in {there} ({what}): it has ", quoted(&lost.wanted));
    let mut rows = form.rows.peekable();
    match rows.peek().map(|row| row.label) {
        None => text += "nothing below it",
        Some(Label::Index(_)) => {
            let last = rows.count().saturating_sub(1);
            text += &match last {
                0 => "[0]".to_owned(),
                last => format!("[0] to [{last}]"),
            };
        }
        Some(_) => {
            let labels: Vec<String> = rows
                .by_ref()
                .take(TOLD)
                .enumerate()
                .map(|(number, row)| {
                    let mut line = Line::new(false);
                    show.label(row.label, &mut line);
                    let label = String::from_utf8_lossy(line.bytes()).into_owned();
                    let label = label.trim_end_matches([' ', ':', '=']);
                    match row.label {
                        Label::Attribute(_) | Label::Keyword(_) | Label::Word(_) => {
                            label.to_owned()
                        }
                        Label::Key(_) => format!("[{label}]"),
                        Label::Argument(number) => format!("[{number}]"),
                        _ => format!("{{{number}}}"),
                    }
                })
                .collect();
            text += &labels.join(", ");
            let more = rows.count();
            if more > 0 {
                text += &format!(" and {more} more");
            }
        }
    }
    text
}
