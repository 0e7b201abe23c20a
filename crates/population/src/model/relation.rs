//! Relation to the head of the household.

use serde::{Deserialize, Serialize};
use vocabulary::{Invalid, Text};

macro_rules! relations {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)*) => {
        /// Relation to the head of the household (*quan hệ với chủ hộ*). No official code list is known (facts §9), so
        /// the codes are ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Relation {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Relation {
            /// All relations, the commonest first.
            pub const ALL: &'static [Relation] = &[$(Relation::$name),*];

            /// Stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Relation::$name => $code),* }
            }

            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $(Relation::$name => Text::new($vi, $en)),* }
            }

            /// The relation for a code.
            pub fn parse(code: &str) -> Result<Relation, Invalid> {
                match code.trim() {
                    $($code => Ok(Relation::$name),)*
                    _ => Err(Invalid::new("relation/unknown", "Quan hệ với chủ hộ không có trong danh mục", "The relation to the head is not in the list")),
                }
            }
        }
    };
}

relations! {
    /// The head.
    Head = "head", "Chủ hộ", "Head";
    /// Husband or wife.
    Spouse = "spouse", "Vợ, chồng", "Spouse";
    /// Child, adopted ones too.
    Child = "child", "Con", "Child";
    /// Father or mother.
    Parent = "parent", "Cha, mẹ", "Parent";
    /// Brother or sister.
    Sibling = "sibling", "Anh, chị, em", "Sibling";
    /// Grandchild.
    Grandchild = "grandchild", "Cháu ruột", "Grandchild";
    /// Grandparent.
    Grandparent = "grandparent", "Ông, bà", "Grandparent";
    /// Son- or daughter-in-law.
    ChildInLaw = "child-in-law", "Con dâu, con rể", "Child-in-law";
    /// Father- or mother-in-law.
    ParentInLaw = "parent-in-law", "Cha, mẹ vợ hoặc chồng", "Parent-in-law";
    /// Nephew, niece, cousin, uncle, aunt and other kin.
    Kin = "kin", "Họ hàng khác", "Other kin";
    /// Lives with the household without kinship.
    Lodger = "lodger", "Người ở nhờ, ở thuê", "Lodger";
    /// Not told.
    Unknown = "unknown", "Chưa rõ", "Not known";
}
