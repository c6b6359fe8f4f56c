//! Traditional forms that the recogniser gives for simplified ones.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::TextLine;

/// Each traditional form with its simplified one: characters of forms and headings whose traditional form is not
/// used in simplified text. In regular script (楷体) the recogniser mixes them up (增值稅, 銷售, 住宿費).
const VARIANTS: &str = "電电發发稅税購购買买號号碼码區区備备註注單单價价額额數数計计開开證证機机關关務务稱称\
                        營营業业執执種种類类險险車车門门張张頁页聯联無无國国華华圓圆會会權权產产東东館馆\
                        學学專专歷历職职漢汉滿满維维爾尔壯壮瑤瑶鮮鲜錫锡烏乌達达薩萨龍龙羅罗納纳倫伦離离喪丧\
                        別别粵粤時时間间費费據据書书戶户賬账銀银幣币貨货報报運运輸输蓋盖簽签審审負负責责\
                        員员長长話话醫医檢检驗验項项鐵铁線线課课績绩總总結结從从實实紀纪錄录屬属齡龄銷销\
                        統统療疗動动賣卖貿贸訂订協协議议繳缴貸贷債债資资節节飯饭廳厅與与為为對对應应進进\
                        過过還还請请認认確确準准則则規规級级組组經经濟济財财彥彦顏颜劉刘陳陈楊杨趙赵吳吴孫孙馬马許许鄭郑馮冯蔣蒋韓韩鄧邓葉叶蘇苏盧卢";

/// A page is in simplified characters when it holds so many that have another traditional form …
const LEAST: usize = 12;
/// … and at most one traditional form to so many of them. Reasoned: misread headings are one or two lines of a
/// page; a page that quotes traditional text or is written in it holds more.
const FOR_ONE: usize = 8;

/// The simplified form of each traditional one.
static FORMS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs = VARIANTS.chars().step_by(2).zip(VARIANTS.chars().skip(1).step_by(2));
    pairs.collect()
});

static SIMPLIFIED: LazyLock<HashSet<char>> = LazyLock::new(|| FORMS.values().copied().collect());

/// The simplified form of a traditional character of forms and headings.
pub fn simplified(c: char) -> Option<char> {
    FORMS.get(&c).copied()
}

/// Gives the characters of a page in simplified Chinese their simplified forms. Leaves pages in traditional
/// characters, in both, in Japanese and in Korean as they are.
pub(super) fn simplify(lines: &mut [TextLine]) {
    let chars = || lines.iter().flat_map(|l| l.text.chars());
    let count = |holds: &dyn Fn(char) -> bool| chars().filter(|c| holds(*c)).count();
    let traditional = count(&|c| FORMS.contains_key(&c));
    let of_others = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{AC00}'..='\u{D7AF}');
    let is_simplified = || count(&|c| SIMPLIFIED.contains(&c)) >= LEAST.max(traditional * FOR_ONE);
    if traditional == 0 || chars().any(of_others) || !is_simplified() {
        return;
    }
    for line in lines {
        line.text = line.text.chars().map(|c| simplified(c).unwrap_or(c)).collect();
        for read in &mut line.chars {
            read.char = simplified(read.char).unwrap_or(read.char);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(texts: &[&str]) -> Vec<String> {
        let line = |text: &&str| TextLine { text: (*text).to_owned(), ..TextLine::default() };
        let mut lines: Vec<TextLine> = texts.iter().map(line).collect();
        simplify(&mut lines);
        lines.into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn each_form_is_listed_once() {
        let pairs = VARIANTS.chars().count();
        assert_eq!((pairs % 2, FORMS.len()), (0, pairs / 2));
        assert!(FORMS.iter().all(|(one, other)| one != other && !SIMPLIFIED.contains(one)));
    }

    #[test]
    fn a_simplified_page_has_simplified_headings() {
        let body = "购买方名称 统一社会信用代码 开户银行及账号 电话号码 单价 数量 金额 税额 备注 合计";
        assert_eq!(after(&["山東增值稅發票", body]), ["山东增值税发票", body]);
        // Traditional pages, those in both and in Japanese stay.
        for other in ["購買方名稱 統一編號 單價 數量 金額 稅額 備註", "領収書 東京都 合計金額 お買上げ 電話"]
        {
            assert_eq!(after(&["發票", other])[1], other);
        }
        assert_eq!(after(&["電話號碼 購買單價 稅額", body])[0], "電話號碼 購買單價 稅額");
        assert_eq!(after(&["稅"]), ["稅"]);
    }
}
