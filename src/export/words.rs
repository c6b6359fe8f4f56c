//! The exports' own words, in both languages. Names of kinds and fields come from the kinds.

use crate::{kind::Lang, review::DocumentState};

/// A word or sentence in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    zh: &'static str,
    en: &'static str,
}

impl Word {
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    pub fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

pub(super) const SUMMARY: Word = Word::new("汇总", "Summary");
pub(super) const NUMBER: Word = Word::new("序号", "No.");
pub(super) const FILE: Word = Word::new("文件", "File");
pub(super) const PAGE: Word = Word::new("页", "Page");
pub(super) const KIND: Word = Word::new("类型", "Kind");
pub(super) const STATE: Word = Word::new("状态", "State");
pub(super) const KEY_FACTS: Word = Word::new("关键信息", "Key facts");
pub(super) const TOTAL: Word = Word::new("金额", "Total");
pub(super) const ERRORS: Word = Word::new("错误", "Errors");
pub(super) const WARNINGS: Word = Word::new("警告", "Warnings");
pub(super) const DOUBTFUL: Word = Word::new("存疑", "Doubtful");
pub(super) const DOUBTFUL_CELLS: Word = Word::new("存疑的格", "Doubtful cells");
pub(super) const ISSUES: Word = Word::new("待核对", "To check");
pub(super) const ROW: Word = Word::new("行", "Row");
pub(super) const TEXT: Word = Word::new("文字", "Text");
pub(super) const KEY: Word = Word::new("项目", "Key");
pub(super) const VALUE: Word = Word::new("内容", "Value");
pub(super) const KEY_VALUES: Word = Word::new("键值", "Key values");
pub(super) const TABLE: Word = Word::new("表格", "Table");
pub(super) const MORE_TABLES: Word = Word::new("其余表格", "More tables");
pub(super) const BY_KIND: Word = Word::new("按类型合计", "Sums by kind");
pub(super) const COUNT: Word = Word::new("份数", "Documents");
pub(super) const SUM: Word = Word::new("合计金额", "Sum");
pub(super) const ALL: Word = Word::new("合计", "All");
pub(super) const UNREAD: Word = Word::new("未能识别", "Not read");
pub(super) const SIGNING: Word = Word::new("签章", "Seals");
pub(super) const PARTIES: Word = Word::new("各方与印章", "Parties and seals");
pub(super) const OTHER_SEALS: Word = Word::new("其他印章", "Other seals");
pub(super) const SEAL_PLACES: Word = Word::new("盖章处", "Places for seals");
pub(super) const PAGING_SEAL: Word = Word::new("骑缝章", "Seal over the pages' edges");
pub(super) const TERM: Word = Word::new("期限", "Term");
pub(super) const NO_SEAL: Word = Word::new("无章", "no seal");
pub(super) const YES: Word = Word::new("是", "yes");
pub(super) const NO: Word = Word::new("否", "no");
pub(super) const RAW: Word = Word::new("票面原文", "As printed");
pub(super) const LOW_CONFIDENCE: Word =
    Word::new("识别把握不足，请核对", "Read with low confidence: check it");
pub(super) const INVALID: Word = Word::new("格式或校验不通过，请核对", "Fails its format or a check");
pub(super) const MISSING: Word = Word::new("必填项缺失", "A required value is missing");
pub(super) const ILLEGIBLE: Word = Word::new("已标记为无法辨认", "Marked as illegible");
pub(super) const CLIPPED: Word = Word::new(
    "……（超出 Excel 单元格上限，已截断，全文见 JSON 或文本导出）",
    "… (clipped at Excel's limit for a cell; the whole text is in the JSON or text export)",
);

pub(super) fn state(state: DocumentState, lang: Lang) -> &'static str {
    let word = match state {
        DocumentState::ToReview => Word::new("待审", "To review"),
        DocumentState::Postponed => Word::new("暂缓", "Postponed"),
        DocumentState::Rejected => Word::new("退回", "Rejected"),
        DocumentState::Confirmed => Word::new("已确认", "Confirmed"),
        DocumentState::Exported => Word::new("已导出", "Exported"),
    };
    word.get(lang)
}
