//! The language of conditions: a part of CEL (Common Expression Language) over the facts of one record, checked for
//! types when the rule is read.
//!
//! It has whole numbers, truth values and words; `! - * / % + < <= > >= == != in && || ?:`, parentheses, lists after
//! `in`, and `has(fact)`. What a fact does not tell makes every comparison with it neither true nor false (as in SQL):
//! a condition that is not certainly true finds nothing, unless it asks `has(…)`.

use std::fmt;

/// What a fact can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// One of some words, each known by its place.
    Word(&'static [&'static str]),
}

/// The facts that a condition may name.
pub trait Names {
    /// The place of a fact among the values of a record, and its kind.
    fn find(&self, name: &str) -> Option<(usize, Kind)>;
}

/// Why a condition is not understood: the place in it, and what is wrong, in Vietnamese and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Characters before the fault.
    pub at: usize,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.vi, self.en)
    }
}

/// Longest condition, in bytes, and deepest nesting.
const LONGEST: usize = 2_000;
const DEEPEST: usize = 40;

/// A condition that is ready to be asked.
#[derive(Clone, Debug)]
pub struct Condition {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Value(i64),
    Fact(usize),
    Has(usize),
    Not(Box<Node>),
    Negated(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compared(Order, Box<Node>, Box<Node>),
    Computed(Sum, Box<Node>, Box<Node>),
    Among(Box<Node>, Vec<i64>),
    If(Box<Node>, Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Equal,
    Unequal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sum {
    Plus,
    Minus,
    Times,
    Divided,
    Rest,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Where it is not of the language, names an unknown fact or word, compares what cannot be compared, or is no
    /// question of yes and no.
    pub fn parse(text: &str, names: &impl Names) -> Result<Condition, Fault> {
        if text.len() > LONGEST {
            return Err(fault(0, "Điều kiện quá dài", "The condition is too long"));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, depth: 0, names, end: text.chars().count() };
        let (root, kind) = parser.choice()?;
        if parser.next < tokens.len() {
            return Err(parser.unexpected());
        }
        if kind != Type::Known(Kind::Bool) {
            return Err(fault(0, "Điều kiện phải là đúng hoặc sai", "The condition must be true or false"));
        }
        Ok(Condition { root })
    }

    /// Whether it is certainly true of these values.
    pub fn holds(&self, facts: &[Option<i64>]) -> bool {
        self.root.ask(facts) == Some(1)
    }
}

impl Node {
    fn ask(&self, facts: &[Option<i64>]) -> Option<i64> {
        match self {
            Node::Value(v) => Some(*v),
            Node::Fact(at) => facts.get(*at).copied().flatten(),
            Node::Has(at) => Some(i64::from(facts.get(*at).copied().flatten().is_some())),
            Node::Not(a) => Some(1 - a.ask(facts)?),
            Node::Negated(a) => a.ask(facts)?.checked_neg(),
            Node::And(a, b) => match (a.ask(facts), || b.ask(facts)) {
                (Some(0), _) => Some(0),
                (Some(_), b) => b(),
                (None, b) => b().filter(|b| *b == 0),
            },
            Node::Or(a, b) => match (a.ask(facts), || b.ask(facts)) {
                (Some(1), _) => Some(1),
                (Some(_), b) => b(),
                (None, b) => b().filter(|b| *b == 1),
            },
            Node::Compared(order, a, b) => {
                let (a, b) = (a.ask(facts)?, b.ask(facts)?);
                Some(i64::from(match order {
                    Order::Less => a < b,
                    Order::LessOrEqual => a <= b,
                    Order::More => a > b,
                    Order::MoreOrEqual => a >= b,
                    Order::Equal => a == b,
                    Order::Unequal => a != b,
                }))
            }
            Node::Computed(sum, a, b) => {
                let (a, b) = (a.ask(facts)?, b.ask(facts)?);
                match sum {
                    Sum::Plus => a.checked_add(b),
                    Sum::Minus => a.checked_sub(b),
                    Sum::Times => a.checked_mul(b),
                    Sum::Divided => a.checked_div(b),
                    Sum::Rest => a.checked_rem(b),
                }
            }
            Node::Among(a, list) => a.ask(facts).map(|a| i64::from(list.contains(&a))),
            Node::If(when, then, other) => match when.ask(facts)? {
                0 => other.ask(facts),
                _ => then.ask(facts),
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Int(i64),
    Text(String),
    Name(String),
    Sign(&'static str),
}

fn fault(at: usize, vi: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault { at, vi: vi.into(), en: en.into() }
}

/// Longer signs first.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", "?", ":", "+", "-", "*", "/",
    "%", ".",
];

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let start = at;
        let run = |from: usize, fits: fn(char) -> bool| {
            chars.get(from..).unwrap_or_default().iter().take_while(|c| fits(**c)).count()
        };
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        if c.is_ascii_digit() {
            at += run(at, |c| c.is_ascii_digit());
            let digits: String = chars.get(start..at).unwrap_or_default().iter().collect();
            let too_large = |_| fault(start, "Số quá lớn", "The number is too large");
            found.push((start, Token::Int(digits.parse().map_err(too_large)?)));
        } else if c.is_ascii_alphabetic() || c == '_' {
            at += run(at, |c| c.is_ascii_alphanumeric() || c == '_');
            found.push((start, Token::Name(chars.get(start..at).unwrap_or_default().iter().collect())));
        } else if c == '"' || c == '\'' {
            let inside = chars.get(at + 1..).unwrap_or_default();
            let Some(length) = inside.iter().position(|d| *d == c) else {
                return Err(fault(start, "Chuỗi chưa đóng ngoặc kép", "A text without its closing quote"));
            };
            found.push((start, Token::Text(inside.iter().take(length).collect())));
            at += length + 2;
        } else {
            let fits = |sign: &&&str| sign.chars().enumerate().all(|(i, s)| chars.get(at + i) == Some(&s));
            let Some(sign) = SIGNS.iter().find(fits) else {
                let (vi, en) =
                    (format!("Không hiểu ký tự {c}"), format!("The character {c} means nothing here"));
                return Err(fault(start, vi, en));
            };
            found.push((start, Token::Sign(sign)));
            at += sign.len();
        }
    }
    Ok(found)
}

/// The kind of a part; a text alone is any word until it is compared with a fact.
#[derive(Clone, Debug, PartialEq)]
enum Type {
    Known(Kind),
    Text(usize, String),
}

const BOOL: Type = Type::Known(Kind::Bool);
const INT: Type = Type::Known(Kind::Int);

type Part = (Node, Type);

struct Parser<'a, N> {
    tokens: &'a [(usize, Token)],
    next: usize,
    depth: usize,
    names: &'a N,
    end: usize,
}

impl<N: Names> Parser<'_, N> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn unexpected(&self) -> Fault {
        fault(self.at(), "Điều kiện không đúng cú pháp ở đây", "The condition cannot be read here")
    }

    fn mixed(&self) -> Fault {
        fault(self.at(), "Kiểu dữ liệu không khớp nhau", "These two cannot be put together")
    }

    fn sign(&mut self, wanted: &[&'static str]) -> Option<&'static str> {
        let Some((_, Token::Sign(sign))) = self.tokens.get(self.next) else { return None };
        let found = wanted.iter().find(|w| *w == sign)?;
        self.next += 1;
        Some(found)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Fault> {
        self.sign(&[sign]).map(drop).ok_or_else(|| self.unexpected())
    }

    fn choice(&mut self) -> Result<Part, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(fault(self.at(), "Điều kiện lồng quá sâu", "The condition is nested too deeply"));
        }
        let (when, kind) = self.either()?;
        let part = if self.sign(&["?"]).is_some() {
            let then = self.choice()?;
            self.expect(":")?;
            let other = self.choice()?;
            if kind != BOOL || then.1 != other.1 || !matches!(then.1, Type::Known(_)) {
                return Err(self.mixed());
            }
            (Node::If(Box::new(when), Box::new(then.0), Box::new(other.0)), then.1)
        } else {
            (when, kind)
        };
        self.depth -= 1;
        Ok(part)
    }

    fn either(&mut self) -> Result<Part, Fault> {
        let mut left = self.both()?;
        while self.sign(&["||"]).is_some() {
            let right = self.both()?;
            self.all(&[&left.1, &right.1], &BOOL)?;
            left = (Node::Or(Box::new(left.0), Box::new(right.0)), BOOL);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Part, Fault> {
        let mut left = self.relation()?;
        while self.sign(&["&&"]).is_some() {
            let right = self.relation()?;
            self.all(&[&left.1, &right.1], &BOOL)?;
            left = (Node::And(Box::new(left.0), Box::new(right.0)), BOOL);
        }
        Ok(left)
    }

    fn all(&self, kinds: &[&Type], wanted: &Type) -> Result<(), Fault> {
        if kinds.iter().all(|k| *k == wanted) { Ok(()) } else { Err(self.mixed()) }
    }

    fn relation(&mut self) -> Result<Part, Fault> {
        let left = self.sum()?;
        if matches!(self.tokens.get(self.next), Some((_, Token::Name(word))) if word == "in") {
            self.next += 1;
            return self.among(left);
        }
        let Some(sign) = self.sign(&["==", "!=", "<=", ">=", "<", ">"]) else { return Ok(left) };
        let right = self.sum()?;
        let order = match sign {
            "<" => Order::Less,
            "<=" => Order::LessOrEqual,
            ">" => Order::More,
            ">=" => Order::MoreOrEqual,
            "==" => Order::Equal,
            _ => Order::Unequal,
        };
        let ordered = !matches!(order, Order::Equal | Order::Unequal);
        let (left, right) = match (left, right) {
            ((node, Type::Known(Kind::Word(words))), (_, Type::Text(at, text)))
            | ((_, Type::Text(at, text)), (node, Type::Known(Kind::Word(words))))
                if !ordered =>
            {
                (node, Node::Value(word(words, at, &text)?))
            }
            ((a, Type::Known(one)), (b, Type::Known(other)))
                if one == other && (!ordered || one == Kind::Int) =>
            {
                (a, b)
            }
            _ => return Err(self.mixed()),
        };
        Ok((Node::Compared(order, Box::new(left), Box::new(right)), BOOL))
    }

    fn among(&mut self, (node, kind): Part) -> Result<Part, Fault> {
        self.expect("[")?;
        let mut list = Vec::new();
        loop {
            let (value, of) = self.sum()?;
            list.push(match (&kind, of, value) {
                (Type::Known(Kind::Word(words)), Type::Text(at, text), _) => word(words, at, &text)?,
                (Type::Known(Kind::Int), Type::Known(Kind::Int), Node::Value(v)) => v,
                _ => return Err(self.mixed()),
            });
            if self.sign(&[","]).is_none() {
                break;
            }
        }
        self.expect("]")?;
        Ok((Node::Among(Box::new(node), list), BOOL))
    }

    fn sum(&mut self) -> Result<Part, Fault> {
        let mut left = self.product()?;
        while let Some(sign) = self.sign(&["+", "-"]) {
            let right = self.product()?;
            self.all(&[&left.1, &right.1], &INT)?;
            let sum = if sign == "+" { Sum::Plus } else { Sum::Minus };
            left = (Node::Computed(sum, Box::new(left.0), Box::new(right.0)), INT);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Part, Fault> {
        let mut left = self.single()?;
        while let Some(sign) = self.sign(&["*", "/", "%"]) {
            let right = self.single()?;
            self.all(&[&left.1, &right.1], &INT)?;
            let sum = match sign {
                "*" => Sum::Times,
                "/" => Sum::Divided,
                _ => Sum::Rest,
            };
            left = (Node::Computed(sum, Box::new(left.0), Box::new(right.0)), INT);
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Part, Fault> {
        if let Some(sign) = self.sign(&["!", "-"]) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(fault(self.at(), "Điều kiện lồng quá sâu", "The condition is nested too deeply"));
            }
            let (node, kind) = self.single()?;
            self.depth -= 1;
            return match (sign, node) {
                ("!", node) => self.all(&[&kind], &BOOL).map(|()| (Node::Not(Box::new(node)), BOOL)),
                (_, Node::Value(v)) => self.all(&[&kind], &INT).map(|()| (Node::Value(-v), INT)),
                (_, node) => self.all(&[&kind], &INT).map(|()| (Node::Negated(Box::new(node)), INT)),
            };
        }
        if self.sign(&["("]).is_some() {
            let part = self.choice()?;
            self.expect(")")?;
            return Ok(part);
        }
        let Some((at, token)) = self.tokens.get(self.next) else { return Err(self.unexpected()) };
        let part = match token {
            Token::Int(v) => (Node::Value(*v), INT),
            Token::Text(text) => (Node::Value(0), Type::Text(*at, text.clone())),
            Token::Name(name) => match name.as_str() {
                "true" => (Node::Value(1), BOOL),
                "false" => (Node::Value(0), BOOL),
                "has" => {
                    self.next += 1;
                    self.expect("(")?;
                    let Some((at, Token::Name(name))) = self.tokens.get(self.next) else {
                        return Err(self.unexpected());
                    };
                    let (place, _) = self.names.find(name).ok_or_else(|| unknown(*at, name))?;
                    self.next += 1;
                    self.expect(")")?;
                    return Ok((Node::Has(place), BOOL));
                }
                name => {
                    let (place, kind) = self.names.find(name).ok_or_else(|| unknown(*at, name))?;
                    (Node::Fact(place), Type::Known(kind))
                }
            },
            Token::Sign(_) => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(part)
    }
}

fn unknown(at: usize, name: &str) -> Fault {
    fault(at, format!("Không có dữ kiện tên {name}"), format!("There is no fact named {name}"))
}

/// The place of a word among those that a fact can be.
fn word(words: &[&str], at: usize, text: &str) -> Result<i64, Fault> {
    words.iter().position(|w| *w == text).map(|place| place as i64).ok_or_else(|| {
        let known = words.join(", ");
        let vi = format!("Không có giá trị “{text}”; có: {known}");
        fault(at, vi, format!("There is no value “{text}” among: {known}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Few;

    impl Names for Few {
        fn find(&self, name: &str) -> Option<(usize, Kind)> {
            const SEXES: &[&str] = &["male", "female"];
            let all =
                [("age", Kind::Int), ("dead", Kind::Bool), ("sex", Kind::Word(SEXES)), ("gap", Kind::Int)];
            let place = all.iter().position(|(n, _)| *n == name)?;
            Some((place, all[place].1))
        }
    }

    fn holds(text: &str, facts: [Option<i64>; 4]) -> bool {
        Condition::parse(text, &Few).unwrap_or_else(|f| panic!("{text}: {f}")).holds(&facts)
    }

    #[test]
    fn conditions_are_asked() {
        let grandmother = [Some(70), Some(0), Some(1), Some(-3)];
        for text in [
            "age >= 60 && !dead",
            "age + 5 * 2 == 80",
            "sex == \"female\"",
            "'male' != sex",
            "sex in [\"female\", \"male\"] && age in [69, 70]",
            "gap < -2 && -gap == 3",
            "dead ? age > 100 : age > 50",
            "(age % 60 == 10 || dead) && has(age)",
            "true || age / 0 > 1",
        ] {
            assert!(holds(text, grandmother), "{text}");
        }
        for text in ["age < 60", "dead", "sex == \"male\"", "!(age == 70)", "age / 0 == 0"] {
            assert!(!holds(text, grandmother), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_neither_true_nor_false() {
        let nobody = [None; 4];
        for text in
            ["age < 14", "!(age < 14)", "age == age", "dead", "!dead", "sex in [\"male\"]", "dead && true"]
        {
            assert!(!holds(text, nobody), "{text}");
        }
        for text in ["!has(age)", "true || dead", "dead || true", "!(dead && false)"] {
            assert!(holds(text, nobody), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        for (text, at) in [
            ("", 0),
            ("age", 0),
            ("age <", 5),
            ("age < 14)", 8),
            ("ages < 14", 0),
            ("!dead && has(height)", 13),
            ("sex == \"woman\"", 7),
            ("age == \"14\"", 11),
            ("sex < \"male\"", 12),
            ("\"a\" == \"a\"", 10),
            ("age && dead", 11),
            ("age @ 3", 4),
            ("\"open", 0),
            ("99999999999999999999 > age", 0),
            ("age in []", 8),
        ] {
            let fault = Condition::parse(text, &Few).map(drop).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {fault}");
        }
        assert!(Condition::parse(&"(".repeat(1_000), &Few).is_err());
        assert!(Condition::parse(&"!".repeat(1_000), &Few).is_err());
        assert!(Condition::parse(&"dead ".repeat(1_000), &Few).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z!&|()<>=0-9 \"\\[\\],?:+*/%.-]{0,60}", more in "\\PC{0,30}") {
            for text in [text, more] {
                if let Ok(condition) = Condition::parse(&text, &Few) {
                    condition.holds(&[None, Some(1), Some(0), Some(i64::MIN)]);
                }
            }
        }
    }
}
