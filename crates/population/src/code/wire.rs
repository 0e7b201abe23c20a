//! The bytes themselves: numbered fields of four shapes, as short as can be.
//!
//! A field is a key – its number and shape in one variable-length integer – and a payload. Integers take seven bits a
//! byte, the lowest first. A group holds fields and ends with a zero byte; fields are numbered from 1, so no key is
//! zero.

/// Stored bytes that this program cannot have written, or that a newer one wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored act cannot be read")]
pub struct Unreadable;

/// The shape of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing: the field is stated to be empty.
    Nil,
    /// An integer.
    Int,
    /// A length and so many bytes.
    Bytes,
    /// Fields, to a zero byte.
    Group,
}

/// Bytes in the making.
#[derive(Default)]
pub(super) struct Out {
    pub(super) bytes: Vec<u8>,
    /// Where the addresses written so far stand: an address that comes again is written as a reference.
    addresses: Vec<(usize, usize)>,
}

impl Out {
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn key(&mut self, field: u64, shape: Shape) {
        let shape = match shape {
            Shape::Nil => 0,
            Shape::Int => 1,
            Shape::Bytes => 2,
            Shape::Group => 3,
        };
        self.varint(field << 2 | shape);
    }

    pub(super) fn nil(&mut self, field: u64) {
        self.key(field, Shape::Nil);
    }

    pub(super) fn int(&mut self, field: u64, value: u64) {
        self.key(field, Shape::Int);
        self.varint(value);
    }

    pub(super) fn text(&mut self, field: u64, text: &str) {
        self.key(field, Shape::Bytes);
        self.plain_text(text);
    }

    /// A text without a key before it.
    pub(super) fn plain_text(&mut self, text: &str) {
        let start = self.bytes.len();
        self.bytes.push(0);
        super::words::put(text, &mut self.bytes);
        let length = self.bytes.len() - start - 1;
        if length < 0x80 {
            self.bytes[start] = length as u8;
        } else {
            let tail = self.bytes.split_off(start + 1);
            self.bytes.truncate(start);
            self.varint(length as u64);
            self.bytes.extend(tail);
        }
    }

    pub(super) fn group(&mut self, field: u64, inside: impl FnOnce(&mut Out)) {
        self.key(field, Shape::Group);
        inside(self);
        self.bytes.push(0);
    }

    /// An address: a group, or the place of the same one among those before it.
    pub(super) fn address(&mut self, field: u64, inside: impl FnOnce(&mut Out)) {
        let start = self.bytes.len();
        self.key(field, Shape::Group);
        let from = self.bytes.len();
        inside(self);
        let same = |(a, b): &(usize, usize)| self.bytes[*a..*b] == self.bytes[from..];
        match self.addresses.iter().position(same) {
            Some(before) => {
                self.bytes.truncate(start);
                self.int(field, before as u64);
            }
            None => {
                self.addresses.push((from, self.bytes.len()));
                self.bytes.push(0);
            }
        }
    }
}

/// Bytes being read. Every method checks what it reads: any bytes end in a value or in [`Unreadable`].
pub(super) struct In<'b> {
    rest: &'b [u8],
    /// From where each address so far was read.
    addresses: Vec<&'b [u8]>,
}

impl<'b> In<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> In<'b> {
        In { rest: bytes, addresses: Vec::new() }
    }

    pub(super) fn varint(&mut self) -> Result<u64, Unreadable> {
        let mut value = 0u64;
        for (at, byte) in self.rest.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                return Err(Unreadable);
            }
            value |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(Unreadable)
    }

    /// The next field of the outermost level, whose end is the end of the bytes.
    pub(super) fn outer_field(&mut self) -> Result<Option<(u64, Shape)>, Unreadable> {
        if self.rest.is_empty() { Ok(None) } else { self.field()?.ok_or(Unreadable).map(Some) }
    }

    /// The next field of a group, or its end.
    pub(super) fn field(&mut self) -> Result<Option<(u64, Shape)>, Unreadable> {
        let key = self.varint()?;
        let shape = match key & 3 {
            0 => Shape::Nil,
            1 => Shape::Int,
            2 => Shape::Bytes,
            _ => Shape::Group,
        };
        Ok((key != 0).then_some((key >> 2, shape)))
    }

    pub(super) fn int(&mut self, shape: Shape) -> Result<u64, Unreadable> {
        if shape == Shape::Int { self.varint() } else { Err(Unreadable) }
    }

    pub(super) fn text(&mut self, shape: Shape) -> Result<String, Unreadable> {
        if shape == Shape::Bytes { self.plain_text() } else { Err(Unreadable) }
    }

    /// An address follows, which later ones may be the same as.
    pub(super) fn remember_address(&mut self) {
        self.addresses.push(self.rest);
    }

    /// The bytes of the earlier address whose place follows. It was read before, and so can be read again.
    pub(super) fn earlier_address(&mut self) -> Result<In<'b>, Unreadable> {
        let place = usize::try_from(self.varint()?).map_err(|_| Unreadable)?;
        self.addresses.get(place).map(|bytes| In::new(bytes)).ok_or(Unreadable)
    }

    /// A text without a key before it.
    pub(super) fn plain_text(&mut self) -> Result<String, Unreadable> {
        let length = usize::try_from(self.varint()?).map_err(|_| Unreadable)?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or(Unreadable)?;
        self.rest = rest;
        super::words::take(text)
    }
}
