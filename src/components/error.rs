//! What can go wrong with the components, each in one sentence with its remedy.

use std::{
    io::{Error, ErrorKind},
    path::{Path, PathBuf},
};

use crate::fault::{self, BEHIND};

/// What is wrong with the components, in one sentence with its remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentsError {
    #[error("缺少组件 {name}：请运行 luru setup / {name} is missing: run `luru setup`")]
    Missing { name: String },
    #[error(
        "本平台（{target}）没有预编译组件：请自行放入 {name} 并设置 LURU_COMPONENTS / \
         no prebuilt {name} for this platform ({target}): provide it and set LURU_COMPONENTS"
    )]
    UnsupportedPlatform { name: String, target: String },
    #[error(
        "找不到 Python：请安装 Python 3（含 pip）后重试 / Python was not found: install Python 3 with pip and try again"
    )]
    NoPython,
    #[error(
        "Python 没有 pip：请安装 pip（Debian：apt install python3-pip）后重试 / \
         this Python has no pip: install it (Debian: apt install python3-pip) and try again: {}", python.display()
    )]
    NoPip { python: PathBuf },
    #[error(
        "无法从软件包源取得 {wheel}：请检查网络、代理或 pip 的镜像设置，或把该文件放入下面的文件夹后重试 / \
         {wheel} could not be fetched: check the network, the proxy and pip's index, or put that file into this \
         folder, and try again: {}", folder.display()
    )]
    Unreachable { wheel: String, folder: PathBuf },
    #[error(
        "{name} 的校验和不符，已丢弃：请重试，若再次出现请检查软件包镜像 / \
         {name} does not have the expected SHA-256 and was thrown away: try again, then check the package mirror"
    )]
    WrongHash { name: String },
    #[error("组件已损坏：请删除该文件后运行 luru setup / this file is damaged: delete it and run `luru setup`: {}", path.display())]
    Damaged { path: PathBuf },
    #[error("磁盘空间不足：请腾出约 {megabytes} MB 后重试 / the disk is full: free about {megabytes} MB and try again: {}", path.display())]
    DiskFull { megabytes: u64, path: PathBuf },
    #[error(
        "没有写入权限：请更改权限，或用 LURU_COMPONENTS 指定可写的文件夹 / \
         no permission to write: change it, or name a writable folder in LURU_COMPONENTS: {}", path.display()
    )]
    NoPermission { path: PathBuf },
    #[error("没有用户数据文件夹：请设置 LURU_COMPONENTS / there is no user data folder: set LURU_COMPONENTS")]
    NoDataFolder,
    #[error("pip 失败，请按其提示处理后重试 / pip failed, act on its message and try again: {message}")]
    Pip { message: String },
    #[error("安装包 {wheel} 中缺少 {path}：请升级 Luru / {wheel} lacks {path}: update Luru")]
    WheelContent { wheel: String, path: String },
    #[error(
        "读写失败：{zh} / reading or writing failed: {en}: {path}{BEHIND}{source}",
        zh = fault::of_io(source).zh,
        en = fault::of_io(source).en,
        path = path.display()
    )]
    Io { path: PathBuf, source: Error },
    #[error("组件清单有误：请重新安装 Luru / the component manifest is invalid, reinstall Luru: {0}")]
    Manifest(String),
    #[error("已取消 / cancelled")]
    Cancelled,
}

/// Free space that a complete setup asks for: 61 MB of wheels, 70 MB unpacked, rounded up.
pub(super) const SPACE_NEEDED_MEGABYTES: u64 = 150;

impl ComponentsError {
    /// The error of a file operation on `path`, by what the system says.
    pub(super) fn io(path: &Path, source: Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::DiskFull { megabytes: SPACE_NEEDED_MEGABYTES, path }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NoPermission { path },
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_errors_are_told_apart() {
        let of = |kind: ErrorKind| ComponentsError::io(Path::new("x"), Error::from(kind));
        assert!(matches!(of(ErrorKind::StorageFull), ComponentsError::DiskFull { .. }));
        assert!(matches!(of(ErrorKind::PermissionDenied), ComponentsError::NoPermission { .. }));
        assert!(matches!(of(ErrorKind::ReadOnlyFilesystem), ComponentsError::NoPermission { .. }));
        assert!(matches!(of(ErrorKind::NotADirectory), ComponentsError::Io { .. }));
    }
}
