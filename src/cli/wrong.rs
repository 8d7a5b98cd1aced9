//! What is wrong in an input, told on standard error.

use pickscope::{
    reader::Reading,
    render::fault::Complaint,
    report::problem::{Problem, Severity},
};

use super::Status;

/// So many errors are told of one input on standard error; the report has all.
const TOLD: usize = 8;

/// What was found wrong in an input.
#[derive(Default)]
pub(super) struct Found {
    worst: Option<Severity>,
    pub(super) bad_answer: bool,
    /// Whether a shim would help.
    pub(super) helps: bool,
    /// The first few that weigh: where, what, and what to do.
    told: Vec<(u64, String, Option<String>)>,
    untold: u64,
    /// The same as they are told, once the bytes around them were seen.
    settled: Vec<String>,
    /// How many pickles were seen.
    pub(super) pickles: u64,
    /// Where values of the part at hand stand that may hold pickles.
    pub(super) nested: Vec<u64>,
}

impl Found {
    pub(super) fn see(&mut self, problem: &Problem<'_>) {
        self.worst = self.worst.max(Some(problem.severity()));
        if problem.severity() < Severity::Ambiguous {
            return;
        }
        self.tell(problem.offset, || {
            (problem.kind.to_string(), problem.advice())
        });
    }

    /// Takes down whether a question that was asked has a good answer.
    pub(super) fn answer(&mut self, good: bool) {
        self.bad_answer |= !good;
    }

    /// Takes down how far a pickle could be read: that decides, whatever was told on the way.
    pub(super) fn read(&mut self, reading: Reading) {
        if reading != Reading::Complete {
            self.worst = self.worst.max(Some(Severity::Ambiguous));
        }
    }

    pub(super) fn tell(&mut self, offset: u64, what: impl FnOnce() -> (String, Option<String>)) {
        self.worst = self.worst.max(Some(Severity::Ambiguous));
        if self.told.len() + self.settled.len() < TOLD {
            let (message, advice) = what();
            self.told.push((offset, message, advice));
        } else {
            self.untold += 1;
        }
    }

    /// Puts what is wrong in some bytes into words; `is_file` says whether their name is one that can be read by itself.
    pub(super) fn settle(&mut self, name: &str, is_file: bool, bytes: &[u8]) {
        for (offset, message, advice) in self.told.drain(..) {
            let advice = advice
                .filter(|advice| is_file || !advice.contains("FILE"))
                .map(|advice| with_name(&advice, name));
            let complaint = Complaint {
                name,
                message: &message,
                place: Some((offset, bytes)),
                advice: advice.as_deref(),
            };
            self.settled.push(complaint.to_string());
        }
    }

    /// Tells on standard error what is wrong.
    pub(super) fn complain(&self, name: &str) {
        for complaint in &self.settled {
            complain!("{complaint}");
        }
        if self.untold > 0 {
            complain!("pickscope: {name}: {} more like these", self.untold);
        }
    }

    pub(super) fn status(&self) -> Status {
        if self.worst >= Some(Severity::Ambiguous) {
            Status::NotWhole
        } else if self.bad_answer {
            Status::BadAnswer
        } else {
            Status::Whole
        }
    }
}

/// What explains the lookups that fail.
pub(super) fn pointer(found: &Found, name: &str) -> Option<String> {
    let shim = match found.helps {
        true => "; with --shim, a program that loads it",
        false => "",
    };
    let pointer = format!("Why, and what to do: pickscope explain --input FILE{shim}");
    found.bad_answer.then(|| with_name(&pointer, name))
}

/// Advice with the input's name for `FILE`, where the name is one that a shell takes as it is.
pub(super) fn with_name(advice: &str, name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    if plain && !name.starts_with('-') {
        advice.replace("FILE", name)
    } else {
        advice.to_owned()
    }
}
