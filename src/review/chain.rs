//! The audit trail as a hash chain: each entry is bound to all entries before it, so that one that is
//! changed, removed or put in later shows.
//!
//! The last hash stands for the whole trail. Whoever has noted it elsewhere (an exported log, a
//! printout) can tell whether the trail was made anew.

use sha2::{Digest, Sha256};

use super::AuditEntry;

/// What the first entry is bound to.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// From 1.
    pub seq: u64,
    pub entry: AuditEntry,
    /// See [`seal`].
    pub hash: String,
}

/// The hash of an entry, as 64 hexadecimal digits: SHA-256 over the hash before it and the entry's
/// parts in fixed order, each preceded by its length in bytes (64 bits, little endian), so that no
/// two entries give the same bytes. A part that is absent is hashed as an empty one.
pub fn seal(previous: &str, seq: u64, entry: &AuditEntry) -> String {
    let id = |id: Option<u64>| id.map(|n| n.to_string()).unwrap_or_default();
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let parts = [
        previous.to_owned(),
        seq.to_string(),
        entry.at_millis.to_string(),
        entry.who.clone(),
        entry.action.name().to_owned(),
        id(entry.file.map(|f| f.0)),
        id(entry.document.map(|d| d.0)),
        entry.name.clone(),
        entry.place.clone(),
        text(&entry.old),
        text(&entry.new),
        text(&entry.reason),
    ];
    let mut hasher = Sha256::new();
    for part in &parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Binds further entries to a chain of `hashes`, which grows by theirs.
pub(super) fn extend(hashes: &mut Vec<String>, entries: &[AuditEntry]) {
    for entry in entries.iter().skip(hashes.len()) {
        let seq = hashes.len() as u64 + 1;
        let previous = hashes.last().map_or(GENESIS, String::as_str);
        hashes.push(seal(previous, seq, entry));
    }
}

impl super::Session {
    /// The whole trail with its chain, oldest first.
    pub fn audit_chain(&self) -> Vec<Link> {
        let mut hashes = self.chain.clone();
        extend(&mut hashes, &self.audit);
        let link = |(i, (entry, hash)): (usize, (&AuditEntry, String))| Link {
            seq: i as u64 + 1,
            entry: entry.clone(),
            hash,
        };
        self.audit.iter().zip(hashes).enumerate().map(link).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{AuditAction, DocumentId};

    fn entry(old: &str, new: &str) -> AuditEntry {
        AuditEntry {
            at_millis: 1,
            who: "甲".into(),
            action: AuditAction::Typed,
            file: None,
            document: Some(DocumentId(2)),
            name: "a.png".into(),
            place: "total".into(),
            old: Some(old.into()),
            new: Some(new.into()),
            reason: None,
        }
    }

    #[test]
    fn every_part_and_its_place_counts() {
        let hash = seal(GENESIS, 1, &entry("1", "2"));
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, seal(GENESIS, 1, &entry("1", "2")));
        assert_ne!(hash, seal(GENESIS, 2, &entry("1", "2")));
        assert_ne!(hash, seal(&hash, 1, &entry("1", "2")));
        // What moves from one part to the next is not the same.
        assert_ne!(seal(GENESIS, 1, &entry("12", "3")), seal(GENESIS, 1, &entry("1", "23")));
    }

    #[test]
    fn a_chain_grows_and_what_stands_stays() {
        let mut hashes = Vec::new();
        extend(&mut hashes, &[entry("1", "2")]);
        let first = hashes.clone();
        extend(&mut hashes, &[entry("1", "2"), entry("2", "3")]);
        assert_eq!(hashes[..1], first[..]);
        assert_eq!(hashes[1], seal(&first[0], 2, &entry("2", "3")));
    }
}
