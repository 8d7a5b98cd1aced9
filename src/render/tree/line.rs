//! A line that knows how wide it is.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// What only stands elsewhere.
pub(super) const REFERENCE: Style = AnsiColor::Yellow.on_default();
/// What stands in the stream.
pub(super) const VALUE: Style = AnsiColor::Green.on_default();
/// The name of what is shared.
pub(super) const NAME: Style = AnsiColor::Cyan.on_default().bold();
/// What frames the rest.
pub(super) const FRAME: Style = Style::new().dimmed();
/// What is said of the rest.
pub(super) const HEADING: Style = Style::new().bold();
/// What a value is.
pub(super) const PLAIN: Style = Style::new();

/// Text of one line, coloured or not, and its columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    text: Vec<u8>,
    columns: usize,
    color: bool,
}

impl Line {
    pub(super) fn new(color: bool) -> Self {
        Self {
            color,
            ..Self::default()
        }
    }

    /// Adds text, which is ours or was made fit to be shown.
    pub(super) fn put(&mut self, style: Style, text: &str) {
        self.columns += text.width();
        if self.color && style != PLAIN {
            // Writing to memory doesn't fail.
            let _ = write!(
                self.text,
                "{}{text}{}",
                style.render(),
                style.render_reset()
            );
        } else {
            self.text.extend_from_slice(text.as_bytes());
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Where the line stands now; [`back_to`](Self::back_to) takes away what came after.
    pub(super) fn here(&self) -> (usize, usize) {
        (self.text.len(), self.columns)
    }

    pub(super) fn back_to(&mut self, (length, columns): (usize, usize)) {
        self.text.truncate(length);
        self.columns = columns;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.text
    }
}
