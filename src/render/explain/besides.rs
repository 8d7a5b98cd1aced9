//! What a pickle needs beside its names, who wrote it, and what torch makes of it.

use super::{BAD, CODE, GOOD, HEADING, Page, Shown};
use crate::{
    count::Counted,
    lookup::causes::Piece,
    python::Pythons,
    report::{
        betrays::{By, Clue, Versions, betrays},
        needs::{Needs, readers},
        weights::{Refused, Weights, weights},
    },
};

/// So many clues of a library are shown without [`Screen::full`](super::Screen::full).
const CLUES: usize = 3;

/// So many names that torch refuses are.
const REFUSED: usize = 20;

/// The Pythons asked for, or all, that can't read the protocol, in words.
pub(super) fn unreadable(needs: &Needs<'_, '_>) -> Option<String> {
    let pickle = &needs.read.pickle;
    let asked = needs.read.asked.unwrap_or(Pythons::ALL);
    let unable = asked.without(readers(pickle));
    if unable.is_empty() {
        return None;
    }
    let protocol = pickle.protocol.max(pickle.tally.protocol());
    let backport = unable.and(Pythons::until(7)).and(Pythons::PY3);
    let backport = match protocol == 5 && !backport.is_empty() {
        true => format!("; {backport} with the package pickle5"),
        false => String::new(),
    };
    Some(format!("{unable} can't read protocol {protocol}{backport}"))
}

impl Page {
    /// What text of Python 2 takes.
    pub(super) fn encoding(&mut self, needs: &Needs<'_, '_>) {
        let asked = needs.asked.and(Pythons::PY3);
        let Some(encoding) = needs.encoding.filter(|_| !asked.is_empty()) else {
            return;
        };
        let strings = Counted(encoding.strings, "string");
        let says = format!(
            "it needs encoding='{}' on Python 3: {strings} of Python 2 hold more than ASCII, the first at offset {}; {}",
            encoding.name, encoding.first, encoding.why
        );
        self.paragraph(&[Piece::Ours(&says)], "", "  ");
        let without = format!("without: {}", encoding.error());
        self.paragraph(&[Piece::Ours(&without)], "  ", "    ");
    }

    /// Which versions wrote it.
    pub(super) fn writers(&mut self, needs: &Needs<'_, '_>) {
        let clues = betrays(needs);
        if clues.is_empty() {
            return;
        }
        self.text.push(b'\n');
        self.styled(HEADING, "Written by, as far as it tells");
        self.text.push(b'\n');
        let mut libraries: Vec<&str> = Vec::new();
        for clue in &clues {
            if !libraries.contains(&clue.library) {
                libraries.push(clue.library);
            }
        }
        for library in libraries {
            let own: Vec<&Clue> = clues
                .iter()
                .filter(|clue| clue.library == library)
                .collect();
            let most = if self.screen.full { own.len() } else { CLUES };
            for clue in own.iter().take(most) {
                self.clue(clue);
            }
            if let Some(more) = own.len().checked_sub(most).filter(|more| *more > 0) {
                let more = format!("{library}: {} more: --full", more);
                self.paragraph(&[Piece::Ours(&more)], "  ", "    ");
            }
        }
    }

    fn clue(&mut self, clue: &Clue) {
        let named = |module: &str, name: &str| {
            let mut shown = Vec::new();
            Shown::Name(module.as_bytes()).write(&mut shown, Some(60));
            shown.push(b'.');
            Shown::Name(name.as_bytes()).write(&mut shown, Some(60));
            String::from_utf8_lossy(&shown).into_owned()
        };
        let by = match &clue.by {
            By::Name(module, name) => named(module, name),
            By::Call(module, name, arguments) => {
                let arguments = Counted(*arguments, "argument");
                format!("{} with {arguments}", named(module, name))
            }
            By::Key(key) => (*key).to_owned(),
            By::Opcode(opcode) => opcode.name().to_owned(),
        };
        let place = format!(" ({by} at offset {})", clue.offset);
        let versions = match &clue.versions {
            Versions::Ours(versions) => Piece::Ours(versions),
            Versions::Theirs(versions) => Piece::Theirs(versions),
        };
        let pieces = [
            Piece::Ours(clue.library),
            Piece::Ours(" "),
            versions,
            Piece::Ours(&place),
        ];
        self.paragraph(&pieces, "  ", "    ");
    }

    /// What `torch.load(weights_only=True)` makes of it, if it is torch's.
    pub(super) fn weights(&mut self, needs: &Needs<'_, '_>) {
        let Some(weights) = weights(needs) else {
            return;
        };
        self.text.push(b'\n');
        self.styled(HEADING, "torch.load(weights_only=True)");
        self.text.push(b'\n');
        if let Some(since) = weights.since {
            let takes = format!(
                "  torch {} takes it; so does each from {} on",
                weights.torch.version(),
                since.version()
            );
            self.styled(GOOD, &takes);
            self.text.push(b'\n');
            return;
        }
        let refuses = format!("  torch {} refuses it", weights.torch.version());
        self.styled(BAD, &refuses);
        self.text.push(b'\n');
        self.refused(&weights);
        if !weights.obstacles.is_empty() {
            self.paragraph(&[Piece::Ours("it can't be told to take:")], "  ", "  ");
        }
        for obstacle in &weights.obstacles {
            let times = Counted(obstacle.count, "time");
            let says = format!(
                "at offset {}, {times}: {}",
                obstacle.offset,
                obstacle.what.words()
            );
            self.paragraph(&[Piece::Ours(&says)], "    ", "      ");
        }
        if let Some(advice) = weights.advice() {
            self.paragraph(&[Piece::Ours(advice)], "  ", "  ");
        }
    }

    fn refused(&mut self, weights: &Weights) {
        let most = if self.screen.full {
            usize::MAX
        } else {
            REFUSED
        };
        for refused in weights.refused.iter().take(most) {
            let mut line = format!("    at offset {}: ", refused.offset).into_bytes();
            Shown::Name(refused.module.as_bytes()).write(&mut line, Some(60));
            line.push(b'.');
            Shown::Name(refused.name.as_bytes()).write(&mut line, Some(60));
            line.push(b'\n');
            self.text.extend_from_slice(&line);
            if let Some(harm) = refused.harm {
                let says = format!("not to be allowed: {}", harm.words());
                self.paragraph(&[Piece::Ours(&says)], "      ", "        ");
            }
        }
        let more = weights.refused.len().saturating_sub(most) as u64;
        let more = more.saturating_add(weights.more);
        if more > 0 {
            let more = format!("and {}", Counted(more, "more name"));
            self.paragraph(&[Piece::Ours(&more)], "    ", "    ");
        }
        let harmful = |refused: &&Refused| refused.harm.is_some();
        let harmful = weights.refused.iter().filter(harmful).count() as u64;
        if harmful > 0 {
            let says = format!(
                "{} left out below: whoever allows one lets the file do more than hold data, up to running anything",
                Counted(harmful, "name")
            );
            self.paragraph(&[Piece::Ours(&says)], "  ", "  ");
        }
        let lines = weights.lines();
        if lines.is_empty() {
            return;
        }
        let says = "to allow the others, if each is harmless (the file calls what is allowed with whatever it likes):";
        let says = match harmful {
            0 => says.replace("the others", "them"),
            _ => says.to_owned(),
        };
        self.paragraph(&[Piece::Ours(&says)], "  ", "  ");
        for line in lines {
            self.text.extend_from_slice(b"    ");
            self.styled(CODE, &line);
            self.text.push(b'\n');
        }
    }
}
