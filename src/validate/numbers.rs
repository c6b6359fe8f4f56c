//! Numbers that prove themselves: check digits and structures of single values.

use super::{
    Severity,
    context::{Context, Value, label},
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    Label,
    check::CheckSpec,
    value::{
        check_digit::{
            CheckDigit, IdFault, credit_code_check_sign, id_check_sign, id_number_fault, vin_check_digit,
        },
        is_phone_number, is_plate_number, normalise, repair_with,
    },
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    if let Some((key, algorithm)) = check.check_digit() {
        for value in context.values(key) {
            // A masked number can prove nothing.
            if value.text.contains('*') {
                continue;
            }
            if algorithm.holds(value.text) {
                report.prove([&value]);
                continue;
            }
            let needed = repaired(&value, |text| algorithm.holds(text));
            let (severity, mut fault) = fault(algorithm, value.text, context);
            // The message says what the suggestion changes.
            if let Some(change) = needed.as_ref().and_then(|n| one_change(value.text, n)) {
                fault = change;
            }
            let message = label(
                format!("{}“{}”{}", value.name.zh, value.text, fault.zh),
                format!("{} “{}” {}", value.name.en, value.text, fault.en),
            );
            report.fail(rule, severity, Effect::First, vec![Suspect::new(&value, needed)], message);
        }
        return;
    }
    let (key, holds, zh, en): (_, fn(&str) -> bool, _, _) = match check {
        CheckSpec::PhoneNumber { field } => (
            field,
            is_phone_number,
            "不是手机号、固定电话或服务号码",
            "is no mobile, landline or service number",
        ),
        CheckSpec::PlateNumber { field } => (
            field,
            is_plate_number,
            "不符合机动车号牌的编排规则",
            "does not have the structure of a licence plate",
        ),
        _ => return,
    };
    for value in context.values(key).iter().filter(|v| !holds(v.text)) {
        let message = label(
            format!("{}“{}”{zh}", value.name.zh, value.text),
            format!("{} “{}” {en}", value.name.en, value.text),
        );
        let suspect = Suspect::new(value, repaired(value, holds));
        report.fail(rule, Severity::Warning, Effect::First, vec![suspect], message);
    }
}

/// The one value near `value` that satisfies `holds`: the one other reading that does, else the
/// one change of a character for one confused with it.
pub(super) fn repaired(value: &Value, holds: impl Fn(&str) -> bool) -> Option<String> {
    let mut readings: Vec<String> = value
        .field
        .alternatives
        .iter()
        .filter_map(|a| normalise(value.field_type, a))
        .filter(|a| holds(a))
        .collect();
    readings.dedup();
    match readings.as_slice() {
        [one] => Some(one.clone()),
        [] => repair_with(value.text, holds),
        _ => None,
    }
}

/// That a number fails its check digit, and which of its characters may be another one; `None` if the two
/// differ in more than one place.
fn one_change(number: &str, needed: &str) -> Option<Label> {
    if number.chars().count() != needed.chars().count() {
        return None;
    }
    let pairs = number.chars().zip(needed.chars()).enumerate();
    let mut changes = pairs.filter(|(_, (a, b))| a != b).map(|(at, (a, b))| (at + 1, a, b));
    let (at, read, other) = changes.next().filter(|_| changes.next().is_none())?;
    Some(label(
        format!("校验码不符：第 {at} 位的 {read} 可能是 {other}"),
        format!("fails its check digit: character {at}, {read}, may be {other}"),
    ))
}

/// That the last sign of a number of 18 is not the one that those before it ask for; `None` if these ask for
/// none.
fn last_sign(number: &str, of_first_17: fn(&str) -> Option<char>) -> Option<Label> {
    let sign = of_first_17(number.get(..17)?).filter(|s| !number.ends_with(*s))?;
    Some(label(
        format!("校验码不符：按前 17 位，末位应为 {sign}，有字符读错或抄错"),
        format!("fails its check digit: the first 17 ask for {sign} in the end, a character is wrong"),
    ))
}

/// What is wrong with a number that does not satisfy its algorithm.
fn fault(algorithm: CheckDigit, number: &str, context: &Context) -> (Severity, Label) {
    let wrong_digit = || label("校验码不符，有字符读错或抄错", "fails its check digit: a character is wrong");
    let length = number.chars().count();
    let error = |label| (Severity::Error, label);
    match algorithm {
        CheckDigit::IdCard => error(match id_number_fault(number, context.today) {
            Some(IdFault::Form) => label(
                format!("有 {length} 位，身份证号码应为 18 位（末位可为 X）或 15 位数字"),
                format!(
                    "has {length} characters; an identity number has 18 (the last may be X) or 15 digits"
                ),
            ),
            Some(IdFault::Region) => {
                label("前两位不是省级行政区划代码", "does not start with the code of a province")
            }
            Some(IdFault::Birth) => {
                label("中的出生日期不存在或晚于今天", "holds no real birth date up to today")
            }
            Some(IdFault::CheckDigit) | None => last_sign(number, id_check_sign).unwrap_or_else(wrong_digit),
        }),
        CheckDigit::CreditCode(_) if length != 18 => error(label(
            format!("有 {length} 位，统一社会信用代码应为 18 位"),
            format!("has {length} characters; a unified social credit code has 18"),
        )),
        CheckDigit::CreditCode(_) => {
            error(last_sign(number, credit_code_check_sign).unwrap_or_else(wrong_digit))
        }
        CheckDigit::Registration15 if length != 15 => error(label(
            format!("有 {length} 位，注册号应为 15 位数字"),
            format!("has {length} characters; a registration number has 15 digits"),
        )),
        // Old cards need not follow the algorithm.
        CheckDigit::Luhn => (Severity::Warning, wrong_digit()),
        CheckDigit::Vin => match vin_check_digit(number) {
            None if length != 17 => error(label(
                format!("有 {length} 位，车辆识别代号应为 17 位"),
                format!("has {length} characters; a vehicle identification number has 17"),
            )),
            None => error(label(
                "含有车辆识别代号不使用的字符（如 I、O、Q）",
                "has characters that vehicle identification numbers do not use (such as I, O, Q)",
            )),
            // Compulsory in China (L) and North America (1 to 5) only.
            Some(digit) => {
                let compulsory = number.starts_with(['L', '1', '2', '3', '4', '5']);
                let fault = label(
                    format!("第 9 位校验码应为 {digit}，有字符读错或抄错"),
                    format!("should have the check digit {digit} in place 9: a character is wrong"),
                );
                (if compulsory { Severity::Error } else { Severity::Warning }, fault)
            }
        },
        _ => error(wrong_digit()),
    }
}
