//! A container's members: where each lies, how it is packed, and what is wrong with it.

use std::ops::Range;

use crate::limits::{CRC_BYTES, Limit, PIPE_HEAD};

use super::{
    data::Data,
    trouble::Trouble,
    unpack::{self, Budget, Codec, Wanted},
};

/// What a container holds, as far as its headers tell.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The members that may hold something, in their order.
    pub(crate) members: Vec<Member>,
    /// What is wrong with the container itself, and where.
    pub(crate) troubles: Vec<(u64, Trouble)>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name as it stands in the container, or the name of its format where it has none.
    pub(crate) name: Vec<u8>,
    /// Where its bytes lie in the container.
    pub(super) range: Range<u64>,
    /// How they are packed; `None` for those that are stored as they are, or can't be unpacked.
    pub(super) codec: Option<Codec>,
    /// The CRC-32 that is stated.
    pub(super) crc: Option<u32>,
    /// The length that is stated.
    pub(super) length: Option<u64>,
    /// What is wrong with it.
    pub(super) troubles: Vec<Trouble>,
}

/// The bytes of a member.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    pub(crate) data: Data<'a>,
    /// Whether it could be unpacked to its end.
    whole: bool,
    /// How many it has, read or not.
    pub(crate) length: u64,
    /// The CRC-32 that is stated, if its bytes were not compared with it yet.
    crc: Option<u32>,
    /// What is wrong with it.
    pub(crate) troubles: Vec<Trouble>,
    /// What follows what was unpacked.
    pub(crate) rest: Option<Member>,
}

impl Member {
    /// Bytes that are stored as they are.
    pub(crate) fn stored(name: &[u8], range: Range<u64>) -> Self {
        Self {
            name: name.to_vec(),
            range,
            codec: None,
            crc: None,
            length: None,
            troubles: Vec::new(),
        }
    }

    /// Bytes that are packed, and have no other name than their format's.
    pub(super) fn packed(name: &str, range: Range<u64>, codec: Codec) -> Self {
        Self {
            codec: Some(codec),
            ..Self::stored(name.as_bytes(), range)
        }
    }

    /// Bytes that nothing explains, which are read for pickles like any others.
    pub(super) fn unexplained(range: Range<u64>, why: Trouble) -> Self {
        Self {
            troubles: vec![why],
            ..Self::stored(b"rest", range)
        }
    }

    /// Where it lies in the container.
    pub(crate) fn start(&self) -> u64 {
        self.range.start
    }

    /// Its bytes, out of the container's; `wanted` says of the first [`PIPE_HEAD`] of them whether to keep the others.
    pub(crate) fn open<'a>(
        self,
        container: &Data<'a>,
        budget: &mut Budget,
        wanted: &mut Wanted<'_>,
    ) -> Opened<'a> {
        let data = container.part(self.range.clone());
        let mut troubles = self.troubles;
        // Packed bytes count once they are read: how many belong to the member, only its decoder knows.
        let known = match self.codec {
            Some(_) => 0,
            None => data.len() as u64,
        };
        if !budget.take_stored(known) {
            troubles.push(Trouble::Repeated);
            return Opened {
                data: container.part(0..0),
                whole: false,
                length: known,
                crc: None,
                troubles,
                rest: None,
            };
        }
        let Some(codec) = self.codec else {
            let length = self.range.end.saturating_sub(self.range.start);
            if (data.len() as u64) < length {
                troubles.push(Trouble::Cut);
            }
            if let Some(stated) = self.length.filter(|stated| *stated != length) {
                troubles.push(Trouble::Size {
                    stated,
                    found: length,
                });
            }
            return Opened {
                length: known,
                data,
                whole: true,
                crc: self.crc,
                troubles,
                rest: None,
            };
        };
        if let Some(spent) = budget.is_spent() {
            troubles.push(spent);
            return Opened {
                data: Data::unpacked(Vec::new()),
                whole: false,
                length: 0,
                crc: None,
                troubles,
                rest: None,
            };
        }
        let unpacked = unpack::unpack(codec, &data, budget, wanted);
        let found = unpacked.length;
        match (unpacked.trouble, self.crc, self.length) {
            (Some(trouble), ..) => troubles.push(trouble),
            (None, Some(stated), _) if stated != unpacked.crc => troubles.push(Trouble::Crc {
                stated,
                found: unpacked.crc,
            }),
            (None, _, Some(stated)) if stated != found => {
                troubles.push(Trouble::Size { stated, found });
            }
            _ => {}
        }
        let rest = unpacked.end.and_then(|end| {
            let start = self.range.start.saturating_add(end as u64);
            let left = data.get(end..).unwrap_or_default();
            // Tapes and block devices fill up with zeros; what reads gzip lets them pass.
            let explained = left.iter().all(|byte| *byte == 0);
            (!explained).then(|| {
                Self::unexplained(start..self.range.end, Trouble::Trailing(left.len() as u64))
            })
        });
        Opened {
            data: Data::unpacked(unpacked.bytes),
            whole: !troubles.iter().any(Trouble::ends_reading),
            length: found,
            crc: None,
            troubles,
            rest,
        }
    }
}

impl Opened<'_> {
    /// Whether all its bytes are there.
    pub(crate) fn holds_all(&self) -> bool {
        self.whole && self.data.len() as u64 == self.length
    }

    /// Compares stored bytes with their CRC-32: those of what is read, unless they are too many, and of what is short.
    pub(crate) fn check(&mut self, is_read: bool) {
        let most = if is_read { CRC_BYTES } else { PIPE_HEAD as u64 };
        let Some(stated) = self.crc.take().filter(|_| self.length <= most) else {
            return;
        };
        let found = unpack::crc(&self.data);
        let cut = self.troubles.contains(&Trouble::Cut);
        if found != stated && !cut {
            self.troubles.push(Trouble::Crc { stated, found });
        }
    }
}

impl Trouble {
    /// Whether bytes are missing because of it.
    fn ends_reading(&self) -> bool {
        matches!(
            self,
            Self::Limit(Limit::Part | Limit::Unpacked | Limit::Ratio, _)
                | Self::Cut
                | Self::Corrupt(_)
        )
    }
}
