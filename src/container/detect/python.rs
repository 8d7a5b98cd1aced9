//! What Python itself writes that is no pickle: `.pyc` and marshal.

use super::{Detail, Head, LIKELY, SURE, Seen};
use crate::opcode::Opcode;

/// First and last magic number of each Python, its version, and the number that its release has, where known.
///
/// From the comments of CPython 3.13's `Lib/importlib/_bootstrap_external.py`, and asked from the interpreters
/// (`importlib.util.MAGIC_NUMBER`) of 2.7 and 3.6 to 3.13. From 3.11 on, 3.n has the fifty numbers from 2900 + 50n.
static MAGICS: &[(u16, u16, &str, Option<u16>)] = &[
    (62011, 62021, "2.3", None),
    (62041, 62061, "2.4", Some(62061)),
    (62071, 62131, "2.5", Some(62131)),
    (62151, 62161, "2.6", Some(62161)),
    (62171, 62211, "2.7", Some(62211)),
    (3000, 3131, "3.0", Some(3131)),
    (3141, 3151, "3.1", Some(3151)),
    (3160, 3180, "3.2", Some(3180)),
    (3190, 3230, "3.3", Some(3230)),
    (3250, 3310, "3.4", Some(3310)),
    // 3.5.0 and 3.5.1 have 3350.
    (3320, 3351, "3.5", Some(3350)),
    (3360, 3379, "3.6", Some(3379)),
    (3390, 3399, "3.7", Some(3394)),
    (3400, 3419, "3.8", Some(3413)),
    (3420, 3429, "3.9", Some(3425)),
    (3430, 3449, "3.10", Some(3439)),
    (3450, 3499, "3.11", Some(3495)),
    (3500, 3549, "3.12", Some(3531)),
    (3550, 3599, "3.13", Some(3571)),
    (3600, 3649, "3.14", None),
    (3650, 3699, "3.15", None),
];

/// The flags word of PEP 552 came with this number (3.7a4), the source's size with 3210 (3.3a1).
const FLAGS_SINCE: u16 = 3392;
const SIZE_SINCE: u16 = 3210;

pub(super) fn pyc(head: Head<'_>) -> Option<Seen<'_>> {
    let magic = head.le16(0)?;
    if !head.has(2, b"\r\n") {
        return None;
    }
    let &(.., version, release) = MAGICS
        .iter()
        .find(|(first, last, ..)| (*first..=*last).contains(&magic))?;
    let code = match magic {
        FLAGS_SINCE..=3999 => 16,
        SIZE_SINCE..FLAGS_SINCE => 12,
        _ => 8,
    };
    let strong = match head.byte(code) {
        Some(byte) => byte & 0x7f == b'c',
        None => head.byte(0).is_some_and(|b| Opcode::from_byte(b).is_none()),
    };
    let detail = Detail::Python {
        version,
        magic,
        development: release.is_some_and(|release| magic < release),
    };
    Seen::with(strong, detail)
}

/// Marks a value that marshal refers back to, since version 3 (Python 3.4).
const FLAG_REF: u8 = 0x80;

/// Values of a marshal stream, by the type codes of CPython's `Python/marshal.c`.
pub(super) fn marshal(head: Head<'_>) -> Option<Seen<'_>> {
    let first = head.byte(0)?;
    let opcode = Opcode::from_byte(first).is_some();
    let fits = match first & !FLAG_REF {
        b'c' => code(head, 1),
        b'{' | b'[' | b'(' | b'<' | b'>' | b')' => items(head),
        _ => false,
    };
    match fits {
        true if opcode => LIKELY,
        true => SURE,
        false => None,
    }
}

/// Numbers of arguments, names and stack slots lead a code object; the first word is argcount in every version.
fn code(head: Head<'_>, offset: usize) -> bool {
    let word = |n: usize| head.le32(offset.saturating_add(n.saturating_mul(4)));
    let small = |n: usize| word(n).is_some_and(|w| w < 0x1_0000);
    small(0) && small(1) && small(2) && small(3)
}

/// Whether what starts here is at least three values of marshal's types, the last of them perhaps cut by the head's end.
///
/// A look at the values one after another, whatever holds them, is enough to tell marshal from anything else.
fn items(head: Head<'_>) -> bool {
    const ENOUGH: usize = 12;
    let mut at = 0_usize;
    for seen in 0..ENOUGH {
        let Some(byte) = head.byte(at) else {
            return seen > 2;
        };
        let next = at.saturating_add(1);
        let counted = |size: usize| {
            head.le32(next).map(|n| {
                usize::try_from(n)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(size)
            })
        };
        let length = match byte & !FLAG_REF {
            b'0' if byte & FLAG_REF != 0 => return false,
            b'N' | b'T' | b'F' | b'.' | b'S' | b'0' => Some(0),
            b'i' | b'r' => Some(4),
            b'I' | b'g' => Some(8),
            b'y' => Some(16),
            b')' | b'f' | b'z' | b'Z' => head.byte(next).map(|n| match byte & !FLAG_REF {
                b')' => 1,
                _ => usize::from(n).saturating_add(1),
            }),
            // A container's items follow as values of their own.
            b'(' | b'[' | b'<' | b'>' => counted(0).map(|_| 4),
            b'{' => Some(0),
            b's' | b't' | b'u' | b'a' | b'A' => counted(1).map(|n| n.saturating_add(4)),
            b'l' => head.le32(next).map(|n| {
                usize::try_from(n.cast_signed().unsigned_abs())
                    .unwrap_or(usize::MAX)
                    .saturating_mul(2)
                    .saturating_add(4)
            }),
            b'c' => return seen > 0 && code(head, next),
            _ => return false,
        };
        let Some(length) = length else {
            return !head.whole && seen > 1;
        };
        at = next.saturating_add(length);
        if at > head.bytes.len() {
            return !head.whole && seen > 1;
        }
    }
    true
}
