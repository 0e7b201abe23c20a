//! How values become fields: single, optional and repeated ones, and the macros that number the fields of a structure.

use super::wire::{In, Out, Shape, Unreadable};

/// A value that can stand in a field.
pub(super) trait Coded: Sized {
    /// The value that is left out, and understood where the field is missing.
    const ABSENT: Option<fn(&Self) -> bool> = None;

    /// The value of a missing field.
    fn absent() -> Result<Self, Unreadable> {
        Err(Unreadable)
    }

    fn put(&self, field: u64, out: &mut Out);
    fn take(shape: Shape, input: &mut In<'_>) -> Result<Self, Unreadable>;
}

/// A field of a structure: one value, perhaps one, or any number.
pub(super) trait Member: Sized {
    /// What has been read of it so far.
    type Slot: Default;

    fn put_member(&self, field: u64, out: &mut Out);
    fn add(slot: &mut Self::Slot, shape: Shape, input: &mut In<'_>) -> Result<(), Unreadable>;
    fn finish(slot: Self::Slot) -> Result<Self, Unreadable>;
}

impl<T: Coded> Member for T {
    type Slot = Option<T>;

    fn put_member(&self, field: u64, out: &mut Out) {
        if !T::ABSENT.is_some_and(|absent| absent(self)) {
            self.put(field, out);
        }
    }

    fn add(slot: &mut Option<T>, shape: Shape, input: &mut In<'_>) -> Result<(), Unreadable> {
        *slot = Some(T::take(shape, input)?);
        Ok(())
    }

    fn finish(slot: Option<T>) -> Result<T, Unreadable> {
        slot.map_or_else(T::absent, Ok)
    }
}

impl<T: Coded> Member for Option<T> {
    type Slot = Option<T>;

    fn put_member(&self, field: u64, out: &mut Out) {
        if let Some(value) = self {
            value.put(field, out);
        }
    }

    fn add(slot: &mut Option<T>, shape: Shape, input: &mut In<'_>) -> Result<(), Unreadable> {
        *slot = Some(T::take(shape, input)?);
        Ok(())
    }

    fn finish(slot: Option<T>) -> Result<Option<T>, Unreadable> {
        Ok(slot)
    }
}

impl<T: Coded> Member for Vec<T> {
    type Slot = Vec<T>;

    fn put_member(&self, field: u64, out: &mut Out) {
        self.iter().for_each(|value| value.put(field, out));
    }

    fn add(slot: &mut Vec<T>, shape: Shape, input: &mut In<'_>) -> Result<(), Unreadable> {
        slot.push(T::take(shape, input)?);
        Ok(())
    }

    fn finish(slot: Vec<T>) -> Result<Vec<T>, Unreadable> {
        Ok(slot)
    }
}

/// Reads numbered fields from `$next` until it gives none, into variables of their names.
macro_rules! fields {
    ($input:ident, $next:ident, { $($number:literal $field:ident: $type:ty),* $(,)? }) => {
        $(let mut $field = <<$type as Member>::Slot as Default>::default();)*
        while let Some((number, shape)) = $input.$next()? {
            match number {
                $($number => <$type as Member>::add(&mut $field, shape, $input)?,)*
                // Half an act would fold into a wrong record.
                _ => { let _ = shape; return Err(Unreadable); }
            }
        }
        $(let $field = <$type as Member>::finish($field)?;)*
    };
}

/// Numbers the fields of a structure, which is written as a group.
macro_rules! structure {
    ($name:ident { $($number:literal $field:ident: $type:ty),* $(,)? }) => {
        impl Coded for $name {
            fn put(&self, field: u64, out: &mut Out) {
                out.group(field, |out| { $(self.$field.put_member($number, out);)* });
            }

            fn take(shape: Shape, input: &mut In<'_>) -> Result<$name, Unreadable> {
                if shape != Shape::Group {
                    return Err(Unreadable);
                }
                fields!(input, field, { $($number $field: $type),* });
                Ok($name { $($field),* })
            }
        }
    };
}

/// Numbers the values of an enumeration without content.
macro_rules! enumeration {
    ($name:ident { $($number:literal $value:ident),* $(,)? }) => {
        impl Coded for $name {
            fn put(&self, field: u64, out: &mut Out) {
                out.int(field, match self { $($name::$value => $number),* });
            }

            fn take(shape: Shape, input: &mut In<'_>) -> Result<$name, Unreadable> {
                match input.int(shape)? {
                    $($number => Ok($name::$value),)*
                    _ => Err(Unreadable),
                }
            }
        }
    };
}

/// Numbers the kinds of act and the fields of each.
macro_rules! contents {
    ($($kind:literal $name:ident { $($number:literal $field:ident: $type:ty),* $(,)? })*) => {
        pub(super) fn kind_of(content: &Content) -> u64 {
            match content { $(Content::$name { .. } => $kind),* }
        }

        pub(super) fn put_content(content: &Content, out: &mut Out) {
            match content {
                $(Content::$name { $($field),* } => { $($field.put_member($number, out);)* })*
            }
        }

        pub(super) fn take_content(kind: u64, input: &mut In<'_>) -> Result<Content, Unreadable> {
            match kind {
                $($kind => {
                    fields!(input, outer_field, { $($number $field: $type),* });
                    Ok(Content::$name { $($field),* })
                })*
                _ => Err(Unreadable),
            }
        }
    };
}

/// Numbers the facts. `one` holds a value, `may` one that can be cleared, `list` any number.
macro_rules! facts {
    ($($number:literal $how:ident $name:ident: $type:ty),* $(,)?) => {
        fn put_fact(fact: &Fact, out: &mut Out) {
            match fact { $(Fact::$name(value) => facts!(@put $how, value, $number, out)),* }
        }

        fn take_fact(number: u64, shape: Shape, input: &mut In<'_>) -> Result<Fact, Unreadable> {
            match number {
                $($number => Ok(Fact::$name(facts!(@take $how, $type, shape, input))),)*
                _ => Err(Unreadable),
            }
        }
    };
    (@put one, $value:ident, $number:literal, $out:ident) => { $value.put($number, $out) };
    (@put may, $value:ident, $number:literal, $out:ident) => {
        match $value {
            Some(value) => value.put($number, $out),
            None => $out.nil($number),
        }
    };
    (@put list, $value:ident, $number:literal, $out:ident) => {
        match $value.as_slice() {
            [] => $out.nil($number),
            _ => $out.group($number, |out| $value.put_member(1, out)),
        }
    };
    (@take one, $type:ty, $shape:ident, $input:ident) => { <$type>::take($shape, $input)? };
    (@take may, $type:ty, $shape:ident, $input:ident) => {
        if $shape == Shape::Nil { None } else { Some(<$type>::take($shape, $input)?) }
    };
    (@take list, $type:ty, $shape:ident, $input:ident) => {{
        let mut list: Vec<$type> = Vec::new();
        match $shape {
            Shape::Nil => {}
            Shape::Group => while let Some((number, shape)) = $input.field()? {
                if number != 1 { return Err(Unreadable); }
                list.push(<$type>::take(shape, $input)?);
            },
            _ => return Err(Unreadable),
        }
        list
    }};
}

pub(super) use {contents, enumeration, facts, fields, structure};
