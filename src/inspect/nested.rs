//! Pickles inside pickles: in a value that is bytes or text, as they are, packed, or written as text.
//!
//! What counts is convincing: pickles from the first byte to the last ([`glance::is_whole`]), or what `torch.save` writes. All
//! else that was unpacked or decoded in the search is dropped without a word, but for a limit that was hit.

use std::borrow::Cow;

use crate::{
    container::{
        contents,
        data::Data,
        detect::{self, Format},
        trouble::Trouble,
        written::{self, Writing},
    },
    decode::{
        Argument, ops,
        text::{self, Meaning, Text},
    },
    limits::Limit,
    machine::glance,
    reader::nested::{is_torch, latin1},
};

use super::{
    Look,
    parts::{Event, Part, Parts, Place},
};

/// So often something may be packed or written in the other.
const LAYERS: usize = 4;

/// A value, and in what its bytes are wrapped.
enum Layer<'a> {
    Whole,
    Wrapped(String, Data<'a>),
    Nothing,
}

impl<'a> Parts<'a> {
    /// Has the pickles that stand in values of a part read next: `offsets` are those of the values' opcodes, as
    /// [`Pickle::nested`](crate::reader::Pickle::nested) has them.
    pub fn inside(&mut self, part: &Part<'a>, offsets: &[u64]) {
        if offsets.is_empty() {
            return;
        }
        if self.is_full() {
            let trouble = Trouble::Limit(Limit::Depth, self.budget.limit(Limit::Depth));
            self.due
                .push_back(Event::Trouble(part.place.clone(), 0, trouble));
            return;
        }
        self.open_values(part, offsets);
    }

    /// Looks for a pickle in the value whose opcode stands at `offset`.
    pub(super) fn value(&mut self, place: &Place, data: &Data<'a>, offset: u64) {
        let Some(mut data) = bytes_of(data, offset) else {
            return;
        };
        let mut name = format!("bytes@{offset}");
        for _ in 0..LAYERS {
            match self.layer(place, &data) {
                Layer::Whole => {
                    let place = Place {
                        part: Some(match &place.part {
                            Some(outer) => format!("{outer}:{name}"),
                            None => name,
                        }),
                        base: data.base(),
                        nested: true,
                    };
                    if self.counts(&place) {
                        let length = data.len() as u64;
                        self.look(place, &data, true, length);
                    }
                    return;
                }
                Layer::Wrapped(how, inner) => {
                    name.push(':');
                    name.push_str(&how);
                    data = inner;
                }
                Layer::Nothing => return,
            }
        }
    }

    /// What bytes are: pickles, or what they are wrapped in.
    fn layer(&mut self, place: &Place, data: &Data<'a>) -> Layer<'a> {
        if glance::is_whole(data) || is_torch(data) {
            return Layer::Whole;
        }
        let Some(finding) = detect::detect(data, true) else {
            return Layer::Nothing;
        };
        let writing = match finding.format {
            Format::TorchZip => return Layer::Whole,
            Format::Gzip
            | Format::Bzip2
            | Format::Xz
            | Format::Zstd
            | Format::Lz4
            | Format::Zlib => {
                let code = finding.code().to_owned();
                let members = contents(data, &finding, data.len() as u64, 1).members;
                let Some(member) = members.into_iter().next() else {
                    return Layer::Nothing;
                };
                let mut wanted = |head: &[u8]| {
                    let look = Look::new(head, false);
                    look.pickle || look.container().is_some()
                };
                let opened = member.open(data, &mut self.budget, &mut wanted);
                for trouble in &opened.troubles {
                    if matches!(trouble, Trouble::Limit(..) | Trouble::Repeated) {
                        self.due
                            .push_back(Event::Trouble(place.clone(), 0, trouble.clone()));
                    }
                }
                if !opened.troubles.is_empty() {
                    return Layer::Nothing;
                }
                return Layer::Wrapped(code, opened.data);
            }
            Format::Hex => Writing::Hex,
            Format::Base64 => Writing::Base64,
            Format::Base64Url => Writing::Base64Url,
            _ => return Layer::Nothing,
        };
        match written::decode(data, writing) {
            Some(bytes) => Layer::Wrapped(finding.code().to_owned(), Data::unpacked(bytes)),
            None => Layer::Nothing,
        }
    }
}

/// The bytes of the value that the opcode at an offset makes; of text, its own or those that Latin-1 has for it.
fn bytes_of<'a>(data: &Data<'a>, offset: u64) -> Option<Data<'a>> {
    let mut ops = ops(data);
    ops.skip_to(offset);
    let op = ops.next()?.ok()?;
    let as_it_stands = |length: usize| {
        let end = op.span().end;
        data.part(end.saturating_sub(length as u64)..end)
    };
    let is_payload = matches!(op.argument, Argument::Bytes(_));
    Some(match text::usual(&op).ok()? {
        Meaning::Bytes(Cow::Borrowed(bytes)) if is_payload => as_it_stands(bytes.len()),
        Meaning::Bytes(bytes) => Data::unpacked(bytes.into_owned()),
        Meaning::Str(Text::Str(text)) if text.is_ascii() && is_payload => as_it_stands(text.len()),
        Meaning::Str(Text::Str(text)) => Data::unpacked(latin1(text.as_bytes())?),
        _ => return None,
    })
}
