//! The command line: arguments, progress, exit status. Everything it does, the library does.
//!
//! Results go to stdout, everything else to stderr. Exit status: 0 all read; 1 some inputs
//! failed; 2 wrong usage; 3 components missing or damaged; 130 interrupted twice.

mod audit;
mod doctor;
mod inputs;
mod kinds;
mod output;
mod progress;
mod recognize;
mod run;
mod seals;
mod setup;
mod table;
mod template;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    components,
    export::csv,
    ingest::PageSelection,
    kind::Registry,
    review::store::{WORKSPACE, is_locked},
};

/// 录入：把扫描件变成核对过的记录，全部在本机完成。
/// Luru: scans to checked records, on this machine alone.
#[derive(Debug, Parser)]
#[command(name = "luru", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// 要在窗口中打开的文件或文件夹 / files or folders to open in the window
    #[arg(value_name = "FILE|FOLDER")]
    paths: Vec<PathBuf>,
    /// 隐私模式：窗口在磁盘上不留任何内容 / private mode: the window leaves nothing on disk
    #[arg(long)]
    private: bool,
}

/// What the window is asked to open.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Files and folders for the queue.
    pub paths: Vec<PathBuf>,
    /// Nothing is kept on disk.
    pub private: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 不开窗口，直接识别 / read without a window
    Recognize(RecognizeArguments),
    /// 印章：位置、形状、文字，抠图，去章页 / seals: place, shape, text, cut-outs, the page without them
    Seals(SealsArguments),
    /// 列出单据类型及其字段 / the document kinds and their fields
    Kinds {
        /// 只看这一类型的字段 / the fields of this kind
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// 修改记录：核对导出的记录有没有被改动 / the audit log: see whether an exported one was changed
    #[command(subcommand)]
    Audit(AuditCommand),
    /// 自己的版式：检查文件，试读样张 / forms of one's own: check a file, try it on samples
    #[command(subcommand)]
    Template(TemplateCommand),
    /// 下载并校验组件：推理运行库、PDF 库、模型 / bring in and check the components: inference runtime, PDF library, models
    Setup,
    /// 检查安装：版本、校验和、处理器、自检 / what is installed: versions, hashes, processor, a self-test
    Doctor,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// 核对每一条与之前各条的衔接 / check that each entry is bound to those before it
    Verify {
        /// 导出的修改记录，JSON Lines 或 CSV / an exported log
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct RecognizeArguments {
    /// 文件或文件夹（递归查找）/ files, or folders to search recursively
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    paths: Vec<PathBuf>,
    /// 结果格式 / format of the result
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// 输出文件夹，每个输入一个结果文件；默认写到标准输出 / folder for one result per input; default: stdout
    #[arg(long, value_name = "DIR", required_if_eq_any([("format", "xlsx"), ("format", "docx"), ("format", "pdf")]))]
    out: Option<PathBuf>,
    /// CSV 的编码 / encoding of CSV
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
    /// Excel、CSV 的列按此导出方案（在窗口中保存）/ columns of Excel and CSV as this saved profile says
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// 另从此文件读取路径，每行一个 / further inputs, one path a line
    #[arg(long, value_name = "LIST")]
    files_from: Option<PathBuf>,
    /// PDF、OFD、TIFF 的页码，如 1-3,7；默认全部 / pages, e.g. 1-3,7; default all
    #[arg(long, value_name = "PAGES", allow_hyphen_values = true)]
    pages: Option<PageSelection>,
    /// auto 自动判断，none 只要文字和版面，或指定一种类型、几种之内（逗号分隔）
    /// / auto, none for text and structure only, a kind's id, or several between commas to choose from
    #[arg(long, value_name = "auto|none|ID", default_value = "auto")]
    kind: String,
    /// 同时识别的页数；默认按本机处理器 / pages in flight; default: fitted to the machine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    password: PasswordArguments,
    /// 每页重新识别，也不留缓存 / read every page anew and keep no cache
    #[arg(long)]
    no_cache: bool,
}

#[derive(Debug, clap::Args)]
struct SealsArguments {
    /// 文件或文件夹（递归查找）/ files, or folders to search recursively
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// 输出文件夹 / folder for results and pictures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    password: PasswordArguments,
}

#[derive(Debug, clap::Args)]
struct PasswordArguments {
    /// 加密 PDF 的密码；本机其他用户可在进程列表中看到
    /// / for encrypted PDFs; other users of the machine see it in the list of processes
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// 从文件第一行读取密码 / take the password from the first line of a file
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
}

impl PasswordArguments {
    fn read(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.password_file else { return Ok(self.password.clone()) };
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("密码文件读不了，请检查路径和权限 / the file with the password cannot be read: check path and permissions: {}", path.display())
        })?;
        Ok(text.trim_start_matches('\u{feff}').lines().next().map(str::to_owned))
    }
}

#[derive(Debug, Subcommand)]
enum TemplateCommand {
    /// 检查版式文件，并用它试读样张 / check a template file and read samples with it
    Check(TemplateCheckArguments),
}

#[derive(Debug, clap::Args)]
struct TemplateCheckArguments {
    /// 版式文件 / the template file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 样张：文件或文件夹；没有则只检查文件 / samples: files or folders; without any only the file is checked
    #[arg(value_name = "SAMPLE")]
    samples: Vec<PathBuf>,
    /// 结果格式 / format of the result
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// 给人看 / for people
    Text,
    /// 一个 JSON 对象 / one JSON object
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// 每个输入一个 JSON 对象 / one JSON object per input
    Json,
    /// 华为云 OCR 字段名的 JSON，每个输入一个 / JSON with the field names of Huawei Cloud OCR, one per input
    CloudJson,
    /// 一个工作簿 luru.xlsx / one workbook
    Xlsx,
    /// 每种单据一张表 / a table per kind
    Csv,
    /// 纯文本 / plain text
    Txt,
    /// Markdown，每个输入一个文件 / Markdown, a file per input
    Md,
    /// Word 文档，每个输入一个 / a Word document per input
    Docx,
    /// 可搜索的 PDF，每个输入一个 / a searchable PDF per input
    Pdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    /// 带 BOM 的 UTF-8 / with byte order mark
    Utf8,
    /// 国标 GB18030，老软件用 / for older programs
    Gb18030,
}

impl From<Encoding> for csv::Encoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::Gb18030 => Self::Gb18030,
        }
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    SomeFailed,
    WrongUsage,
    NoComponents,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Ok => 0,
            Status::SomeFailed => 1,
            Status::WrongUsage => 2,
            Status::NoComponents => 3,
        })
    }
}

/// Runs the program with the process's arguments; without a command, `open_window` with what it
/// is asked to open. Wrong usage ends the process with status 2.
pub fn run(open_window: impl FnOnce(Window) -> anyhow::Result<()>) -> ExitCode {
    match dispatch(Arguments::parse(), open_window) {
        Ok(status) => status.into(),
        // The reader of stdout has seen enough (`luru kinds | head`).
        Err(error) if output::is_closed_pipe(&error) => Status::Ok.into(),
        Err(error) => {
            eprintln!("{error:#}");
            Status::SomeFailed.into()
        }
    }
}

fn dispatch(
    arguments: Arguments,
    open_window: impl FnOnce(Window) -> anyhow::Result<()>,
) -> anyhow::Result<Status> {
    match arguments.command {
        Some(Command::Recognize(arguments)) => recognize::run(arguments, &registry()),
        Some(Command::Seals(arguments)) => seals::run(arguments, &registry()),
        Some(Command::Kinds { id }) => kinds::run(id.as_deref(), &registry()),
        Some(Command::Audit(AuditCommand::Verify { file })) => audit::verify(&file),
        Some(Command::Template(TemplateCommand::Check(arguments))) => template::run(&arguments, registry()),
        Some(Command::Setup) => setup::run(),
        Some(Command::Doctor) => doctor::run(&registry()),
        None => {
            let window = Window { paths: arguments.paths, private: arguments.private };
            open_window(window).context("无法打开窗口 / the window cannot be opened")?;
            Ok(Status::Ok)
        }
    }
}

/// Whether readings may be kept on disk: not beside a workspace that is under a password.
fn may_remember() -> bool {
    let workspace = components::data_folder().map(|d| d.join(WORKSPACE));
    !workspace.is_some_and(|path| is_locked(&path))
}

/// The built-in kinds and the user's own; faulty files of the user are named and left out.
fn registry() -> Registry {
    let (registry, errors) = Registry::load(components::kinds_folder().as_deref());
    for error in errors {
        eprintln!("单据类型文件有误，已忽略 / this kind file is faulty and was left out: {error}");
    }
    registry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_definitions_are_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
