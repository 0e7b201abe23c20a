//! Codes that are sent to citizens: drawn evenly, kept as digests; and what became of messages.

use super::Provider;
use crate::{channel::Letter, error::ProviderError, rules};
use identity::NoRandomness;
use vocabulary::Moment;

/// Minutes for which a code that is entered at once can be used.
pub(crate) const CODE_MINUTES: i64 = 10;

impl Provider {
    /// The messages that were not delivered.
    ///
    /// # Errors
    /// Where the outbox cannot be read.
    pub(crate) fn letters(&self) -> Result<Vec<Letter>, ProviderError> {
        Ok(self.inner.back.channel.letters()?)
    }

    /// Has the delivery of one tried again that was given up; whether there is one of that name.
    ///
    /// # Errors
    /// Where it cannot be moved.
    pub(crate) fn letter_again(&self, name: &str, now: Moment) -> Result<bool, ProviderError> {
        Ok(self.inner.back.channel.again(name, now)?)
    }
}

/// The digest of a code: of no use for anything but what it was sent for.
pub(crate) fn code_hash(kind: &str, what: &str, code: &str) -> Vec<u8> {
    rules::hash(&[kind, what, code]).to_vec()
}

/// So many digits, at most nine, each as likely.
pub(crate) fn new_code(digits: u32) -> Result<String, NoRandomness> {
    let many = 10_u64.pow(digits.min(9));
    let whole = u64::MAX / many * many;
    loop {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        let number = u64::from_le_bytes(bytes);
        // Beyond this the first numbers would come a little oftener.
        if number < whole {
            return Ok(format!("{:0width$}", number % many, width = digits.min(9) as usize));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_length_and_differ() {
        let codes: std::collections::BTreeSet<String> = (0..100).map(|_| new_code(8).unwrap()).collect();
        assert!(
            codes.len() > 95 && codes.iter().all(|c| c.len() == 8 && c.bytes().all(|b| b.is_ascii_digit()))
        );
        assert_ne!(code_hash("contact", "1", "123456"), code_hash("activate", "1", "123456"));
    }
}
