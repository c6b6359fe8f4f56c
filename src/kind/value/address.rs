//! Mainland Chinese addresses: province, city and district as printed at their head.

/// Provinces by the name before 省, 市, 自治区 and the like.
const PROVINCES: [&str; 34] = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
];

/// Those that are a city as well.
const MUNICIPALITIES: [&str; 4] = ["北京", "天津", "上海", "重庆"];

/// What a province's name ends with, longest first.
const PROVINCE_ENDS: [&str; 8] =
    ["维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市", ""];

/// Names of cities and districts have up to this many characters (积石山保安族东乡族撒拉族自治县 is
/// the one of fifteen).
const LONGEST: usize = 15;

/// The parts at the head of an address; those that are not printed are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Divisions {
    pub province: Option<String>,
    pub city: Option<String>,
    pub district: Option<String>,
}

/// Reads the head of an address.
pub fn divisions(address: &str) -> Divisions {
    let text: String = address.chars().filter(|c| !c.is_whitespace()).collect();
    let mut rest = text.as_str();
    let mut found = Divisions::default();
    if let Some(name) = PROVINCES.iter().find(|p| rest.starts_with(**p)) {
        let behind = rest.get(name.len()..).unwrap_or_default();
        let end = PROVINCE_ENDS.iter().find(|e| behind.starts_with(**e)).copied().unwrap_or_default();
        found.province = Some(format!("{name}{end}"));
        rest = behind.get(end.len()..).unwrap_or_default();
        if MUNICIPALITIES.contains(name) {
            found.city.clone_from(&found.province);
            // 北京市北京市朝阳区, 上海市市辖区黄浦区.
            rest = rest.strip_prefix(&format!("{name}市")).unwrap_or(rest);
            rest = rest.strip_prefix("市辖区").unwrap_or(rest);
        }
    }
    if found.city.is_none()
        && let Some((city, behind)) = up_to(rest, &["自治州", "地区", "市", "盟"])
    {
        found.city = Some(city.to_owned());
        rest = behind;
    }
    found.district = up_to(rest, &["区", "县", "旗", "市"])
        .map(|(district, _)| district.to_owned())
        // Parts of a place that are called so, too.
        .filter(|d| !["小区", "园区", "社区", "校区", "厂区"].iter().any(|e| d.ends_with(e)));
    found
}

/// The text up to and with the first of some endings, and what is behind it.
fn up_to<'t>(text: &'t str, ends: &[&str]) -> Option<(&'t str, &'t str)> {
    let at = |end: &&str| {
        // A name is more than its ending; 市 in 市南区 is none.
        let (found, _) = text.match_indices(*end).find(|(at, _)| *at >= "一".len())?;
        Some(found + end.len())
    };
    let to = ends.iter().filter_map(at).min()?;
    let (name, behind) = text.split_at_checked(to)?;
    let plain = name.chars().count() <= LONGEST && name.chars().all(super::is_cjk);
    plain.then_some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_begin_with_their_divisions() {
        for (address, province, city, district) in [
            ("广东省深圳市南山区示例路1号", "广东省", "深圳市", "南山区"),
            ("北京市朝阳区示例路1号", "北京市", "北京市", "朝阳区"),
            (
                "新疆维吾尔自治区伊犁哈萨克自治州伊宁市示例街",
                "新疆维吾尔自治区",
                "伊犁哈萨克自治州",
                "伊宁市",
            ),
            ("江苏省南京市江宁区示例小区2栋", "江苏省", "南京市", "江宁区"),
            ("青岛市市南区示例路1号", "", "青岛市", "市南区"),
            ("示例路1号", "", "", ""),
        ] {
            let found = divisions(address);
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            assert_eq!(
                [text(&found.province), text(&found.city), text(&found.district)],
                [province, city, district],
                "{address}"
            );
        }
    }
}
