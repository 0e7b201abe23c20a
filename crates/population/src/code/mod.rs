//! How an act stands in its row: numbered fields in few bytes, readable for ever.
//!
//! | part | form |
//! |---|---|
//! | version | one byte, 1 |
//! | kind of act | integer, the numbers of [`forms`] |
//! | effective date | integer: year since 1800, month, day, plus one; 0 where unknown |
//! | recorded | integer: seconds since 1970 doubled or, not on a whole second, microseconds doubled and one |
//! | evidence | length and text |
//! | content | the fields of the kind, in any order, to the end |
//!
//! What is empty is left out; a field that is missing is empty. An unknown kind or field is not skipped but refused: half
//! an act would fold into a wrong record, and a newer program wrote it. The sequence number and the actor stand in
//! columns of their own.

mod coded;
mod forms;
#[cfg(test)]
mod tests;
mod wire;
mod words;

pub(crate) use wire::Unreadable;

use crate::acts::{Act, Content};
use vocabulary::{Moment, PartialDate};
use wire::{In, Out};

const VERSION: u8 = 1;
const SECOND: i64 = 1_000_000;

/// What the stored bytes of an act say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// From when it holds.
    pub effective: PartialDate,
    /// When the registry learnt of it.
    pub recorded: Moment,
    /// The paper behind it.
    pub evidence: String,
    /// What happened.
    pub content: Content,
}

/// The bytes of an act.
pub(crate) fn encode(act: &Act) -> Vec<u8> {
    let mut out = Out::default();
    out.bytes.reserve(160);
    out.bytes.push(VERSION);
    out.varint(forms::kind_of(&act.content));
    out.varint(forms::date_to_int(act.effective));
    let micros = act.recorded.micros();
    match (micros % SECOND, micros >= 0) {
        (0, true) => out.varint((micros / SECOND) as u64 * 2),
        // A moment lies within 2400 years of 1970, so that the highest bits are free for zigzag.
        _ => out.varint(((micros << 1 ^ micros >> 63) as u64) << 1 | 1),
    }
    out.plain_text(&act.evidence);
    forms::put_content(&act.content, &mut out);
    out.bytes
}

/// Reads the bytes of an act.
pub(crate) fn decode(bytes: &[u8]) -> Result<Body, Unreadable> {
    let (version, rest) = bytes.split_first().ok_or(Unreadable)?;
    if *version != VERSION {
        return Err(Unreadable);
    }
    let mut input = In::new(rest);
    let kind = input.varint()?;
    let effective = forms::date_from_int(input.varint()?)?;
    let time = input.varint()?;
    let micros = if time & 1 == 0 {
        i64::try_from(time >> 1).ok().and_then(|s| s.checked_mul(SECOND)).ok_or(Unreadable)?
    } else {
        let zigzag = time >> 1;
        (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)
    };
    let evidence = input.plain_text()?;
    let content = forms::take_content(kind, &mut input)?;
    Ok(Body { effective, recorded: Moment::from_micros(micros), evidence, content })
}
