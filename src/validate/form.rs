//! Whether a document fits its form, so that what stands at its places can be trusted.

use crate::{
    classify::references::{FitDoubt, FormFit},
    kind::Label,
};

use super::{Issue, Severity};

/// References named in a message.
const NAMED: usize = 3;

/// What is doubtful about the registration of a document; `None` where nothing is.
pub(super) fn issue(fit: &FormFit) -> Option<Issue> {
    let (found, of) = (fit.found, fit.of);
    let named: Vec<&str> = fit.missing.iter().take(NAMED).map(String::as_str).collect();
    let named = named.join("、");
    let message = match fit.doubt? {
        FitDoubt::NotRegistered => Label {
            zh: format!(
                "没有按版式对上：{of} 处参照文字没有找到，各处的内容没有读取，请确认是否为这种单据（如“{named}”）"
            ),
            en: format!(
                "the form was not recognised: its {of} references were not found, so nothing was read; is it of this \
                 kind? (e.g. “{named}”)"
            ),
        },
        FitDoubt::FewReferences => Label {
            zh: format!("参照文字只找到 {found}/{of} 处，读取位置可能不准，请对照原图（没有找到“{named}”）"),
            en: format!(
                "only {found} of {of} references were found: values may come from wrong places, compare with the page \
                 (missing “{named}”)"
            ),
        },
        FitDoubt::Loose => Label {
            zh: format!("页面与样张对不齐（偏差 {:.0} 像素），读取位置可能不准，请对照原图", fit.residual_px),
            en: format!(
                "the page does not match the sample (off by {:.0} pixels): values may come from wrong places, compare \
                 with the page",
                fit.residual_px
            ),
        },
    };
    Some(Issue {
        rule: "form_fit".to_owned(),
        severity: Severity::Warning,
        fields: Vec::new(),
        message,
        suggestion: None,
    })
}
