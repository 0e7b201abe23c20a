//! The folder in which messages wait for whoever delivers them.

use super::{Channel, ChannelFault, Contact, Letter};
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use vocabulary::Moment;

/// Bytes of the longest message that is read back.
const LONGEST: u64 = 64 << 10;
/// Where those lie whose delivery was given up.
const UNDELIVERED: &str = "undelivered";

/// A folder from which a mail or SMS gateway takes messages: one file each, `<micros>-<random>.txt` with the lines
/// `To: email:…` or `To: phone:…`, an empty line, the text. The deliverer removes a file once it is delivered; files
/// appear whole. What could not be delivered lies in `undelivered`, with a line `Reason: …`.
pub struct Outbox(PathBuf);

/// A message as it lies in the folder.
pub(super) struct Kept {
    pub to: Contact,
    pub reason: Option<String>,
    pub text: String,
}

impl Outbox {
    /// The outbox of a folder, which is made where it does not exist.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(folder: &Path) -> Result<Outbox, ChannelFault> {
        made(folder)?;
        Ok(Outbox(folder.to_owned()))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// The names of the messages that wait, the oldest first.
    pub(super) fn names(&self) -> Result<Vec<String>, ChannelFault> {
        names(&self.0)
    }

    /// A message that waits; `None` where it has been taken away meanwhile.
    pub(super) fn read(&self, name: &str) -> Result<Option<Kept>, ChannelFault> {
        read(&self.0.join(format!("{name}.txt")))
    }

    /// Forgets a message that was delivered.
    pub(super) fn delivered(&self, name: &str) -> Result<(), ChannelFault> {
        fs::remove_file(self.0.join(format!("{name}.txt")))?;
        Ok(())
    }

    /// Puts a message aside whose delivery was given up.
    pub(super) fn give_up(&self, name: &str, kept: Option<&Kept>, reason: &str) -> Result<(), ChannelFault> {
        let file = self.0.join(format!("{name}.txt"));
        let aside = self.0.join(UNDELIVERED);
        made(&aside)?;
        match kept {
            // Written whole beside the others before it is taken from here: it lies in one of the two places always.
            Some(kept) => {
                write(&aside, name, &kept.to, Some(reason), &kept.text)?;
                fs::remove_file(file)?;
            }
            None => fs::rename(file, aside.join(format!("{name}.txt")))?,
        }
        Ok(())
    }
}

impl Channel for Outbox {
    fn send(&self, to: &Contact, text: &str, now: Moment) -> Result<(), ChannelFault> {
        write(&self.0, &new_name(now)?, to, None, text)
    }

    fn letters(&self) -> Result<Vec<Letter>, ChannelFault> {
        let mut letters = Vec::new();
        for (folder, given_up) in [(self.0.clone(), false), (self.0.join(UNDELIVERED), true)] {
            for name in names(&folder)? {
                let kept = read(&folder.join(format!("{name}.txt")));
                let (to, reason) = match kept {
                    Ok(Some(kept)) => (kept.to.masked(), kept.reason),
                    Ok(None) => continue,
                    Err(_) => (String::new(), None),
                };
                let reason = given_up.then(|| reason.unwrap_or_else(|| "unreadable".to_owned()));
                letters.push(Letter {
                    since: since(&name).unwrap_or(Moment::from_micros(0)),
                    name,
                    to,
                    reason,
                });
            }
        }
        letters.sort_by_key(|letter| (letter.since, letter.name.clone()));
        Ok(letters)
    }

    fn again(&self, name: &str, now: Moment) -> Result<bool, ChannelFault> {
        let aside = self.0.join(UNDELIVERED);
        // A name that no message of ours has leads out of the folder.
        if since(name).is_none() || name.contains(['/', '.']) {
            return Ok(false);
        }
        let file = aside.join(format!("{name}.txt"));
        let Ok(Some(kept)) = read(&file) else { return Ok(false) };
        write(&self.0, &new_name(now)?, &kept.to, None, &kept.text)?;
        fs::remove_file(file)?;
        Ok(true)
    }
}

/// When the message of a name was handed over.
pub(super) fn since(name: &str) -> Option<Moment> {
    name.split_once('-')?.0.parse().ok().map(Moment::from_micros)
}

fn new_name(now: Moment) -> Result<String, ChannelFault> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| std::io::Error::other("no randomness"))?;
    Ok(format!("{}-{:016x}", now.micros(), u64::from_be_bytes(random)))
}

fn made(folder: &Path) -> Result<(), ChannelFault> {
    if !folder.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    Ok(())
}

fn names(folder: &Path) -> Result<Vec<String>, ChannelFault> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        // Nothing was ever given up.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if let (Some("txt"), Some(stem)) =
            (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str()))
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Option<Kept>, ChannelFault> {
    let text = match fs::metadata(path) {
        Ok(about) if about.len() <= LONGEST => fs::read_to_string(path)?,
        Ok(_) => return Err(std::io::Error::other("a message is too long").into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let malformed = || ChannelFault::from(std::io::Error::other("a message cannot be read"));
    let (head, text) = text.split_once("\n\n").ok_or_else(malformed)?;
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let (kind, address) = line("To: ").and_then(|to| to.split_once(':')).ok_or_else(malformed)?;
    let to = Contact::parse(address).ok().filter(|to| to.kind() == kind).ok_or_else(malformed)?;
    let text = text.strip_suffix('\n').unwrap_or(text).to_owned();
    Ok(Some(Kept { to, reason: line("Reason: ").map(str::to_owned), text }))
}

fn write(
    folder: &Path,
    name: &str,
    to: &Contact,
    reason: Option<&str>,
    text: &str,
) -> Result<(), ChannelFault> {
    let draft = folder.join(format!("{name}.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    let reason = reason.map(|reason| format!("Reason: {reason}\n")).unwrap_or_default();
    write!(file, "To: {}:{}\n{reason}\n{text}\n", to.kind(), to.reveal())?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(format!("{name}.txt")))?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_appears_whole_and_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox")).unwrap();
        outbox.send(&Contact::parse("0905123456").unwrap(), "Mã: 1", Moment::now()).unwrap();
        let file = folder.path().join("outbox").join(format!("{}.txt", outbox.names().unwrap()[0]));
        assert_eq!(fs::read_to_string(&file).unwrap(), "To: phone:0905123456\n\nMã: 1\n");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_was_given_up_is_kept_with_its_reason_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        let (then, now) =
            (Moment::from_micros(1_800_000_000_000_000), Moment::from_micros(1_800_000_100_000_000));
        outbox.send(&Contact::parse("hoa@example.vn").unwrap(), "Một\n\nhai", then).unwrap();
        let name = outbox.names().unwrap().remove(0);
        let kept = outbox.read(&name).unwrap().unwrap();
        outbox.give_up(&name, Some(&kept), "550").unwrap();
        let given_up = Letter {
            name: name.clone(),
            to: "h…@example.vn".into(),
            since: then,
            reason: Some("550".into()),
        };
        assert_eq!(outbox.letters().unwrap(), [given_up]);
        assert!(outbox.names().unwrap().is_empty());
        for foreign in ["", "1-x/../../y", "..", "1-absent"] {
            assert!(!outbox.again(foreign, now).unwrap(), "{foreign}");
        }
        assert!(outbox.again(&name, now).unwrap());
        let letters = outbox.letters().unwrap();
        assert_eq!((letters.len(), letters[0].since, &letters[0].reason), (1, now, &None));
        assert_eq!(outbox.read(&letters[0].name).unwrap().unwrap().text, "Một\n\nhai");
    }
}
