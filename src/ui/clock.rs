//! Times of the audit trail as the operator's clock shows them.

use std::sync::OnceLock;

use time::{OffsetDateTime, UtcOffset, macros::format_description};

/// The system's time zone; it can be asked for only while the program has one thread.
static OFFSET: OnceLock<UtcOffset> = OnceLock::new();

/// To be called before any thread is started; without it, or where the system gives no time zone,
/// times are in UTC.
pub fn init() {
    OFFSET.get_or_init(|| UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC));
}

fn local(at_millis: i64) -> Option<OffsetDateTime> {
    let utc = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_millis) * 1_000_000).ok()?;
    Some(utc.to_offset(OFFSET.get().copied().unwrap_or(UtcOffset::UTC)))
}

/// `2026-11-22 20:41`; empty for a time that no calendar has.
pub fn minute(at_millis: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    local(at_millis).and_then(|t| t.format(&format).ok()).unwrap_or_default()
}

/// `2026-11-22`; empty for a time that no calendar has.
pub fn day(at_millis: i64) -> String {
    let format = format_description!("[year]-[month]-[day]");
    local(at_millis).and_then(|t| t.format(&format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_minute_and_day() {
        let minute = minute(1_716_000_000_123);
        assert_eq!(minute.len(), "2024-05-18 02:40".len());
        assert!(minute.starts_with(&day(1_716_000_000_123)));
        assert_eq!(super::minute(i64::MAX), "");
    }
}
