//! Dates against each other, against today and against identity numbers.

use std::cmp::Ordering;

use time::{Date, Duration};

use super::{
    Severity,
    context::{Context, Value, label},
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    check::{CheckSpec, Gravity},
    value::{
        LONG_TERM,
        check_digit::{CheckDigit, birth_in_id_number, sex_in_id_number},
        normalise, parse_date, parse_date_time, parse_iso, to_iso,
    },
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    match check {
        CheckSpec::DateOrder { earlier, later, strict, severity } => {
            for (a, b) in context.pairs(earlier, later) {
                date_order(rule, &a, &b, *strict, (*severity).into(), report);
            }
        }
        CheckSpec::BirthInIdNumber { number, birth } => {
            for (number, birth) in context.pairs(number, birth) {
                let (Some(inside), Some(printed)) = (birth_in_id_number(number.text), date(&birth)) else {
                    continue;
                };
                if inside == printed {
                    report.prove([&number, &birth]);
                    continue;
                }
                let inside = to_iso(inside);
                let message = label(
                    format!(
                        "{}中的出生日期 {inside} 与{} {} 不一致",
                        number.name.zh, birth.name.zh, birth.text
                    ),
                    format!(
                        "the birth date {inside} in {} differs from {} {}",
                        number.name.en, birth.name.en, birth.text
                    ),
                );
                let holds = |number: &str| CheckDigit::IdCard.holds(number);
                let with_printed = with_birth(number.text, printed).filter(|n| holds(n));
                let (effect, suspects) = match with_printed {
                    // The number fails its check digit, and with the printed date it would not.
                    Some(needed) if !holds(number.text) => {
                        (Effect::First, vec![Suspect::new(&number, Some(needed)), Suspect::new(&birth, None)])
                    }
                    _ => {
                        let inside = Some(inside).filter(|_| holds(number.text));
                        (Effect::OneOf, vec![Suspect::new(&birth, inside), Suspect::new(&number, None)])
                    }
                };
                report.fail(rule, Severity::Error, effect, suspects, message);
            }
        }
        CheckSpec::SexInIdNumber { number, sex } => {
            for (number, sex) in context.pairs(number, sex) {
                let Some(inside) = sex_in_id_number(number.text) else { continue };
                let Some(printed) = normalise(crate::kind::FieldType::Sex, sex.text) else { continue };
                if inside == printed {
                    // Even odds prove nothing.
                    continue;
                }
                let message = label(
                    format!("{}表示的性别是{inside}，与{} {} 不一致", number.name.zh, sex.name.zh, sex.text),
                    format!("{} says {inside}, {} says {}", number.name.en, sex.name.en, sex.text),
                );
                let suspects = vec![Suspect::new(&sex, Some(inside.to_owned())), Suspect::new(&number, None)];
                report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
            }
        }
        CheckSpec::ValidityPeriod { from, to, years, open_ended } => {
            for (from, to) in context.pairs(from, to) {
                validity_period(rule, &from, &to, years, *open_ended, report);
            }
        }
        CheckSpec::NotInFuture { field } => {
            for value in context.values(field) {
                if date(&value).is_some_and(|d| d > context.today) {
                    let today = to_iso(context.today);
                    let message = label(
                        format!("{} {} 晚于今天（{today}）", value.name.zh, value.text),
                        format!("{} {} is after today ({today})", value.name.en, value.text),
                    );
                    report.fail(
                        rule,
                        Severity::Error,
                        Effect::First,
                        vec![Suspect::new(&value, None)],
                        message,
                    );
                }
            }
        }
        CheckSpec::NotExpired { field } => {
            for value in context.values(field) {
                if date(&value).is_some_and(|d| d < context.today) {
                    let message = label(
                        format!("{} {} 已过期", value.name.zh, value.text),
                        format!("{} {} has passed", value.name.en, value.text),
                    );
                    let suspects = vec![Suspect::new(&value, None)];
                    report.fail(rule, Severity::Warning, Effect::Remark, suspects, message);
                }
            }
        }
        _ => {}
    }
}

impl From<Gravity> for Severity {
    fn from(gravity: Gravity) -> Self {
        match gravity {
            Gravity::Error => Self::Error,
            Gravity::Warning => Self::Warning,
        }
    }
}

/// The date of a value in normal form; `None` for 长期 and what is no date.
fn date(value: &Value) -> Option<Date> {
    // Fields that keep a date as it is printed are compared all the same.
    parse_iso(value.text).or_else(|| parse_date(value.text))
}

/// An identity number of 18 digits with another birth date in it.
fn with_birth(number: &str, birth: Date) -> Option<String> {
    let (region, rest) = (number.get(..6)?, number.get(14..).filter(|rest| rest.len() == 4)?);
    Some(format!("{region}{:04}{:02}{:02}{rest}", birth.year(), u8::from(birth.month()), birth.day()))
}

fn date_order(
    rule: &'static str,
    a: &Value,
    b: &Value,
    strict: bool,
    severity: Severity,
    report: &mut Report,
) {
    let (Some(x), Some(y)) = (date(a), date(b)) else { return };
    // Times count where both are printed.
    let time = |value: &Value| parse_date_time(value.text).and_then(|(_, time)| time);
    let order = x.cmp(&y).then_with(|| match (time(a), time(b)) {
        (Some(x), Some(y)) => x.cmp(&y),
        _ => Ordering::Equal,
    });
    if order.is_lt() || (order.is_eq() && !strict) {
        return;
    }
    let message = label(
        format!("{} {} 应早于{} {}", a.name.zh, a.text, b.name.zh, b.text),
        format!("{} {} should be before {} {}", a.name.en, a.text, b.name.en, b.text),
    );
    let suspects = vec![Suspect::new(a, None), Suspect::new(b, None)];
    report.fail(rule, severity, Effect::OneOf, suspects, message);
}

fn validity_period(
    rule: &'static str,
    from: &Value,
    to: &Value,
    years: &[u16],
    open_ended: bool,
    report: &mut Report,
) {
    let Some(start) = date(from) else { return };
    if to.text == LONG_TERM && open_ended {
        return;
    }
    let ends: Vec<Date> = years.iter().filter_map(|y| years_later(start, i32::from(*y))).collect();
    if let Some(end) = date(to) {
        // Some terms end on the day before, some on the day itself.
        let fits = |e: &Date| (end - *e).abs() <= Duration::DAY;
        if ends.iter().any(fits) {
            report.prove([from, to]);
            return;
        }
    } else if to.text != LONG_TERM {
        return;
    }
    let terms: Vec<String> = years.iter().map(u16::to_string).collect();
    let (zh, en) = (terms.join("、"), terms.join(", "));
    let (more_zh, more_en) = if open_ended { ("或长期", " or without end") } else { ("", "") };
    let message = label(
        format!("{} {} 至{} {} 不是 {zh} 年{more_zh}", from.name.zh, from.text, to.name.zh, to.text),
        format!("{} {} to {} {} is not {en} years{more_en}", from.name.en, from.text, to.name.en, to.text),
    );
    // The end that is a confused digit away from a usual term.
    let near =
        ends.into_iter().map(to_iso).find(|e| crate::kind::value::repair_with(to.text, |t| t == e).is_some());
    let suspects = vec![Suspect::new(to, near), Suspect::new(from, None)];
    report.fail(rule, Severity::Warning, Effect::OneOf, suspects, message);
}

/// The same day `years` later; 29 February becomes 28 February.
fn years_later(date: Date, years: i32) -> Option<Date> {
    let year = date.year() + years;
    date.replace_year(year).or_else(|_| (date - Duration::DAY).replace_year(year)).ok()
}
