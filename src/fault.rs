//! What goes wrong outside the program, in words of Chinese and English that name the remedy.
//!
//! Owns the meaning of the operating system's errors, and how a message carries the raw words of the system
//! or of a library: behind its sentence, where the window shows them on demand only.

use std::{error::Error, io};

/// Between the sentence of a message and the raw words behind it; the command line shows them on a line of
/// their own.
pub const BEHIND: &str = "\n    ";

/// The sentence of a message, and the raw words behind it.
pub fn parts(message: &str) -> (&str, Option<&str>) {
    message.split_once(BEHIND).map_or((message, None), |(sentence, raw)| (sentence, Some(raw)))
}

/// The end of a sentence in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub zh: &'static str,
    pub en: &'static str,
}

/// What an error of the system means, and what to do.
pub fn of_io(error: &io::Error) -> Words {
    /// `EIO` of Unix, which has no kind of its own.
    const INPUT_OUTPUT: i32 = 5;
    /// `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION` of Windows.
    const LOCKED: [i32; 2] = [32, 33];
    const BUSY: (&str, &str) =
        ("文件正被其他程序使用，请关闭后重试", "another program uses the file: close it there");
    let code = error.raw_os_error();
    let (zh, en) = match error.kind() {
        _ if cfg!(windows) && code.is_some_and(|c| LOCKED.contains(&c)) => BUSY,
        io::ErrorKind::NotFound => (
            "没有这个文件或文件夹，可能已移走或改名",
            "there is no such file or folder: it may have been moved or renamed",
        ),
        io::ErrorKind::PermissionDenied => {
            ("没有权限，请更改权限或换一个位置", "no permission: change it or choose another place")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ("磁盘只读，请换一个位置", "the disk is read-only: choose another place")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("磁盘已满，请清理空间后重试", "the disk is full: free some space")
        }
        io::ErrorKind::IsADirectory => ("这是文件夹，不是文件", "this is a folder, not a file"),
        io::ErrorKind::NotADirectory => {
            ("路径中有一段不是文件夹，请检查路径", "a part of the path is no folder: check it")
        }
        io::ErrorKind::InvalidFilename => {
            ("文件名太长或有不允许的字符，请改名", "the name is too long or not allowed: rename the file")
        }
        io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy => BUSY,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
            ("文件不完整或已损坏，请重新传输", "the file is incomplete or damaged: transfer it again")
        }
        io::ErrorKind::TimedOut
        | io::ErrorKind::NotConnected
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::StaleNetworkFileHandle => {
            ("网络盘没有响应，请检查连接后重试", "the network drive does not answer: check the connection")
        }
        _ if cfg!(unix) && code == Some(INPUT_OUTPUT) => (
            "磁盘读写出错，请检查磁盘或重新连接",
            "the disk fails to read or write: check it or connect it again",
        ),
        _ => (
            "系统报告出错，请重试；仍不行就换一个位置",
            "the system reports an error: try again, then choose another place",
        ),
    };
    Words { zh, en }
}

/// The same for any error: by the system's error that it comes from, if it does.
pub fn of_error(error: &(dyn Error + 'static)) -> Words {
    let mut cause = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<io::Error>() {
            return of_io(io);
        }
        cause = e.source();
    }
    of_io(&io::Error::other("unknown"))
}

/// The sentence with the raw words of another message, if that has some.
pub fn with_raw_of(sentence: String, message: &str) -> String {
    match parts(message).1 {
        Some(raw) => sentence + BEHIND + raw,
        None => sentence,
    }
}

/// What an error means, in both languages, with its own words behind.
pub fn message(error: &(dyn Error + 'static)) -> String {
    let Words { zh, en } = of_error(error);
    format!("{zh} / {en}{BEHIND}{error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_words_stay_behind_the_sentence() {
        let message = format!("打不开 / cannot be opened{BEHIND}No such file (os error 2)");
        assert_eq!(parts(&message), ("打不开 / cannot be opened", Some("No such file (os error 2)")));
        assert_eq!(parts("一行\n两行"), ("一行\n两行", None));
    }

    #[test]
    fn errors_of_the_system_have_words_in_both_languages() {
        for code in 1..134 {
            let Words { zh, en } = of_io(&io::Error::from_raw_os_error(code));
            assert!(!zh.contains("os error") && !en.contains("os error"), "{code}");
        }
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(of_io(&denied).zh.contains("没有权限"));
        let wrapped = io::Error::other(denied);
        assert!(of_error(&wrapped).zh.contains("系统报告"), "its own kind counts");
    }
}
